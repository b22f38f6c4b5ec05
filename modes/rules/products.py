"""``np.matmul``: linear in each argument, a map for each (`modes.maps.products`)."""

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import as_operand, is_real, is_sparse
from modes.core.primitive import Primitive, linear
from modes.core.registry import rule
from modes.core.traced import Traced
from modes.maps.linear import Pair
from modes.maps.products import product_map

_MATMUL = Primitive(
    np.matmul,
    lambda active, value, a, b: [product_map(position, a, b, value.ndim) for position in active],
    array_arguments=2,
)


@rule(np.matmul)
def matmul(a, b):
    """``np.matmul``; a vector against a stack of matrices is a matrix of one row or column."""
    if is_sparse(a):
        return _sparse_times(b, a.copy())
    if is_sparse(b):
        return _swapped(_sparse_times(_swapped(a), b.T.copy()))
    a, b = as_operand(a, "np.matmul"), as_operand(b, "np.matmul")
    if a.ndim == 1 and b.ndim > 2:
        return _MATMUL(a[None, :], b)[..., 0, :]
    if b.ndim == 1 and a.ndim > 2:
        return _MATMUL(a, b[:, None])[..., 0]
    return _MATMUL(a, b)


# --- a constant sparse matrix of SciPy, which leaves the product to the traced operand ------------------


def _swapped(x):
    return x if len(x.shape) < 2 else np.swapaxes(x, -1, -2)


def _sparse_times(x, matrix):
    """``matrix @ x`` for a vector or matrix x."""
    if matrix.ndim != 2 or x.ndim not in (1, 2) or not is_real(matrix.dtype):
        raise DifferentiationError(
            f"a sparse matrix ({matrix.dtype}, of shape {matrix.shape}) times a traced value of shape "
            f"{x.shape}: a real matrix times a vector or a matrix has a rule"
        )
    return _SPARSE(x, matrix) if isinstance(x, Traced) else matrix @ x


def _of_batch(matrix, batch, ndim):
    """The product with each value of `ndim` axes in a batch: with all their columns beside each other."""
    if batch.ndim == ndim:
        return _sparse_times(batch, matrix)
    if ndim == 1:
        return np.transpose(_sparse_times(np.transpose(batch), matrix))
    k, n, columns = batch.shape
    beside = np.reshape(np.transpose(batch, (1, 0, 2)), (n, k * columns))
    product = np.reshape(_sparse_times(beside, matrix), (matrix.shape[0], k, columns))
    return np.transpose(product, (1, 0, 2))


def _sparse_map(y, x, matrix):
    ndim, other = len(x.shape), matrix.T
    return Pair(lambda t: _of_batch(matrix, t, ndim), lambda g: _of_batch(other, g, ndim))


_SPARSE = linear(_sparse_times, _sparse_map, name="a sparse product")
