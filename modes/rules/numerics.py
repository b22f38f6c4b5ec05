"""Differences, interpolation and integrals of sampled functions, and evenly spaced samples."""

import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from modes.core.operands import as_array, as_operand
from modes.core.registry import rule
from modes.core.traced import Traced, primal
from modes.rules.elementwise import own


def _at(axis, part):
    return (slice(None),) * axis + (part,)


# --- differences --------------------------------------------------------------------------------------


@rule(np.diff)
def diff(a, n=1, axis=-1, prepend=None, append=None):
    a = as_array(a, "np.diff")
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    axis = normalize_axis_index(axis, a.ndim)

    def joined(part):
        part = as_array(part, "np.diff")
        return part if part.ndim else np.broadcast_to(part, (*a.shape[:axis], 1, *a.shape[axis + 1 :]))

    if n and (prepend is not None or append is not None):
        parts = [
            *([] if prepend is None else [joined(prepend)]),
            a,
            *([] if append is None else [joined(append)]),
        ]
        a = np.concatenate(parts, axis=axis)
    for _ in range(n):
        a = a[_at(axis, slice(1, None))] - a[_at(axis, slice(None, -1))]
    return a


@rule(np.ediff1d)
def ediff1d(ary, to_end=None, to_begin=None):
    middle = np.diff(np.reshape(as_array(ary, "np.ediff1d"), -1))
    parts = [np.reshape(as_array(part, "np.ediff1d"), -1) for part in (to_begin, to_end) if part is not None]
    if to_begin is None:
        return np.concatenate([middle, *parts]) if parts else middle
    return np.concatenate([parts[0], middle, *parts[1:]])


@rule(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    f = as_array(f, "np.gradient")
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    spacings = [as_array(spacing, "np.gradient") for spacing in varargs] or [1.0]
    if len(spacings) == 1 and not np.ndim(spacings[0]):
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"np.gradient: {len(varargs)} spacings for {len(axes)} axes")
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    slopes = tuple(_slope(f, axis, spacing, edge_order) for axis, spacing in zip(axes, spacings, strict=True))
    return slopes[0] if len(slopes) == 1 else slopes


def _slope(f, axis, spacing, edge_order):
    """Second-order differences inside, of order `edge_order` at the ends, as NumPy documents them."""
    length = f.shape[axis]
    if length < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, "
            "at least (edge_order + 1) elements are required."
        )
    if np.ndim(spacing):
        if np.shape(spacing) != (length,):
            raise ValueError("when 1d, distances must match the length of the corresponding dimension")
        h = np.diff(spacing)
        h = np.reshape(h, (-1,) + (1,) * (f.ndim - 1 - axis))
    else:
        h = np.broadcast_to(spacing, (length - 1,) + (1,) * (f.ndim - 1 - axis))
    step = np.diff(f, axis=axis) / h  # the slope of each piece
    first, last = slice(None, -1), slice(1, None)
    left, right = step[_at(axis, first)], step[_at(axis, last)]
    inside = (h[last] * left + h[first] * right) / (h[first] + h[last])
    ends = [step[_at(axis, slice(None, 1))], step[_at(axis, slice(-1, None))]]
    if edge_order == 2:
        for end, (near, far) in enumerate(((slice(None, 1), slice(1, 2)), (slice(-1, None), slice(-2, -1)))):
            bend = (step[_at(axis, near)] - step[_at(axis, far)]) / (h[near] + h[far])
            ends[end] = step[_at(axis, near)] + h[near] * bend
    slope = np.concatenate([ends[0], inside, ends[1]], axis=axis)
    return np.astype(slope, f.dtype) if f.dtype.kind == "f" and f.dtype != slope.dtype else slope


@rule(np.unwrap)
def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    whole = primal(period)
    shift = np.unwrap(primal(p), discont, axis, period=whole) - primal(p)
    return p + np.rint(shift / whole).astype(p.dtype) * period


# --- interpolation and integrals ----------------------------------------------------------------------


_steep = own(lambda x, sign: 0.0 * x, lambda y, x, sign: sign * np.inf, None)


