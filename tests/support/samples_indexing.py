"""Samples of indexing, assignment, and putting arrays together."""

import operator

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
V = _RNG.normal(size=4)
W = _RNG.normal(size=4)
A = _RNG.normal(size=(2, 3))
C = _RNG.normal(size=(2, 3))
B = _RNG.normal(size=(2, 3, 4))

_KEYS = {
    "int": 1,
    "negative": -1,
    "slice": slice(None, None, -2),
    "row and new": (0, None, slice(1, 3)),
    "ellipsis": (..., 0),
    "list with repeats": [0, 1, 1, 0],
    "boolean": np.array([True, False]),
    "mask": A[..., None].repeat(4, -1) > 0,
    "separated": (0, slice(None), [1, 1, 2]),
    "outer": (np.array([[0], [1]]), np.array([2, 0])),
    "all": (),
}


def _assigned(key, add=False):
    def call(x, item):
        y = np.zeros_like(x) if not add else x * 1.0
        if add:
            y[key] += item
        else:
            y[...] = x * x
            y[key] = item
        return y

    return call


SAMPLES = [
    *(Sample(operator.getitem, lambda x, key=key: x[key], (B,), label) for label, key in _KEYS.items()),
    *(
        Sample(operator.setitem, _assigned(key), (B, _RNG.normal(size=np.shape(B[key]))), label)
        for label, key in _KEYS.items()
    ),
    Sample(operator.setitem, _assigned((slice(None), 0), add=True), (B, V), "broadcast item, added"),
    Sample(np.zeros_like, lambda x: np.zeros_like(x) + x, (A,)),
    Sample(np.ones_like, lambda x: np.ones_like(x) * x, (A,)),
    Sample(np.empty_like, _assigned(()), (A, C)),
    Sample(np.full_like, lambda x: np.full_like(x, x[0, 0]) * x, (A,)),
    Sample(np.concatenate, lambda x, y: np.concatenate([x, y]), (A, C)),
    Sample(
        np.concatenate, lambda x, y: np.concatenate([x, np.ones((2, 1)), y], axis=1), (A, C), "axis, constant"
    ),
    Sample(np.concatenate, lambda x, y: np.concatenate([x, y], axis=None), (A, V), "flat"),
    Sample(np.stack, lambda x, y: np.stack([x, y]), (A, C)),
    Sample(np.stack, lambda x, y: np.stack([x[0], 2.0, y[1]]), (V, W), "scalars"),
    Sample(np.stack, lambda x, y: np.stack([x, y], axis=-1), (A, C), "last"),
    Sample(np.array, lambda x: np.array([x[0] * x[1], 3.0, np.sin(x[2])]), (V,)),
    Sample(np.array, lambda x: np.array([[x[0], x[1]], [x[1], 0.0]]) @ x[:2], (V,), "nested, in a product"),
    Sample(np.array, lambda x: np.array([x[0], x[1]]) * x[1:3], (V,), "met by a traced value"),
    Sample(np.block, lambda x, y: np.block([[x, y], [y, x]]), (A, C)),
    Sample(np.block, lambda x, y: np.block([x[0], y]), (V, W), "scalars"),
    Sample(np.vstack, lambda x, y: np.vstack([x, y, x]), (V, W)),
    Sample(np.hstack, lambda x, y: np.hstack([x, y]), (A, C)),
    Sample(np.hstack, lambda x, y: np.hstack([x, y[0]]), (V, W), "scalar"),
    Sample(np.dstack, lambda x, y: np.dstack([x, y]), (A, C)),
    Sample(np.column_stack, lambda x, y: np.column_stack([x, y]), (V, W)),
    Sample(np.append, lambda x, y: np.append(x, y), (A, V)),
    Sample(np.append, lambda x, y: np.append(x, y, axis=0), (A, C), "axis"),
    Sample(np.split, lambda x: np.split(x, 2, axis=2), (B,)),
    Sample(np.array_split, lambda x: np.array_split(x, 3), (V,)),
    Sample(np.vsplit, lambda x: np.vsplit(x, 2), (A,)),
    Sample(np.hsplit, lambda x: np.hsplit(x, [1]), (A,)),
    Sample(np.dsplit, lambda x: np.dsplit(x, [1, 3]), (B,)),
    Sample(np.unstack, lambda x: np.unstack(x, axis=1), (B,)),
    Sample(np.take, lambda x: np.take(x, [0, 5, 5]), (A,)),
    Sample(np.take, lambda x: x.take([[0, 1], [1, 1]], axis=1), (B,), "axis"),
    Sample(np.take, lambda x: np.take(x, [-7, 9], mode="wrap"), (V,), "wrap"),
    Sample(np.take, lambda x: np.take(x, [-7, 9], mode="clip"), (V,), "clip"),
    Sample(np.take_along_axis, lambda x: np.take_along_axis(x, np.argsort(A, 1)[:, ::-1], 1), (A,)),
    Sample(np.take_along_axis, lambda x: np.take_along_axis(x, np.array([[0], [1]]), 1), (A,), "narrow"),
    Sample(np.compress, lambda x: np.compress([True, False, True], x, axis=1), (A,)),
    Sample(np.extract, lambda x: np.extract(A > 0, x), (A,)),
    Sample(np.delete, lambda x: np.delete(x, 1, axis=1), (A,)),
    Sample(np.delete, lambda x: np.delete(x, [0, 2]), (V,), "flat"),
    Sample(np.insert, lambda x, y: np.insert(x, 1, y, axis=0), (A, V[:3])),
    Sample(np.insert, lambda x: np.insert(x, [1, 3], 7.0), (V,), "flat, constant"),
]
