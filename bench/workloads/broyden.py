"""Broyden's tridiagonal function: a banded Jacobian, where three sweeps would do for n."""

import numpy as np

from ._workload import Array, Workload, at_least, point


def broyden(n: int) -> Workload:
    """y_i = (3 − 2x_i) x_i − x_{i−1} − 2x_{i+1} + 1 with x₀ = x_{n+1} = 0, m = n.

    J. J. Moré, B. S. Garbow and K. E. Hillstrom, "Testing Unconstrained Optimization Software", ACM
    Transactions on Mathematical Software 7 (1981), problem 30.
    """
    x = point(at_least("n", n, 2))
    end = np.zeros(1)

    def f(x):
        left = np.concatenate([end, x[:-1]])
        right = np.concatenate([x[1:], end])
        return (3.0 - 2.0 * x) * x - left - 2.0 * right + 1.0

    def jacobian() -> Array:
        return np.diag(3.0 - 4.0 * x) - np.eye(n, k=-1) - 2.0 * np.eye(n, k=1)

    return Workload("broyden", f, x, jacobian)
