"""Samples of the choices by a condition."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
A = _RNG.normal(size=(2, 3))

SAMPLES = [
    Sample(np.where, lambda x, y: np.where(A > 0, x, y), (A, _RNG.normal(size=(2, 3)))),
    Sample(np.where, lambda x, y: np.where(x > 0, x * y, y), (A, _RNG.normal(size=3)), "broadcast"),
    Sample(np.where, lambda x: np.where(x > 0, x, 0.0), (A,), "constant"),
]
