"""What a trace is, and how it is written: rows, numbers of vertices, branches."""

import functools
import shutil
from typing import Any, NamedTuple

import numpy as np

from modes.core.errors import DifferentiationError
from modes.graph import tables
from modes.graph.elimination import Graph
from modes.graph.expressions import Expression, as_expression, formula, replace
from modes.graph.figure import draw
from modes.graph.layout import align, columns, cut, describe, escaped, joined
from modes.graph.writing import Latex, Text, write


class Row(NamedTuple):
    """One line of a trace: an input, or an elementary operation.

    ``operands`` holds ``(position,)`` for each operand that is a row, and the plain value of each
    constant; ``partials`` the local partial by each operand, None by a constant.
    """

    operation: str
    operands: tuple
    value: Any
    partials: tuple
    rule: Any = None

    @property
    def links(self):
        """The rows that this one depends on, ascending, with the local partial by each."""
        links: dict = {}
        for operand, partial in zip(self.operands, self.partials, strict=True):
            if partial is not None:
                meets = links.get(operand[0])
                plus = " + " if isinstance(partial, str) else 0.0
                links[operand[0]] = partial if meets is None else meets + plus + partial
        return dict(sorted(links.items()))


class Branch(NamedTuple):
    """A comparison that f made of traced values: the trace holds for points where it comes out alike.

    Each side has its places (None for a constant) and its value.
    """

    left_places: Any
    left: Any
    sign: str
    right_places: Any
    right: Any
    outcome: Any
    where: str


