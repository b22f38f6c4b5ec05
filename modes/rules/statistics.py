"""Averages, spreads and correlations."""

import math
import warnings

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from modes.core.operands import as_array
from modes.core.registry import rule
from modes.core.traced import primal
from modes.rules.elementwise import root_of_squares
from modes.rules.reductions import from_end, masked


def _count(a, axis, keepdims, where):
    """How many entries each reduction sees: an int, or an array of a's type where a mask counts."""
    if where is True:
        return math.prod(a.shape[i] for i in from_end(axis, a.ndim))
    mask = np.broadcast_to(primal(where), a.shape)
    return np.sum(mask, axis=axis, keepdims=keepdims).astype(a.dtype)


@rule(np.mean)
def mean(a, axis=None, dtype=None, *, keepdims=False, where=True):
    total = np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    count = _count(a, axis, keepdims, where)
    if not np.all(count):
        warnings.warn("Mean of empty slice.", RuntimeWarning, stacklevel=2)
    return total / count


def _spread(a, axis, dtype, ddof, keepdims, where, mean, correction, name):
    if correction is not None:
        if ddof != 0:
            raise ValueError(f"np.{name}: ddof and correction can't be provided simultaneously")
        ddof = correction
    a = as_array(a, f"np.{name}")
    if dtype is not None:
        a = np.astype(a, dtype)
    a = masked(a, where, 0.0)  # a NaN that is not counted must not come back as 0 * NaN
    center = np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean
    deviations = masked(a - center, where, 0.0)
    freedom = np.maximum(_count(a, axis, keepdims, where) - ddof, 0)
    if not np.all(freedom):
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=3)
    total = np.sum(deviations * deviations, axis=axis, keepdims=keepdims)
    return total / (freedom if freedom.ndim else freedom.item())


@rule(np.var)
def var(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    return _spread(a, axis, dtype, ddof, keepdims, where, mean, correction, "var")


@rule(np.std)
def std(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    spread = _spread(a, axis, dtype, ddof, keepdims, where, mean, correction, "std")
    if spread.size == np.size(a) and mean is None:
        return spread  # of single values: 0 wherever they are, so no root of 0 with its infinite slope
    return root_of_squares(spread)


@rule(np.average)
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    a = as_array(a, "np.average")
    axes = None if axis is None else normalize_axis_tuple(axis, a.ndim)
    if weights is None:
        result = np.mean(a, axis=axes, keepdims=keepdims)
        total = np.asarray(a.size / result.size, result.dtype)
    else:
        weights = _weights(as_array(weights, "np.average"), a.shape, axes)
        total = np.sum(weights, axis=axes, keepdims=keepdims)
        if np.any(primal(total) == 0.0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        result = np.sum(a * weights, axis=axes, keepdims=keepdims) / total
    return (result, np.broadcast_to(total, result.shape).copy()) if returned else result


def _weights(weights, shape, axes):
    """Weights that broadcast to the array: of its shape, or of the shape of the axes averaged over."""
    if weights.shape == shape:
        return weights
    if axes is None:
        raise TypeError("np.average: axis must be given where the weights are not of the array's shape")
    if weights.shape != tuple(shape[axis] for axis in axes):
        raise ValueError(
            f"np.average: weights of shape {weights.shape} do not fit the axes {axes} of an array of {shape}"
        )
    weights = np.transpose(weights, np.argsort(axes))
    return np.reshape(weights, [length if axis in axes else 1 for axis, length in enumerate(shape)])


def _observations(x, rowvar, name):
    x = as_array(x, f"np.{name}")
    if x.ndim > 2:
        raise ValueError(f"np.{name}: arrays of at most two axes, got {x.ndim}")
    return x.T if not rowvar and x.ndim == 2 else np.atleast_2d(x)


@rule(np.cov)
def cov(
    m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None, name="cov"
):
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    ddof = ddof if ddof is not None else 0 if bias else 1
    x = _observations(m, rowvar, name)
    if y is not None:
        y = _observations(y, rowvar or np.shape(y)[0] == 1, name)
        x = np.concatenate([x, y], axis=0)
    x = np.astype(x, np.result_type(x.dtype, float) if dtype is None else dtype)
    weights = _frequency(fweights, x.shape[1])
    if aweights is not None:
        aweights = _analytic(as_array(aweights, f"np.{name}"), x.shape[1])
        weights = aweights if weights is None else weights * aweights
    center, sums = np.average(x, axis=1, weights=weights, returned=True)
    total = x.shape[1] if weights is None else sums[0]
    if weights is None or aweights is None or ddof == 0:
        factor = total - ddof
    else:
        factor = total - ddof * np.sum(weights * aweights) / total
    if factor <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=3)
        factor = 0.0
    x = x - center[:, None]
    return np.squeeze((x @ (x if weights is None else x * weights).T) / factor)


def _frequency(fweights, count):
    if fweights is None:
        return None
    values = np.asarray(primal(fweights), float)
    if np.any(values != np.around(values)):
        raise TypeError("fweights must be integer")
    return _analytic(values, count)


def _analytic(weights, count):
    if weights.shape != (count,):
        raise ValueError(f"weights of shape {weights.shape} do not fit {count} observations")
    if np.any(primal(weights) < 0):
        raise ValueError("weights cannot be negative")
    return weights


@rule(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    c = cov(x, y, rowvar, dtype=dtype, name="corrcoef")
    if c.ndim == 0:
        return c / c
    every = np.arange(c.shape[0])
    spread = np.sqrt(c[every, every])
    c = c / spread[:, None] / spread[None, :]
    # rounding may leave [-1, 1]; the shift back is no kink
    return c + (np.clip(primal(c), -1, 1) - primal(c))
