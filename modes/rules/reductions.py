"""Reductions over axes, all counted from the end."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from modes._dispatch import linear, rule
from modes._maps import Pair, is_plain
from modes.rules.structure import batch_shape


def from_end(axis, ndim):
    """An axis, a tuple of axes or None (all) as a tuple of negative axes."""
    axes = range(ndim) if axis is None else normalize_axis_tuple(axis, ndim)
    return tuple(axis - ndim for axis in axes)


def kept_shape(shape, axes):
    """A shape with the (negative) axes reduced to length 1."""
    return tuple(1 if i - len(shape) in axes else length for i, length in enumerate(shape))


def repeat_to(batch, shape):
    """A batch of values of as many axes as `shape`, repeated along those of length 1: a new array."""
    full = batch_shape(batch, len(shape)) + shape
    if not is_plain(batch):
        return np.broadcast_to(batch, full)
    repeated = np.empty(full, batch.dtype)
    repeated[...] = batch
    return repeated


def _sum_map(y, x, axes, keepdims):
    shape = x.shape
    kept = kept_shape(shape, axes)
    return Pair(
        lambda t: np.add.reduce(t, axis=axes, keepdims=keepdims),
        lambda g: repeat_to(g.reshape(batch_shape(g, len(y.shape)) + kept), shape),
    )


def _sum(x, axes, keepdims):
    return np.sum(x, axis=axes, keepdims=keepdims)


_SUM = linear(_sum, _sum_map, name="np.sum")


@rule(np.sum)
def sum_(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    if where is not True:
        a = np.where(where, a, 0.0)
    if dtype is not None:
        a = np.astype(a, dtype)
    total = _SUM(a, from_end(axis, a.ndim), bool(keepdims))
    return total if initial is None else total + initial
