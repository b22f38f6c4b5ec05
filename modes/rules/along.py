"""Functions applied along axes: each call of the function is traced as it comes."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from modes.core.operands import as_array
from modes.core.registry import rule


@rule(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    arr = as_array(arr, "np.apply_along_axis")
    axis = normalize_axis_index(axis, arr.ndim)
    moved = np.moveaxis(arr, axis, -1)
    rest = tuple(moved.shape[:-1])
    rows = np.reshape(moved, (int(np.prod(rest)), moved.shape[-1]))
    if not rows.shape[0]:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [as_array(func1d(row, *args, **kwargs), "np.apply_along_axis") for row in rows]
    stacked = np.stack(results)
    shape = tuple(stacked.shape[1:])
    new = range(len(rest), len(rest) + len(shape))
    return np.moveaxis(np.reshape(stacked, rest + shape), tuple(new), tuple(range(axis, axis + len(shape))))


@rule(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    result = as_array(a, "np.apply_over_axes")
    ndim = result.ndim
    for axis in np.atleast_1d(axes).tolist():
        axis = normalize_axis_index(axis, ndim)
        reduced = func(result, axis)
        if reduced.ndim != ndim:
            reduced = np.expand_dims(reduced, axis)
        if reduced.ndim != ndim:
            raise ValueError("function is not returning an array of the correct shape")
        result = reduced
    return result
