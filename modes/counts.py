"""Exact counts of operations, from the shapes of arrays: what each sweep costs, free of noise."""

import gc
import math
import sys
from types import FunctionType, ModuleType
from typing import NamedTuple

import numpy as np

from modes._dispatch import Traced, primal
from modes._maps import NEGATE, ZERO
from modes._observed import CONSTANT, Entries, Watch, written_out
from modes._trees import Point
from modes.reverse import Recorded

# Griewank & Walther, "Evaluating Derivatives" (2008), sections 3.2 to 3.4 and 4.6: the work of an operation,
# of the operation with its tangent, and of the operation with its adjoint, in memory accesses + additions +
# multiplications + 2 · nonlinear functions: their weights at the point where the bounds 5/2 and 4 are taken.
_WORK = {"additions": (4, 8, 12), "multiplications": (4, 10, 16), "functions": (4, 9, 13)}
TANGENT_BOUNDS = (2.0, 2.5)
GRADIENT_BOUNDS = (3.0, 4.0)


class Sweep(NamedTuple):
    """The scalar operations of one or more sweeps."""

    multiplications: int
    additions: int

    @property
    def operations(self):
        return self.multiplications + self.additions

    def times(self, count):
        return Sweep(self.multiplications * count, self.additions * count)


class Counts(NamedTuple):
    """What f and its derivatives cost at a point; see the notes of `modes.counts`.

    Attributes
    ----------
    n, m : int
        Inputs and outputs.
    additions, multiplications, functions : int
        The elementary operations of f by kind; additions include subtractions and sign changes, a quotient
        is a multiplication and a function (the reciprocal), functions are all others.
    edges : int
        Edges of the linearised computational graph.
    forward_sweep, reverse_sweep : Sweep
        One tangent pushed forward, one cotangent pulled back.
    tape_length, tape_bytes : int
        Operations on the recorded tape of `modes.reverse` (one an array operation), and the bytes it keeps
        alive: entries, maps and arrays, large operands of the caller that it only refers to excluded.
    opaque : tuple of str
        Functions without a scalar formula (`linalg.solve`, …), each entry of whose results was counted as
        one function of all entries of the operands; empty where every figure is exact.
    """

    n: int
    m: int
    additions: int
    multiplications: int
    functions: int
    quotients: int
    edges: int
    forward_sweep: Sweep
    reverse_sweep: Sweep
    tape_length: int
    tape_bytes: int
    opaque: tuple

    @property
    def operations(self):
        """Elementary operations of f: the vertices of its graph, inputs left out."""
        return self.additions + self.multiplications + self.functions - self.quotients

    @property
    def forward_jacobian(self):
        """The whole Jacobian by n forward sweeps."""
        return self.forward_sweep.times(self.n)

    @property
    def reverse_jacobian(self):
        """The whole Jacobian by m reverse sweeps."""
        return self.reverse_sweep.times(self.m)

    @property
    def tangent_ratio(self):
        """Work of f with one tangent over that of f: in `TANGENT_BOUNDS`, 2 to 5/2."""
        return self._ratio(1)

    @property
    def gradient_ratio(self):
        """Work of f with one reverse sweep over that of f: in `GRADIENT_BOUNDS`, 3 to 4."""
        return self._ratio(2)

    def _ratio(self, column):
        kinds = [(getattr(self, kind), work) for kind, work in _WORK.items()]
        total = sum(count * work[0] for count, work in kinds)
        return sum(count * work[column] for count, work in kinds) / total if total else math.nan

    def of_mode(self, mode, chunk_size=None):
        """Scalar operations of one whole Jacobian by a mode, f included, or None where they are not counted.

        Parameters
        ----------
        mode : str
            A mode of `modes.jacobian`. Forward mode evaluates f once a chunk, difference modes 2n, n + 1
            or n times, reverse mode once.
        chunk_size : int, optional
            Tangents one forward sweep carries; None for all.
        """
        if mode == "auto":
            mode = "forward" if self.n < self.m else "reverse"
        chunks = math.ceil(self.n / (chunk_size or self.n or 1))
        f, m, n = self.operations, self.m, self.n
        return {
            "forward": chunks * f + self.forward_jacobian.operations,
            "reverse": f + self.reverse_jacobian.operations,
            "forward-difference": (n + 1) * f + 2 * n * m,
            "central-difference": 2 * n * f + 2 * n * m,
            "complex-step": n * f + n * m,
        }.get(mode)

    def __str__(self):
        lines = [
            f"f: R^{self.n} → R^{self.m}, {self.operations:,} operations: {self.additions:,} additions, "
            f"{self.multiplications:,} multiplications, {self.functions:,} functions"
            + (f" (each of {self.quotients:,} quotients is two)" if self.quotients else ""),
            f"linearised graph: {self.edges:,} edges",
        ]
        for name, sweep, count, whole in (
            ("forward", self.forward_sweep, self.n, self.forward_jacobian),
            ("reverse", self.reverse_sweep, self.m, self.reverse_jacobian),
        ):
            lines.append(
                f"{name} sweep: {sweep.multiplications:,} multiplications, {sweep.additions:,} additions; "
                f"Jacobian in {count:,}: {whole.multiplications:,} and {whole.additions:,}"
            )
        lines.append(f"tape: {self.tape_length:,} operations, {self.tape_bytes:,} bytes")
        lines.append(
            f"work with one tangent / work of f: {self.tangent_ratio:.3f} (theory: 2 to 2.5); "
            f"with one reverse sweep: {self.gradient_ratio:.3f} (theory: 3 to 4)"
        )
        if self.opaque:
            lines.append(f"counted as one function an entry: {', '.join(self.opaque)}")
        return "\n".join(lines)


