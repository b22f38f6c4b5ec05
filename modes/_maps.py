"""Local linear maps: the labels on the edges of a linearised computational graph.

A map takes a batch of tangents of one argument to a batch of tangents of the result (`apply`) and a
batch of cotangents of the result to a batch of cotangents of the argument (`transpose`).
A batch has the shape ``batch + shape``: ``batch`` is ``()`` for a single tangent and ``(k,)`` for k
of them, so maps count axes from the end and never ask which it is.

Three kinds of label, from cheap to dear:

- ``None``, the identity;
- a number or an array, multiplied elementwise (it has, or broadcasts to, the shape of the result, and
  the argument has that shape too);
- a `LinearMap` for everything else.
"""

import functools
import sys
from typing import TYPE_CHECKING, Any

import numpy as np


class LinearMap:
    """A local linear map that is neither the identity nor an elementwise product."""

    __slots__ = ()
    scatters = False  # True where the transpose adds into a part of its argument (`add_into`)
    gathers = False  # True where the result is put together from parts (`add_part`)
    erases = False  # True where a batch that nobody else knows may be changed in place (`erased`)

    def apply(self, tangent):
        """Push a batch of tangents of the argument to the result."""
        raise NotImplementedError

    if TYPE_CHECKING:  # those with a flag have one of

        def add_into(self, total: Any, cotangent: Any) -> Any: ...
        def add_part(self, total: Any, tangent: Any) -> Any: ...
        def erased(self, box: list) -> Any: ...

    def transpose(self, cotangent):
        """Pull a batch of cotangents of the result back to the argument."""
        raise NotImplementedError


class Pair(LinearMap):
    """A linear map given as two functions of a dense batch."""

    __slots__ = ("_apply", "_transpose")

    def __init__(self, apply, transpose):
        self._apply = apply
        self._transpose = transpose

    def apply(self, tangent):
        return self._apply(dense(tangent))

    def transpose(self, cotangent):
        return self._transpose(dense(cotangent))


class Negate(LinearMap):
    """The elementwise map with partial -1."""

    __slots__ = ()

    def apply(self, tangent):
        return -tangent

    transpose = apply


class Zero(LinearMap):
    """The elementwise map with partial 0: of an argument in which the result moves in steps only."""

    __slots__ = ()

    def apply(self, tangent):
        return tangent * 0.0

    transpose = apply


NEGATE = Negate()
ZERO = Zero()


class Broadcast(LinearMap):
    """An elementwise map whose argument was broadcast: the one place where broadcasting is undone."""

    __slots__ = ("partial", "shape", "target")

    def __init__(self, partial, shape, target):
        self.partial = partial  # None, an array or a LinearMap such as NEGATE, acting on the target's shape
        self.shape = shape
        self.target = target

    def apply(self, tangent):
        tangent = dense(tangent)
        batch = tangent.shape[: len(tangent.shape) - len(self.shape)]
        if batch:  # one axis of size 1 for each one that broadcasting put in front of the argument
            tangent = tangent.reshape(batch + (1,) * (len(self.target) - len(self.shape)) + self.shape)
        if self.partial is not None:
            tangent = push(self.partial, tangent)
        if tangent.shape != batch + self.target:
            tangent = np.broadcast_to(tangent, batch + self.target)
        return tangent

    def transpose(self, cotangent):
        if self.partial is not None:
            cotangent = pull(self.partial, cotangent)
        pulled = unbroadcast(dense(cotangent), self.shape, len(self.target))
        if type(cotangent) is MaskedBatch:
            live = cotangent.live
            if np.shape(live) != self.target:
                live = np.broadcast_to(live, self.target)
            axes = _broadcast_axes(self.shape, self.target)
            return MaskedBatch(pulled, np.logical_or.reduce(live, axis=axes).reshape(self.shape))
        return pulled


def unbroadcast(cotangent, shape, target_ndim):
    """Sum a batch of cotangents over the axes along which an array of `shape` was broadcast."""
    full = cotangent.shape
    batch_ndim = len(full) - target_ndim
    axes = _broadcast_axes(shape, full[batch_ndim:])
    if axes:
        cotangent = np.add.reduce(cotangent, axis=axes)
    wanted = full[:batch_ndim] + shape
    return cotangent if cotangent.shape == wanted else cotangent.reshape(wanted)


@functools.lru_cache(4096)
def _broadcast_axes(shape, target):
    """The axes of `target`, counted from the end, along which an array of `shape` was repeated."""
    added = len(target) - len(shape)
    return tuple(
        axis - len(target)
        for axis in range(len(target))
        if axis < added or (shape[axis - added] == 1 and target[axis] != 1)
    )


