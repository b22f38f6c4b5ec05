"""Choosing between values by a condition, which itself carries no derivative."""

import numpy as np

from modes.core.operands import as_array, as_operand
from modes.core.primitive import Primitive
from modes.core.registry import rule
from modes.core.traced import primal, strip
from modes.maps.batches import is_plain
from modes.maps.broadcasting import Broadcast
from modes.maps.selection import Select


def _select(a, b, condition):
    return np.where(condition, a, b)


def _select_maps(active, value, a, b, condition):
    if condition.shape != value.shape:
        condition = np.broadcast_to(condition, value.shape)
    maps = []
    for position in active:
        local = Select(~condition if position else condition)
        shape = (a, b)[position].shape
        maps.append(local if shape == value.shape else Broadcast(local, shape, value.shape))
    return maps


_WHERE = Primitive(_select, _select_maps, name="np.where", array_arguments=2)


@rule(np.where)
def where(condition, *choices):
    condition = primal(condition)
    if not choices:
        return np.where(condition)
    a, b = (as_operand(choice, "np.where") for choice in choices)
    if is_plain(a) and is_plain(b):
        return np.where(condition, a, b)
    condition = np.array(condition, bool)  # our own, also if the caller changes his
    if is_plain(b) and condition.shape == a.shape and np.ndim(b) == 0:  # np.where(z > 0, z, 0), quickly
        return a._emit_one(_select(a.value, b, condition), Select(condition))
    return _WHERE(a, b, condition)


@rule(np.select)
def select(condlist, choicelist, default=0):
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if len(condlist) == 0:
        raise ValueError("select with an empty condition list is not possible")
    conditions = strip(list(condlist))
    choices = [as_operand(choice, "np.select") for choice in choicelist]
    result = default
    for condition, choice in zip(conditions[::-1], choices[::-1], strict=True):
        if np.asarray(condition).dtype != bool:
            raise TypeError("invalid entry in condlist: should be boolean ndarray")
        result = np.where(condition, choice, result)
    return result


@rule(np.choose)
def choose(a, choices, mode="raise"):
    if np.asarray(primal(a)).dtype.kind not in "iub":
        raise TypeError("np.choose takes an array of integers to choose by")
    index = np.asarray(primal(a))
    options = [as_operand(choice, "np.choose") for choice in choices]
    if mode == "raise":
        if np.any((index < 0) | (index >= len(options))):
            raise ValueError("invalid entry in choice array")
    else:
        index = index % len(options) if mode == "wrap" else np.clip(index, 0, len(options) - 1)
    result = options[0]
    for position, option in enumerate(options):  # all of them, as each one's shape counts
        result = np.where(index == position, option, result)
    return result


@rule(np.piecewise)
def piecewise(x, condlist, funclist, *args, **kw):
    x = as_array(x, "np.piecewise")
    conditions = strip(condlist)
    if np.ndim(conditions) == 0 or (x.ndim and not isinstance(conditions[0], list | np.ndarray)):
        conditions = [conditions]
    conditions = [np.broadcast_to(np.asarray(c, bool), x.shape) for c in conditions]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    if len(funclist) != len(conditions):
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or {len(conditions) + 1} "
            "functions are expected"
        )
    result = np.zeros_like(x)
    for condition, function in zip(conditions, funclist, strict=True):
        if np.any(condition):
            result[condition] = function(x[condition], *args, **kw) if callable(function) else function
    return result


@rule(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """The entries put in place of NaN and infinities are constants."""
    plain, limits = primal(x), np.finfo(x.dtype)
    result = np.where(np.isnan(plain), nan, x)
    result = np.where(np.isposinf(plain), limits.max if posinf is None else posinf, result)
    result = np.where(np.isneginf(plain), limits.min if neginf is None else neginf, result)
    result = np.astype(result, x.dtype)
    if copy:
        return result[()]
    x[...] = result
    return x
