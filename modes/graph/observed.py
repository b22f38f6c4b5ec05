"""Traced values that watch what a function computes: the common part of traces and of counts.

Every NumPy call on such a value ends in one of five methods: `_elementwise` (a ufunc with partials),
`_product` (``a @ b``), `_folded` and `_running` (a ufunc along axes) and `_mapped` (anything else, told by
its local maps; mostly entries that only move).
"""

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from modes.core import refusals
from modes.core.array import TracedArray
from modes.core.calls import call
from modes.core.frames import namespaces
from modes.core.levels import end_level, new_level
from modes.core.operands import as_operand
from modes.core.operators import register_tracer
from modes.core.primitive import Elementwise
from modes.core.registry import RULES
from modes.core.slates import slates
from modes.core.traced import Traced
from modes.jacobians.trees import result_leaves
from modes.maps.indexing import Item


class Watch:
    """What the observed values of one run of f share."""

    def __init__(self):
        self.level = new_level()
        self.calling = None  # the NumPy function that is being computed

    def results(self, f, point, inputs):
        """Leaves of the result of f of these inputs. The values watched are of no use after that."""
        try:
            with slates(*namespaces(f)):
                result = point.call(f, inputs)
                refusal = refusals.taken(self.level)
                if refusal is not None:
                    raise refusal
                return result_leaves(result, False)[0]
        finally:
            end_level(self.level)

    def name(self, maps):
        """What to call an operation: the NumPy function, or the kind of its map."""
        if self.calling is not None:
            return self.calling.__name__
        kinds = set(map(kind_of, maps))
        if kinds & {"place", "erase"}:
            return "assignment"
        return kinds.pop() if len(kinds) == 1 else "move"


def kind_of(local):
    """What to call a map, of which users know the kinds."""
    return "index" if type(local) is Item else type(local).__name__.lower()


class Observed(TracedArray):
    """A value of a run that is watched."""

    __slots__ = ("watch",)

    @property
    def level(self):  # type: ignore[override]
        return self.watch.level

    # --- what a subclass makes of an operation ---

    def _elementwise(self, rule, args):
        raise NotImplementedError

    def _product(self, a, b):
        raise NotImplementedError

    def _folded(self, ufunc, x, axes):
        """``ufunc.reduce`` of x along axes."""
        raise NotImplementedError

    def _running(self, ufunc, x, axis):
        """``ufunc.accumulate`` of x along an axis."""
        raise NotImplementedError

    def _mapped(self, value, operands, maps):
        raise NotImplementedError

    # --- from NumPy to these methods ---

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method == "__call__" and not kwargs:
            if ufunc is np.matmul:
                return _matmul(*inputs)
            return self._apply(ufunc, inputs)
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __array_function__(self, function, types, args, kwargs):
        if function in EXPANSIONS:
            result = self._named(function, lambda: EXPANSIONS[function](*args, **kwargs))
            if result is not NotImplemented:
                return result
        if RULES.get(function).__class__ is Elementwise and not kwargs:
            return self._apply(function, args)
        return self._named(function, call, function, args, kwargs)

    def _apply(self, ufunc, inputs):
        rule = RULES.get(ufunc)
        if rule.__class__ is not Elementwise:
            result = self._named(ufunc, call, ufunc, inputs, {})
            if ufunc in _SIGNS:
                self._compared(inputs[0], _SIGNS[ufunc], inputs[1], result)
            return result
        args = [as_operand(x, rule.name) for x in inputs]
        top = innermost(args)
        return top._elementwise(rule, args) if isinstance(top, Observed) else rule(*args)

    def _named(self, function, action, *args):
        watch = self.watch
        outer, watch.calling = watch.calling, function
        try:
            return action(*args)
        finally:
            watch.calling = outer

    def _emit(self, value, operands, maps):
        return self._mapped(value, operands, maps)

    def _emit_one(self, value, local):
        return self._mapped(value, [self], [local])

    def _unary(self, rule):
        return self._elementwise(rule, [self])

    def _compared(self, left, sign, right, outcome):
        """Called with each comparison, of which one side is this value, and its outcome."""

    def __bool__(self):
        result = super().__bool__()
        self._compared(self, "!=", 0, result)
        return result

    def __getattr__(self, name):
        method = super().__getattr__(name)
        ufunc = getattr(np, name)
        return (lambda *others: ufunc(self, *others)) if isinstance(ufunc, np.ufunc) else method

    def __neg__(self):
        return self._apply(np.negative, (self,))

    def __matmul__(self, other):
        return np.matmul(self, other)

    def __rmatmul__(self, other):
        return np.matmul(other, self)

    def reshape(self, *shape, order="C", copy=None):
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)


