"""Samples of the rules that only move entries about."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
V = _RNG.normal(size=4)
A = _RNG.normal(size=(2, 3))
B = _RNG.normal(size=(2, 3, 4))

SAMPLES = [
    Sample(np.reshape, lambda x: np.reshape(x, (3, 2)), (A,)),
    Sample(np.reshape, lambda x: x.reshape(4, -1), (B,), "method"),
    Sample(np.reshape, lambda x: x.reshape((6, 4), order="F"), (B,), "order F"),
    Sample(np.ravel, np.ravel, (B,)),
    Sample(np.ravel, lambda x: x.ravel(order="F"), (B,), "order F"),
    Sample(np.ravel, lambda x: x.flatten(), (A,), "flatten"),
    Sample(np.transpose, np.transpose, (B,)),
    Sample(np.transpose, lambda x: x.transpose(1, 2, 0), (B,), "axes"),
    Sample(np.transpose, lambda x: x.T, (A,), "T"),
    Sample(np.matrix_transpose, np.matrix_transpose, (B,)),
    Sample(np.matrix_transpose, lambda x: x.mT, (B,), "mT"),
    Sample(np.linalg.matrix_transpose, np.linalg.matrix_transpose, (B,)),
    Sample(np.swapaxes, lambda x: np.swapaxes(x, 0, -1), (B,)),
    Sample(np.moveaxis, lambda x: np.moveaxis(x, 0, -1), (B,)),
    Sample(np.moveaxis, lambda x: np.moveaxis(x, (0, 1), (-1, 0)), (B,), "two"),
    Sample(np.rollaxis, lambda x: np.rollaxis(x, 2), (B,)),
    Sample(np.rollaxis, lambda x: np.rollaxis(x, 0, 3), (B,), "start"),
    Sample(np.expand_dims, lambda x: np.expand_dims(x, (0, 2)), (A,)),
    Sample(np.squeeze, lambda x: np.squeeze(x[None, :, None]), (V,)),
    Sample(np.squeeze, lambda x: np.squeeze(x[None, :, None], axis=0), (V,), "axis"),
    Sample(np.atleast_1d, lambda x: np.atleast_1d(x[0]), (V,)),
    Sample(np.atleast_2d, np.atleast_2d, (V,)),
    Sample(np.atleast_3d, np.atleast_3d, (A,)),
    Sample(np.atleast_3d, lambda x, y: np.atleast_3d(x, y)[0], (V, A), "two"),
    Sample(np.broadcast_to, lambda x: np.broadcast_to(x, (2, 3, 4)), (V,)),
    Sample(np.broadcast_to, lambda x: np.broadcast_to(x[:, :1], (5, 2, 3)), (A,), "length one"),
    Sample(np.broadcast_arrays, lambda x, y: np.broadcast_arrays(x, y), (V[:3], A)),
    Sample(np.copy, np.copy, (A,)),
    Sample(np.astype, lambda x: x.astype(float), (A,)),
    Sample(np.flip, np.flip, (B,)),
    Sample(np.flip, lambda x: np.flip(x, 1), (B,), "axis"),
    Sample(np.flip, lambda x: np.flip(x, (0, 2)), (B,), "axes"),
    Sample(np.fliplr, np.fliplr, (A,)),
    Sample(np.flipud, np.flipud, (A,)),
    *(Sample(np.rot90, lambda x, k=k: np.rot90(x, k), (A,), str(k)) for k in range(-1, 4)),
    Sample(np.rot90, lambda x: np.rot90(x, 1, (2, 0)), (B,), "axes"),
    *(
        Sample(
            np.lib.stride_tricks.sliding_window_view,
            lambda x, how=how: np.lib.stride_tricks.sliding_window_view(x, *how),
            (x,),
            str(how),
        )
        for x, how in [
            (V, (2,)),
            (V, (4,)),
            (B, (2, 1)),
            (B, ((1, 2, 3),)),
            (B, ((2, 2), (2, -2))),
            (A, (1, 0)),
        ]
    ),
]
