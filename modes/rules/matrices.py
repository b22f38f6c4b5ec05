"""Diagonals and triangles of matrices."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from modes.core.operands import as_operand
from modes.core.primitive import linear
from modes.core.registry import rule
from modes.core.traced import Traced
from modes.maps.indexing import Diagonal, Index
from modes.maps.linear import Pair


def _steps(rows, columns, offset):
    """The slice of a flattened matrix that is its diagonal."""
    count = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    start = offset if offset >= 0 else -offset * columns
    return slice(start, start + (count - 1) * (columns + 1) + 1, columns + 1) if count else slice(0, 0)


@rule(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    a = as_operand(a, "np.diagonal")
    if a.ndim < 2:
        raise ValueError("np.diagonal: an array of at least two axes is needed")
    axis1, axis2 = normalize_axis_index(axis1, a.ndim), normalize_axis_index(axis2, a.ndim)
    if axis1 == axis2:
        raise ValueError("np.diagonal: axis1 and axis2 cannot be the same")
    return _DIAGONAL(a, offset, axis1, axis2)


_DIAGONAL = linear(
    np.diagonal,
    lambda y, x, offset, axis1, axis2: Diagonal(x.shape, offset, axis1 - len(x.shape), axis2 - len(x.shape)),
)


@rule(np.trace)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


@rule(np.linalg.diagonal)
def matrix_diagonal(x, /, *, offset=0):
    return np.diagonal(x, offset, -2, -1)


@rule(np.linalg.trace)
def matrix_trace(x, /, *, offset=0, dtype=None):
    return np.trace(x, offset, -2, -1, dtype)


def _placed(v, offset):
    if isinstance(v, Traced):
        return _PLACE(v, offset)
    n = v.shape[0] + abs(offset)
    flat = np.zeros(n * n, v.dtype)
    flat[_steps(n, n, offset)] = v
    return flat


def _placed_map(value, v, offset):
    n = math.isqrt(value.shape[0])
    taken = Index(_steps(n, n, offset), value.shape)
    return Pair(taken.transpose, taken.apply)


_PLACE = linear(_placed, _placed_map, name="np.diag")


@rule(np.diag)
def diag(v, k=0):
    v = as_operand(v, "np.diag")
    if v.ndim == 2:
        return np.diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"np.diag: v must have one or two axes, not {v.ndim}")
    n = v.shape[0] + abs(k)
    return np.reshape(_PLACE(v, k), (n, n))


@rule(np.diagflat)
def diagflat(v, k=0):
    return np.diag(np.reshape(as_operand(v, "np.diagflat"), -1), k)


@rule(np.fill_diagonal)
def fill_diagonal(a, val, wrap=False):
    """``np.fill_diagonal`` of a traced array: assignment to ``a``, whose views follow."""
    if a.ndim < 2:
        raise ValueError("np.fill_diagonal: an array of at least two axes is needed")
    if a.ndim > 2 and len(set(a.shape)) > 1:
        raise ValueError(f"np.fill_diagonal: more than two axes must be of one length, not {a.shape}")
    step = 1 + sum(math.prod(a.shape[axis + 1 :]) for axis in range(a.ndim - 1))
    end = a.shape[1] ** 2 if a.ndim == 2 and not wrap else a.size
    places = np.arange(a.size)[:end:step]
    val = as_operand(val, "np.fill_diagonal")
    if np.ndim(val):  # as NumPy: too many values are left out, too few are taken again
        val = np.reshape(val, -1)[np.arange(places.size) % np.size(val)]
    a[np.unravel_index(places, a.shape)] = val


def _below(m, k):
    rows, columns = m.shape[-2:] if m.ndim > 1 else m.shape * 2
    return np.tri(rows, columns, k, dtype=bool)


def _triangle(m, kept):
    return np.where(kept, m, m.dtype.type(0))


@rule(np.tril)
def tril(m, k=0):
    m = as_operand(m, "np.tril")
    return _triangle(m, _below(m, k))


@rule(np.triu)
def triu(m, k=0):
    m = as_operand(m, "np.triu")
    return _triangle(m, ~_below(m, k - 1))
