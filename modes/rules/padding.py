"""np.pad: entries repeated, reflected or wrapped around, or new values at the ends, axis by axis."""

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array
from modes.core.registry import rule
from modes.rules.repetition import rearranged

_STATISTICS = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}
_KEYWORDS = {
    "constant": "constant_values",
    "linear_ramp": "end_values",
    "reflect": "reflect_type",
    "symmetric": "reflect_type",
    **dict.fromkeys(_STATISTICS, "stat_length"),
}


@rule(np.pad)
def pad(array, pad_width, mode="constant", **kwargs):
    array = as_array(array, "np.pad")
    widths = _widths(pad_width, array.ndim)
    if mode == "empty" or callable(mode):
        raise DifferentiationError(
            f"np.pad of a traced value by mode={mode!r} is refused: new entries are undefined or written "
            "in place; use np.concatenate with the values wanted"
        )
    if mode not in (*_ENDS, "edge", "wrap"):
        raise ValueError(f"mode {mode!r} is not supported")
    if unknown := set(kwargs) - {_KEYWORDS.get(mode)}:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unknown}")
    if mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and kwargs.get("reflect_type") != "odd"):
        return rearranged(array, lambda positions: np.pad(positions, widths, mode))
    for axis, (before, behind) in enumerate(widths):
        array = _ENDS[mode](array, axis, before, behind, **kwargs)
    return array


def _widths(pad_width, ndim):
    if isinstance(pad_width, dict):
        each = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            each[axis] = (width, width) if isinstance(width, int) else tuple(width)
        pad_width = each
    widths = np.asarray(pad_width)
    if widths.dtype.kind != "i":
        raise TypeError("`pad_width` must be of integral type.")
    if np.any(widths < 0):
        raise ValueError("index can't contain negative values")
    return np.broadcast_to(widths, (ndim, 2)).tolist()


def _pair(values, axis, ndim):
    """The values for the two ends of an axis, from any of the forms that np.pad allows."""
    values = np.broadcast_to(as_array(values, "np.pad"), (ndim, 2))
    return values[axis, 0], values[axis, 1]


def _part(array, axis, start, stop):
    return array[(slice(None),) * axis + (slice(start, stop),)]


def _joined(front, array, rear, axis):
    return np.concatenate([np.astype(front, array.dtype), array, np.astype(rear, array.dtype)], axis=axis)


def _sized(array, axis, length):
    return (*array.shape[:axis], length, *array.shape[axis + 1 :])


def _constant(array, axis, before, behind, constant_values=0):
    first, last = _pair(constant_values, axis, array.ndim)
    return _joined(
        np.broadcast_to(first, _sized(array, axis, before)),
        array,
        np.broadcast_to(last, _sized(array, axis, behind)),
        axis,
    )


def _linear_ramp(array, axis, before, behind, end_values=0):
    first, last = _pair(end_values, axis, array.ndim)
    edges = (_part(array, axis, None, 1), _part(array, axis, array.shape[axis] - 1, None))
    column = (-1,) + (1,) * (array.ndim - 1 - axis)
    front, rear = (
        end + (edge - end) * (np.arange(width, dtype=array.dtype) / max(width, 1)).reshape(column)
        for end, edge, width in ((first, edges[0], before), (last, edges[1], behind))
    )
    return _joined(front, array, np.flip(rear, axis), axis)


def _statistic(reduce):
    def ends(array, axis, before, behind, stat_length=None):
        length = array.shape[axis]
        first, last = (
            (None, None)
            if stat_length is None
            else np.broadcast_to(stat_length, (array.ndim, 2))[axis].tolist()
        )
        if 0 in (first, last) and reduce in (np.max, np.min):
            raise ValueError("stat_length of 0 yields no value for padding")
        front = reduce(_part(array, axis, None, first), axis=axis, keepdims=True)
        start = None if last is None else max(length - last, 0)
        rear = reduce(_part(array, axis, start, None), axis=axis, keepdims=True)
        return _joined(
            np.broadcast_to(front, _sized(array, axis, before)),
            array,
            np.broadcast_to(rear, _sized(array, axis, behind)),
            axis,
        )

    return ends


def _odd(edge_included):
    def ends(array, axis, before, behind, reflect_type="odd"):
        length = array.shape[axis]
        if max(before, behind) > length - (not edge_included):
            raise DifferentiationError(
                f"np.pad(reflect_type='odd') of a traced value by more than its {length} entries is refused: "
                "pad several times, by less"
            )
        offset = 0 if edge_included else 1
        front = 2 * _part(array, axis, None, 1) - np.flip(_part(array, axis, offset, offset + before), axis)
        stop = length - offset
        rear = 2 * _part(array, axis, length - 1, None) - np.flip(
            _part(array, axis, stop - behind, stop), axis
        )
        return _joined(front, array, rear, axis)

    return ends


_ENDS = {
    "constant": _constant,
    "linear_ramp": _linear_ramp,
    "reflect": _odd(edge_included=False),
    "symmetric": _odd(edge_included=True),
    **{name: _statistic(reduce) for name, reduce in _STATISTICS.items()},
}
