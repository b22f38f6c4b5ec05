"""Rosenbrock's valley in n dimensions, written with slices: many inputs, one output, few operations."""

import numpy as np

from ._workload import Array, Workload, at_least, point


def rosenbrock(n: int) -> Workload:
    """Map x to y = Σ 100 (x_{i+1} − x_i²)² + (1 − x_i)², m = 1 (the form of ``scipy.optimize.rosen``)."""
    x = point(at_least("n", n, 2))

    def f(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    def jacobian() -> Array:
        valley = x[1:] - x[:-1] ** 2
        J = np.zeros(n)
        J[:-1] = -400.0 * x[:-1] * valley - 2.0 * (1.0 - x[:-1])
        J[1:] += 200.0 * valley
        return J[None, :]

    return Workload("rosenbrock", f, x, jacobian)