class DiagonalBatch:
    """A batch of k (co)tangents that are rows of a diagonal matrix, kept as its diagonal.

    Row ``offset + i`` of the batch is zero but for ``diagonal`` at flat position ``start + i``, for i
    below ``count``; all other rows are zero. The seeds of a whole Jacobian are such a batch, and
    elementwise maps keep it one, so that the first product with a matrix is a copy, not a product.
    """

    __slots__ = ("_dense", "count", "diagonal", "dtype", "k", "lent", "offset", "start", "target")
    __array_ufunc__ = None  # so that `array * batch` comes to __rmul__

    def __init__(self, diagonal, target, dtype, start, count, offset, k):
        self.diagonal = diagonal  # None (ones) or something that broadcasts to `target`
        self.target = target  # the shape of the value whose (co)tangents these are
        self.dtype = dtype
        self.start, self.count, self.offset, self.k = start, count, offset, k
        self._dense = None
        self.lent = None  # a matrix of which `times` gave out a view

    @property
    def shape(self):
        return (self.k, *self.target)

    @property
    def ndim(self):
        return 1 + len(self.target)

    def with_diagonal(self, diagonal):
        return DiagonalBatch(diagonal, self.target, self.dtype, self.start, self.count, self.offset, self.k)

    def __mul__(self, partial):
        return self.with_diagonal(partial if self.diagonal is None else partial * self.diagonal)

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0

    def __add__(self, other):
        if type(other) is DiagonalBatch and self._rows() == other._rows():
            ones = np.ones(self.target, self.dtype)
            mine = ones if self.diagonal is None else self.diagonal
            return self.with_diagonal(mine + (ones if other.diagonal is None else other.diagonal))
        return self.dense() + dense(other)

    def __radd__(self, other):
        return other + self.dense()

    def _rows(self):
        return self.start, self.count, self.offset, self.k, self.target

    def flat_diagonal(self):
        """The ``count`` entries of the diagonal that this batch holds, as an array."""
        if self.diagonal is None:
            return np.ones(self.count, self.dtype)
        diagonal = self.diagonal
        if getattr(diagonal, "shape", None) != self.target:
            diagonal = np.broadcast_to(diagonal, self.target)
        return diagonal.reshape(-1)[self.start : self.start + self.count]

    def dense(self):
        """The batch as one array of shape ``(k,) + target``."""
        if self._dense is None:
            size = 1
            for length in self.target:
                size *= length
            first = self.offset * size + self.start
            stop = first + self.count * (size + 1)
            flat = np.zeros(self.k * size, self.dtype)
            if self.diagonal is None:
                flat[first : stop : size + 1] = 1
            elif is_plain(self.diagonal):
                flat = flat.astype(np.result_type(flat, self.diagonal), copy=False)
                flat[first : stop : size + 1] = self.flat_diagonal()
            else:  # a value traced by an outer differentiation
                flat[first : stop : size + 1] = 1
                self._dense = flat.reshape(self.shape) * self.diagonal
                return self._dense
            self._dense = flat.reshape(self.shape)
        return self._dense

    def column(self, position):
        """The batch of scalars at one flat position: one nonzero at the most."""
        column = np.zeros(self.k, self.dtype)
        row = position - self.start
        if 0 <= row < self.count:
            if self.diagonal is None:
                column[self.offset + row] = 1
            else:
                entry = self.flat_diagonal()[row]
                if not is_plain(entry):
                    column[self.offset + row] = 1
                    return column * entry
                column[self.offset + row] = entry
        return column

    def times(self, matrix):
        """Rows of ``diag(diagonal) @ matrix`` for a value of one axis: shape ``(k, columns)``.

        The first product with the identity is no product, not even a copy; see `lent`.
        """
        rows = matrix[self.start : self.start + self.count]
        if self.diagonal is not None:
            rows = rows * self.flat_diagonal()[:, None]
        if self.count == self.k:
            if self.diagonal is None:
                self.lent = matrix
            return rows
        above = np.zeros((self.offset, matrix.shape[1]), self.dtype)
        below = np.zeros((self.k - self.offset - self.count, matrix.shape[1]), self.dtype)
        return np.concatenate([above, rows, below])


