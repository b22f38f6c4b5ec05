"""Samples of diagonals, triangles, convolutions and polynomials."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
V = _RNG.normal(size=4)
W = _RNG.normal(size=3)
A = _RNG.normal(size=(3, 4))
S = _RNG.normal(size=(3, 3))
B = _RNG.normal(size=(3, 4, 5))


def _filled(val, wrap=False):
    def call(x, *fill):
        y = x * x
        np.fill_diagonal(y, *(fill or (val,)), wrap=wrap)
        return y

    return call


def _written_through(x):
    y = x * 2.0
    np.einsum("ii->i", y)[...] = x[0] ** 2
    return y


SAMPLES = [
    *(Sample(np.diagonal, lambda x, k=k: np.diagonal(x, k), (A,), f"offset {k}") for k in range(-4, 5)),
    *(
        Sample(np.diagonal, lambda x, axes=axes: x.diagonal(1, *axes), (B,), f"axes {axes}")
        for axes in ((0, 1), (1, 0), (0, 2), (2, 1), (-1, 0))
    ),
    Sample(np.diagonal, _written_through, (S,), "a view that is written to"),
    Sample(np.linalg.diagonal, lambda x: np.linalg.diagonal(x, offset=-1), (B,)),
    Sample(np.trace, np.trace, (A,)),
    Sample(np.trace, lambda x: x.trace(1, 2, 0), (B,), "axes"),
    Sample(np.trace, lambda x: np.trace(x, dtype=float), (A,), "dtype"),
    Sample(np.linalg.trace, lambda x: np.linalg.trace(x, offset=1), (B,)),
    *(Sample(np.diag, lambda x, k=k: np.diag(x, k), (V,), f"vector {k}") for k in (-2, 0, 1)),
    *(Sample(np.diag, lambda x, k=k: np.diag(x, k), (A,), f"matrix {k}") for k in (-2, 0, 3)),
    Sample(np.diagflat, lambda x: np.diagflat(x, 1), (S,)),
    Sample(np.diagflat, lambda x: np.diagflat(x[0]), (V,), "number"),
    *(
        Sample(function, lambda x, f=function, k=k: f(x, k), (array,), f"{k} {array.ndim}")
        for function in (np.tril, np.triu)
        for k in (-1, 0, 2)
        for array in (A, B)
    ),
    Sample(np.tril, np.tril, (V,), "vector"),
    Sample(np.triu, np.triu, (V,), "vector"),
    Sample(np.fill_diagonal, _filled(3.0), (A,), "constant"),
    Sample(np.fill_diagonal, _filled(None), (S, _RNG.normal(size=())), "number"),
    Sample(np.fill_diagonal, _filled(None), (S, W), "vector"),
    Sample(np.fill_diagonal, _filled(None), (S, W[:2]), "too short"),
    Sample(np.fill_diagonal, _filled(None, wrap=True), (_RNG.normal(size=(6, 2)), V), "wrap"),
    Sample(np.fill_diagonal, _filled(None), (_RNG.normal(size=(6, 2)), V), "tall, too long"),
    Sample(np.fill_diagonal, _filled(None), (_RNG.normal(size=(2, 2, 2)), V[:2]), "cube"),
    *(
        Sample(function, lambda x, y, f=function, mode=mode: f(x, y, mode), arrays, f"{mode} {n}")
        for function in (np.convolve, np.correlate)
        for mode in ("full", "same", "valid")
        for n, arrays in enumerate(
            [(V, W), (W, V), (V, V), (W, W), (V, V[:2]), (V[:2], W), (V, V[:1]), (V[:1], W)]
        )
    ),
    Sample(np.convolve, lambda x: np.convolve(x, [1.0, -1.0]), (V,), "constant"),
    Sample(np.convolve, lambda x: np.convolve(x, x), (V,), "operand twice"),
    Sample(np.correlate, lambda x: np.correlate([1.0, -1.0, 2.0], x, "same"), (V,), "constant"),
    Sample(np.vander, np.vander, (V,)),
    Sample(np.vander, lambda x: np.vander(x, 2, increasing=True), (V,), "increasing"),
    Sample(np.vander, lambda x: np.vander(x, 6), (W,), "wide"),
    Sample(np.polyval, np.polyval, (W, V)),
    Sample(np.polyval, lambda p: np.polyval(p, np.array([[1, 2], [3, 4]])), (W,), "constant, integers"),
    Sample(np.polyval, lambda x: np.polyval([1.0, -2.0, 0.5], x), (S,), "coefficients constant"),
    Sample(np.polyval, lambda p, x: np.polyval(p, x), (V, _RNG.normal(size=())), "number"),
    Sample(np.polyadd, np.polyadd, (W, V)),
    Sample(np.polyadd, np.polyadd, (V, V[:1]), "long first"),
    Sample(np.polysub, np.polysub, (W, V)),
    Sample(np.polysub, np.polysub, (V, W), "long first"),
    Sample(np.polymul, np.polymul, (W, V)),
    Sample(np.polymul, lambda p: np.polymul([0.0, 2.0, 1.0], p), (V,), "constant with a leading zero"),
    *(Sample(np.polyder, lambda p, m=m: np.polyder(p, m), (V,), str(m)) for m in (0, 1, 3)),
    *(Sample(np.polyint, lambda p, m=m: np.polyint(p, m), (V,), str(m)) for m in (0, 1, 3)),
    Sample(np.polyint, lambda p, k: np.polyint(p, 2, k), (V, W), "constants"),
    Sample(np.polyint, lambda p, k: np.polyint(p, 2, k), (V, W[:1]), "one constant"),
    Sample(np.polyfit, lambda x, y: np.polyfit(x, y, 2), (np.arange(5) + 0.1, _RNG.normal(size=5))),
    Sample(
        np.polyfit,
        lambda y, w: np.polyfit(np.arange(5.0), y, 1, w=w),
        (_RNG.normal(size=(5, 2)), _RNG.uniform(0.5, 2, 5)),
        "weights, columns",
    ),
]
