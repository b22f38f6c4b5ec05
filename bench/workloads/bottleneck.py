"""Wide, narrow, wide: neither pure mode is good, an order from the middle outwards is."""

import numpy as np

from ._workload import Array, Workload, at_least, point


def bottleneck(n: int, m: int, width: int = 4) -> Workload:
    """Map x to y = tanh(B tanh(A sin x)) with A of shape (width, n) and B of shape (m, width)."""
    for name, value in {"n": n, "m": m, "width": width}.items():
        at_least(name, value, 1)
    rng = np.random.default_rng(0)
    A = rng.normal(0, n**-0.5, (width, n))
    B = rng.normal(0, width**-0.5, (m, width))
    x = point(n)

    def f(x):
        return np.tanh(B @ np.tanh(A @ np.sin(x)))

    def jacobian() -> Array:
        middle = np.tanh(A @ np.sin(x))
        y = np.tanh(B @ middle)
        return (1 - y * y)[:, None] * (B @ ((1 - middle * middle)[:, None] * A * np.cos(x)))

    return Workload("bottleneck", f, x, jacobian, {"width": width})
