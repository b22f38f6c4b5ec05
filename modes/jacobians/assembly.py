"""From swept chunks to Jacobians that are the caller's own."""

import numpy as np

from modes.core.traced import Traced
from modes.jacobians.seeds import size_of
from modes.jacobians.trees import unflatten
from modes.maps.batches import DiagonalBatch, dense


def rows_of(batch, k, shape, dtype, seeds):
    """One chunk of results as an array of shape ``(k,) + shape``; None means zeros."""
    if batch is None:
        return np.zeros((k, *shape), dtype)
    batch = dense(batch)
    if k > 1 and type(batch) is np.ndarray:
        for seed in seeds:
            if type(seed) is DiagonalBatch and any(np.may_share_memory(batch, m) for m in seed.lent):
                batch = batch.copy()  # it was never multiplied: it would be the caller's own matrix
    return batch.reshape((1, *shape)) if k == 1 else batch


def join(chunks):
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def owned(arrays, seeds=()):
    """Results that the caller may change in place: writable, and none sharing memory with another."""
    if len(arrays) == 1 and not seeds and type(arrays[0]) is np.ndarray and arrays[0].flags.writeable:
        return arrays if arrays[0].ndim else [arrays[0][()]]
    seen = {id(seed) for seed in seeds}
    result = []
    for array in arrays:
        if type(array) is np.ndarray:
            holder = id(array if array.base is None else array.base)
            if id(array) in seen or holder in seen or not array.flags.writeable:
                array = array.copy()
            seen.add(holder)
        elif isinstance(array, Traced) and id(array) in seen:
            array = array.copy()
        seen.add(id(array))
        result.append(array[()] if type(array) is np.ndarray and not array.ndim else array)
    return result


def assemble_columns(rows, leaves, structure, point):
    """The tree of Jacobians from rows of tangents, one array of them for each leaf of the result."""
    columns = [_columns(r, leaf, point.leaves) for r, leaf in zip(rows, leaves, strict=True)]
    return unflatten(structure, [point.tree(owned(parts)) for parts in columns])


def _columns(rows, leaf, inputs):
    """Cut rows (inputs first) into one Jacobian for each input leaf, outputs first."""
    if len(inputs) == 1 and len(inputs[0].shape) == 1:
        return [rows.T if len(leaf.shape) == 1 else np.moveaxis(rows, 0, -1)]
    jacobians, first = [], 0
    for item in inputs:
        stop = first + size_of(item)
        jacobians.append(np.moveaxis(rows[first:stop], 0, -1).reshape(leaf.shape + item.shape))
        first = stop
    return jacobians


def assemble_rows(recorded, point, rows):
    """Cut rows (outputs first) into one Jacobian for each leaf of the result, inputs last."""
    if recorded.structure is None:
        return _jacobian_leaf(recorded.values[0], point, rows)
    first, jacobians = 0, []
    for value in recorded.values:
        stop = first + size_of(value)
        jacobians.append(_jacobian_leaf(value, point, [r[first:stop] for r in rows]))
        first = stop
    return unflatten(recorded.structure, jacobians)


def _jacobian_leaf(value, point, rows):
    shape = value.shape
    return point.tree(
        owned([r.reshape(shape + leaf.shape) for r, leaf in zip(rows, point.leaves, strict=True)])
    )


def named(function, f, transformation):
    """Give a derivative function a name and docstring that tell what it is of."""
    name = getattr(f, "__name__", type(f).__name__)
    function.__name__ = function.__qualname__ = f"{transformation}({name})"
    function.__doc__ = f"{transformation} of {name}, of the same arguments."
    return function
