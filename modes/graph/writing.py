"""How formulas are written: as text with Unicode signs, or in LaTeX."""

import numpy as np


def write(expression, style):
    """The formula in a style, `TEXT` or `LATEX`."""
    return _write(expression, style, 0)


def _write(e, style, outside):
    kind = e.kind
    if kind == "number":
        text = f"{e.value!r}" if not isinstance(e.value, np.generic) else repr(e.value.item())
        text = style.minus(text.removesuffix(".0"))
        return f"({text})" if outside > 1 and e.value < 0 else text
    if kind == "name":
        return style.name(e.args)
    if kind == "variable":
        return style.variable(e.args)
    if kind in _STRENGTH:
        strength = _STRENGTH[kind]
        text = style.write_operator(
            kind, [(a, s) for a, s in zip(e.args, _INSIDE[kind], strict=True)], _write
        )
        loose = strength < outside and not (kind == "/" and style.fractions)
        return f"({text})" if loose else text
    return style.call(kind, [_write(a, style, 0) for a in e.args])


# How tightly each operation binds, and how tight its operands must be to stand without parentheses.
_STRENGTH = {"+": 1, "-": 1, "neg": 1, "*": 3, "/": 3, "**": 5}
_INSIDE = {"+": (0, 1), "-": (0, 2), "neg": (2,), "*": (3, 3), "/": (3, 4), "**": (6, 6)}

_SUBSCRIPTS = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("-0123456789.", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹·")
_SHORT = {"absolute": "abs", "fabs": "abs", "maximum": "max", "minimum": "min"}


class Text:
    """Formulas with Unicode signs: u₋₂, −x₃/(1 − x₁)."""

    fractions = False

    def __init__(self, first=0):
        self.first = first  # the number of row 0

    def math(self, text):
        """A formula in the midst of words."""
        return text

    def minus(self, text):
        return text.replace("-", "−")

    def u(self, number):
        return f"u{str(number).translate(_SUBSCRIPTS)}"

    def name(self, position):
        return self.u(position + self.first)

    def variable(self, position):
        return f"x{str(position + 1).translate(_SUBSCRIPTS)}"

    def output(self, position):
        return f"y{str(position + 1).translate(_SUBSCRIPTS)}"

    def pdv(self, above, below):
        return f"∂{above}/∂{below}"

    def write_operator(self, kind, operands, write):
        if kind == "**" and operands[1][0].kind == "number":
            exponent = write(operands[1][0], Text(), 0).replace("−", "-")
            if set(exponent) <= set("-0123456789"):
                return write(operands[0][0], self, operands[0][1]) + exponent.translate(_SUPERSCRIPTS)
        args = [write(a, self, s) for a, s in operands]
        if kind == "neg":
            return f"−{args[0]}"
        return {"+": " + ", "-": " − ", "*": "·", "/": "/", "**": "**"}[kind].join(args)

    def call(self, function, args):
        return f"{_SHORT.get(function, function)}({', '.join(args)})"


class Latex(Text):
    """Formulas in LaTeX with the physics package's partial derivative, as the worked example is set."""

    fractions = True

    def math(self, text):
        return f"${text}$"

    def minus(self, text):
        return text

    def u(self, number):
        return f"u_{number}" if 0 <= number < 10 else f"u_{{{number}}}"

    def _indexed(self, letter, position):
        return f"{letter}_{position + 1}" if position < 9 else f"{letter}_{{{position + 1}}}"

    def variable(self, position):
        return self._indexed("x", position)

    def output(self, position):
        return self._indexed("y", position)

    def pdv(self, above, below):
        return rf"\pdv{{{above}}}{{{below}}}"

    def write_operator(self, kind, operands, write):
        if kind == "/":
            return rf"\frac{{{write(operands[0][0], self, 0)}}}{{{write(operands[1][0], self, 0)}}}"
        if kind == "**":
            (base, strength), (exponent, _) = operands
            return f"{write(base, self, strength)}^{{{write(exponent, self, 0)}}}"
        args = [write(a, self, s) for a, s in operands]
        if kind == "neg":
            return f"-{args[0]}"
        if kind == "*" and operands[1][0].kind == "number":
            return rf"{args[0]} \cdot {args[1]}"
        return {"+": " + ", "-": " - ", "*": " "}[kind].join(args)

    def call(self, function, args):
        function = _SHORT.get(function, function)
        if function == "sqrt":
            return rf"\sqrt{{{args[0]}}}"
        known = function in ("log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min")
        return (rf"\{function}" if known else rf"\operatorname{{{function}}}") + f"({', '.join(args)})"
