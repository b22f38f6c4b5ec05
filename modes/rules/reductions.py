"""Reductions over axes, all counted from the end."""

import functools
import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from modes.core.primitive import linear
from modes.core.registry import rule
from modes.core.traced import Traced, primal
from modes.maps.batches import batch_shape, dense, is_plain
from modes.maps.linear import LinearMap, Moves, Pair
from modes.rules.elementwise import kink


@functools.lru_cache(1024)
def from_end(axis, ndim):
    """An axis, a tuple of axes or None (all) as a tuple of negative axes."""
    if ndim == 0 and axis in (0, -1):  # NumPy lets numbers have one axis here
        return ()
    axes = range(ndim) if axis is None else normalize_axis_tuple(axis, ndim)
    return tuple(axis - ndim for axis in axes)


@functools.lru_cache(1024)
def kept_shape(shape, axes):
    """A shape with the (negative) axes reduced to length 1."""
    return tuple(1 if i - len(shape) in axes else length for i, length in enumerate(shape))


def merged(a, axes):
    """An array with the (negative) axes put last and made one."""
    kept = [axis for axis in range(-a.ndim, 0) if axis not in axes]
    length = math.prod(a.shape[axis] for axis in axes)
    if kept + list(axes) != list(range(-a.ndim, 0)):
        a = np.transpose(a, kept + list(axes))
    return np.reshape(a, (*a.shape[: len(kept)], length))


def masked(a, where, fill):
    """An array with `fill` where the mask, which must broadcast to it, is False; True stands for no mask."""
    if where is True:
        return a
    if np.broadcast_shapes(np.shape(where), a.shape) != a.shape:
        raise ValueError(f"where= of shape {np.shape(where)} does not broadcast to the array's {a.shape}")
    return np.where(where, a, fill)


def repeat_to(batch, shape):
    """A batch of values of as many axes as `shape`, repeated along those of length 1: a new array."""
    full = batch_shape(batch, len(shape)) + shape
    if not is_plain(batch):
        return np.broadcast_to(batch, full)
    repeated = np.empty(full, batch.dtype)
    repeated[...] = batch
    return repeated


class Sum(LinearMap):
    """The sum over (negative) axes of a value of some shape."""

    __slots__ = ("axes", "keepdims", "shape")
    structural = True

    def __init__(self, shape, axes, keepdims):
        self.shape, self.axes, self.keepdims = shape, axes, keepdims

    def apply(self, tangent):
        return np.add.reduce(dense(tangent), axis=self.axes, keepdims=self.keepdims)

    def transpose(self, cotangent):
        cotangent = dense(cotangent)
        ndim = len(self.shape) if self.keepdims else len(self.shape) - len(self.axes)
        kept = kept_shape(self.shape, self.axes)
        return repeat_to(cotangent.reshape(cotangent.shape[: cotangent.ndim - ndim] + kept), self.shape)


def _sum(x, axes, keepdims):
    if isinstance(x, Traced):  # one operand and no keywords: without the detour of a general primitive
        value = _sum(x.value, axes, keepdims)
        return x._emit_one(value, Sum(x.value.shape, axes, keepdims))
    return np.add.reduce(x, axis=axes, keepdims=keepdims)


@rule(np.sum)
def sum_(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    a = masked(a, where, 0.0)
    if dtype is not None:
        a = np.astype(a, dtype)
    total = _sum(a, from_end(axis, a.ndim), bool(keepdims))
    return total if initial is None else total + initial


# --- products -----------------------------------------------------------------------------------------


def _others(x):
    """For each entry, the product of all others along the last axis: no division, so right with zeros."""
    first = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([first, x[..., :-1]], axis=-1), axis=-1)
    behind = np.cumprod(np.concatenate([first, x[..., :0:-1]], axis=-1), axis=-1)
    return before * behind[..., ::-1]


def _prod_map(y, x):
    others = _others(x)
    return Pair(lambda t: np.sum(t * others, axis=-1), lambda g: g[..., None] * others)


def _prod_last(x):
    return np.prod(x, axis=-1)


_PROD = linear(_prod_last, _prod_map, name="np.prod")


