"""Indexing, assignment, and putting arrays together from parts."""

import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from modes.core.errors import DifferentiationError
from modes.core.layout import copied
from modes.core.operands import as_array, as_operand
from modes.core.primitive import ALL, Primitive
from modes.core.registry import RULES, register, rule
from modes.core.traced import Traced, contains_traced, primal
from modes.maps.indexing import Entry, Erase, Index, Part, Place
from modes.rules.copies import laid_out

# --- assignment, recorded functionally ---


def _replaced(item, x, key):
    if isinstance(x, Traced) or isinstance(item, Traced):
        return REPLACE(item, x, key)
    new = copied(x)
    new[key] = item
    return new


def _replaced_maps(active, value, item, x, key):
    index = Index(key, x.shape)
    return [Erase(index) if position == 1 else Place(index) for position in active]


REPLACE = Primitive(_replaced, _replaced_maps, name="assignment", array_arguments=2)


@rule(operator.setitem)
def replaced(x, item, key):
    """X with ``x[key] = item`` done, as a new value."""
    shape = np.empty(x.shape, bool)[key].shape
    if isinstance(item, Traced) and item.dtype != x.dtype:
        item = RULES[np.astype](item, x.dtype)
    item_shape = np.shape(item)
    if item_shape != shape:
        while len(item_shape) > len(shape) and item_shape[0] == 1:  # as NumPy's assignment allows
            item, item_shape = item[0], item_shape[1:]
        item = np.broadcast_to(item, shape)
    return REPLACE(item, x, key)


@rule(operator.getitem)
def taken(x, key):
    return x[key]


# --- arrays to assign into ---


def _like(make):
    def traced_like(a, *fill, dtype=None, order="K", subok=True, shape=None, device=None):
        dtype = a.dtype if dtype is None else np.dtype(dtype)
        shape = a.shape if shape is None else shape
        if any(isinstance(value, Traced) for value in fill):
            filled = np.broadcast_to(fill[0], shape).copy()
            return laid_out(filled, np.empty_like(primal(a), order=order, shape=shape))
        if dtype.kind != "f":
            return make(primal(a), *fill, dtype=dtype, order=order, shape=shape)
        return a.constant(make(primal(a), *fill, dtype=dtype, order=order, shape=shape))

    return traced_like


for _function in (np.zeros_like, np.ones_like, np.empty_like, np.full_like):
    register(_function, _like(_function))


# --- one array from many ---


def _join(*parts, axis):
    if any(isinstance(part, Traced) for part in parts):
        return JOIN(*parts, axis=axis)
    return np.concatenate(parts, axis=axis)


def _join_maps(active, value, *parts, axis):
    ends = np.cumsum([part.shape[axis] for part in parts]).tolist()
    behind = axis - value.ndim
    return [Part(value.shape, behind, ends[i] - parts[i].shape[axis], ends[i]) for i in active]


JOIN = Primitive(_join, _join_maps, name="np.concatenate", array_arguments=ALL)


@rule(np.concatenate)
def concatenate(arrays, /, axis=0, *, dtype=None, casting="same_kind"):
    parts = [as_array(part, "np.concatenate") for part in _sequence(arrays)]
    if axis is None:
        parts, axis = [np.reshape(part, -1) for part in parts], 0
    axis = normalize_axis_index(axis, parts[0].ndim)
    joined = JOIN(*parts, axis=axis)
    return joined if dtype is None else np.astype(joined, dtype)


def _sequence(arrays):
    return list(arrays) if not isinstance(arrays, Traced) or arrays.ndim else [arrays]


@rule(np.stack)
def stack(arrays, axis=0, *, dtype=None, casting="same_kind"):
    parts = [as_operand(part, "np.stack") for part in arrays]
    if not parts:
        raise ValueError("need at least one array to stack")
    shapes = {np.shape(part) for part in parts}
    if len(shapes) != 1:
        raise ValueError(f"all input arrays must have the same shape; np.stack got {sorted(shapes)}")
    axis = normalize_axis_index(axis, np.ndim(parts[0]) + 1)
    return np.concatenate([np.expand_dims(part, axis) for part in parts], axis, dtype=dtype)


def _entries(*scalars):
    array = np.array(scalars)
    return ENTRIES(*scalars) if array.dtype == object and contains_traced(scalars) else array


ENTRIES = Primitive(
    _entries,
    lambda active, value, *scalars: [Entry(position, len(scalars)) for position in active],
    name="np.array",
    array_arguments=ALL,
)


_NUMBERS = (Traced, int, float, np.generic)


@rule(np.array)
def array(items):
    """An object array, which is what NumPy makes of traced scalars, as one traced (or plain) array."""
    flat = items.reshape(-1).tolist()
    for item in flat:
        if not isinstance(item, _NUMBERS) or getattr(item, "shape", None):
            raise DifferentiationError(
                f"an array of dtype object holds {type(item).__name__}; derivatives are of real numbers: "
                "put arrays of one shape together with np.stack or np.concatenate"
            )
    entries = ENTRIES(*flat) if flat else np.zeros(0)
    return entries if items.ndim == 1 else np.reshape(entries, items.shape)


