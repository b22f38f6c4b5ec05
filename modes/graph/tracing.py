"""Evaluation traces (Wengert lists): every intermediate value of a function at a point, with its partials."""

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.frames import line_of_caller
from modes.core.traced import primal
from modes.graph.observed import Watch, kind_of
from modes.graph.placed import CONSTANT, Entries, Placed, written_out
from modes.graph.rows import Branch, Row, Trace
from modes.jacobians.arguments import Point
from modes.maps.batches import is_plain
from modes.maps.linear import NEGATE, ZERO, push


def trace(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    scalars: bool = True,
    limit: int = 10_000,
) -> Trace:
    """Evaluation trace of f at a point: its elementary operations in order, as in a Wengert list.

    Parameters
    ----------
    f : callable
        Of plain NumPy; returns an array, a number, or a pytree of them.
    *args
        The arguments of f: arrays, numbers or pytrees of them.
    argnums : int or tuple of ints
        The arguments whose entries are the inputs x₁ … xₙ; the others are constants.
    scalars : bool
        One row for each scalar operation (sums and products of arrays are written out, additions from
        the left), as tables of partials and elimination orders need it. False: one row for each array
        operation, with shapes.
    limit : int
        The most rows to record.

    Returns
    -------
    Trace
        Prints as a table; has `to_frame`, `to_markdown`, `to_latex`, `figure`, `forward_table`,
        `reverse_table` and `graph`. Operations on constants alone are no rows, and entries that only
        move (indexing, stacking, transposing) keep their rows. Rows that are outputs, and that nothing
        else uses, come last, as in Griewank & Walther, "Evaluating Derivatives" (2008), section 2.2.

    Raises
    ------
    DifferentiationError
        Where f cannot be traced, or has more than `limit` rows.
    """
    point = Point(args, argnums, {})
    leaves = [np.asarray(primal(leaf)) for leaf in point.leaves]
    watch = _Writing(limit)
    kind = Scalars if scalars else Arrays
    inputs = [kind.input(watch, leaf[()]) for leaf in leaves]
    n = len(watch.rows)
    outputs, values = [], []
    for leaf in watch.results(f, point, inputs):
        mine = isinstance(leaf, kind) and leaf.watch is watch
        places = np.ravel(leaf.places if mine else np.full(np.shape(leaf) if scalars else (), CONSTANT))
        outputs += [None if place == CONSTANT else int(place) for place in places]
        values += list(np.ravel(primal(leaf))) if scalars else [primal(leaf)]
    return Trace(watch.rows, n, outputs, values, watch.branches, getattr(f, "__name__", "f"), scalars)


class _Writing(Watch):
    def __init__(self, limit):
        super().__init__()
        self.rows = []
        self.branches = []
        self.limit = limit

    def record(self, operation, operands, value, partials, rule=None):
        if len(self.rows) >= self.limit:
            raise DifferentiationError(
                f"the trace has more than limit={self.limit} rows; trace it at a smaller size, give "
                "scalars=False for one row an array operation, or raise limit"
            )
        self.rows.append(Row(operation, tuple(operands), value, tuple(partials), rule))
        return len(self.rows) - 1


class _Written(Placed):
    """A value of a trace: comparisons are noted."""

    __slots__ = ()

    def _compared(self, left, sign, right, outcome):
        places = [x.places if self._mine(x) else None for x in (left, right)]
        self.watch.branches.append(
            Branch(places[0], primal(left), sign, places[1], primal(right), outcome, line_of_caller())
        )