class MaskedBatch:
    """A batch of cotangents of which some entries are zero whatever is multiplied onto them.

    They belong to the branch of a selection that was not taken; were they plain zeros, an infinite partial
    on that branch (a root or a logarithm outside its domain) would turn them into NaN.
    """

    __slots__ = ("live", "value")
    __array_ufunc__ = None

    def __init__(self, value, live):
        self.value = value
        self.live = live  # a boolean array that broadcasts against the batch

    @property
    def shape(self):
        return self.value.shape

    @property
    def ndim(self):
        return self.value.ndim

    def __mul__(self, partial):
        if type(partial) is not float:  # it may be infinite where nothing is live
            partial = np.where(self.live, partial, 0.0)
        return MaskedBatch(partial * self.value, self.live)

    __rmul__ = __mul__

    def __neg__(self):
        return MaskedBatch(-self.value, self.live)

    def __add__(self, other):
        if type(other) is MaskedBatch:
            return MaskedBatch(self.value + other.value, self.live | other.live)
        return self.value + dense(other)

    def __radd__(self, other):
        return other + self.value

    def dense(self):
        return self.value


class Select(LinearMap):
    """The map of a value to a selection that takes it where `taken` is true.

    A selection and not a product with 0 and 1, so that what is not taken stays out even if it is infinite.
    """

    __slots__ = ("taken",)

    def __init__(self, taken):
        self.taken = taken

    def apply(self, tangent):
        return np.where(self.taken, dense(tangent), 0.0)

    def transpose(self, cotangent):
        live = self.taken & cotangent.live if type(cotangent) is MaskedBatch else self.taken
        return MaskedBatch(np.where(self.taken, dense(cotangent), 0.0), live)


def dense(batch):
    """A batch as an array, whatever structure it has."""
    return batch.dense() if type(batch) in _STRUCTURED else batch


_STRUCTURED = frozenset({DiagonalBatch, MaskedBatch})


def _references(array):
    return sys.getrefcount(array)


_box = [np.empty(1)]
_ALONE = _references(_box[0])  # what this Python counts for an array that one container holds


def is_exclusive(array):
    """True where the one container that `array` is read from (``is_exclusive(box[0])``) alone knows it.

    It may then be changed in place. Views of an array count, as they hold it.
    """
    return type(array) is np.ndarray and array.base is None and sys.getrefcount(array) <= _ALONE


def is_plain(value):
    """True for arrays and numbers, False for values that a differentiation traces."""
    return isinstance(value, np.ndarray | np.generic | float | int)


class Index(LinearMap):
    """The map x → x[key]. Its transpose scatters, and adds where a key names an entry twice."""

    __slots__ = ("key", "ndim", "positions", "shape")
    scatters = True
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
        cotangent = dense(cotangent)
        batch = cotangent.shape[: cotangent.ndim - self.ndim]
        if total is None:
            total = np.zeros(batch + self.shape, cotangent.dtype)
        if not (is_plain(cotangent) and is_plain(total)):
            return total + apply_traced(cotangent, self.transpose, self.apply)
        if self.positions is None:
            total[(slice(None),) * len(batch) + self.key] += cotangent
        else:
            flat = total.reshape((*batch, -1))  # a view: the total is our own and contiguous
            key: Any = (..., self.positions)
            np.add.at(flat, key, cotangent)
        return total


class Erase(LinearMap):
    """The map of x → x with x[key] replaced: zero there, the identity elsewhere."""

    __slots__ = ("index",)
    erases = True

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
            box[0] = box[0].copy()
        erased = box[0]
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

    def apply(self, tangent):
        tangent = dense(tangent)
        return self.index.add_into(None, tangent if self.stays is None else tangent * self.stays)

    def transpose(self, cotangent):
        part = self.index.apply(cotangent)
        if type(part) is np.ndarray and part.base is not None:
            part = part.copy()  # a view of the cotangent would keep `Erase` from changing it in place
        return part if self.stays is None else part * self.stays


apply_traced: Any = None  # set by modes.rules.indexing: the operation of applying a map to a traced batch


def is_integer(key):
    return isinstance(key, int | np.integer) and not isinstance(key, bool)


BASIC = frozenset({int, slice, type(None), type(Ellipsis)})


def is_basic(key):
    """True where NumPy's basic indexing applies to the tuple `key`, so that it names no entry twice."""
    for part in key:
        if type(part) not in BASIC and not is_integer(part):
            return False
    return True


def push(local, tangent):
    """Push a batch of tangents through one label; None stands for zero."""
    if local is None or tangent is None:
        return tangent
    if isinstance(local, LinearMap):
        return local.apply(tangent)
    return local * tangent


def pull(local, cotangent):
    """Pull a batch of cotangents back through one label."""
    if local is None:
        return cotangent
    if isinstance(local, LinearMap):
        return local.transpose(cotangent)
    return local * cotangent
