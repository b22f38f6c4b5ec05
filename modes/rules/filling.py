"""NumPy's functions that write into an array: assignment, where the array is a traced one."""

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array, as_operand
from modes.core.registry import rule
from modes.core.traced import Traced, primal
from modes.rules.indexing import _along


def _target(array, name):
    if not isinstance(array, Traced):
        raise DifferentiationError(
            f"{name} of traced values into a plain array, which cannot hold them: make the array with "
            "np.zeros_like(x) or np.copy(x) of a traced x"
        )
    return array


def _cycled(values, count, name):
    """`count` values, from the first on again where there are fewer."""
    values = np.reshape(as_array(values, name), -1)
    if count and not values.size:
        raise ValueError(f"{name}: cannot insert from an empty array")
    return values[np.arange(count) % max(values.size, 1)]


def _write(array, positions, values):
    """Assign to flat positions of an array."""
    array[np.unravel_index(positions, array.shape)] = values


@rule(np.put)
def put(a, ind, v, mode="raise"):
    a = _target(a, "np.put")
    positions = np.reshape(np.asarray(primal(ind)), -1)
    if mode == "wrap":
        positions = positions % a.size
    elif mode == "clip":
        positions = np.clip(positions, 0, a.size - 1)
    elif np.any((positions < -a.size) | (positions >= a.size)):
        raise IndexError(f"np.put: a position is out of bounds for an array of {a.size} entries")
    _write(a, positions % max(a.size, 1), _cycled(v, positions.size, "np.put"))


@rule(np.place)
def place(arr, mask, vals):
    positions = np.flatnonzero(primal(mask))
    _write(_target(arr, "np.place"), positions, _cycled(vals, positions.size, "np.place"))


@rule(np.putmask)
def putmask(a, /, mask, values):
    positions = np.flatnonzero(primal(mask))
    values = _cycled(values, np.size(primal(a)), "np.putmask")
    _write(_target(a, "np.putmask"), positions, values[positions])


@rule(np.put_along_axis)
def put_along_axis(arr, indices, values, axis):
    arr = _target(arr, "np.put_along_axis")
    if axis is None:
        positions = np.reshape(np.asarray(indices), -1)
        _write(arr, positions % arr.size, values)
    else:
        arr[_along(arr, np.asarray(indices), axis)] = values


@rule(np.copyto)
def copyto(dst, src, casting="same_kind", where=True):
    dst, src = _target(dst, "np.copyto"), as_operand(src, "np.copyto")
    if where is True:
        dst[...] = src
    else:
        dst[...] = np.where(np.broadcast_to(primal(where), dst.shape), np.broadcast_to(src, dst.shape), dst)
