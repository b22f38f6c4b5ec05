"""Samples of differences, interpolation, spaced samples, padding and repetition."""

import numpy as np
from rulecheck import Sample
from samples_reductions import A, B

_RNG = np.random.default_rng(4)
V = _RNG.normal(size=6)
X = np.sort(_RNG.uniform(0, 5, 6))
AT = np.array([[-0.7, 0.9, 2.1], [3.3, 4.2, 6.5]])
PHASE = np.array([[0.1, 2.9, -2.8, 0.3], [3.0, -3.1, 2.9, -2.7]])

_WIDTHS = ((2, 1), (0, 3), (1, 2))

SAMPLES = [
    Sample(np.diff, np.diff, (B,)),
    Sample(np.diff, lambda x, y, z: np.diff(x, 2, 1, y, z), (A, A[:, :1], A), "twice, prepend, append"),
    Sample(np.diff, lambda x, y: np.diff(x, prepend=y, axis=0), (A, 0.4), "number prepended"),
    Sample(np.ediff1d, np.ediff1d, (A,)),
    Sample(np.ediff1d, np.ediff1d, (V, V[:2], A), "ends"),
    Sample(np.gradient, np.gradient, (V,)),
    Sample(np.gradient, np.gradient, (B,), "all axes"),
    Sample(np.gradient, lambda f, h: np.gradient(f, h, edge_order=2), (V, 0.7), "spacing"),
    Sample(np.gradient, lambda f, x: np.gradient(f, x, edge_order=2), (V, X), "coordinates"),
    Sample(np.gradient, lambda f, x: np.gradient(f, x, 0.5, axis=(1, 0)), (B, X[:3]), "mixed"),
    Sample(np.gradient, lambda x: np.gradient(V, x), (X,), "coordinates only"),
    Sample(np.interp, np.interp, (AT, X, V)),
    Sample(np.interp, lambda x, low, high: np.interp(x, X, V, low, high), (AT, 0.3, 2.0), "ends"),
    Sample(np.interp, lambda x, xp, fp: np.interp(x, xp, fp, period=2.3), (AT, X[::-1], V), "period"),
    Sample(np.interp, lambda x, f: np.interp(x, [1.0], f), (AT, V[:1]), "one point"),
    Sample(np.interp, lambda f: np.interp(1.5, [1, 2, 3], f), (V[:3],), "number"),
    Sample(np.trapezoid, np.trapezoid, (B,)),
    Sample(np.trapezoid, lambda y, x: np.trapezoid(y, x, axis=1), (B, X[:3]), "coordinates"),
    Sample(np.trapezoid, lambda y, x: np.trapezoid(y, x, axis=0), (A, A**2), "coordinates for each"),
    Sample(np.trapezoid, lambda y, h: np.trapezoid(y, dx=h), (A, 0.3), "step"),
    Sample(np.unwrap, np.unwrap, (PHASE,)),
    Sample(np.unwrap, lambda x: np.unwrap(x, axis=0, period=2.1, discont=1.5), (PHASE,), "period"),
    Sample(np.linspace, lambda a, b: np.linspace(a, b, 5), (0.3, 2.0)),
    Sample(np.linspace, lambda a, b: np.linspace(a, b, 4, False, True, axis=-1), (A, A[0]), "open, step"),
    Sample(np.linspace, lambda b: np.linspace(0, b, 1), (2.0,), "one"),
    Sample(np.logspace, lambda a, b: np.logspace(a, b, 4), (0.3, 1.1)),
    Sample(np.logspace, lambda a, b, c: np.logspace(a, b, 4, base=c), (A[0], 1.1, [2.0, 3.0, 1.5]), "bases"),
    Sample(np.logspace, lambda c: np.logspace(0.5, 1.5, 3, base=c), (2.0,), "base only"),
    Sample(np.geomspace, lambda a, b: np.geomspace(a, b, 5), (0.3, 20.0)),
    Sample(
        np.geomspace, lambda a, b: np.geomspace(a, b, 4, False, axis=1), ([-0.3, 2.0], [-5.0, 1.0]), "open"
    ),
    *(
        Sample(np.pad, lambda x, k=k: np.pad(x, _WIDTHS, **k), (B,), str(k))
        for k in (
            {},
            {"mode": "edge"},
            {"mode": "reflect"},
            {"mode": "symmetric"},
            {"mode": "wrap"},
            {"mode": "linear_ramp", "end_values": ((1, 2), (3, 4), (5, 6))},
            {"mode": "mean"},
            {"mode": "maximum", "stat_length": 2},
            {"mode": "minimum"},
            {"mode": "median", "stat_length": ((2, 1), (1, 3), (2, 2))},
        )
    ),
    Sample(np.pad, lambda x, c: np.pad(x, 2, constant_values=c), (A, 0.7), "value"),
    Sample(np.pad, lambda x, c: np.pad(x, 1, "linear_ramp", end_values=c), (A, 0.7), "end"),
    Sample(np.pad, lambda x: np.pad(x, (2, 3), "reflect", reflect_type="odd"), (V,), "reflect, odd"),
    Sample(
        np.pad, lambda x: np.pad(x, (1, 2), "symmetric", reflect_type="odd"), (A @ A.T,), "symmetric, odd"
    ),
    Sample(np.pad, lambda x: np.pad(x, 9, "reflect"), (V,), "reflected twice"),
    Sample(np.roll, lambda x: np.roll(x, 2), (B,)),
    Sample(np.roll, lambda x: np.roll(x, (1, -2, 9), (0, 1, 1)), (B,), "axes"),
    Sample(np.fft.fftshift, lambda x: np.fft.fftshift(x), (B,)),
    Sample(np.fft.fftshift, lambda x: np.fft.fftshift(x, -1), (B,), "axes"),
    Sample(np.fft.ifftshift, lambda x: np.fft.ifftshift(x), (B,)),
    Sample(np.fft.ifftshift, lambda x: np.fft.ifftshift(x, axes=(0, 2)), (B,), "axes"),
    Sample(np.tile, lambda x: np.tile(x, 2), (B,)),
    Sample(np.tile, lambda x: np.tile(x, (2, 1, 3)), (A,), "more axes"),
    Sample(np.repeat, lambda x: np.repeat(x, 2), (A,)),
    Sample(np.repeat, lambda x: x.repeat(3, axis=1), (B,), "axis"),
    Sample(np.repeat, lambda x: np.repeat(x, [0, 2, 1], axis=1), (A,), "counts"),
    Sample(np.resize, lambda x: np.resize(x, (3, 4)), (A,)),
    Sample(np.resize, lambda x: np.resize(x, 4), (A,), "smaller"),
    Sample(np.meshgrid, np.meshgrid, (V, X[:2])),
    Sample(np.meshgrid, lambda *x: np.meshgrid(*x, indexing="ij"), (V, X[:2], A[0]), "ij"),
    Sample(np.meshgrid, lambda *x: np.meshgrid(*x, sparse=True, copy=False), (V, X[:2], A[0]), "sparse"),
    Sample(np.ix_, lambda x, y: np.ix_(x, y, [True, False, True]), (V, A[0])),
    Sample(np.apply_along_axis, lambda x: np.apply_along_axis(np.cumprod, 1, x), (B,)),
    Sample(np.apply_along_axis, lambda x: np.apply_along_axis(np.linalg.norm, 0, x), (B,), "number"),
    Sample(
        np.apply_along_axis, lambda x: np.apply_along_axis(lambda r: r[:, None] * r, 1, x), (B,), "matrix"
    ),
    Sample(np.apply_over_axes, lambda x: np.apply_over_axes(np.prod, x, (0, 2)), (B,)),
]
if np.lib.NumpyVersion(np.__version__) >= "2.4.0":  # widths by axis, a dict, came with it
    SAMPLES.append(
        Sample(
            np.pad, lambda x, c: np.pad(x, {1: 2, 0: (0, 1)}, constant_values=c), (A, [[1.0, 2.0]]), "values"
        )
    )