class Trace:
    """The evaluation trace of a function at a point; see `modes.trace`.

    Attributes
    ----------
    rows : list of Row
        Inputs first; the row at position i is called u with the number ``i - n + 1``, so that the inputs
        are u₁₋ₙ … u₀.
    n : int
        How many rows are inputs.
    outputs : list of int or None
        The position of each output; None where it does not depend on the inputs.
    values : list
        The values of the outputs.
    branches : list of Branch
        The comparisons of traced values that f made, which decided what was traced.
    is_scalar : bool
        True where every row is a scalar operation, False where it is one of arrays.
    """

    outputs: list[Any]

    def __init__(self, rows, n, outputs, values, branches=(), name="f", is_scalar=True):
        order = _outputs_last(rows, n, outputs)
        place = {old: new for new, old in enumerate(order)}
        self.rows = [_renumbered(rows[old], place) for old in order]
        self.n, self.name, self.values, self.is_scalar = n, name, values, is_scalar
        self.outputs = [None if i is None else place[i] for i in outputs]
        self.branches = [
            b._replace(left_places=_places(b.left_places, place), right_places=_places(b.right_places, place))
            for b in branches
        ]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def operations(self) -> int:
        """How many rows are operations, not inputs."""
        return len(self.rows) - self.n

    @property
    def text(self):
        return Text(1 - self.n)

    @property
    def latex(self):
        return Latex(1 - self.n)

    # --- formulas ---

    def names(self, row):
        """The operands of a row as formulas."""
        return [
            Expression("name", o[0], self.rows[o[0]].value) if isinstance(o, tuple) else as_expression(o)
            for o in row.operands
        ]

    def formula(self, position):
        """The operation of a row, as a formula in the rows before it (or the input)."""
        row = self.rows[position]
        if position < self.n:
            return Expression("variable", position, row.value)
        if row.rule is not None:
            return formula(row.rule.function, self.names(row), row.value)
        return Expression(row.operation, tuple(self.names(row)), row.value)

    def partial(self, position, operand):
        """The local partial of a row by the row at position `operand`, as a formula."""
        row = self.rows[position]
        if row.rule is None:
            return as_expression(row.links[operand])
        y, args = Expression("name", position, row.value), self.names(row)
        plain = [a.value.item() if a.kind == "number" else a for a in args]
        total = as_expression(0)
        for own, partial in zip(row.operands, row.rule.partials, strict=True):
            if own == (operand,):
                total = total + as_expression(1 if partial is None else partial(y, *plain))
        return total

    @functools.cached_property
    def _formulas(self):
        """Each row as a formula in the inputs, None where it grows too long to read."""
        formulas: list = []
        for position in range(len(self.rows)):
            formulas.append(replace(self.formula(position), formulas.__getitem__))
        return formulas

    def in_inputs(self, expression):
        """A formula in rows as one in inputs; None where it grows too long to read."""
        return replace(expression, self._formulas.__getitem__)

    # --- tables of partials and the graph ---

    def _needs_scalars(self, what):
        if not self.is_scalar:
            raise DifferentiationError(f"{what} needs a trace of scalar operations: trace(..., scalars=True)")

    def forward_table(self, j: int) -> tables.Table:
        """All partials ∂uᵢ/∂xⱼ of forward iteration j, numbered from 1 as in the source."""
        self._needs_scalars("a table of partials")
        return tables.forward_table(self, j)

    def reverse_table(self, i: int) -> tables.Table:
        """All partials ∂yᵢ/∂uⱼ of reverse iteration i, numbered from 1 as in the source."""
        self._needs_scalars("a table of partials")
        return tables.reverse_table(self, i)

    def graph(self) -> Graph:
        """The linearised computational graph, for `modes.accumulate`."""
        self._needs_scalars("a graph for elimination")
        links = [row.links for row in self.rows[self.n :]]
        return Graph(self.n, links, self.outputs)

    def figure(self, axes: Any = None) -> Any:
        """Draw the graph: values on the nodes, local partials on the edges. Returns matplotlib's axes."""
        self._needs_scalars("a figure")
        return draw(self, axes)

    # --- writing ---

    def lines(self):
        """For each row: its name, its formula, its value, its local partials as (name, formula, value)."""
        style = self.text
        for position, row in enumerate(self.rows):
            partials = []
            for operand, value in row.links.items():
                above, below = style.name(position), style.name(operand)
                if self.is_scalar and row.rule is not None:
                    written = write(self.partial(position, operand), style)
                else:
                    written = describe(value)
                partials.append((style.pdv(above, below), written, value))
            yield style.name(position), self.defined(position, style), row.value, partials

    def defined(self, position, style):
        outputs = "".join(f" = {style.output(i)}" for i, p in enumerate(self.outputs) if p == position)
        row = self.rows[position]
        if row.rule is not None or position < self.n:
            return write(self.formula(position), style) + outputs
        args = [
            style.name(o[0])
            if isinstance(o, tuple)
            else describe(o)
            if np.ndim(o)
            else repr(np.asarray(o).item())
            for o in row.operands
        ]
        return f"{row.operation}({', '.join(args)}){outputs}"

    def to_frame(self) -> Any:
        """The trace as a pandas DataFrame: one row a line; operands and partials are lists."""
        import pandas as pd

        style = self.text
        return pd.DataFrame(
            {
                "name": [style.name(i) for i in range(len(self.rows))],
                "operation": [row.operation for row in self.rows],
                "formula": [self.defined(i, style) for i in range(len(self.rows))],
                "operands": [
                    [style.name(o[0]) if isinstance(o, tuple) else o for o in row.operands]
                    for row in self.rows
                ],
                "value": [row.value for row in self.rows],
                "shape": [np.shape(row.value) for row in self.rows],
                "partials": [list(row.links.values()) for row in self.rows],
            }
        )

    def to_markdown(self) -> str:
        """The trace as a table in Markdown."""
        lines = ["| row | operation | value | local partials |", "|---|---|---|---|"]
        for name, defined, value, partials in self.lines():
            lines.append(f"| {name} | {escaped(defined)} | {describe(value)} | {escaped(joined(partials))} |")
        return "\n".join([*lines, *(f"\n{line}" for line in self.notes())])

    def to_latex(self) -> str:
        """The decomposition as an ``align*`` environment, set as the worked example of the source is."""
        style = self.latex
        lines = [rf"{style.name(i)} &= {self.defined(i, style)}" for i in range(len(self.rows))]
        return align(lines)

    def notes(self):
        """What a reader has to know besides the rows: constant outputs, and branches taken."""
        style = self.text
        for i, (position, value) in enumerate(zip(self.outputs, self.values, strict=True)):
            if position is None:
                yield f"{style.output(i)} = {describe(value)} does not depend on the inputs."
        for branch in self.branches:
            left, right = (
                _label(places, style) or describe(value)
                for places, value in ((branch.left_places, branch.left), (branch.right_places, branch.right))
            )
            outcome = _outcome(branch.outcome)
            yield f"Branch traced: {left} {branch.sign} {right} was {outcome} ({branch.where})."

    def to_text(self, height: int | None = None, width: int | None = None) -> str:
        """The trace as aligned columns, at most `height` lines of at most `width` characters."""
        rows = [
            (name, f"= {defined}", f"= {describe(value)}", joined(partials))
            for name, defined, value, partials in self.lines()
        ]
        return cut([*columns(rows), *self.notes()], height, width, "to_markdown() and to_frame() have all")

    def __str__(self):
        size = shutil.get_terminal_size()
        return self.to_text(size.lines - 2, size.columns)

    def __repr__(self):
        sizes = f"{self.n} inputs, {self.operations} operations, {len(self.outputs)} outputs"
        return f"<Trace of {self.name}: {sizes}>"


def _outputs_last(rows, n, outputs):
    used = {operand for row in rows for operand in row.links}
    last = dict.fromkeys(i for i in outputs if i is not None and i >= n and i not in used)
    return [i for i in range(len(rows)) if i not in last] + list(last)


def _renumbered(row, place):
    operands = tuple((place[o[0]],) if isinstance(o, tuple) else o for o in row.operands)
    return row._replace(operands=operands)


def _places(places, place):
    if places is None:
        return None
    return [place.get(int(p)) for p in np.ravel(places)]


def _label(places, style):
    if places is None or all(p is None for p in places):
        return None
    names = [style.name(p) if p is not None else "a constant" for p in places]
    return names[0] if len(names) == 1 else f"({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"


def _outcome(outcome):
    if np.shape(outcome) == ():
        return str(bool(outcome))
    return f"True for {np.count_nonzero(outcome)} of {np.size(outcome)}"
