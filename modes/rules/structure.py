"""Shapes: functions that only move entries about, each a pair of such functions.

All axes are counted from the end, so that a batch axis in front changes nothing.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array, is_float, is_whole
from modes.core.primitive import linear
from modes.core.registry import register, rule
from modes.core.traced import Traced, primal
from modes.core.views import view_of
from modes.maps.batches import batch_shape
from modes.maps.broadcasting import unbroadcast
from modes.maps.linear import Moves, Pair


def _reshape_f_map(y, x, shape, order):  # reversed axes, C order
    old, new = x.shape, y.shape
    return Moves(lambda t: _reshape_f(t, old, new), lambda g: _reshape_f(g, new, old))


def _reshape_map(y, x, shape):
    old, new = x.shape, y.shape  # the maps hold shapes, not the values that have them
    return Moves(
        lambda t: t.reshape(t.shape[: t.ndim - len(old)] + new),
        lambda g: g.reshape(g.shape[: g.ndim - len(new)] + old),
    )


def _reshape_f(batch, old, new):
    front = batch_shape(batch, len(old))
    reversed_axes = _transposed(batch, tuple(reversed(range(len(old)))))
    return _transposed(reversed_axes.reshape(front + tuple(reversed(new))), tuple(reversed(range(len(new)))))


_RESHAPE = linear(lambda x, shape: x.reshape(shape), _reshape_map, name="np.reshape")
_RESHAPE_F = linear(np.reshape, _reshape_f_map)


def _flat_order(a, order, name, more=""):
    """The order of axes, with 'A' resolved: Fortran's where the array lies in memory so, and not in C's."""
    if not isinstance(order, str) or order.upper() not in ("C", "F", "A", *more):
        raise ValueError(f"{name}: order must be 'C', 'F', 'A'{' or ' * bool(more)}{more}, not {order!r}")
    order = order.upper()
    return order if order != "A" else "F" if getattr(primal(a), "flags", np.True_.flags).fnc else "C"


@rule(np.reshape)
def reshape(a, /, shape=None, order="C", *, newshape=None, copy=None):
    order = _flat_order(a, order, "reshape of a traced value")
    shape = newshape if shape is None else shape
    reshaped = _RESHAPE_F(a, shape, order=order) if order == "F" else _RESHAPE(a, shape)
    if copy is None or not isinstance(reshaped, Traced):
        return reshaped
    if copy:
        return reshaped.copy()
    if view_of(reshaped) is None:
        raise ValueError("Unable to avoid creating a copy while reshaping.")
    return reshaped


def _ravel_map(y, x, order):
    if len(x.shape) == 1:
        return None
    return _reshape_f_map(y, x, -1, order) if order == "F" else _reshape_map(y, x, -1)


_RAVEL = linear(np.ravel, _ravel_map)


@rule(np.ravel)
def ravel(a, order="C"):
    """A view exactly where NumPy's is one, which for order "C" is less often than `reshape`'s."""
    order = _flat_order(a, order, "np.ravel", "K")
    if order == "K":  # the axes as they lie in memory
        steps = np.abs(np.multiply(primal(a).strides, np.array(np.shape(a)) > 1))
        a, order = np.transpose(a, np.argsort(-steps, kind="stable")), "C"
    return _RAVEL(a, order)


def _transposed(batch, axes):
    extra = batch.ndim - len(axes)
    return np.transpose(batch, (*range(extra), *(axis + extra for axis in axes)))


def _transpose_map(y, x, axes=None):
    ndim = len(x.shape)
    axes = tuple(reversed(range(ndim))) if axes is None else normalize_axis_tuple(axes, ndim)
    inverse = tuple(sorted(range(ndim), key=axes.__getitem__))
    return Moves(lambda t: _transposed(t, axes), lambda g: _transposed(g, inverse))


register(np.transpose, linear(np.transpose, _transpose_map))


@rule(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x, /):
    return np.swapaxes(x, -1, -2)


@rule(np.swapaxes)
def swapaxes(a, axis1, axis2):
    axes = list(range(a.ndim))
    one, two = normalize_axis_index(axis1, a.ndim), normalize_axis_index(axis2, a.ndim)
    axes[one], axes[two] = axes[two], axes[one]
    return np.transpose(a, axes)


@rule(np.moveaxis)
def moveaxis(a, source, destination):
    source = normalize_axis_tuple(source, a.ndim, "source")
    destination = normalize_axis_tuple(destination, a.ndim, "destination")
    if len(source) != len(destination):
        raise ValueError("moveaxis: source and destination must have the same number of axes")
    order = [axis for axis in range(a.ndim) if axis not in source]
    for place, axis in sorted(zip(destination, source, strict=True)):
        order.insert(place, axis)
    return np.transpose(a, order)


@rule(np.rollaxis)
def rollaxis(a, axis, start=0):
    axis = normalize_axis_index(axis, a.ndim)
    start = start + a.ndim if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@rule(np.expand_dims)
def expand_dims(a, axis):
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    axes = normalize_axis_tuple(axes, a.ndim + len(axes))
    kept = iter(a.shape)
    return np.reshape(a, [1 if i in axes else next(kept) for i in range(a.ndim + len(axes))])


@rule(np.squeeze)
def squeeze(a, axis=None):
    if axis is None:
        axes = tuple(i for i, length in enumerate(a.shape) if length == 1)
    else:
        axes = normalize_axis_tuple(axis, a.ndim)
        if any(a.shape[i] != 1 for i in axes):
            raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return np.reshape(a, [length for i, length in enumerate(a.shape) if i not in axes])


def _at_least(ndim):
    def pad(*arrays):
        padded = [_padded(as_array(a, f"np.atleast_{ndim}d"), ndim) for a in arrays]
        return padded[0] if len(padded) == 1 else tuple(padded)

    return pad


def _padded(a, ndim):
    if ndim == 3 and a.ndim in (1, 2):  # NumPy puts the new last axis behind
        return np.reshape(a, (1, *a.shape, 1) if a.ndim == 1 else (*a.shape, 1))
    return np.reshape(a, (1,) * (ndim - a.ndim) + tuple(a.shape)) if a.ndim < ndim else a


for _ndim, _function in ((1, np.atleast_1d), (2, np.atleast_2d), (3, np.atleast_3d)):
    register(_function, _at_least(_ndim))


def _broadcast_map(y, x, shape=None, subok=False):
    old, new = x.shape, y.shape
    ones = (1,) * (len(new) - len(old))
    return Moves(
        lambda t: np.broadcast_to(
            t.reshape(batch_shape(t, len(old)) + ones + old), batch_shape(t, len(old)) + new
        ),
        lambda g: unbroadcast(g, old, len(new)),
    )


register(np.broadcast_to, linear(np.broadcast_to, _broadcast_map))


@rule(np.broadcast_arrays)
def broadcast_arrays(*arrays, subok=False):
    shape = np.broadcast_shapes(*(np.shape(a) for a in arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


register(np.copy, linear(np.copy, lambda y, x, order="K", subok=False: None))


def _astype_map(y, x, dtype=None, **_):
    old, new = x.dtype, y.dtype
    return Pair(lambda t: np.astype(t, new), lambda g: np.astype(g, old))


_ASTYPE = linear(np.astype, _astype_map)


@rule(np.astype)
def astype(x, dtype, /, *, copy=True, device=None):
    """To another float precision; to integers and booleans, which carry no derivative, as a constant."""
    if is_whole(np.dtype(dtype)):
        return np.astype(primal(x), dtype)
    if not copy and np.dtype(dtype) == x.dtype:
        return x
    if not is_float(np.dtype(dtype)):
        raise DifferentiationError(
            f"astype({np.dtype(dtype)}) of a traced value: only real floating types carry derivatives"
        )
    return _ASTYPE(x, np.dtype(dtype))


@rule(np.flip)
def flip(m, axis=None):
    axes = range(m.ndim) if axis is None else normalize_axis_tuple(axis, m.ndim)
    return m[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(m.ndim))]


@rule(np.fliplr)
def fliplr(m):
    return m[:, ::-1]


@rule(np.flipud)
def flipud(m):
    return m[::-1, ...]


@rule(np.rot90)
def rot90(m, k=1, axes=(0, 1)):
    first, second = normalize_axis_tuple(axes, m.ndim)
    k = k % 4
    if k == 0:
        return m[...]
    if k == 2:
        return np.flip(m, (first, second))
    return np.flip(np.swapaxes(m, first, second), first if k == 1 else second)
