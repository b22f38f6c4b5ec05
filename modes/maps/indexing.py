"""The maps of indexing, of assignment, and of putting arrays together from parts.

They change a batch in place where nobody else knows it.
"""

import functools
from typing import Any

import numpy as np
from numpy import float64, ndarray

from modes.maps.batches import DiagonalBatch, MaskedBatch, dense, is_plain
from modes.maps.linear import LinearMap, through
from modes.maps.ownership import is_exclusive


class Index(LinearMap):
    """The map x → x[key]. Its transpose scatters, and adds where a key names an entry twice."""

    __slots__ = ("key", "ndim", "positions", "shape")
    scatters = True
    structural = True
    key: Any
    positions: Any

    def __init__(self, key, shape, ndim=None):
        self.shape = shape
        self.positions = None
        self.key = key = key if type(key) is tuple else (key,)
        if not is_basic(key):  # flat positions say it without the rules of where advanced axes go
            size = int(np.prod(shape, dtype=np.intp))
            self.key, self.positions = None, np.arange(size).reshape(shape)[key]
            ndim = self.positions.ndim
        elif ndim is None:
            ndim = len(shape) + sum(part is None for part in key) - sum(map(is_integer, key))
        self.ndim = ndim  # of the result

    def apply(self, tangent):
        if type(tangent) is DiagonalBatch and len(self.shape) == 1 and self.positions is None:  # noqa: SIM102
            if len(self.key) == 1 and is_integer(self.key[0]):
                return tangent.column(int(self.key[0]) % self.shape[0])
        tangent = dense(tangent)
        batch = tangent.shape[: tangent.ndim - len(self.shape)]
        if self.positions is None:
            return tangent[(slice(None),) * len(batch) + self.key]
        return tangent.reshape((*batch, -1))[..., self.positions]

    def transpose(self, cotangent):
        return self.add_into(None, cotangent)

    def flat(self):
        """The flat positions of the entries."""
        if self.positions is not None:
            return self.positions
        return np.arange(int(np.prod(self.shape))).reshape(self.shape)[self.key]

    def add_into(self, total, cotangent):
        """Add the transpose to `total`, an array that the caller owns, or None for zeros."""
        if type(cotangent) is MaskedBatch and total is None:
            live = self.add_into(None, 1.0 * cotangent.live) != 0
            return MaskedBatch(self.add_into(None, cotangent.value), live)
        cotangent = dense(cotangent)
        batch = cotangent.shape[: cotangent.ndim - self.ndim]
        if total is None:
            total = np.zeros(batch + self.shape, cotangent.dtype)
        if not (is_plain(cotangent) and is_plain(total)):
            return total + through(cotangent, self.transpose, self.apply)
        return self._add(total, batch, cotangent)

    def _add(self, total, batch, cotangent):
        if self.positions is None:
            if not total.ndim:
                total = np.array(total)  # a sum of arrays without axes is a number, which takes no item
            total[(slice(None),) * len(batch) + self.key] += cotangent
        else:
            total = _in_rows(total)
            key: Any = (..., self.positions)
            np.add.at(total.reshape((*batch, -1)), key, cotangent)
        return total


class Item(Index):
    """The map of a vector to one of its entries."""

    __slots__ = ("position",)

    def __init__(self, position, shape):
        self.position = position = position % shape[0]
        self.shape, self.key, self.positions, self.ndim = shape, (position,), None, 0

    def add_into(self, total, cotangent):
        if type(total) is ndarray:  # the common cases, quickly
            if type(cotangent) is float64:
                total[self.position] += cotangent
                return total
            if type(cotangent) is ndarray:
                total[..., self.position] += cotangent
                return total
        return super().add_into(total, cotangent)


def items(length):
    """The maps of a vector to its entries, one after the other. Those of a short vector are made once."""
    return _items_of_short(length) if length <= 1024 else (Item(i, (length,)) for i in range(length))


@functools.lru_cache(64)
def _items_of_short(length):
    return tuple(Item(i, (length,)) for i in range(length))


class Diagonal(Index):
    """The map of x to its diagonal; axes are counted from the end."""

    __slots__ = ("how",)

    def __init__(self, shape, offset, axis1, axis2):
        self.shape, self.ndim = shape, len(shape) - 1
        self.how = offset, axis1, axis2
        self.key = self.positions = None

    def apply(self, tangent):
        return np.diagonal(dense(tangent), *self.how)

    def flat(self):
        return np.diagonal(np.arange(int(np.prod(self.shape))).reshape(self.shape), *self.how)

    def _add(self, total, batch, cotangent):
        part = np.diagonal(total, *self.how)
        part.flags.writeable = True
        part += cotangent
        return total