def innermost(args):
    """The argument that the innermost differentiation traces."""
    return max((a for a in args if isinstance(a, Traced)), key=lambda a: a.level)


# --- operators and methods dispatch as the functions of that name ---


def _operators(rule, operation):
    ufunc = rule.function

    def method(self, other):
        if not isinstance(other, Traced) and getattr(other, "__array_ufunc__", 0) is None:
            return NotImplemented
        return self._apply(ufunc, (self, other))

    def reflected(self, other):
        if not isinstance(other, Traced) and getattr(other, "__array_ufunc__", 0) is None:
            return NotImplemented
        return self._apply(ufunc, (other, self))

    return method, reflected


register_tracer(Observed, Observed, _operators)


def _method(name):
    function = getattr(np, name)

    def method(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    return method


for _name in ("sum", "prod", "mean", "std", "var", "max", "min", "cumsum", "cumprod", "dot", "trace", "clip"):
    setattr(Observed, _name, _method(_name))


def _comparison(name, sign):
    compare = getattr(TracedArray, name)

    def method(self, other):
        result = compare(self, other)
        self._compared(self, sign, other, result)
        return result

    return method


_SIGNS = {
    np.less: "<",
    np.less_equal: "<=",
    np.greater: ">",
    np.greater_equal: ">=",
    np.equal: "==",
    np.not_equal: "!=",
}
for _name, _sign in zip(("lt", "le", "gt", "ge", "eq", "ne"), _SIGNS.values(), strict=True):
    setattr(Observed, f"__{_name}__", _comparison(f"__{_name}__", _sign))


# --- functions that are one primitive to a sweep, but many elementary operations ---


def _matmul(a, b):
    a, b = as_operand(a, "np.matmul"), as_operand(b, "np.matmul")
    top = innermost([a, b])
    if not isinstance(top, Observed):
        return RULES[np.matmul](a, b)
    if 0 in (np.ndim(a), np.ndim(b)):
        raise ValueError("matmul: an operand has no axes; use * for products with numbers")
    return top._product(a, b)


def _dot(a, b, out=None):
    if out is not None or np.ndim(b) > 2:
        return NotImplemented
    return a * b if 0 in (np.ndim(a), np.ndim(b)) else np.matmul(a, b)


def _vdot(a, b, /):
    return np.matmul(np.ravel(a), np.ravel(b))


def _inner(a, b, /):
    if 0 in (np.ndim(a), np.ndim(b)):
        return a * b
    return np.matmul(a, b if np.ndim(b) == 1 else np.transpose(b)) if np.ndim(b) < 3 else NotImplemented


def _folding(ufunc):
    def fold(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
        if out is not None or not np.size(a) or (where is not True and ufunc.identity is None):
            return NotImplemented  # the sum of nothing is a constant
        if where is not True:
            a = np.where(where, a, float(ufunc.identity))
        if dtype is not None:
            a = np.astype(a, dtype)
        axes = normalize_axis_tuple(range(a.ndim) if axis is None else axis, a.ndim)
        result = a._folded(ufunc, a, axes)
        if keepdims:
            result = np.reshape(result, [1 if i in axes else length for i, length in enumerate(a.shape)])
        return result if initial is None else ufunc(result, initial)

    return fold


def _accumulating(ufunc):
    def accumulate(a, axis=None, dtype=None, out=None):
        if dtype is not None or out is not None or not np.size(a):
            return NotImplemented
        flat: Any = np.reshape(a, -1) if axis is None else a
        return flat._running(ufunc, flat, 0 if axis is None else axis % a.ndim)

    return accumulate


def _mean(a, axis=None, dtype=None, out=None, keepdims=False, where=True):
    if dtype is not None or out is not None or where is not True or not np.size(a):
        return NotImplemented
    total = np.sum(a, axis=axis, keepdims=keepdims)
    return total / (np.size(a) / np.size(total))


EXPANSIONS = {
    np.dot: _dot,
    np.vdot: _vdot,
    np.inner: _inner,
    np.sum: _folding(np.add),
    np.prod: _folding(np.multiply),
    np.max: _folding(np.maximum),
    np.min: _folding(np.minimum),
    np.cumsum: _accumulating(np.add),
    np.cumprod: _accumulating(np.multiply),
    np.mean: _mean,
}
