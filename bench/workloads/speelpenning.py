"""Speelpenning's product, one scalar multiplication after the other: what interpretation costs."""

import numpy as np

from ._workload import Array, Workload, at_least, point


def speelpenning(n: int) -> Workload:
    """Map x to y = x₁ x₂ ⋯ xₙ in a Python loop, m = 1 (B. Speelpenning, PhD thesis, Illinois, 1980)."""
    x = np.exp(point(at_least("n", n, 1)) / np.sqrt(n))  # a product of order one whatever n is

    def f(x):
        y = x[0]
        for i in range(1, n):
            y = y * x[i]
        return y

    def jacobian() -> Array:
        before = np.concatenate([[1.0], np.cumprod(x[:-1])])
        after = np.concatenate([np.cumprod(x[:0:-1])[::-1], [1.0]])
        return (before * after)[None, :]

    return Workload("speelpenning", f, x, jacobian)
