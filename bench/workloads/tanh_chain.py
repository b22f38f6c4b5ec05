"""Dense layers with tanh between them: the function whose n and m are free, narrow, square or wide."""

from itertools import pairwise

import numpy as np

from ._workload import Array, Workload, at_least, point


def tanh_chain(n: int, m: int, width: int = 16, depth: int = 2) -> Workload:
    """Map x to y = W_{d+1} tanh(W_d … tanh(W₁ x)), with d = `depth` hidden layers of `width` units each.

    Brings along its Jacobian by hand in both accumulation orders, to be timed beside the modes: what these
    take beyond it is the price of tracing.
    """
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

    def forward() -> Array:
        a = np.tanh(hidden[0] @ x)
        J = (1 - a * a)[:, None] * hidden[0]
        for W in hidden[1:]:
            a = np.tanh(W @ a)
            J = (1 - a * a)[:, None] * (W @ J)
        last @ a  # the value, which every mode computes too
        return last @ J

    def reverse() -> Array:
        values = [x]
        for W in hidden:
            values.append(np.tanh(W @ values[-1]))
        last @ values[-1]
        G = last
        for W, a in zip(reversed(hidden), reversed(values), strict=False):
            G = (G * (1 - a * a)) @ W
        return G

    by_hand = {"by-hand-forward": forward, "by-hand-reverse": reverse}
    return Workload("tanh-chain", f, x, forward, {"width": width, "depth": depth}, by_hand)
