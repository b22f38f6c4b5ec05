"""Dense layers with tanh between them: the function whose n and m are free, narrow, square or wide."""

from itertools import pairwise

import numpy as np

from ._workload import Array, Workload, at_least, point


def tanh_chain(n: int, m: int, width: int = 16, depth: int = 2) -> Workload:
    """Map x to y = W_{d+1} tanh(W_d … tanh(W₁ x)), with d = `depth` hidden layers of `width` units each."""
    for name, value in {"n": n, "m": m, "width": width, "depth": depth}.items():
        at_least(name, value, 1)
    rng = np.random.default_rng(0)
    widths = [n, *[width] * depth, m]
    *hidden, last = [rng.normal(0, fan_in**-0.5, (fan_out, fan_in)) for fan_in, fan_out in pairwise(widths)]
    x = point(n)

    def f(x):
        for W in hidden:
            x = np.tanh(W @ x)
        return last @ x

    def jacobian() -> Array:
        a, J = x, np.eye(n)
        for W in hidden:
            a = np.tanh(W @ a)
            J = (1 - a * a)[:, None] * (W @ J)
        return last @ J

    return Workload("tanh-chain", f, x, jacobian, {"width": width, "depth": depth})
