"""A long trace with few inputs: reverse mode must remember every step, forward mode none."""

import numpy as np

from ._workload import Array, Workload, at_least, point


def iterated_map(n: int = 4, depth: int = 64) -> Workload:
    """`depth` steps of x ← x + sin(x of the neighbour) / depth, m = n; as well conditioned when long."""
    x = point(at_least("n", n, 1))
    at_least("depth", depth, 1)
    neighbour = np.arange(n) - 1

    def f(x):
        for _ in range(depth):
            x = x + np.sin(x[neighbour]) / depth
        return x

    def jacobian() -> Array:
        state, J = x, np.eye(n)
        for _ in range(depth):
            J = J + np.cos(state[neighbour])[:, None] * J[neighbour] / depth
            state = state + np.sin(state[neighbour]) / depth
        return J

    return Workload("iterated-map", f, x, jacobian, {"depth": depth})