@rule(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """Piecewise linear; at a data point the slope is that of the piece behind it (at the last: before it)."""
    x, xp, fp = (np.astype(as_array(value, "np.interp"), float) for value in (x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if xp.shape != fp.shape or not xp.size:
        raise ValueError(
            f"np.interp: xp of {xp.size} and fp of {fp.size} points; give as many, and one at least"
        )
    if period is not None:
        if primal(period) == 0:
            raise ValueError("period must be a non-zero value")
        period, left, right = np.abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(primal(xp))
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    at, points = primal(x), primal(xp)
    low = np.clip(np.searchsorted(points, at, side="right") - 1, 0, max(points.size - 2, 0))
    high = np.minimum(low + 1, points.size - 1)
    inside = (at >= points[0]) & (at <= points[-1]) | np.isnan(at)
    width = xp[high] - xp[low]
    width = np.where(primal(width) == 0, 1.0, width)  # one point only, or doubled ones
    endless = np.isneginf(points[low]) & (points[high] < np.inf)  # the piece is level, at its other end
    start = np.where(endless, 0.0, xp[low]) if np.any(endless) else xp[low]
    share = (np.where(inside & ~endless, x, start) - start) / np.where(endless, 1.0, width)
    share = np.where(endless, 1.0, share) if np.any(endless) else share
    with np.errstate(invalid="ignore"):
        rise = fp[high] - fp[low]
    jump = np.isinf(primal(rise)) & (primal(share) == 0)  # at the point before an infinite one: 0·inf
    if np.any(jump):
        rise, sign = np.where(jump, 0.0, rise), np.sign(primal(rise))
        value = fp[low] + np.where(jump, _steep(share, sign), share * rise)
    else:
        value = fp[low] + share * rise
    value = np.where(at < points[0], fp[0] if left is None else left, value)
    return np.where(at > points[-1], fp[-1] if right is None else right, value)


@rule(np.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = as_array(y, "np.trapezoid")
    axis = normalize_axis_index(axis, y.ndim)
    width = dx
    if x is not None:
        x = as_array(x, "np.trapezoid")
        width = np.diff(x, axis=axis if x.ndim > 1 else 0)
        if x.ndim == 1:
            width = np.reshape(width, (-1,) + (1,) * (y.ndim - 1 - axis))
    pairs = y[_at(axis, slice(1, None))] + y[_at(axis, slice(None, -1))]
    return np.sum(width * pairs / 2.0, axis=axis)


# --- samples between traced ends ----------------------------------------------------------------------


@rule(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop = as_operand(start, "np.linspace"), as_operand(stop, "np.linspace")
    span = stop - start
    pieces = num - 1 if endpoint else num
    step = span / pieces if pieces > 0 else np.nan
    places = np.arange(num, dtype=span.dtype).reshape((-1,) + (1,) * span.ndim)
    y = start + places * (step if pieces > 0 else span)
    if endpoint and num > 1:
        last = np.astype(np.broadcast_to(stop, (1, *span.shape)), y.dtype)
        y = np.concatenate([y[:-1], last])  # exactly
    if dtype is not None:
        y = np.astype(np.floor(y) if np.dtype(dtype).kind in "iu" else y, dtype)
    y = np.moveaxis(y, 0, axis)
    return (y, step) if retstep else y


@rule(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    base = as_array(base, "np.logspace")
    if base.ndim:
        shape = np.broadcast_shapes(np.shape(start), np.shape(stop), base.shape)
        start, stop, base = (
            np.reshape(part, (1,) * (len(shape) - np.ndim(part)) + np.shape(part))
            for part in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    else:
        base = base[()] if isinstance(base, Traced) else base.item()
    y = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else np.astype(y, dtype)


@rule(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    start, stop = as_array(start, "np.geomspace"), as_array(stop, "np.geomspace")
    if not np.all(primal(start)) or not np.all(primal(stop)):
        raise ValueError("Geometric sequence cannot include zero")
    sign = np.sign(primal(start))
    start, stop = np.broadcast_arrays(*(np.astype(end * sign, float) for end in (start, stop)))  # as NumPy
    y = np.logspace(np.log10(start), np.log10(stop), num, endpoint)
    if num > 0:  # NumPy makes the ends exact
        ends = [start[None], y[1:-1], stop[None]] if num > 1 and endpoint else [start[None], y[1:]]
        y = np.concatenate(ends)
    y = np.moveaxis(y * sign, 0, axis)
    return y if dtype is None else np.astype(y, dtype)
