"""Methods and keywords of ufuncs: np.add.reduce and its kin, `where=`, `out=`, `dtype=`."""

import functools

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from modes.core.calls import call, out_target
from modes.core.errors import DifferentiationError
from modes.core.operands import as_array, as_operand
from modes.core.primitive import apply_linear
from modes.core.registry import find, ufunc_method
from modes.core.traced import Traced, primal
from modes.maps.indexing import Index
from modes.rules.copies import laid_out
from modes.rules.cumulative import running_extreme, scan
from modes.rules.reductions import log_sum_exp, log_sum_exp2

# The NumPy function that a method is, or a rule of our own where NumPy has no name for it.
REDUCTIONS = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.fmax: np.nanmax,
    np.fmin: np.nanmin,
    np.logical_and: np.all,
    np.logical_or: np.any,
    np.logaddexp: log_sum_exp,
    np.logaddexp2: log_sum_exp2,
}
ACCUMULATIONS = {
    np.add: np.cumsum,
    np.multiply: np.cumprod,
    np.maximum: running_extreme(np.maximum, np.max),
    np.minimum: running_extreme(np.minimum, np.min),
}
_PARAMETERS = {
    "reduce": ("axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("axis", "dtype", "out"),
    "reduceat": ("indices", "axis", "dtype", "out"),
}


@ufunc_method("__call__")
def with_keywords(ufunc, method, inputs, kwargs):
    """``np.sin(x, out=y)`` and the like."""
    name = f"np.{ufunc.__name__}"
    where, dtype, out = kwargs.pop("where", True), kwargs.pop("dtype", None), kwargs.pop("out", None)
    for key in ("casting", "order", "subok"):
        kwargs.pop(key, None)
    axis = {"axis": kwargs.pop("axis")} if ufunc is np.vecdot and "axis" in kwargs else {}
    if kwargs:
        instead = "move the axes with np.moveaxis" if ufunc.signature else "leave the keyword out"
        raise DifferentiationError(f"{name}({', '.join(kwargs)}=...) of a traced value is refused: {instead}")
    if where is not True and out is None:
        raise DifferentiationError(
            f"{name}(where=...) of a traced value is refused without out=, as it leaves entries undefined; "
            "use np.where(condition, value, other)"
        )
    if dtype is not None:
        inputs = [np.astype(as_operand(x, name), dtype) if np.ndim(x) else x for x in inputs]
    if where is not True and ufunc.signature is None:
        return _where(ufunc, name, inputs, out, where)
    return call(ufunc, tuple(inputs), axis if out is None else {"out": out, **axis})


@ufunc_method("outer")
def outer(ufunc, method, inputs, kwargs):
    name = f"np.{ufunc.__name__}.outer"
    if kwargs:
        _refuse(name)
    a, b = (as_operand(x, name) for x in inputs)
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)


def _where(ufunc, name, inputs, out, where):
    """Into the entries of `out` where the condition holds; the function is not called for others."""
    target = out_target(out, name)
    if target is None:
        raise DifferentiationError(f"{name}(where=...) of a traced value is refused without out=")
    where = np.broadcast_to(np.asarray(primal(where), bool), target.shape)
    if where.all():
        target[...] = call(ufunc, tuple(inputs), {})
        return target
    if not where.any():
        return target
    chosen = np.nonzero(where)
    parts = [np.broadcast_to(as_operand(x, name), target.shape)[chosen] if np.ndim(x) else x for x in inputs]
    target[chosen] = call(ufunc, tuple(parts), {})
    return target