def counts(f, *args, argnums=0):
    """Exact operation counts of f at a point, of each sweep, and of the whole Jacobian by each mode.

    Counted from the shapes of arrays in about the time of a few evaluations of f, not by writing out
    scalars.

    Parameters
    ----------
    f : callable
        Of plain NumPy; returns an array, a number, or a pytree of them.
    *args
        The arguments of f.
    argnums : int or tuple of ints
        The arguments whose entries are the inputs; the others are constants.

    Returns
    -------
    Counts

    Raises
    ------
    DifferentiationError
        Where f cannot be traced.

    Notes
    -----
    f is counted as the scalar graph that `modes.trace` writes out: a vertex is one elementary
    operation that depends on the inputs (sums and products of arrays from the left), constants and entries
    that only move cost nothing. On that graph one forward sweep pushes one tangent through every edge, one
    reverse sweep pulls one cotangent (all outputs seeded) through every edge that leads to an output:

    - a multiplication for each edge whose partial is not 1 or -1 by nature (sums, differences, sign changes);
    - an addition wherever a contribution meets another one.

    Zeros of a seed are multiplied like other numbers: a Jacobian costs n forward or m reverse sweeps.
    Evaluating the local partials is not in these figures; it is in `Counts.tangent_ratio` and
    `Counts.gradient_ratio`, which use the complete cost tables of Griewank & Walther.
    """
    point = Point(args, argnums, {})
    tally = _Tally()
    inputs = [_Counted.input(tally, np.asarray(primal(leaf))[()]) for leaf in point.leaves]
    n = tally.vertices
    results = tally.results(f, point, inputs)
    places = [
        leaf.places if isinstance(leaf, _Counted) else np.full(np.shape(leaf), CONSTANT) for leaf in results
    ]
    seeds = np.concatenate([np.ravel(p) for p in places]) if places else np.zeros(0, int)
    forward, reverse = tally.sweeps(seeds[seeds != CONSTANT])
    recorded = Recorded(f, Point([_plain(a) for a in args], argnums, {}))
    try:
        tape_length = sum(bool(links) for links in recorded.tape)
        tape_bytes = _bytes_kept(list(recorded.tape), recorded.tape.locked)
    finally:
        recorded.release()
    kinds = tally.kinds
    return Counts(
        n, seeds.size, kinds["additions"], kinds["multiplications"], kinds["functions"], kinds["quotients"],
        tally.edges, forward, reverse, tape_length, tape_bytes, tuple(dict.fromkeys(tally.opaque)),
    )  # fmt: skip


def _plain(tree):
    import optree

    return optree.tree_map(
        lambda leaf: primal(leaf) if isinstance(leaf, Traced) else leaf, tree, namespace="modes"
    )