@rule(np.block)
def block(arrays):
    def join(parts, depth):
        if not isinstance(parts, list):
            return parts, 0
        joined = [join(part, depth + 1) for part in parts]
        levels = 1 + max(level for _, level in joined)
        pieces = [piece for piece, _ in joined]
        ndim = max(levels, *(np.ndim(piece) for piece in pieces))
        pieces = [np.reshape(p, (1,) * (ndim - np.ndim(p)) + np.shape(p)) for p in pieces]
        return np.concatenate(pieces, axis=-levels), levels

    return join(arrays, 0)[0]


def _stacking(prepare, axis):
    def stacked(tup, *, dtype=None, casting="same_kind"):
        parts = [prepare(as_operand(part, "np.stack")) for part in tup]
        return np.concatenate(parts, axis if axis is not None else int(parts[0].ndim > 1), dtype=dtype)

    return stacked


register(np.vstack, _stacking(np.atleast_2d, 0))
register(np.hstack, _stacking(np.atleast_1d, None))
register(np.dstack, _stacking(np.atleast_3d, 2))


@rule(np.column_stack)
def column_stack(tup):
    parts = [as_operand(part, "np.column_stack") for part in tup]
    return np.concatenate([p if np.ndim(p) > 1 else np.reshape(p, (-1, 1)) for p in parts], 1)


@rule(np.append)
def append(arr, values, axis=None):
    return np.concatenate([arr, as_operand(values, "np.append")], axis)


# --- taking parts ---


def _split_points(length, sections, name):
    if isinstance(sections, int | np.integer):
        if name != "np.array_split" and length % sections:
            raise ValueError(f"{name}: {length} entries do not divide into {sections} equal parts")
        each, extra = divmod(length, sections)
        return np.cumsum([each + (i < extra) for i in range(sections)])[:-1].tolist()
    return [int(point) for point in sections]


def _splitting(name, fixed_axis=None):
    def split(ary, indices_or_sections, axis=0):
        axis = axis if fixed_axis is None else fixed_axis if fixed_axis >= 0 else int(ary.ndim > 1)
        axis = normalize_axis_index(axis, ary.ndim)
        points = _split_points(ary.shape[axis], indices_or_sections, name)
        before = (slice(None),) * axis
        return [
            ary[(*before, slice(start, stop))]
            for start, stop in zip([0, *points], [*points, None], strict=True)
        ]

    return split


register(np.split, _splitting("np.split"))
register(np.array_split, _splitting("np.array_split"))
register(np.vsplit, _splitting("np.vsplit", 0))
register(np.hsplit, _splitting("np.hsplit", -1))
register(np.dsplit, _splitting("np.dsplit", 2))


@rule(np.unstack)
def unstack(x, /, *, axis=0):
    axis = normalize_axis_index(axis, x.ndim)
    return tuple(x[(slice(None),) * axis + (i,)] for i in range(x.shape[axis]))


@rule(np.take)
def take(a, indices, axis=None, mode="raise"):
    a, indices = as_operand(a, "np.take"), np.asarray(indices)
    if not indices.size:
        indices = indices.astype(np.intp)  # of [], NumPy makes floats
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    a = a if a.ndim else np.reshape(a, 1)  # NumPy gives a number an axis here
    axis = normalize_axis_index(axis, a.ndim)
    length = a.shape[axis]
    if mode == "clip":
        indices = np.clip(indices, 0, length - 1)
    elif mode == "wrap":
        indices = indices % length
    return a[(slice(None),) * axis + (indices,)]


@rule(np.take_along_axis)
def take_along_axis(arr, indices, axis=-1):
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    return arr[_along(arr, np.asarray(indices), axis)]


def _along(arr, indices, axis):
    axis = normalize_axis_index(axis, arr.ndim)
    grid = []
    for i, length in enumerate(arr.shape):
        shape = [1] * arr.ndim
        shape[i] = -1
        grid.append(indices if i == axis else np.arange(length).reshape(shape))
    return tuple(grid)


@rule(np.compress)
def compress(condition, a, axis=None):
    condition = np.asarray(condition, bool)
    return np.take(a, np.flatnonzero(condition), axis)


@rule(np.extract)
def extract(condition, arr):
    return np.reshape(arr, -1)[np.flatnonzero(primal(condition))]


@rule(np.delete)
def delete(arr, obj, axis=None):
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    kept = np.delete(np.arange(arr.shape[axis]), obj)
    return np.take(arr, kept, axis)


@rule(np.insert)
def insert(arr, obj, values, axis=None):
    arr, values = as_operand(arr, "np.insert"), as_operand(values, "np.insert")
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    axis = normalize_axis_index(axis, arr.ndim)
    size = int(np.prod(arr.shape))
    sources = np.broadcast_to(values, np.shape(values)) if np.ndim(values) else np.reshape(values, 1)
    flat = np.concatenate([np.reshape(arr, -1), np.reshape(sources, -1)])
    labels = np.insert(
        np.arange(size).reshape(arr.shape), obj, size + np.arange(sources.size).reshape(sources.shape), axis
    )
    return flat[labels]
