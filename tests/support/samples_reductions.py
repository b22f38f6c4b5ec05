"""Samples of the reductions."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
A = _RNG.normal(size=(2, 3))
B = _RNG.normal(size=(2, 3, 4))

SAMPLES = [
    Sample(np.sum, np.sum, (A,)),
    Sample(np.sum, lambda x: x.sum(axis=-1, keepdims=True), (B,), "axis, keepdims"),
    Sample(np.sum, lambda x: np.sum(x, axis=(0, 2)), (B,), "axes"),
    Sample(np.sum, lambda x: np.sum(x, where=A > 0, initial=3.0), (A,), "where, initial"),
    Sample(np.sum, lambda x: np.add.reduce(x), (B,), "np.add.reduce"),
    Sample(np.sum, lambda x: np.add.reduce(x, axis=(0, -1), keepdims=True), (B,), "np.add.reduce, axes"),
]
