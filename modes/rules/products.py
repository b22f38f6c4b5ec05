"""``np.matmul``: linear in each argument, a map for each (`modes.maps.products`)."""

import numpy as np

from modes.core.operands import as_operand
from modes.core.primitive import Primitive
from modes.core.registry import rule
from modes.maps.products import product_map

_MATMUL = Primitive(
    np.matmul,
    lambda active, value, a, b: [product_map(position, a, b, value.ndim) for position in active],
    array_arguments=2,
)


@rule(np.matmul)
def matmul(a, b):
    """``np.matmul``; a vector against a stack of matrices is a matrix of one row or column."""
    a, b = as_operand(a, "np.matmul"), as_operand(b, "np.matmul")
    if a.ndim == 1 and b.ndim > 2:
        return _MATMUL(a[None, :], b)[..., 0, :]
    if b.ndim == 1 and a.ndim > 2:
        return _MATMUL(a, b[:, None])[..., 0]
    return _MATMUL(a, b)
