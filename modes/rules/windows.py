"""Windows that slide over an array, as views of it."""

import itertools
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.lib.stride_tricks import sliding_window_view

from modes.core.errors import DifferentiationError
from modes.core.primitive import linear
from modes.core.registry import rule
from modes.core.traced import Traced
from modes.core.views import link_view
from modes.maps.linear import Pair, through


def _map(y, x, window, axis):
    """Axes are counted from the end; each entry of a window is a slice of the array."""
    ndim, shape, counts = len(x.shape), x.shape, y.shape[: len(x.shape)]

    def apply(tangent):
        return sliding_window_view(tangent, window, axis)

    def transpose(cotangent):
        total = np.zeros(cotangent.shape[: cotangent.ndim - len(y_shape)] + shape, cotangent.dtype)
        for offsets in itertools.product(*map(range, window)):
            first = [0] * ndim
            for where, offset in zip(axis, offsets, strict=True):
                first[where] += offset
            part = tuple(slice(start, start + count) for start, count in zip(first, counts, strict=True))
            key: Any = (..., *part)
            total[key] += cotangent[(..., *offsets)]
        return total

    y_shape = y.shape
    return Pair(apply, lambda g: through(g, transpose, apply))


_WINDOWS = linear(
    lambda x, window, axis: sliding_window_view(x, window, axis), _map, name="sliding_window_view"
)


@rule(sliding_window_view)
def windows(x, window_shape, axis=None, *, subok=False, writeable=False):
    if writeable:
        raise DifferentiationError(
            "sliding_window_view(writeable=True) of a traced value is refused: entries overlap; "
            "assign to the array"
        )
    window = tuple(window_shape) if np.iterable(window_shape) else (window_shape,)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim, allow_duplicate=True)
    if len(window) != len(axes):
        sliding_window_view(np.empty(x.shape), window_shape, axis)  # says what is wrong
    axes = tuple(place - x.ndim for place in axes)
    result = _WINDOWS(x, window, axes)
    if isinstance(result, Traced):
        link_view(x, result, lambda base: sliding_window_view(base, window, axes))
    return result
