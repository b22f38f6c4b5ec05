"""Observed values that know where their entries come from."""

from typing import Any

import numpy as np

from modes.core.array import Items, with_items
from modes.graph.observed import Observed
from modes.maps.batches import dense
from modes.maps.indexing import Index
from modes.maps.linear import LinearMap, push

CONSTANT = -1  # the place of an entry that does not depend on the inputs


class Placed(Observed):
    """An observed value with the places of its entries, or of itself, in the run."""

    __slots__ = ("places",)
    numbers: type["Placed"]  # the class of its values that are numbers, and of those that are arrays
    arrays: type["Placed"]

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        if not issubclass(cls, Items):
            cls.numbers, cls.arrays = cls, with_items(cls)

    def __init__(self, watch, value, places):
        self.watch, self.value, self.places = watch, value, places

    def __repr__(self):
        return f"{type(self).__name__}({self.value!r})"

    def _made(self, value, places):
        return self.of(self.watch, value, places)

    @classmethod
    def of(cls, watch, value, places):
        """An instance of the class that a number, or an array, asks for."""
        return (cls.arrays if value.__class__ is np.ndarray else cls.numbers)(watch, value, places)

    def _rebind(self, new):
        self.value, self.places = new.value, new.places

    def _mine(self, x):
        return isinstance(x, Placed) and x.watch is self.watch


class Entries(Placed):
    """An array of which every entry knows its place: ``places`` has the shape of the value."""

    __slots__ = ()

    def _constant(self, value):
        return self._made(value, np.full(np.shape(value), CONSTANT))

    def _opaque(self, value, operands, maps):
        """The result of an operation that does more than move entries."""
        raise NotImplementedError

    def _mapped(self, value, operands, maps):
        if len(maps) == 1 and isinstance(maps[0], Index):  # the commonest: its own map moves the places
            return self._made(value, maps[0].apply(operands[0].places))
        flat = np.ravel(value)
        sources = _sources(maps, operands, flat.size)
        if sources is not None:
            came = sources >= 0
            entries = np.concatenate([np.ravel(operand.value) for operand in operands])
            if np.array_equal(entries[sources[came]], flat[came], equal_nan=True):
                places = np.concatenate([np.ravel(operand.places) for operand in operands])
                made = np.where(came, places[sources], CONSTANT)
                return self._made(value, np.reshape(made, np.shape(value)))
        return self._opaque(value, operands, maps)


def _sources(maps, operands, size):
    """For each entry of a result the entry of the operands that it is; -1 for none; None if not just moved.

    Seen by pushing distinct random tangents: where one comes out, that entry was moved there.
    """
    total = sum(operand.size for operand in operands)
    random = np.random.default_rng(total)
    tangents = random.permutation(total) + 1.0 + random.random(total)
    pushed: Any = None
    first = 0
    for operand, local in zip(operands, maps, strict=True):
        seed = tangents[first : first + operand.size].reshape(operand.shape)[()]
        if isinstance(local, LinearMap) and local.gathers:
            pushed = local.add_part(pushed, seed)
        else:
            part = dense(push(local, seed))
            pushed = part if pushed is None else pushed + part
        first += operand.size
    pushed = np.ravel(pushed)
    order = np.argsort(tangents)
    nearest = order[np.minimum(np.searchsorted(tangents, pushed, sorter=order), total - 1)]
    moved = tangents[nearest] == pushed
    return np.where(moved, nearest, -1) if np.all(moved | (pushed == 0)) else None


def written_out(a, b):
    """``a @ b`` as elementwise products and sums."""
    if np.ndim(b) == 1:
        return np.sum(a * b, axis=-1)
    left = np.expand_dims(a, -1)
    return np.sum(left * (b if np.ndim(a) == 1 else np.expand_dims(b, -3)), axis=-2)