@rule(np.prod)
def prod(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    a = masked(a, where, 1.0)
    if dtype is not None:
        a = np.astype(a, dtype)
    axes = from_end(axis, a.ndim)
    result = _PROD(merged(a, axes))
    if keepdims:
        result = np.reshape(result, kept_shape(a.shape, axes))
    return result if initial is None else result * initial


# --- extremes -----------------------------------------------------------------------------------------


def _extreme(names, reduce, pairwise, losing):
    """Register a maximum or minimum: a tie is split evenly, NaN gives NaN."""

    def extreme_map(y, x, axes, keepdims):
        a = primal(x)
        kept, ndim = kept_shape(a.shape, axes), len(y.shape)
        best = primal(y).reshape(kept)
        taken = a == best
        count = np.add.reduce(taken, axis=axes, keepdims=True, dtype=a.dtype)
        if not np.all(count):  # nothing is equal to NaN
            taken = taken | np.isnan(best)
            share = np.where(np.isnan(best), np.nan, 1.0 / np.maximum(count, 1.0))
        else:
            share = 1.0 / count
        return Moves(  # an entry that is not taken does not count, whatever its derivative is
            lambda t: np.sum(np.where(taken, t * share, 0.0), axis=axes, keepdims=keepdims),
            lambda g: np.where(taken, g.reshape(batch_shape(g, ndim) + kept) * share, 0.0),
        )

    def extreme(x, axes, keepdims):
        return pairwise.reduce(x, axis=axes, keepdims=keepdims)

    primitive = linear(extreme, extreme_map, name=f"np.{reduce.__name__}")

    @rule(*names)
    def extreme_rule(a, axis=None, *, keepdims=False, initial=None, where=True):
        if where is not True and initial is None:
            raise ValueError(
                f"np.{reduce.__name__}(where=...) needs initial=, the value of an empty selection"
            )
        a = masked(a, where, losing)
        axes = from_end(axis, a.ndim)
        if initial is not None and a.size == 0:
            kept = kept_shape(a.shape, axes)
            if 0 not in kept:
                shape = kept if keepdims else [a.shape[i] for i in range(-a.ndim, 0) if i not in axes]
                return np.broadcast_to(initial, shape)
        result = primitive(a, axes, bool(keepdims))
        return result if initial is None else pairwise(result, initial)


_extreme((np.max, np.amax), np.max, np.maximum, -np.inf)
_extreme((np.min, np.amin), np.min, np.minimum, np.inf)


@rule(np.ptp)
def ptp(a, axis=None, *, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# --- logarithms of sums of exponentials --------------------------------------------------------------------


def _log_sum(ufunc, exponential):
    def log_sum_map(y, x, axes, keepdims, where):
        kept = kept_shape(x.shape, axes)
        # of the entries less the largest: y has fewer digits
        best = np.max(primal(x), axis=axes, keepdims=True, where=where, initial=-np.inf)
        sizes = exponential(x - best) if np.all(np.isfinite(best)) else sizes_of_infinite(x, best)
        sizes = masked(sizes, where, 0.0)
        total = np.sum(sizes, axis=axes, keepdims=True)
        shares = sizes / np.where(primal(total) == 0, 1.0, total)  # the sum of none is 0
        return Pair(
            lambda t: np.sum(t * shares, axis=axes, keepdims=keepdims),
            lambda g: g.reshape(batch_shape(g, len(y.shape)) + kept) * shares,
        )

    def sizes_of_infinite(x, best):
        """Where the largest entry is infinite, those that are equal share evenly."""
        equal = np.isinf(best) & (primal(x) == best)
        sizes = exponential(np.where(equal, 0.0, x - np.where(np.isfinite(best), best, 0.0)))
        sizes = np.where(best == np.inf, equal.astype(x.dtype), sizes) if np.any(best == np.inf) else sizes
        return sizes + kink(x, equal) if np.any(equal) else sizes  # and have no second derivative

    def log_sum(x, axes, keepdims, where):
        return ufunc.reduce(x, axis=axes, keepdims=keepdims, where=where)

    primitive = linear(log_sum, log_sum_map, name=f"np.{ufunc.__name__}.reduce")

    def log_sum_rule(a, axis=0, dtype=None, *, keepdims=False, initial=None, where=True):
        a = masked(a, where, -np.inf)
        if dtype is not None:
            a = np.astype(a, dtype)
        result = primitive(a, from_end(axis, a.ndim), bool(keepdims), where)
        return result if initial is None else ufunc(result, initial)

    return log_sum_rule


log_sum_exp = _log_sum(np.logaddexp, np.exp)
log_sum_exp2 = _log_sum(np.logaddexp2, np.exp2)