_KINDS = {
    np.add: ("additions",),
    np.subtract: ("additions",),
    np.negative: ("additions",),
    np.positive: ("additions",),
    np.multiply: ("multiplications",),
    np.square: ("multiplications",),
    np.divide: ("multiplications", "functions", "quotients"),
}


class _Tally(Watch):
    """The scalar graph of a run, an array of vertices at a time.

    A block makes the vertices `made`. On the way back it is asked with ``pull(live)``, which says of each
    vertex whether an output depends on it; it marks its operands and returns the counts of what is live.
    """

    def __init__(self):
        super().__init__()
        self.kinds = {"additions": 0, "multiplications": 0, "functions": 0, "quotients": 0}
        self.vertices = self.n = 0  # of which inputs
        self.edges = self.products = 0
        self.blocks: list = []
        self.opaque: list = []
        self.hidden = 0  # vertices inside folds and products, each used once

    def new(self, active):
        """Places of new vertices where `active` is True."""
        places = np.full(np.shape(active), CONSTANT)
        count = int(np.count_nonzero(active))
        places[active] = np.arange(self.vertices, self.vertices + count)
        self.vertices += count
        return places

    def count(self, function, number):
        for kind in _KINDS.get(function, ("functions",)):
            self.kinds[kind] += int(number)

    def add(self, pull, edges, products, hidden=0):
        self.edges += int(edges)
        self.products += int(products)
        self.hidden += int(hidden)
        self.blocks.append(pull)

    def sweeps(self, seeds):
        inputs = self.n
        forward = Sweep(self.products, self.edges - (self.vertices - inputs) - self.hidden)
        live = np.zeros(self.vertices, bool)
        live[seeds] = True
        edges = products = hidden = 0
        for pull in reversed(self.blocks):
            more = pull(live)
            edges, products, hidden = edges + int(more[0]), products + int(more[1]), hidden + int(more[2])
        met = edges + seeds.size  # contributions to cotangents; the first one to each is no addition
        return forward, Sweep(products, met - int(np.count_nonzero(live)) - hidden)


def _mark(live, places):
    live[places[places != CONSTANT]] = True


def _is_live(live, places):
    return (
        np.where(places != CONSTANT, live[places], False) if live.size else np.zeros(np.shape(places), bool)
    )


