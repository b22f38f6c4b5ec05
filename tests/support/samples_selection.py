"""Samples of the choices by a condition."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
A = _RNG.normal(size=(2, 3))


def _writing(write):
    """A function that squares its first argument and has something written into the result."""

    def call(x, item):
        y = np.zeros_like(x)
        y[...] = x * x
        write(y, np.sin(item))
        return y

    return call


SAMPLES = [
    Sample(np.where, lambda x, y: np.where(A > 0, x, y), (A, _RNG.normal(size=(2, 3)))),
    Sample(np.where, lambda x, y: np.where(x > 0, x * y, y), (A, _RNG.normal(size=3)), "broadcast"),
    Sample(np.where, lambda x: np.where(x > 0, x, 0.0), (A,), "constant"),
    Sample(np.select, lambda x, y: np.select([x > 1, x > 0], [x * x, y], 3.0), (A, A[1])),
    Sample(np.select, lambda d: np.select([A > 0], [2.0], d), (A[0],), "default"),
    Sample(np.choose, lambda x, y: np.choose([0, 1, 1], [x, y]), (A, A[1])),
    Sample(np.choose, lambda x: np.choose([0, -1, 7], [x, 2.0, x * x], mode="wrap"), (A[0],), "wrap"),
    Sample(np.choose, lambda x: np.choose([0, -1, 7], [x, 2.0, x * x], mode="clip"), (A[0],), "clip"),
    Sample(np.piecewise, lambda x: np.piecewise(x, [x < -0.5, x > 0.1], [np.sin, np.square, 2.0]), (A,)),
    Sample(
        np.piecewise,
        lambda x: np.piecewise(x, x > 0, [lambda u, k: k * u**3, -1.0], 2.0),
        (A[0],),
        "one, args",
    ),
    Sample(np.piecewise, lambda x: np.piecewise(x, [x > 0, x <= 0], [np.sin, np.exp]), (A[0, 0],), "number"),
    Sample(np.nan_to_num, lambda x: np.nan_to_num(np.where(A > 0, x, np.nan), nan=2.0), (A,)),
    Sample(
        np.nan_to_num,
        lambda x: np.nan_to_num(np.where(A > 0, x, [np.inf, np.nan, -np.inf]), True, 1.0, 2.0, 3.0),
        (A,),
        "all",
    ),
    Sample(np.put, _writing(lambda y, x: np.put(y, [4, -1, 4], x)), (A, A[0])),
    Sample(np.put, _writing(lambda y, x: np.put(y, [9, -20], x, "clip")), (A, A[0]), "clip"),
    Sample(np.place, _writing(lambda y, x: np.place(y, A > 0, x)), (A, A[0, :2])),
    Sample(np.putmask, _writing(lambda y, x: np.putmask(y, A > 0, x)), (A, A[0, :2])),
    Sample(np.copyto, _writing(np.copyto), (A, A[0])),
    Sample(np.copyto, _writing(lambda y, x: np.copyto(y, x, where=A > 0)), (A, A[0]), "where"),
    Sample(
        np.put_along_axis,
        _writing(lambda y, x: np.put_along_axis(y, np.array([[0, 2], [1, 0]]), x, 1)),
        (A, A[:, :2]),
    ),
    Sample(
        np.put_along_axis,
        _writing(lambda y, x: np.put_along_axis(y, np.array([1, 5]), x, None)),
        (A, A[0, :2]),
        "flat",
    ),
]
