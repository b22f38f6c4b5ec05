"""Values that reverse mode traces: each operation on them puts its local maps on their tape."""

from typing import Any

import numpy as np

from modes._array import PLAIN, TracedArray
from modes._maps import Broadcast
from modes._places import Erase, Index, Place, is_exclusive
from modes._tape import Tape

_new = object.__new__


class Variable(TracedArray):
    """A value on a tape."""

    __slots__ = ("index", "tape")
    index: int
    tape: Tape

    @property
    def level(self):  # type: ignore[override]
        return self.tape.level

    def __repr__(self):
        return f"Variable({self.value!r})"

    def _keep(self, constant):
        return self.tape.keep(constant)

    def _emit(self, value, operands, maps):
        tape = self.tape
        node = _new(Variable)
        node.value = value
        node.tape = tape
        node.index = len(tape)
        tape.append(tuple([(o.index, m) for o, m in zip(operands, maps, strict=True)]))
        return node

    def _emit_one(self, value, local):
        tape = self.tape
        node = _new(Variable)
        node.value = value
        node.tape = tape
        node.index = len(tape)
        tape.append(((self.index, local),))
        return node

    def _constant(self, value):
        return variable(self.tape, value)

    def _rebind(self, new):
        self.value, self.index = new.value, new.index

    def _set_in_place(self, key, item):
        if not is_exclusive(self.value):
            return False
        links: tuple = ()
        value, tape = self.value, self.tape
        place = value[key]
        index = Index(key, value.shape, place.ndim)
        if type(item) is Variable and item.tape is tape:
            if item.value.shape != place.shape or not isinstance(item.value, np.ndarray | np.generic):
                return False
            links, item = ((item.index, Place(index)),), item.value
        if not isinstance(item, float | int | np.ndarray):
            return False
        value[key] = item
        tape.append((*links, (self.index, Erase(index))))  # the place is read before it is erased
        self.index = len(tape) - 1
        return True

    def _unary(self, rule):
        a = self.value
        y = rule.function(a)
        partial = rule.partials[0]
        tape = self.tape
        node = _new(Variable)
        node.value = y
        node.tape = tape
        node.index = len(tape)
        tape.append(((self.index, None if partial is None else partial(y, a)),))
        return node


def variable(tape, value):
    """A new independent value on a tape."""
    node = _new(Variable)
    node.value = value
    node.tape = tape
    node.index = len(tape)
    tape.append(())
    return node


def operators(rule, operation):
    """The two methods of one binary operator: ``variable op other`` and ``other op variable``."""
    left, right = rule.partials
    captures = rule.captures

    def method(self, other):
        links: Any
        kind = type(other)
        tape = self.tape
        a = self.value
        if kind is Variable and other.tape is tape:
            b = other.value
            y = operation(a, b)
            shape = y.shape
            m = None if left is None else left(y, a, b)
            if a.shape != shape:
                m = Broadcast(m, a.shape, shape)
            k = None if right is None else right(y, a, b)
            if b.shape != shape:
                k = Broadcast(k, b.shape, shape)
            links = ((self.index, m), (other.index, k))
        elif kind not in PLAIN or (kind is np.ndarray and other.dtype.kind != "f"):
            return (
                NotImplemented if getattr(other, "__array_ufunc__", 0) is None else rule.general(self, other)
            )
        else:
            if captures and kind is np.ndarray:
                other = tape.keep(other)
            y = operation(a, other)
            m = None if left is None else left(y, a, other)
            links = ((self.index, m if a.shape == y.shape else Broadcast(m, a.shape, y.shape)),)
        node = _new(Variable)
        node.value = y
        node.tape = tape
        node.index = len(tape)
        tape.append(links)
        return node

    def reflected(self, other):
        kind = type(other)
        if kind not in PLAIN or (kind is np.ndarray and other.dtype.kind != "f"):
            return (
                NotImplemented if getattr(other, "__array_ufunc__", 0) is None else rule.general(other, self)
            )
        tape = self.tape
        if captures and kind is np.ndarray:
            other = tape.keep(other)
        b = self.value
        y = operation(other, b)
        m = None if right is None else right(y, other, b)
        node = _new(Variable)
        node.value = y
        node.tape = tape
        node.index = len(tape)
        tape.append(((self.index, m if b.shape == y.shape else Broadcast(m, b.shape, y.shape)),))
        return node

    return method, reflected