class _Counted(Entries):
    """An array whose entries are vertices."""

    __slots__ = ()

    @classmethod
    def input(cls, tally, value):
        places = tally.new(np.ones(np.shape(value), bool))
        tally.n = tally.vertices
        return cls(tally, value, places)

    def _places(self, x):
        return x.places if self._mine(x) else np.full(np.shape(x), CONSTANT)

    def _elementwise(self, rule, args):
        values = [x.value if self._mine(x) else x for x in args]
        y = rule.function(*values)
        tally = self.watch
        operands = []
        for x, partial in zip(args, rule.partials, strict=True):
            label = partial(y, *values) if partial is not None and self._mine(x) else None
            if label is not ZERO:
                is_product = partial is not None and label is not NEGATE
                operands.append((np.broadcast_to(self._places(x), y.shape), is_product))
        active = _any([places != CONSTANT for places, _ in operands], y.shape)
        made = tally.new(active)
        tally.count(rule.function, np.count_nonzero(active))

        def pull(live):
            on = _is_live(live, made)
            edges = products = 0
            for places, is_product in operands:
                used = places[on]
                used = used[used != CONSTANT]
                live[used] = True
                edges += used.size
                products += used.size * is_product
            return edges, products, 0

        sizes = [(np.count_nonzero(places != CONSTANT), is_product) for places, is_product in operands]
        tally.add(pull, sum(s for s, _ in sizes), sum(s for s, is_product in sizes if is_product))
        return self._made(y, made)

    def _folded(self, ufunc, x, axes):
        y = ufunc.reduce(x.value, axis=axes)
        return self._made(y, np.reshape(self._fold(ufunc, _in_front(x.places, axes)), np.shape(y)))

    def _fold(self, ufunc, places):
        """Fold along the first axis: entry after entry, from the left."""
        active = places != CONSTANT
        before = np.logical_or.accumulate(active, axis=0)
        steps = np.count_nonzero(before[1:], axis=0)  # vertices of each fold
        tally = self.watch
        moved = np.where(steps == 0, places.max(axis=0), CONSTANT)  # nothing met it
        made = tally.new(steps > 0)
        tally.count(ufunc, steps.sum())
        edges = np.count_nonzero(before[:-1] & before[1:], axis=0) + np.count_nonzero(active[1:], axis=0)
        is_product = ufunc is not np.add

        def pull(live):
            on = _is_live(live, made)
            _mark(live, places[:, on])
            total = edges[on].sum()
            return total, total * is_product, (steps[on] - 1).sum()

        tally.add(pull, edges.sum(), edges.sum() * is_product, (steps - (steps > 0)).sum())
        return np.where(steps > 0, made, moved)

    def _running(self, ufunc, x, axis):
        y = ufunc.accumulate(x.value, axis=axis)
        parts = np.moveaxis(x.places, axis, 0)
        results = [parts[0]]
        for part in parts[1:]:
            results.append(self._fold(ufunc, np.stack([results[-1], part])))
        return self._made(y, np.moveaxis(np.stack(results), 0, axis))

    def _product(self, a, b):
        left, right = self._places(a), self._places(b)
        mine = [(x, x.size and np.all(x != CONSTANT)) for x in (left, right)]
        if any(np.any(x != CONSTANT) and not full for x, full in mine) or not np.shape(a)[-1]:
            return written_out(a, b)  # some entries constant
        y = (a.value if self._mine(a) else a) @ (b.value if self._mine(b) else b)
        tally = self.watch
        k = np.shape(a)[-1]
        made = tally.new(np.ones(np.shape(y), bool))
        factors = sum(bool(full) for _, full in mine)
        tally.count(np.multiply, made.size * k)
        tally.count(np.add, made.size * (k - 1))
        matrix = (np.shape(a)[-2] if np.ndim(a) > 1 else 1, np.shape(b)[-1] if np.ndim(b) > 1 else 1)

        def pull(live):
            on = _is_live(live, made)
            entries = on.reshape((*on.shape[: max(np.ndim(a), np.ndim(b)) - 2], *matrix))
            for (places, full), axis, vector in ((mine[0], -1, (1, k)), (mine[1], -2, (k, 1))):
                if full:
                    stacked = places if places.ndim > 1 else places.reshape(vector)
                    used = np.any(entries, axis=axis, keepdims=True)  # rows of a, columns of b
                    shape = np.broadcast_shapes(used.shape, stacked.shape)
                    live[np.broadcast_to(stacked, shape)[np.broadcast_to(used, shape)]] = True
            count = np.count_nonzero(on)
            return count * (factors * k + 2 * (k - 1)), count * factors * k, count * (2 * k - 2)

        edges = made.size * (factors * k + 2 * (k - 1))
        tally.add(pull, edges, made.size * factors * k, made.size * (2 * k - 2))
        return self._made(y, made)

    def _opaque(self, value, operands, maps):
        tally = self.watch
        tally.opaque.append(tally.name(maps))
        places = np.concatenate([np.ravel(operand.places) for operand in operands])
        places = places[places != CONSTANT]
        made = tally.new(np.full(np.shape(value), places.size > 0))
        tally.count(None, np.count_nonzero(made != CONSTANT))

        def pull(live):
            count = np.count_nonzero(_is_live(live, made))
            if count:
                live[places] = True
            return count * places.size, count * places.size, 0

        tally.add(pull, made.size * places.size, made.size * places.size)
        return self._made(value, made)


def _any(masks, shape):
    active = np.zeros(shape, bool)
    for mask in masks:
        active = active | mask
    return active


def _in_front(places, axes):
    """Axes made one and put first."""
    front = np.moveaxis(places, axes, range(len(axes)))
    return front.reshape(math.prod(front.shape[: len(axes)]), *front.shape[len(axes) :])


def _bytes_kept(tape, shared):
    """Bytes of all that is reached from a tape: objects and arrays, each once; not the arrays in `shared`."""
    seen = {id(array) for array in shared}
    total, waiting = 0, [tape]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type | ModuleType):
            continue
        seen.add(id(item))
        total += sys.getsizeof(item)
        if isinstance(item, np.ndarray):
            waiting.extend([] if item.base is None else [item.base])
        elif isinstance(item, FunctionType):
            waiting.extend(cell.cell_contents for cell in item.__closure__ or ())
        else:
            waiting.extend(gc.get_referents(item))
    return total
