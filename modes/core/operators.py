"""The operators of traced values: one kernel, compiled once for each kind of them.

A binary operation is the hottest path there is: one more call of a method costs it up to 20 %. So the kernel
is one text, with gaps for what a class of traced values does in its own way (`Kernel`), and
`register_tracer` compiles it once for a class. Rules announce their operators by `install`; a class has the
operators of all rules, whichever of the two comes first.
"""

import linecache
import textwrap
from typing import Any, NamedTuple

import numpy as np

from modes.core.operands import PLAIN
from modes.core.primitive import Elementwise
from modes.core.registry import register
from modes.maps.broadcasting import Broadcast
from modes.maps.linear import push

REFLECTED: dict = {np.matmul: "__rmatmul__"}  # the methods for `array op traced`, by their ufuncs
_binary: list = []  # pairs of a rule and its operation
_factories: dict = {}  # by classes of traced values: (rule, operation) -> method, reflected method


class Kernel(NamedTuple):
    """What the kernel's text leaves open, as lines of Python.

    The lines see ``self``, ``other``, ``y`` (the result's value), ``cls`` (the class of the result), ``made``
    (makes an instance without calling the class), ``push`` and ``ndarray``. A line ``LABEL`` sets ``m`` to
    the map of the one traced operand; ``LEFT`` and ``RIGHT`` set ``m`` and ``k`` to those of two.
    """

    same: str  # the condition under which an `other` of the same class belongs to the same differentiation
    keep: str  # before a constant operand `other` is used
    one: str  # the result where only `self` is traced
    both: str  # the result where both operands are


_LABEL = """\
{label} = None if {partial} is None else {partial}(y, {a}, {b})
if singular:
    noted({label}, self.level)
if cls is Array and {operand}.shape != y.shape:
    {label} = Broadcast({label}, {operand}.shape, y.shape)"""

_TEXT = """\
def operators(rule, operation):
    left, right = rule.partials
    captures, general = rule.captures, rule.general
    singular, noted = rule.singular, rule._noted

    def method(self, other):
        kind = type(other)
        a = self.value
        if (kind is Array or kind is Number) and {same}:
            b = other.value
            y = operation(a, b)
            cls = Array if y.__class__ is ndarray else Number
{both}
        if kind not in PLAIN or (kind is ndarray and other.dtype.kind != "f"):
            return NotImplemented if getattr(other, "__array_ufunc__", 0) is None else general(self, other)
{keep}
        y = operation(a, other)
        cls = Array if y.__class__ is ndarray else Number
{left}

    def reflected(self, other):
        kind = type(other)
        if kind not in PLAIN or (kind is ndarray and other.dtype.kind != "f"):
            return NotImplemented if getattr(other, "__array_ufunc__", 0) is None else general(other, self)
{keep}
        b = self.value
        y = operation(other, b)
        cls = Array if y.__class__ is ndarray else Number
{right}

    return method, reflected
"""


def _filled(lines, depth, **labels):
    """The lines of a gap, indented, with those that ask for a label written out."""
    filled = []
    for line in lines.strip().splitlines():
        text = line.strip()
        filled.append(textwrap.indent(labels.get(text, text), " " * (depth + len(line) - len(line.lstrip()))))
    return "\n".join(filled)


def _compiled(number, array, kernel):
    def label(name, partial, operand, a="a", b="b"):
        return _LABEL.format(label=name, partial=partial, operand=operand, a=a, b=b)

    text = _TEXT.format(
        same=kernel.same,
        keep=_filled(kernel.keep, 8),
        left=_filled(kernel.one, 8, LABEL=label("m", "left", "a", b="other")),
        right=_filled(kernel.one, 8, LABEL=label("m", "right", "b", a="other")),
        both=_filled(kernel.both, 12, LEFT=label("m", "left", "a"), RIGHT=label("k", "right", "b")),
    )
    name = f"<operators of {number.__module__}.{number.__qualname__}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)  # for tracebacks
    names: dict[str, Any] = {
        "Broadcast": Broadcast,
        "Array": array,
        "Number": number,
        "PLAIN": PLAIN,
        "__name__": __name__,
        "made": object.__new__,
        "ndarray": np.ndarray,
        "push": push,
    }
    exec(compile(text, name, "exec"), names)
    return names["operators"]


def register_tracer(number, array, kernel):
    """Give traced values the operators of all binary rules, registered so far and to come.

    Parameters
    ----------
    number, array : type
        A subclass of `TracedArray`, and the class of its values that are arrays.
    kernel : Kernel or callable
        How its operators differ from those of others; or, for a class that does all in its own way, a
        function ``(rule, operation) -> (method, reflected method)``.
    """
    if isinstance(kernel, Kernel):
        kernel = _compiled(number, array, kernel)
    _factories[number, array] = kernel
    for rule, operation in _binary:
        _give(number, array, rule, operation)


def _give(number, array, rule, operation):
    made = _factories[number, array](rule, operation or rule.function)
    rule.methods[number] = rule.methods[array] = made
    method, reflected = made
    if operation is not None:
        name = operation.__name__.strip("_")
        method.__name__, reflected.__name__ = f"__{name}__", f"__r{name}__"
        setattr(number, method.__name__, method)
        setattr(number, reflected.__name__, reflected)


def elementwise(ufunc, *partials, operation=None):
    """Register a ufunc's partials, and the operator that means the same.

    Parameters
    ----------
    ufunc : np.ufunc
        Of one result.
    *partials : callable or None
        One for each argument: of ``(result, *arguments)``, gives the local partial (see
        `modes.maps.linear` for what it may be); None is the identity.
    operation : callable, optional
        The function of the `operator` module that means the same.
    """
    rule = register(ufunc, Elementwise(ufunc, *partials))
    if len(partials) != 2:
        return
    if operation is not None:
        REFLECTED[ufunc] = f"__r{operation.__name__.strip('_')}__"
    _binary.append((rule, operation))
    for number, array in _factories:
        _give(number, array, rule, operation)
