"""Dual numbers: the values that forward mode traces. A tangent is pushed on as each value is computed."""

import math
from typing import Any

import numpy as np
from numpy import ndarray

from modes.core.array import TracedArray, with_items
from modes.core.operands import is_float, is_real
from modes.core.operators import Kernel, register_tracer
from modes.core.traced import Traced
from modes.maps.batches import dense, is_plain
from modes.maps.linear import LinearMap, push
from modes.maps.ownership import is_exclusive

_new = object.__new__


class Dual(TracedArray):
    """A value and a batch of its tangents: a + b·ε with ε² = 0.

    Parameters
    ----------
    value : array_like of floats, shape S
    tangent : array_like, shape ``B + S``
        One tangent (B is ``()``) or k of them (B is ``(k,)``). In the attribute, None stands for zero.

    Duals made by hand share one ε; a dual of duals gets a second one.

    >>> import numpy as np
    >>> np.sin(Dual(0.0, 1.0)) * 2
    Dual(0.0, 2.0)
    """

    __slots__ = ("level", "tangent")
    level: float

    def __new__(cls, value: Any, tangent: Any) -> "Dual":
        return _new(DualArray if np.ndim(value) else Dual)

    def __init__(self, value: Any, tangent: Any) -> None:
        value, tangent = _as_float(value, "value"), _as_float(tangent, "tangent")
        if tangent.shape[max(0, tangent.ndim - value.ndim) :] != value.shape:
            raise ValueError(
                f"tangent of shape {tangent.shape} does not fit a value of shape {value.shape}: "
                "its last axes must be the value's"
            )
        self.value = value
        self.tangent = tangent
        inner = [part.level for part in (value, tangent) if isinstance(part, Traced)]
        # above those, but below the next differentiation, and so no whole number
        self.level = (max(inner) + math.floor(max(inner)) + 1) / 2 if inner else 0

    def __repr__(self):
        value = self.value
        tangent = np.zeros(self.shape) if self.tangent is None else dense(self.tangent)
        if not self.shape and not isinstance(value, Traced):
            value = value.item()
            tangent = tangent.item() if not tangent.shape and not isinstance(tangent, Traced) else tangent
        return f"Dual({value!r}, {tangent!r})"

    def _emit(self, value, operands, maps):
        tangent = None
        for operand, local in zip(operands, maps, strict=True):
            part = operand.tangent
            if part is None:
                continue
            if isinstance(local, LinearMap) and local.gathers:
                tangent = local.add_part(tangent, part)
                continue
            part = push(local, part)
            tangent = part if tangent is None else tangent + part
        return dual(value, tangent, self.level)

    def _emit_one(self, value, local):
        return dual(value, push(local, self.tangent), self.level)

    def _constant(self, value):
        """A traced array without a derivative, for assignment into it."""
        return dual(value, None, self.level)

    def _rebind(self, new):
        self.value, self.tangent = new.value, new.tangent

    def _set_in_place(self, key, item):
        if not is_exclusive(self.value) or not (self.tangent is None or is_exclusive(self.tangent)):
            return False
        part = None
        if isinstance(item, Dual) and item.level == self.level:
            item, part = item.value, dense(item.tangent)
        if not is_plain(item) or not (part is None or is_plain(part)):
            return False
        if part is not None and part.dtype != self.value.dtype:
            return False
        value = self.value
        missing = value[key].ndim - np.ndim(item)
        if missing < 0:
            return False
        value[key] = item
        if self.tangent is None:
            if part is None:
                return True
            self.tangent = np.zeros(part.shape[: part.ndim - np.ndim(item)] + value.shape, part.dtype)
        batch = self.tangent.shape[: self.tangent.ndim - value.ndim]
        if part is None:
            part = 0.0
        elif batch:
            part = part.reshape(batch + (1,) * missing + np.shape(item))
        self.tangent[(slice(None),) * len(batch) + (key if type(key) is tuple else (key,))] = part
        return True

    def _unary(self, rule):
        value = self.value
        result = rule.function(value)
        partial = rule.partials[0]
        tangent = self.tangent
        if partial is not None and tangent is not None:
            label = partial(result, value)
            if rule.singular:
                rule._noted(label, self.level)
            tangent = push(label, tangent)
        return dual(result, tangent, self.level)


DualArray = with_items(Dual)


def dual(value, tangent, level):
    dual = _new(DualArray if value.__class__ is ndarray else Dual)
    dual.value = value
    dual.tangent = tangent
    dual.level = level
    return dual


def _as_float(value, name):
    if isinstance(value, Traced):
        return value
    array = np.asarray(value)
    if not is_real(array.dtype):
        raise TypeError(f"{name} must be real numbers, not {array.dtype}")
    return array.astype(array.dtype if is_float(array.dtype) else float)[()]


_MADE = """
node = made(cls)
node.value = y
node.tangent = t
node.level = self.level
return node
"""
_PUSHED = """
t = self.tangent
if t is not None:
    LABEL
    if m is not None:
        t = push(m, t)
"""
_ADDED = """
t, s = self.tangent, other.tangent
if t is not None:
    LEFT
    if m is not None:
        t = push(m, t)
if s is not None:
    RIGHT
    if k is not None:
        s = push(k, s)
    t = s if t is None else t + s
"""

# A map is applied at once, so no operand is kept.
register_tracer(Dual, DualArray, Kernel("other.level == self.level", "", _PUSHED + _MADE, _ADDED + _MADE))