def _in_rows(array):
    """The array, or a copy of it, in C order: reshaped, it is a view to write to."""
    return array if array.flags.c_contiguous else array.copy()


class Erase(LinearMap):
    """The map of x → x with x[key] replaced: zero there, the identity elsewhere."""

    __slots__ = ("index",)
    erases = True
    structural = True

    def __init__(self, index):
        self.index = index

    def apply(self, tangent):
        return self.erased([dense(tangent)])

    transpose = apply

    def erased(self, box):
        """The batch ``box[0]`` with its entries erased: itself, if the box alone holds it, or a copy."""
        index = self.index
        if not is_plain(box[0]):
            kept = np.ones(index.shape)
            kept.reshape(-1)[index.flat()] = 0
            return box[0] * kept
        if not is_exclusive(box[0]):
            box[0] = np.array(box[0])
        erased = _in_rows(box[0]) if index.positions is not None else box[0]
        batch = erased.shape[: erased.ndim - len(index.shape)]
        if index.positions is None:
            erased[(slice(None),) * len(batch) + index.key] = 0
        else:
            erased.reshape((*batch, -1))[..., index.positions] = 0
        return erased


class Place(LinearMap):
    """The map of v → zeros with v at x[key]; where the key names an entry twice, the last one stays."""

    __slots__ = ("index", "stays")

    def __init__(self, index):
        self.index = index
        self.stays = None
        if index.positions is not None:
            places = index.positions.reshape(-1)
            last = np.zeros(int(np.prod(index.shape)), np.intp)
            last[places] = np.arange(places.size)
            stays = last[places] == np.arange(places.size)
            if not stays.all():
                self.stays = stays.reshape(index.positions.shape)

    gathers = True
    structural = True

    def add_part(self, total, tangent):
        tangent = dense(tangent)
        return self.index.add_into(total, tangent if self.stays is None else tangent * self.stays)

    def apply(self, tangent):
        return self.add_part(None, tangent)

    def transpose(self, cotangent):
        part = self.index.apply(cotangent)
        if type(part) is np.ndarray and part.base is not None:
            part = part.copy()  # a view of the cotangent would keep `Erase` from changing it in place
        return part if self.stays is None else part * self.stays


class Part(LinearMap):
    """The map of one of the parts that are joined along an axis (counted from the end) to the whole."""

    __slots__ = ("axis", "shape", "start", "stop")
    gathers = True
    structural = True

    def __init__(self, shape, axis, start, stop):
        self.shape, self.axis, self.start, self.stop = shape, axis, start, stop

    def _slice(self):
        return (..., slice(self.start, self.stop)) + (slice(None),) * (-1 - self.axis)

    def add_part(self, total, tangent):
        """Add to `total`, the tangents of the whole, which the caller owns; None for zeros."""
        tangent = dense(tangent)
        batch = tangent.shape[: tangent.ndim - len(self.shape)]
        if total is None:
            total = np.zeros(batch + self.shape, tangent.dtype)
        if is_plain(tangent) and is_plain(total):
            total[self._slice()] += tangent
            return total
        return total + through(tangent, self.apply, self.transpose)

    def apply(self, tangent):
        return self.add_part(None, tangent)

    def transpose(self, cotangent):
        if type(cotangent) is DiagonalBatch and len(self.shape) == 1 and self.stop == self.start + 1:
            return cotangent.column(self.start)[..., None]
        return dense(cotangent)[self._slice()]


class Entry(LinearMap):
    """The map of a scalar to one flat position of an array that is put together from scalars."""

    __slots__ = ("position", "size")
    gathers = True
    structural = True

    def __init__(self, position, size):
        self.position, self.size = position, size

    def add_part(self, total, tangent):
        tangent = dense(tangent)
        if total is None:
            total = np.zeros((*tangent.shape, self.size), tangent.dtype)
        if is_plain(tangent) and is_plain(total):
            total[..., self.position] += tangent
            return total
        return total + through(tangent, self.apply, self.transpose)

    def apply(self, tangent):
        return self.add_part(None, tangent)

    def transpose(self, cotangent):
        if type(cotangent) is DiagonalBatch:
            return cotangent.column(self.position)
        return dense(cotangent)[..., self.position]


def is_integer(key):
    return isinstance(key, int | np.integer) and not isinstance(key, bool)


BASIC = frozenset({int, slice, type(None), type(Ellipsis)})


def is_basic(key):
    """True where NumPy's basic indexing applies to the tuple `key`, so that it names no entry twice."""
    return all(type(part) in BASIC or is_integer(part) for part in key)
