"""The maps of products of arrays: linear in each argument."""

import math

import numpy as np
from numpy import ndarray

from modes.maps.batches import DiagonalBatch, dense
from modes.maps.broadcasting import unbroadcast
from modes.maps.linear import LinearMap


def product(a, b):
    """``a @ b``; for plain arrays of at most two axes by the method, which is faster on small ones."""
    if type(a) is ndarray and type(b) is ndarray and a.ndim <= 2 and b.ndim <= 2:
        return a.dot(b)
    return a @ b


def swap(matrix):
    """The (stack of) matrices transposed."""
    return matrix.T if matrix.ndim == 2 else np.swapaxes(matrix, -1, -2)


class MatrixTimes(LinearMap):
    """x → A x for a vector x. The first such product with the identity is a copy of A."""

    __slots__ = ("matrix",)

    def __init__(self, matrix):
        self.matrix = matrix

    def apply(self, tangent):
        matrix = self.matrix
        if type(tangent) is ndarray and type(matrix) is ndarray and tangent.ndim <= 2:
            return matrix.dot(tangent.T).T  # a batch lies in memory with its axis last, as in J: this is A J
        if type(tangent) is DiagonalBatch:
            return tangent.times(matrix.T)
        return dense(tangent) @ matrix.T

    def transpose(self, cotangent):
        matrix = self.matrix
        if type(cotangent) is ndarray and type(matrix) is ndarray and cotangent.ndim <= 2:
            return cotangent.dot(matrix)
        if type(cotangent) is DiagonalBatch:
            return cotangent.times(matrix)
        return dense(cotangent) @ matrix


class DotWith(LinearMap):
    """A → A b for a vector b, and a vector or matrix A."""

    __slots__ = ("vector",)

    def __init__(self, vector):
        self.vector = vector

    def apply(self, tangent):
        return dense(tangent) @ self.vector

    def transpose(self, cotangent):
        return dense(cotangent)[..., None] * self.vector


class RowTimes(LinearMap):
    """B → a B for a vector a and a matrix B."""

    __slots__ = ("vector",)

    def __init__(self, vector):
        self.vector = vector

    def apply(self, tangent):
        return self.vector @ dense(tangent)

    def transpose(self, cotangent):
        return self.vector[:, None] * dense(cotangent)[..., None, :]


class ByRight(LinearMap):
    """A → A @ b for (stacks of) matrices."""

    __slots__ = ("b", "ndim", "shape")

    def __init__(self, shape, b, ndim):
        self.shape, self.b, self.ndim = shape, b, ndim  # ndim: of the product

    def apply(self, tangent):
        return _stacked(dense(tangent), self.b, len(self.shape))

    def transpose(self, cotangent):
        return unbroadcast(_stacked(dense(cotangent), swap(self.b), self.ndim), self.shape, self.ndim)


class ByLeft(LinearMap):
    """B → a @ B for (stacks of) matrices."""

    __slots__ = ("a", "ndim", "shape")

    def __init__(self, a, shape, ndim):
        self.a, self.shape, self.ndim = a, shape, ndim

    def apply(self, tangent):
        tangent = dense(tangent)
        return product(self.a, insert_axes(tangent, len(self.shape), self.a.ndim))

    def transpose(self, cotangent):
        return unbroadcast(product(swap(self.a), dense(cotangent)), self.shape, self.ndim)


def _stacked(batch, b, ndim):
    """``batch @ b`` for a batch of matrices (or stacks) of `ndim` axes; one product where b is one matrix."""
    if b.ndim == 2 and batch.ndim > 2:
        flat = batch.reshape(math.prod(batch.shape[:-1]), batch.shape[-1])
        return product(flat, b).reshape((*batch.shape[:-1], b.shape[1]))
    return product(insert_axes(batch, ndim, b.ndim), b)


def insert_axes(batch, ndim, other):
    """Axes of size 1 after the batch axis, so that the stack of one operand meets that of the other."""
    extra = batch.ndim - ndim
    if not extra or other <= ndim:
        return batch
    return batch.reshape(batch.shape[:extra] + (1,) * (other - ndim) + batch.shape[extra:])


def product_map(position, a, b, ndim):
    """The map of a @ b for the argument at `position`, given as its operand or just its shape."""
    if position == 0:
        if b.ndim == 1:
            return DotWith(b)
        return MatrixTimes(b.T) if len(a.shape) == 1 else ByRight(a.shape, b, ndim)
    if a.ndim == 1:
        return DotWith(a) if len(b.shape) == 1 else RowTimes(a)
    return MatrixTimes(a) if len(b.shape) == 1 else ByLeft(a, b.shape, ndim)
