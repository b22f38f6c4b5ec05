"""Formulas of values: what a partial looks like, from the same rule that gives its number.

A rule's partial is a function of (result, arguments). Called with numbers it gives a number; called with
`Expression` it gives the formula. An expression knows its value, so partials that compare (ties, branches)
take the branch that the numbers take.
"""

import operator

import numpy as np

from modes.maps.linear import LinearMap

LARGEST = 60  # symbols in a formula that is still worth reading


class Expression:
    """A formula: an operation on formulas, a number, or a name; simplified as it is made.

    ``kind`` is "number", "name" (``args`` is the position of the row it names), "variable" (a position
    among the inputs), an operator (+, -, *, /, **, neg), or the name of a function.
    """

    __slots__ = ("args", "kind", "size", "value")
    __array_priority__ = 2000.0

    def __init__(self, kind, args, value):
        self.kind, self.args, self.value = kind, args, value
        self.size = 1 + sum(a.size for a in args) if isinstance(args, tuple) else 1

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        values = [x.value if isinstance(x, Expression) else x for x in inputs]
        if ufunc in OPERATIONS:
            return OPERATIONS[ufunc](*map(as_expression, inputs))
        result = getattr(ufunc, method)(*values, **kwargs)
        if method != "__call__" or kwargs or result.dtype.kind != "f" or ufunc in _STEPS:
            return result
        return formula(ufunc, inputs, result)

    def __array_function__(self, function, types, args, kwargs):
        if function is np.where:
            condition, yes, no = args
            return yes if condition else no
        return function(*[a.value if isinstance(a, Expression) else a for a in args], **kwargs)

    def __repr__(self):
        return f"<{self.kind} {self.args}>"

    @property
    def shape(self):
        return ()

    @property
    def dtype(self):
        return np.asarray(self.value).dtype

    def astype(self, dtype):
        return self  # a formula has no precision

    def __add__(self, other):
        return add(self, as_expression(other))

    def __radd__(self, other):
        return add(as_expression(other), self)

    def __sub__(self, other):
        return subtract(self, as_expression(other))

    def __rsub__(self, other):
        return subtract(as_expression(other), self)

    def __mul__(self, other):
        return multiply(self, as_expression(other))

    def __rmul__(self, other):
        return multiply(as_expression(other), self)

    def __truediv__(self, other):
        return divide(self, as_expression(other))

    def __rtruediv__(self, other):
        return divide(as_expression(other), self)

    def __pow__(self, other):
        return power(self, as_expression(other))

    def __rpow__(self, other):
        return power(as_expression(other), self)

    def __neg__(self):
        return negate(self)

    __hash__ = None  # type: ignore[assignment]

    def is_number(self, number):
        return self.kind == "number" and self.value == number

    def same(self, other):
        """True for two formulas that read the same."""
        if self.kind != other.kind:
            return False
        if not isinstance(self.args, tuple):
            return self.args == other.args
        return len(self.args) == len(other.args) and all(
            a.same(b) for a, b in zip(self.args, other.args, strict=True)
        )


def _comparison(operation):
    def compare(self, other):
        return operation(self.value, other.value if isinstance(other, Expression) else other)

    return compare


for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Expression, f"__{_name}__", _comparison(getattr(operator, _name)))


def as_expression(value):
    """A formula, or the number that a rule's partial gave, as a formula."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, LinearMap):
        value = value.apply(1.0)
    value = float(value) + 0.0  # no negative zeros
    return Expression("number", value, np.float64(value))


def formula(ufunc, args, value):
    """The formula of one elementary operation, as it was done: not simplified."""
    if ufunc is np.square:
        ufunc, args = np.power, (*args, 2)
    return Expression(_KINDS.get(ufunc, ufunc.__name__), tuple(map(as_expression, args)), value)


def add(a, b):
    if a.is_number(0):
        return b
    if b.is_number(0):
        return a
    if a.kind == b.kind == "number":
        return as_expression(a.value + b.value)
    if b.kind == "neg":
        return subtract(a, b.args[0])
    return Expression("+", (a, b), a.value + b.value)


def subtract(a, b):
    if b.is_number(0):
        return a
    if a.is_number(0):
        return negate(b)
    if a.kind == b.kind == "number":
        return as_expression(a.value - b.value)
    if b.kind == "neg":
        return add(a, b.args[0])
    return Expression("-", (a, b), a.value - b.value)


def negate(a):
    if a.kind == "number":
        return as_expression(-a.value)
    return a.args[0] if a.kind == "neg" else Expression("neg", (a,), -a.value)


def multiply(a, b):
    """The product: zeros and ones gone, signs in front."""
    if a.kind == b.kind == "number":
        return as_expression(a.value * b.value)
    for one, other in ((a, b), (b, a)):
        if one.is_number(0):
            return as_expression(0)
        if one.is_number(1):
            return other
        if one.is_number(-1):
            return negate(other)
    if a.kind == "neg":
        return negate(multiply(a.args[0], b))
    if b.kind == "neg":
        return negate(multiply(a, b.args[0]))
    if b.kind == "number":
        a, b = b, a
    if a.same(b):
        return power(a, as_expression(2))
    return Expression("*", (a, b), a.value * b.value)


def divide(a, b):
    if a.is_number(0) or b.is_number(1):
        return a
    if a.kind == "neg":
        return negate(divide(a.args[0], b))
    if b.kind == "neg":
        return negate(divide(a, b.args[0]))
    if a.kind == "number" and a.value < 0:
        return negate(divide(negate(a), b))
    return Expression("/", (a, b), np.divide(a.value, b.value))


def power(a, b):
    if b.is_number(1):
        return a
    if b.is_number(0):
        return as_expression(1)
    return Expression("**", (a, b), a.value**b.value)


OPERATIONS: dict = {
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.divide: divide,
    np.power: power,
    np.float_power: power,
    np.negative: negate,
    np.positive: lambda a: a,
    np.square: lambda a: power(a, as_expression(2)),
    np.reciprocal: lambda a: divide(as_expression(1), a),
}
_KINDS = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
    np.power: "**",
    np.float_power: "**",
    np.negative: "neg",
}
_STEPS = {np.sign, np.floor, np.ceil, np.trunc, np.rint, np.floor_divide}
_MAKE: dict = {"+": add, "-": subtract, "*": multiply, "/": divide, "**": power, "neg": negate}


def replace(expression, names):
    """The formula with each name replaced: ``names(position)`` gives a formula, or None to give up."""
    if expression.kind == "name":
        return names(expression.args)
    if not isinstance(expression.args, tuple):
        return expression
    args = [replace(a, names) for a in expression.args]
    if any(a is None for a in args) or sum(a.size for a in args) > LARGEST:
        return None
    if expression.kind in _MAKE:
        return _MAKE[expression.kind](*args)
    return Expression(expression.kind, tuple(args), expression.value)


def as_fraction(expression):
    """Each term of a formula as one fraction: x · 1/z becomes x/z."""
    if expression.kind in ("+", "-", "neg"):
        return _MAKE[expression.kind](*map(as_fraction, expression.args))
    above, below = _parts(expression)
    return above if below is None else divide(above, below)


def _parts(expression):
    """Numerator and denominator (None for 1) of a product."""
    if expression.kind == "/":
        return expression.args
    if expression.kind != "*":
        return expression, None
    (a, c), (b, d) = map(_parts, expression.args)
    return multiply(a, b), d if c is None else c if d is None else multiply(c, d)