class Scalars(Entries, _Written):
    """An array of which every entry knows its row: ``places`` has the shape of the value."""

    __slots__ = ()

    @classmethod
    def input(cls, watch, value):
        places = [watch.record("input", (), entry, ()) for entry in np.ravel(value)]
        return cls.of(watch, value, np.reshape(places, np.shape(value)))

    def _elementwise(self, rule, args):
        values = [x.value if self._mine(x) else x for x in args]
        result = rule.function(*values)
        spread = [np.broadcast_to(v, result.shape) for v in values]
        places = [np.broadcast_to(x.places if self._mine(x) else CONSTANT, result.shape) for x in args]
        made = np.full(result.shape, CONSTANT)
        for entry in np.ndindex(result.shape):
            made[entry] = self._step(
                rule, result[entry], [v[entry] for v in spread], [int(p[entry]) for p in places]
            )
        return self._made(result, made)

    def _step(self, rule, y, values, places):
        if all(place == CONSTANT for place in places):
            return CONSTANT
        values = [v.item() if place == CONSTANT else v for v, place in zip(values, places, strict=True)]
        operands, partials = [], []
        for value, place, partial in zip(values, places, rule.partials, strict=True):
            active = place != CONSTANT
            operands.append((place,) if active else value)
            partials.append(_number(partial, y, values) if active else None)
        return self.watch.record(rule.name, operands, y, partials, rule)

    def _product(self, a, b):
        return written_out(a, b)

    def _folded(self, ufunc, x, axes):
        parts = np.moveaxis(x, axes, range(len(axes)))
        parts = np.reshape(parts, (-1, *parts.shape[len(axes) :]))
        return functools.reduce(ufunc, parts)

    def _running(self, ufunc, x, axis):
        return np.stack(list(itertools.accumulate(np.moveaxis(x, axis, 0), ufunc)), axis)

    def _opaque(self, value, operands, maps):
        """Rows of an operation without a scalar formula: an entry is a function of all it depends on."""
        flat = np.ravel(value)
        places = np.concatenate([np.ravel(operand.places) for operand in operands])
        if flat.size * places.size > 10**7:
            raise DifferentiationError(
                f"{self.watch.name(maps)} on {places.size} entries is too large to write out in scalars; "
                "trace it at a smaller size, or with scalars=False"
            )
        seeds = (np.eye(o.size).reshape(o.size, *o.shape) for o in operands)
        pushed = [push(local, seed) for local, seed in zip(maps, seeds, strict=True)]
        matrix = np.concatenate([p.reshape(len(p), flat.size) for p in pushed]).T
        made = []
        for y, row in zip(flat, matrix, strict=True):
            active = [j for j in np.flatnonzero(row) if places[j] != CONSTANT]
            names = [(int(places[j]),) for j in active]
            made.append(
                self.watch.record(self.watch.name(maps), names, y, [row[j] for j in active])
                if active
                else CONSTANT
            )
        return self._made(value, np.reshape(made, np.shape(value)))


def _number(partial, y, values):
    """The local partial as a number; None where it is zero by nature, so that there is no edge."""
    local = None if partial is None else partial(y, *values)
    if local is ZERO:
        return None
    return np.asarray(push(local, np.ones((), np.result_type(y))[()]))[()]


class Arrays(_Written):
    """An array as one row: ``places`` is its position."""

    __slots__ = ()

    @classmethod
    def input(cls, watch, value):
        return cls.of(watch, value, watch.record("input", (), value, ()))

    def _constant(self, value):
        return self._made(value, CONSTANT)

    def _row(self, name, args, value, maps):
        operands = [(x.places,) if self._mine(x) and x.places != CONSTANT else primal(x) for x in args]
        if not any(isinstance(operand, tuple) for operand in operands):
            return self._constant(value)
        partials = [
            _kind(local) if isinstance(o, tuple) else None for o, local in zip(operands, maps, strict=True)
        ]
        return self._made(value, self.watch.record(name, operands, value, partials))

    def _elementwise(self, rule, args):
        values = [x.value if self._mine(x) else x for x in args]
        value = rule.function(*values)
        active = [i for i, x in enumerate(args) if self._mine(x)]
        local = dict(zip(active, rule.local(active, value, *map(_shaped, values)), strict=True))
        return self._row(rule.name, args, value, [local.get(i) for i in range(len(args))])

    def _product(self, a, b):
        values = [x.value if self._mine(x) else x for x in (a, b)]
        return self._row("matmul", (a, b), values[0] @ values[1], ["dense", "dense"])

    def _folded(self, ufunc, x, axes):
        return self._row(self.watch.calling.__name__, (x,), ufunc.reduce(x.value, axis=axes), ["dense"])

    def _running(self, ufunc, x, axis):
        return self._row(self.watch.calling.__name__, (x,), ufunc.accumulate(x.value, axis=axis), ["dense"])

    def _mapped(self, value, operands, maps):
        return self._row(self.watch.name(maps), operands, value, maps)


def _kind(local):
    """What sort of local map stands on an edge between arrays."""
    if local is None or isinstance(local, str):
        return local or "identity"
    return "diagonal" if is_plain(local) or local is NEGATE else kind_of(local)


def _shaped(value):
    return value if hasattr(value, "shape") else np.asarray(value)[()]
