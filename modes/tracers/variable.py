"""Values that reverse mode traces: each operation on them puts its local maps on their tape."""

from numpy import ndarray

from modes.core.array import TracedArray, with_items
from modes.core.operators import Kernel, register_tracer
from modes.maps.batches import is_plain
from modes.maps.indexing import Erase, Index, Place
from modes.maps.ownership import is_exclusive
from modes.tracers.tape import Tape

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
        node = _new(VariableArray if value.__class__ is ndarray else Variable)
        node.value = value
        node.tape = tape
        node.index = len(tape)
        tape.append(tuple([(o.index, m) for o, m in zip(operands, maps, strict=True)]))
        return node

    def _emit_one(self, value, local):
        tape = self.tape
        node = _new(VariableArray if value.__class__ is ndarray else Variable)
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
        if isinstance(item, Variable) and item.tape is tape:
            if item.value.shape != place.shape or not is_plain(item.value) or item.dtype != value.dtype:
                return False
            links, item = ((item.index, Place(index)),), item.value
        if not is_plain(item):
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
        label = None if partial is None else partial(y, a)
        if rule.singular:
            rule._noted(label, tape.level)
        node = _new(VariableArray if y.__class__ is ndarray else Variable)
        node.value = y
        node.tape = tape
        node.index = len(tape)
        tape.append(((self.index, label),))
        return node


VariableArray = with_items(Variable)


def variable(tape, value):
    """A new independent value on a tape."""
    node = _new(VariableArray if value.__class__ is ndarray else Variable)
    node.value = value
    node.tape = tape
    node.index = len(tape)
    tape.append(())
    return node


_KEPT = """
if captures and kind is ndarray:
    other = self.tape.keep(other)
"""
_MADE = """
tape = self.tape
node = made(cls)
node.value = y
node.tape = tape
node.index = len(tape)
tape.append(links)
return node
"""
_ONE = "LABEL\nlinks = ((self.index, m),)"
_BOTH = "LEFT\nRIGHT\nlinks = ((self.index, m), (other.index, k))"

register_tracer(
    Variable, VariableArray, Kernel("other.tape is self.tape", _KEPT, _ONE + _MADE, _BOTH + _MADE)
)
