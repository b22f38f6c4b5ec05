"""The worked example of the sources, R³ → R², and its widening to many inputs and outputs."""

import numpy as np

from ._workload import Array, Workload, at_least, point


def sources(blocks: int = 1) -> Workload:
    """y₁ = x₁(x₂ − x₃), y₂ = x₃ log(1 − x₁), on `blocks` independent triples: n = 3·blocks, m = 2·blocks.

    J. Lalin, "How Backpropagation Is Able To Reduce the Time Spent on Computing Gradients" (2021). One block
    is the published example itself, at x = (0.5, 2, 1).
    """
    at_least("blocks", blocks, 1)
    x = np.concatenate([point(blocks, 0.1, 0.9), point(2 * blocks)])
    if blocks == 1:
        x = np.array([0.5, 2.0, 1.0])

    def f(x):
        a, b, c = x[:blocks], x[blocks : 2 * blocks], x[2 * blocks :]
        return np.concatenate([a * (b - c), c * np.log(1 - a)])

    def jacobian() -> Array:
        a, b, c = x.reshape(3, blocks)
        zero = np.zeros(blocks)
        rows = [[b - c, a, -a], [-c / (1 - a), zero, np.log(1 - a)]]
        return np.block([[np.diag(partial) for partial in row] for row in rows])

    return Workload("sources", f, x, jacobian, {"blocks": blocks})
