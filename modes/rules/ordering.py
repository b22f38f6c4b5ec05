"""Sorting, and what is read off sorted values: medians and quantiles.

A value moves with its derivative to its place by the stable order, also among equal values. NaN is last.
"""

import warnings

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array
from modes.core.registry import rule
from modes.core.traced import Traced, primal
from modes.rules.reductions import from_end, kept_shape, merged

# Methods of np.quantile whose result moves with q: the slope of the position in the sorted values, for n of
# them: n + 1 - alpha - beta (Hyndman and Fan, "Sample quantiles in statistical packages", 1996).
_SLOPES = {
    "linear": lambda n: n - 1.0,
    "hazen": lambda n: n + 0.0,
    "interpolated_inverted_cdf": lambda n: n + 0.0,
    "weibull": lambda n: n + 1.0,
    "median_unbiased": lambda n: n + 1 / 3,
    "normal_unbiased": lambda n: n + 1 / 4,
}


@rule(np.sort)
def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return np.take_along_axis(a, np.argsort(primal(a), axis=axis, kind="stable"), axis=axis)


@rule(np.partition)
def partition(a, kth, axis=-1, kind="introselect", order=None):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return np.take_along_axis(a, np.argpartition(primal(a), primal(kth), axis=axis, kind=kind), axis=axis)


def _positions(counts, q, method):
    """Where the quantiles lie in n sorted values: NumPy's answer for 0 ... n-1. Shape (…, quantiles)."""
    if isinstance(counts, int):
        return np.quantile(np.arange(float(counts)), q, method=method)
    places = np.zeros((*counts.shape, q.size))
    for count in np.unique(counts[counts > 0]).tolist():
        places[counts == count] = _positions(count, q, method)
    return places


def _weighted_positions(a, q, axes, method, weights):
    """Where weighted quantiles lie: those of the ranks, as the method picks a value by its weight alone."""
    weights = np.asarray(primal(weights))
    if weights.shape != a.shape:
        chosen = [axis + a.ndim for axis in axes]
        if weights.shape != tuple(a.shape[axis] for axis in chosen):
            raise ValueError(
                f"weights of shape {weights.shape} do not fit an array of {a.shape} along {axes}"
            )
        weights = np.transpose(weights, np.argsort(chosen))
        weights = weights.reshape([length if i in chosen else 1 for i, length in enumerate(a.shape)])
    weights = merged(np.broadcast_to(weights, a.shape), axes)
    ranks = np.argsort(np.argsort(merged(primal(a), axes), axis=-1, kind="stable"), axis=-1)
    return np.moveaxis(np.quantile(ranks.astype(float), q, axis=-1, method=method, weights=weights), 0, -1)


def _entries(ordered, places):
    return ordered[..., places] if places.ndim == 1 else np.take_along_axis(ordered, places, axis=-1)


def quantiles(a, q, axis, method, keepdims, weights, ignore_nan, name):
    """Quantiles of an array that may be traced, at q that may be."""
    a, q_array = as_array(a, name), as_array(q, name)
    if np.any((primal(q_array) < 0) | (primal(q_array) > 1)) or np.any(np.isnan(primal(q_array))):
        raise ValueError(f"{name}: q must be in the range [0, 1] (percentiles: [0, 100])")
    axes = from_end(axis, a.ndim)
    kept = kept_shape(a.shape, axes)
    shape = kept if keepdims else tuple(a.shape[i] for i in range(-a.ndim, 0) if i not in axes)
    dtype = a.dtype if type(q) in (float, int) else np.result_type(a.dtype, q_array.dtype)
    ordered = np.sort(merged(a, axes), axis=-1)
    missing = np.isnan(primal(ordered))
    counts = ordered.shape[-1]
    if counts == 0:
        raise IndexError(f"{name}: no quantile of an empty array")
    if ignore_nan and missing.any():
        counts = counts - np.sum(missing, axis=-1)
        if not np.all(counts):
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=4)
    flat = np.reshape(q_array, -1)
    if weights is None:
        places = _positions(counts, primal(flat), method)
    elif isinstance(counts, int):
        places = _weighted_positions(a, primal(flat), axes, method, weights)
    else:
        raise DifferentiationError(
            f"{name}(weights=...) of traced values with NaN among them: take those out first"
        )
    moving = isinstance(flat, Traced) and method in _SLOPES
    results = _interpolated(ordered, places, counts, dtype, flat if moving else None, method)
    if not ignore_nan and missing.any():
        last = ordered[..., -1:]
        results = np.where(missing[..., -1:], last * np.nan, results)
    return np.reshape(np.moveaxis(results, -1, 0), q_array.shape + shape)


def _interpolated(ordered, places, counts, dtype, q, method):
    last = np.asarray(counts)[..., None] - 1 if not isinstance(counts, int) else counts - 1
    last = np.maximum(last, 0)
    low = np.floor(places)
    if q is not None:  # a place on an entry is moved into the piece behind it, which has the slope
        low = np.clip(low, 0, np.maximum(last - 1, 0))
    low = low.astype(np.intp)
    share = (places - low).astype(dtype)
    high = np.minimum(low + 1, last) if q is not None else np.ceil(places).astype(np.intp)
    if q is not None:
        slope = _SLOPES[method](last + 1.0)
        moves = (method == "linear") | ((places > 0) & (places < last))
        share = share + np.where(moves, slope, 0.0).astype(dtype) * (q - primal(q))
    elif not share.any():
        return _entries(ordered, low)
    with np.errstate(invalid="ignore"):
        between = _entries(ordered, low) * (1.0 - share) + _entries(ordered, high) * share
    if q is not None:
        return between
    return np.where(share == 0, _entries(ordered, low), between)  # 0 * inf is no part of a value


def _median(ignore_nan, name, of_nothing):
    def median(a, axis=None, *, overwrite_input=False, keepdims=False):
        if 0 in (a.shape[i] for i in from_end(axis, a.ndim)):
            return of_nothing(a, axis=axis, keepdims=keepdims)
        return quantiles(a, 0.5, axis, "linear", keepdims, None, ignore_nan, name)

    return median


rule(np.median)(_median(False, "np.median", np.mean))
rule(np.nanmedian)(_median(True, "np.nanmedian", np.mean))


def _quantile(function, scale, ignore_nan):
    name = f"np.{function.__name__}"

    def quantile(a, q, axis=None, *, overwrite_input=False, method="linear", keepdims=False, weights=None):
        q = q if scale == 1 else q / scale if type(q) in (float, int) else as_array(q, name) / scale
        return quantiles(a, q, axis, method, keepdims, weights, ignore_nan, name)

    rule(function)(quantile)


_quantile(np.quantile, 1, False)
_quantile(np.percentile, 100, False)
_quantile(np.nanquantile, 1, True)
_quantile(np.nanpercentile, 100, True)
