"""The scalar graph of a run as arrays of vertices: what `modes.counts` counts on."""

import math
from typing import NamedTuple

import numpy as np

from modes.graph.observed import Watch
from modes.graph.placed import CONSTANT, Entries, written_out
from modes.maps.linear import NEGATE, ZERO


class Sweep(NamedTuple):
    """The scalar operations of one or more sweeps."""

    multiplications: int
    additions: int

    @property
    def operations(self) -> int:
        return self.multiplications + self.additions

    def times(self, count: int) -> "Sweep":
        return Sweep(self.multiplications * count, self.additions * count)


_KINDS = {
    np.add: ("additions",),
    np.subtract: ("additions",),
    np.negative: ("additions",),
    np.positive: ("additions",),
    np.multiply: ("multiplications",),
    np.square: ("multiplications",),
    np.divide: ("multiplications", "functions", "quotients"),
}


class Tally(Watch):
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


class Counted(Entries):
    """An array whose entries are vertices."""

    __slots__ = ()

    @classmethod
    def input(cls, tally, value):
        places = tally.new(np.ones(np.shape(value), bool))
        tally.n = tally.vertices
        return cls.of(tally, value, places)

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
        if np.all(parts != CONSTANT):
            results = np.concatenate([parts[:1], self._steps(ufunc, parts)])
        else:
            steps = [parts[0]]
            for part in parts[1:]:
                steps.append(self._fold(ufunc, np.stack([steps[-1], part])))
            results = np.stack(steps)
        return self._made(y, np.moveaxis(results, 0, axis))

    def _steps(self, ufunc, parts):
        """The vertices of running results along the first axis, each of the one before it and an entry."""
        tally = self.watch
        made = tally.new(np.ones(parts[1:].shape, bool))
        tally.count(ufunc, made.size)
        is_product = ufunc is not np.add

        def pull(live):
            on = np.logical_or.accumulate(live[made][::-1], axis=0)[::-1]  # needed by a later one
            live[made[on]] = True
            live[parts[1:][on]] = True
            live[parts[0][on[:1].any(axis=0)]] = True
            edges = 2 * np.count_nonzero(on)
            return edges, edges * is_product, 0

        tally.add(pull, 2 * made.size, 2 * made.size * is_product)
        return made

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
