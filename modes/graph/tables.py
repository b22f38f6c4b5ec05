"""Tables of partials: one iteration of forward or reverse accumulation with every partial written out.

The form is that of J. Lalin, "How Backpropagation Is Able To Reduce the Time Spent on Computing Gradients"
(2021): the chain rule over local partials, its result in the rows u, and its result in the inputs x.
"""

import shutil
from typing import Any, NamedTuple

from modes.graph.expressions import LARGEST, Expression, as_expression, as_fraction
from modes.graph.layout import align, columns, cut, describe
from modes.graph.writing import write


class Partial(NamedTuple):
    """One partial of a table: of ``above`` by ``below``, each ``(kind, position)``."""

    above: tuple
    below: tuple
    chain: tuple  # pairs of pairs: the two partials of each term, as (above, below)
    in_rows: Expression | None  # None where the formula grows too long to read
    in_inputs: Expression | None
    value: Any


class Table:
    """The partials of one iteration; prints as lines, and as Markdown, LaTeX or a pandas DataFrame."""

    def __init__(self, trace, mode, number, partials):
        self.trace, self.mode, self.number, self.partials = trace, mode, number, partials

    @property
    def title(self):
        return self.title_in(self.trace.text)

    def title_in(self, style):
        """What the table shows, with its variable in a style."""
        if self.mode == "forward":
            what = f"by {style.math(style.variable(self.number - 1))}"
        else:
            what = f"of {style.math(style.output(self.number - 1))}"
        return f"{self.mode.capitalize()} iteration {self.number}: all partials {what}"

    def __len__(self):
        return len(self.partials)

    def _steps(self, partial, style):
        """The members of the equation: the partial, the chain rule, and its results, none twice."""
        steps = [_pdv(partial.above, partial.below, style)]
        terms = [" ".join(_pdv(above, below, style) for above, below in term) for term in partial.chain]
        if terms:
            steps.append(" + ".join(terms))
        for expression in (partial.in_rows, partial.in_inputs):
            if expression is not None and write(expression, style) != steps[-1]:
                steps.append(write(expression, style))
        if partial.in_rows is None:
            steps.append(describe(partial.value))
        return steps

    def to_latex(self) -> str:
        """The iteration as an ``align*`` environment, as in the source."""
        style = self.trace.latex
        return align([" = ".join(self._steps(p, style)).replace(" = ", " &= ", 1) for p in self.partials])

    def _cells(self):
        style = self.trace.text
        for p in self.partials:
            left, *steps = self._steps(p, style)
            yield left, " = ".join(steps), describe(p.value)

    def to_markdown(self) -> str:
        """The iteration as a table in Markdown."""
        lines = ["| partial | formula | value |", "|---|---|---|"]
        lines += [f"| {a} | {b.replace('*', chr(92) + '*')} | {c} |" for a, b, c in self._cells()]
        return "\n".join(lines)

    def to_frame(self) -> Any:
        """The iteration as a pandas DataFrame with columns partial, formula and value."""
        import pandas as pd

        cells = list(self._cells())
        return pd.DataFrame(
            {
                "partial": [cell[0] for cell in cells],
                "formula": [cell[1] for cell in cells],
                "value": [p.value for p in self.partials],
            }
        )

    def to_text(self, height: int | None = None, width: int | None = None) -> str:
        """The iteration as aligned columns, at most `height` lines of at most `width` characters."""
        rows = [
            (left, f"= {steps}", "" if steps.endswith(f"= {value}") or steps == value else f"= {value}")
            for left, steps, value in self._cells()
        ]
        return cut(columns(rows), height, width, "to_markdown() and to_frame() have all")

    def __str__(self):
        size = shutil.get_terminal_size()
        return f"{self.title}\n{self.to_text(size.lines - 3, size.columns)}"

    def __repr__(self):
        return f"<Table of {len(self)} partials: {self.title}>"


def _pdv(above: tuple, below: tuple, style):
    def written(kind, position):
        return {"u": style.name, "x": style.variable, "y": style.output}[kind](position)

    return style.pdv(written(*above), written(*below))


def _number(count, number, what):
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= count:
        raise ValueError(f"{what} are numbered from 1 to {count}, as in the source; got {number!r}")
    return number - 1


def _sum_of_products(terms):
    """Symbolic value of a chain: None where a factor is unknown or the sum is too long."""
    total = as_expression(0)
    for one, other in terms:
        if one is None or other is None:
            return None
        total = total + one * other
        if total.size > LARGEST:
            return None
    return total


def _finished(trace, above, below, chain, in_rows, value, is_result):
    in_inputs = None if in_rows is None else trace.in_inputs(in_rows)
    if is_result and in_inputs is not None:
        in_inputs = as_fraction(in_inputs)  # what the iteration is for: one fraction a term
    return Partial(above, below, tuple(chain), in_rows, in_inputs, value)


def forward_table(trace, j):
    """∂uᵢ/∂xⱼ for every row: ``∂uᵢ/∂xⱼ = Σₖ ∂uᵢ/∂uₖ · ∂uₖ/∂xⱼ`` over the operands k of i."""
    seed = _number(trace.n, j, "inputs")
    formulas: list = []
    values: list = []
    table = []
    for i, row in enumerate(trace.rows):
        links = row.links
        if i < trace.n:
            formulas.append(as_expression(int(i == seed)))
            values.append(float(i == seed))
        else:
            formulas.append(_sum_of_products((trace.partial(i, k), formulas[k]) for k in links))
            values.append(sum((p * values[k] for k, p in links.items()), 0.0))
        x = ("x", seed)
        chain = [((("u", i), ("u", k)), (("u", k), x)) for k in links]
        result = i in trace.outputs
        table.append(_finished(trace, ("u", i), x, chain, formulas[i], values[i], result))
    return Table(trace, "forward", j, table)


def reverse_table(trace, i):
    """∂yᵢ/∂uⱼ for every row: ``∂yᵢ/∂uⱼ = Σₖ ∂yᵢ/∂uₖ · ∂uₖ/∂uⱼ`` over the rows k that use j."""
    seed = trace.outputs[_number(len(trace.outputs), i, "outputs")]
    users: list = [[] for _ in trace.rows]
    for k, row in enumerate(trace.rows):
        for operand, partial in row.links.items():
            users[operand].append((k, partial))
    formulas: list = [None] * len(trace.rows)
    values = [0.0] * len(trace.rows)
    table = []
    y = ("y", i - 1)
    for j in range(len(trace.rows) - 1, -1, -1):
        own = float(j == seed)
        total = _sum_of_products((formulas[k], trace.partial(k, j)) for k, _ in users[j])
        formulas[j] = None if total is None else as_expression(own) + total
        values[j] = own + sum((values[k] * p for k, p in users[j]), 0.0)
        chain = [((y, ("u", k)), (("u", k), ("u", j))) for k, _ in users[j]]
        table.append(_finished(trace, y, ("u", j), chain, formulas[j], values[j], j < trace.n))
    return Table(trace, "reverse", i, table)
