"""A long trace with few inputs: reverse mode must remember every step, forward mode none."""

import numpy as np

from ._workload import Array, Workload, at_least, point


def iterated_map(n: int = 4, depth: int = 64) -> Workload:
    """`depth` steps of x ← x + 0.1 sin(x shifted by one place), m = n."""
    x = point(at_least("n", n, 1))
    at_least("depth", depth, 1)

    def f(x):
        for _ in range(depth):
            x = x + 0.1 * np.sin(np.roll(x, 1))
        return x

    def jacobian() -> Array:
        state, J, shift = x, np.eye(n), np.roll(np.eye(n), 1, axis=0)
        for _ in range(depth):
            J = J + 0.1 * np.cos(shift @ state)[:, None] * (shift @ J)
            state = state + 0.1 * np.sin(shift @ state)
        return J

    return Workload("iterated-map", f, x, jacobian, {"depth": depth})
