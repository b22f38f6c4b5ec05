"""Samples of the products."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)

_MATMUL = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 4)), ((1, 2, 3), (5, 3, 4)),
]  # fmt: skip

SAMPLES = [
    Sample(np.matmul, np.matmul, (_RNG.normal(size=a), _RNG.normal(size=b)), f"{a} {b}") for a, b in _MATMUL
]
for _a, _b in _MATMUL:
    _left, _right = _RNG.normal(size=_a), _RNG.normal(size=_b)
    SAMPLES.append(Sample(np.matmul, lambda x, r=_right: np.sin(x) @ r, (_left,), f"{_a} {_b} left only"))
    SAMPLES.append(Sample(np.matmul, lambda x, r=_left: r @ np.sin(x), (_right,), f"{_a} {_b} right only"))
