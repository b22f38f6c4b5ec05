"""A map of every element by itself: the Jacobian is diagonal, and a dense method wastes all but 1/n of it."""

import numpy as np

from ._workload import Array, Workload, at_least, point


def elementwise(n: int) -> Workload:
    """Map x to y = sin(x) exp(−x²), m = n."""
    x = point(at_least("n", n, 1))

    def f(x):
        return np.sin(x) * np.exp(-x * x)

    def jacobian() -> Array:
        return np.diag((np.cos(x) - 2 * x * np.sin(x)) * np.exp(-x * x))

    return Workload("elementwise", f, x, jacobian)