@ufunc_method("at")
def at(ufunc, method, inputs, kwargs):
    """``np.add.at(y, indices, v)``: entry by entry, also where one is named twice."""
    name = f"np.{ufunc.__name__}.at"
    y, indices, *others = inputs
    if not isinstance(y, Traced):
        raise DifferentiationError(
            f"{name} of traced values into a plain array, which cannot hold them: make the array with "
            "np.zeros_like(x) or np.copy(x) of a traced x"
        )
    if kwargs or ufunc.nout != 1 or len(others) != ufunc.nin - 1:
        _refuse(name)
    indices = (
        tuple(indices)
        if isinstance(indices, tuple)
        else (np.asarray(indices),) * (isinstance(indices, list)) or (indices,)
    )
    places = np.arange(y.size).reshape(y.shape)[indices]
    values = [np.broadcast_to(as_operand(v, name), places.shape) for v in others]
    if ufunc in (np.add, np.subtract):
        index = Index((places,), (y.size,))
        total = apply_linear(values[0], index.transpose, index.apply)
        y[...] = ufunc(y, np.reshape(total, y.shape))
        return
    flat = places.reshape(-1)
    values = [np.reshape(v, -1) for v in values]
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if flat.size else np.zeros(0, int)
    rank = np.empty(flat.size, np.intp)  # how often an entry was named before
    rank[order] = np.arange(flat.size) - np.repeat(starts, np.diff(np.r_[starts, flat.size]))
    for turn in range(rank.max(initial=-1) + 1):
        (now,) = np.nonzero(rank == turn)
        where = np.unravel_index(flat[now], y.shape)
        y[where] = call(ufunc, (y[where], *(v[now] for v in values)), {})


@ufunc_method("reduce", "accumulate", "reduceat")
def along_axes(ufunc, method, inputs, kwargs):
    name = f"np.{ufunc.__name__}.{method}"
    if ufunc.nin != 2 or (ufunc not in REDUCTIONS and find(ufunc) is None):
        _refuse(name)
    x, *rest = inputs
    given = {**dict(zip(_PARAMETERS[method], rest, strict=False)), **kwargs}
    given = {"axis": 0} | {key: value for key, value in given.items() if value is not None or key == "axis"}
    target = out_target(given.pop("out", None), name)
    result = _ALONG[method](ufunc, name, as_array(x, name), given)
    if target is None:
        return result
    target[...] = result
    return target


def _refuse(name):
    raise DifferentiationError(
        f"{name} of a traced value is refused: it has no rule; write it with functions that have one"
    )


def _reduce(ufunc, name, x, given):
    function = REDUCTIONS.get(ufunc)
    if function is not None:
        return call(function, (x,), given) if hasattr(function, "_implementation") else function(x, **given)
    parts = _along(x, given, name, ("keepdims", "initial"))
    if "initial" in given:
        parts = [given["initial"], *parts]
    result = functools.reduce(ufunc, parts)
    return np.expand_dims(result, given["axis"]) if given.get("keepdims") else result


def _accumulate(ufunc, name, x, given):
    function = ACCUMULATIONS.get(ufunc)
    if function is not None:
        return call(function, (x,), given) if hasattr(function, "_implementation") else function(x, **given)
    if ufunc in (np.logaddexp, np.logaddexp2) and set(given) == {"axis"}:
        axis = normalize_axis_index(given["axis"], x.ndim)
        return np.swapaxes(scan(ufunc, np.swapaxes(x, axis, -1)), axis, -1)
    results: list = []
    for part in _along(x, given, name, ()):
        results.append(ufunc(results[-1], part) if results else part)
    return laid_out(np.stack(results, axis=given["axis"]), x)


def _reduceat(ufunc, name, x, given):
    indices = np.asarray(given.pop("indices"))
    axis = normalize_axis_index(given["axis"], x.ndim)
    before = (slice(None),) * axis
    if not indices.size:
        return x[(*before, slice(0, 0))]
    stops = [*indices[1:].tolist(), x.shape[axis]]
    parts = [
        ufunc.reduce(x[(*before, slice(start, stop))], **{**given, "axis": axis})
        if start < stop
        else x[(*before, start)]
        for start, stop in zip(indices.tolist(), stops, strict=True)
    ]
    return np.stack(parts, axis=axis)


def _along(x, given, name, allowed):
    """The parts of an array along one axis, for a ufunc without a rule for the method."""
    for key in given:
        if key not in ("axis", *allowed):
            raise DifferentiationError(
                f"{name}({key}=...) of a traced value is refused: leave the keyword out"
            )
    if not isinstance(given["axis"], int | np.integer):
        raise DifferentiationError(
            f"{name} of a traced value goes along one axis; got axis={given['axis']!r}"
        )
    axis = normalize_axis_index(int(given["axis"]), x.ndim)
    if x.shape[axis] == 0:
        raise ValueError(f"{name} of a traced array of no entries along axis {axis}")
    return np.unstack(x, axis=axis)


_ALONG = {"reduce": _reduce, "accumulate": _accumulate, "reduceat": _reduceat}
