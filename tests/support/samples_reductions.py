"""Samples of the reductions."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
A = _RNG.normal(size=(2, 3))
B = _RNG.normal(size=(2, 3, 4))
ZEROS = B.copy()
ZEROS[0, 1, 2] = 0.0
ZEROS[1, 0, :2] = 0.0
N = B.copy()
N[0, 1, 1:3] = np.nan
N[1, 2, 0] = np.nan
MASK = _RNG.random((2, 3, 4)) > 0.4
MASK[:, :, 0] = True
HAVE = ~np.isnan(N)


def with_nan(x):
    """The array with some entries replaced by NaN, so that differences of the others can be taken."""
    return np.where(HAVE, x, np.nan)


SAMPLES = [
    Sample(np.sum, np.sum, (A,)),
    Sample(np.sum, lambda x: x.sum(axis=-1, keepdims=True), (B,), "axis, keepdims"),
    Sample(np.sum, lambda x: np.sum(x, axis=(0, 2)), (B,), "axes"),
    Sample(np.sum, lambda x: np.sum(x, where=A > 0, initial=3.0), (A,), "where, initial"),
    Sample(np.sum, lambda x: np.add.reduce(x), (B,), "np.add.reduce"),
    Sample(np.sum, lambda x: np.add.reduce(x, axis=(0, -1), keepdims=True), (B,), "np.add.reduce, axes"),
    Sample(np.sum, lambda x: np.sum(x, 1, None, None, True), (B,), "all by position"),
    Sample(np.prod, np.prod, (A,)),
    Sample(np.prod, np.prod, (A[0, 0],), "number"),
    Sample(np.prod, lambda x: x.prod(axis=-1, keepdims=True), (B,), "axis, keepdims"),
    Sample(np.prod, lambda x: np.prod(x, axis=(2, 0)), (B,), "axes"),
    Sample(np.prod, lambda x: np.prod(x, axis=-1), (ZEROS,), "one zero and two"),
    Sample(np.prod, lambda x: np.prod(x, axis=1), (ZEROS,), "zeros, axis"),
    Sample(np.prod, lambda x: np.prod(x, axis=1, where=MASK, initial=3.0), (B,), "where, initial"),
    Sample(np.prod, lambda x: np.multiply.reduce(x), (B,), "np.multiply.reduce"),
    *(
        Sample(f, lambda x, f=f, k=k: f(x, **k), (B,), str(k))
        for f in (np.max, np.min, np.amax, np.amin, np.ptp)
        for k in ({}, {"axis": 1}, {"axis": (0, -1), "keepdims": True}, {"axis": ()})
    ),
    Sample(np.max, lambda x: x.max(axis=1, initial=0.5, where=MASK), (B,), "initial, where"),
    Sample(np.min, lambda x: x.min(1, None, False, 0.5), (B,), "initial by position"),
    Sample(np.max, np.max, (A[0, 0],), "number"),
    Sample(np.max, lambda x: np.maximum.reduce(x, axis=None), (B,), "np.maximum.reduce"),
    Sample(np.max, lambda x: np.fmax.reduce(x, axis=1), (B,), "np.fmax.reduce"),
    *(
        Sample(f, lambda x, f=f, k=k: f.reduce(x, **k), (B,), f"reduce {k}")
        for f in (np.logaddexp, np.logaddexp2)
        for k in ({}, {"axis": None}, {"axis": (0, 2), "keepdims": True}, {"initial": 0.3, "where": MASK})
    ),
    Sample(np.hypot, lambda x: np.hypot.reduce(x, axis=1, keepdims=True), (B,), "reduce"),
    Sample(np.subtract, lambda x: np.subtract.reduce(x), (B,), "reduce"),
    Sample(np.add, lambda x: np.add.reduceat(x, [0, 3, 1], axis=2), (B,), "reduceat"),
    *(
        Sample(f, lambda x, f=f, k=k: f(x, **k), (B,), str(k))
        for f in (np.cumsum, np.cumprod, np.nancumsum, np.nancumprod)
        for k in ({}, {"axis": 0}, {"axis": -1})
    ),
    Sample(np.cumprod, lambda x: np.cumprod(x, axis=2), (ZEROS,), "one zero and two"),
    Sample(np.cumprod, lambda x: np.cumprod(x), (ZEROS,), "flat, zeros"),
    Sample(np.cumsum, lambda x: np.add.accumulate(x), (B,), "np.add.accumulate"),
    Sample(np.cumprod, lambda x: np.multiply.accumulate(x, axis=1), (B,), "np.multiply.accumulate"),
    Sample(np.maximum, lambda x: np.maximum.accumulate(x, axis=2), (B,), "accumulate"),
    Sample(np.minimum, lambda x: np.minimum.accumulate(x), (B,), "accumulate"),
    Sample(np.logaddexp, lambda x: np.logaddexp.accumulate(x, axis=1), (B,), "accumulate"),
    Sample(np.divide, lambda x: np.divide.accumulate(x, axis=1), (B,), "accumulate"),
    Sample(np.cumulative_sum, lambda x: np.cumulative_sum(x, axis=1), (B,)),
    Sample(np.cumulative_sum, lambda x: np.cumulative_sum(x, include_initial=True), (A[0],), "initial"),
    Sample(np.cumulative_prod, lambda x: np.cumulative_prod(x, axis=1), (B,)),
    Sample(
        np.cumulative_prod, lambda x: np.cumulative_prod(x, axis=0, include_initial=True), (B,), "initial"
    ),
    *(
        Sample(f, lambda x, f=f, k=k: f(with_nan(x), **k), (B,), str(k))
        for f in (np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin, np.nanmedian)
        for k in ({}, {"axis": 2}, {"axis": (0, 1), "keepdims": True})
    ),
    *(Sample(f, lambda x, f=f: f(with_nan(x), axis=2), (B,), "NaN") for f in (np.nancumsum, np.nancumprod)),
    Sample(np.nansum, lambda x: np.nansum(with_nan(x), axis=0, where=MASK, initial=2.0), (B,), "where"),
    Sample(np.nanmean, lambda x: np.nanmean(with_nan(x), where=MASK), (B,), "where"),
    Sample(np.nanvar, lambda x: np.nanvar(with_nan(x), ddof=1, where=MASK), (B,), "where"),
    Sample(np.nanmax, lambda x: np.nanmax(with_nan(x), 2, initial=0.1, where=MASK), (B,), "where"),
]
