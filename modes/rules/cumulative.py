"""Cumulative functions: running sums, products and extremes."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from modes.core.operands import as_array
from modes.core.primitive import linear
from modes.core.registry import rule
from modes.core.traced import primal
from modes.maps.linear import Moves, Pair


def _flipped_sum(batch, axis):
    return np.flip(np.cumsum(np.flip(batch, axis), axis=axis), axis)


def _cumsum_map(y, x, axis):
    return Moves(lambda t: np.cumsum(t, axis=axis), lambda g: _flipped_sum(g, axis))


def _cumsum(x, axis):
    return np.cumsum(x, axis=axis)


_CUMSUM = linear(_cumsum, _cumsum_map, name="np.cumsum")


def _prepared(a, axis, dtype):
    """The array and its (negative) axis; without an axis, or without axes, the array flattened."""
    if dtype is not None:
        a = np.astype(a, dtype)
    if axis is None or not a.ndim:
        a, axis = np.reshape(a, -1), axis or 0
    return a, normalize_axis_index(axis, a.ndim) - a.ndim


@rule(np.cumsum)
def cumsum(a, axis=None, dtype=None):
    return _CUMSUM(*_prepared(a, axis, dtype))


def _cumprod_map(y, x):
    return Pair(lambda t: np.cumsum(t / x, axis=-1) * y, lambda g: _flipped_sum(g * y, -1) / x)


def _cumprod_last(x):
    return np.cumprod(x, axis=-1)


_CUMPROD = linear(_cumprod_last, _cumprod_map, name="np.cumprod")


def scan(combine, x):
    """Running results of an associative operation along the last axis, by doubling.

    Of n entries in log2(n) operations, each of the whole array (Hillis and Steele, "Data parallel
    algorithms", 1986). It divides by nothing, so its derivatives are right wherever `combine`'s are.
    """
    step = 1
    while step < x.shape[-1]:
        x = np.concatenate([x[..., :step], combine(x[..., :-step], x[..., step:])], axis=-1)
        step *= 2
    return x


@rule(np.cumprod)
def cumprod(a, axis=None, dtype=None):
    a, axis = _prepared(a, axis, dtype)
    a = np.swapaxes(a, axis, -1)
    plain = primal(a)
    with np.errstate(all="ignore"):
        sizes = np.abs(np.stack([plain, np.cumprod(plain, axis=-1)]))
    limits = np.finfo(plain.dtype)
    # division by the entries is right unless one is zero, or something over- or underflows
    regular = np.all((sizes > limits.tiny / limits.eps) & (sizes < limits.max))
    return np.swapaxes(_CUMPROD(a) if regular else scan(np.multiply, a), axis, -1)


def _including_initial(function, start):
    def cumulative(x, /, *, axis=None, dtype=None, include_initial=False):
        if axis is None:
            if x.ndim != 1:
                raise ValueError(f"np.{function.__name__}: axis must be given for an array of {x.ndim} axes")
            axis = 0
        result = function(x, axis=axis, dtype=dtype)
        if not include_initial:
            return result
        axis = normalize_axis_index(axis, x.ndim)
        shape = (*result.shape[:axis], 1, *result.shape[axis + 1 :])
        return np.concatenate([np.full(shape, start, result.dtype), result], axis=axis)

    return cumulative


rule(np.cumulative_sum)(_including_initial(np.cumsum, 0.0))
rule(np.cumulative_prod)(_including_initial(np.cumprod, 1.0))


def running_extreme(ufunc, reduce):
    """The rule of ``np.maximum.accumulate`` (minimum): a tie is split evenly, NaN gives NaN."""

    def accumulate(a, axis=0, dtype=None):
        a, axis = _prepared(as_array(a, f"np.{ufunc.__name__}.accumulate"), axis, dtype)
        a = np.swapaxes(a, axis, -1)
        plain = primal(a)
        best = ufunc.accumulate(plain, axis=-1)
        record = plain == best
        strict = np.ones_like(record)
        strict[..., 1:] = best[..., 1:] != best[..., :-1]
        if np.array_equal(record, strict):  # no ties, no NaN: each entry is one earlier entry
            last = np.maximum.accumulate(np.where(record, np.arange(plain.shape[-1]), 0), axis=-1)
            result = np.take_along_axis(a, last, axis=-1)
        else:
            result = np.stack([reduce(a[..., : k + 1], axis=-1) for k in range(plain.shape[-1])], axis=-1)
        return np.swapaxes(result, axis, -1)

    return accumulate
