"""Batches of tangents or cotangents that keep a structure: identity seeds, and entries known to be zero."""

import numpy as np


class DiagonalBatch:
    """A batch of k (co)tangents that are rows of a diagonal matrix, kept as its diagonal.

    Row ``offset + i`` of the batch is zero but for ``diagonal`` at flat position ``start + i``, for i
    below ``count``; all other rows are zero. The seeds of a whole Jacobian are such a batch, and
    elementwise maps keep it one, so that the first product with a matrix is a copy, not a product.
    """

    __slots__ = ("_dense", "count", "diagonal", "dtype", "k", "keep", "lent", "offset", "start", "target")
    __array_ufunc__ = None  # so that `array * batch` comes to __rmul__

    def __init__(self, diagonal, target, dtype, start, count, offset, k, keep=None):
        self.diagonal = diagonal  # None (ones) or something that broadcasts to `target`
        self.target = target  # the shape of the value whose (co)tangents these are
        self.dtype = dtype
        self.start, self.count, self.offset, self.k = start, count, offset, k
        self._dense = None
        self.keep = keep  # makes an array safe from changes by the caller, where the maps' arrays are not
        self.lent: tuple = ()  # the matrices of which `times` gave out a view

    @property
    def shape(self):
        return (self.k, *self.target)

    @property
    def ndim(self):
        return 1 + len(self.target)

    def with_diagonal(self, diagonal):
        return DiagonalBatch(
            diagonal, self.target, self.dtype, self.start, self.count, self.offset, self.k, self.keep
        )

    def __mul__(self, partial):
        partial = self._as_precise(partial)
        if self.diagonal is not None:
            partial = partial * self.diagonal
        elif self.keep is not None:
            partial = self.keep(partial)
        return self.with_diagonal(partial)

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

    def _as_precise(self, factor):
        """A factor as it would meet dense rows: among themselves partials may wrap or round to float32."""
        dtype = getattr(factor, "dtype", self.dtype)
        if dtype != self.dtype and (wanted := np.result_type(dtype, self.dtype)) != dtype:
            return factor.astype(wanted)
        return factor

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
        kept = matrix if self.keep is None or self.diagonal is not None else self.keep(matrix)
        rows = kept if self.count == len(kept) else kept[self.start : self.start + self.count]
        rows = self._as_precise(rows)
        if self.diagonal is not None:
            rows = rows * self.flat_diagonal()[:, None]
        if self.count == self.k:
            if self.diagonal is None and kept is matrix:
                self.lent = (*self.lent, matrix)
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


def dense(batch):
    """A batch as an array, whatever structure it has."""
    return batch.dense() if type(batch) in _STRUCTURED else batch


_STRUCTURED = frozenset({DiagonalBatch, MaskedBatch})


def is_plain(value):
    """True for arrays and numbers, False for values that a differentiation traces.

    By the type: `isinstance` would also ask a traced value's ``__class__``, which tells what it stands for.
    """
    return issubclass(type(value), _PLAIN)


_PLAIN = (np.ndarray, np.generic, float, int)


def batch_shape(batch, ndim):
    """The leading axes of a batch of values of `ndim` axes."""
    return batch.shape[: batch.ndim - ndim]
