"""Contractions: `tensordot`, `dot`, `inner` and their kin as transposes, reshapes and one `matmul`."""

import functools
import math
import operator

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array
from modes.core.registry import rule
from modes.core.traced import Traced


def operands(name, *arrays):
    """Array arguments, traced or plain."""
    return [as_array(array, name) for array in arrays]


def shaped(x, shape):
    """X in another shape, itself where it has it."""
    return x if tuple(x.shape) == tuple(shape) else np.reshape(x, shape)


def times(a, b):
    """``a @ b`` by the methods of the traced one, where the fast paths are."""
    return b.__rmatmul__(a) if isinstance(b, Traced) and not isinstance(a, Traced) else a @ b


def order(labels, wanted):
    """The axes that bring `labels` into the order `wanted`; None where they are in it."""
    axes = tuple(labels.index(label) for label in wanted)
    return None if axes == tuple(range(len(axes))) else axes


@functools.lru_cache(maxsize=1024)
def layout(left, right, kept):
    """How to multiply two arrays whose axes are labelled, summing over common labels that are not `kept`.

    Labels of one array only must be in `kept`. Returns what `multiply` needs, and the product's labels.
    """
    common = [label for label in left if label in right]
    stack = [label for label in common if label in kept]
    summed = [label for label in common if label not in kept]
    mine = [label for label in left if label not in common]
    theirs = [label for label in right if label not in common]
    axes = order(left, stack + mine + summed), order(right, stack + summed + theirs)
    return (*axes, len(stack), len(summed)), tuple(stack + mine + theirs)


def multiply(a, b, left_axes, right_axes, stack, summed):
    """The product of a and b after their transposition, summed over the last axes of a and the first of b."""
    a = a if left_axes is None else np.transpose(a, left_axes)
    b = b if right_axes is None else np.transpose(b, right_axes)
    lengths, rows, columns = a.shape[:stack], a.shape[stack : a.ndim - summed], b.shape[stack + summed :]
    if not summed:
        return shaped(a, lengths + rows + (1,) * len(columns)) * shaped(
            b, lengths + (1,) * len(rows) + columns
        )
    if stack and not rows and not columns:
        return np.sum(a * b, axis=tuple(range(-summed, 0)))
    inner = (math.prod(b.shape[stack : stack + summed]),)
    a = shaped(a, lengths + ((math.prod(rows),) if stack or rows else ()) + inner)
    b = shaped(b, lengths + inner + ((math.prod(columns),) if stack or columns else ()))
    return shaped(times(a, b), lengths + rows + columns)


# --- products of two arrays ---------------------------------------------------------------------------------


@rule(np.tensordot, np.linalg.tensordot)
def tensordot(a, b, /, axes=2):
    a, b = operands("np.tensordot", a, b)
    if isinstance(axes, int | np.integer):
        mine, theirs = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        mine, theirs = (list(np.atleast_1d(x)) for x in axes)
    mine = [normalize_axis_index(axis, a.ndim) for axis in mine]
    theirs = [normalize_axis_index(axis, b.ndim) for axis in theirs]
    if [a.shape[axis] for axis in mine] != [b.shape[axis] for axis in theirs]:
        raise ValueError("shape-mismatch for sum")
    left, right = tuple(range(a.ndim)), list(range(a.ndim, a.ndim + b.ndim))
    for one, two in zip(mine, theirs, strict=True):
        right[two] = left[one]
    kept = tuple(label for label in (*left, *right) if label not in mine)
    return multiply(a, b, *layout(left, tuple(right), kept)[0])


@rule(np.dot)
def dot(a, b):
    a, b = operands("np.dot", a, b)
    if not a.ndim or not b.ndim:
        return np.multiply(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return times(a, b)
    return tensordot(a, b, (-1, max(b.ndim - 2, 0)))


@rule(np.inner)
def inner(a, b, /):
    a, b = operands("np.inner", a, b)
    if not a.ndim or not b.ndim:
        return np.multiply(a, b)
    return tensordot(a, b, (-1, -1))


@rule(np.vdot)
def vdot(a, b, /):
    a, b = operands("np.vdot", a, b)
    return times(shaped(a, (-1,)), shaped(b, (-1,)))


@rule(np.vecdot, np.linalg.vecdot)
def vecdot(x1, x2, /, axis=-1):
    x1, x2 = operands("np.vecdot", x1, x2)
    if x1.shape[axis] != x2.shape[axis]:
        raise ValueError(f"np.vecdot: vectors of {x1.shape[axis]} and {x2.shape[axis]} entries do not match")
    if axis != -1:
        x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    return np.sum(x1 * x2, axis=-1)


@rule(np.matvec)
def matvec(x1, x2, /):
    x1, x2 = operands("np.matvec", x1, x2)
    return times(x1, x2) if x2.ndim == 1 else times(x1, x2[..., None])[..., 0]


@rule(np.vecmat)
def vecmat(x1, x2, /):
    x1, x2 = operands("np.vecmat", x1, x2)
    return times(x1, x2) if x1.ndim == 1 else times(x1[..., None, :], x2)[..., 0, :]


@rule(np.outer)
def outer(a, b):
    a, b = operands("np.outer", a, b)
    return np.multiply(np.reshape(a, (-1, 1)), np.reshape(b, -1))


@rule(np.linalg.outer)
def vectors_outer(x1, x2, /):
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            f"np.linalg.outer: operands must be vectors, not of {np.ndim(x1)} and {np.ndim(x2)} axes"
        )
    return np.outer(x1, x2)


@rule(np.kron)
def kron(a, b):
    a, b = operands("np.kron", a, b)
    ndim = max(a.ndim, b.ndim)
    mine, theirs = ((1,) * (ndim - x.ndim) + tuple(x.shape) for x in (a, b))
    a = np.reshape(a, [length for pair in zip(mine, (1,) * ndim, strict=True) for length in pair])
    b = np.reshape(b, [length for pair in zip((1,) * ndim, theirs, strict=True) for length in pair])
    return np.reshape(a * b, [m * n for m, n in zip(mine, theirs, strict=True)])


# NumPy took vectors of two entries until 2.5.
_CROSSING = {3} if np.lib.NumpyVersion(np.__version__) >= "2.5.0" else {2, 3}


@rule(np.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = operands("np.cross", a, b)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if not {a.shape[-1], b.shape[-1]} <= _CROSSING:
        raise ValueError(f"np.cross: vectors must have 2 or 3 entries, not {a.shape[-1]} and {b.shape[-1]}")
    # a third entry that is not there is a zero; left out, as 0 * inf would be NaN
    a0, a1, *a2 = (a[..., i] for i in range(a.shape[-1]))
    b0, b1, *b2 = (b[..., i] for i in range(b.shape[-1]))
    third = a0 * b1 - a1 * b0
    if not a2 and not b2:
        return third
    if not a2:
        parts = [a1 * b2[0], -(a0 * b2[0]), third]
    elif not b2:
        parts = [-(a2[0] * b1), a2[0] * b0, third]
    else:
        parts = [a1 * b2[0] - a2[0] * b1, a2[0] * b0 - a0 * b2[0], third]
    return np.moveaxis(np.stack(parts, axis=-1), -1, axisc)


@rule(np.linalg.cross)
def vectors_cross(x1, x2, /, *, axis=-1):
    if np.shape(x1)[axis] != 3 or np.shape(x2)[axis] != 3:
        raise ValueError(
            f"np.linalg.cross: vectors must have 3 entries, not {np.shape(x1)[axis]} and {np.shape(x2)[axis]}"
        )
    return np.cross(x1, x2, axis=axis)


# --- chains of matrices -------------------------------------------------------------------------------------


@rule(np.linalg.multi_dot)
def multi_dot(arrays):
    """``np.linalg.multi_dot``: the product of a chain in the order with the fewest multiplications."""
    factors = operands("np.linalg.multi_dot", *arrays)
    if len(factors) < 2:
        raise ValueError("np.linalg.multi_dot: expecting at least two arrays")
    inside = {x.ndim for x in factors[1:-1]}
    if not inside <= {2} or not {factors[0].ndim, factors[-1].ndim} <= {1, 2}:
        raise np.linalg.LinAlgError(
            "np.linalg.multi_dot: all factors must be matrices; the first and the last may be vectors"
        )
    first = 1 if factors[0].ndim == 1 else factors[0].shape[0]
    last = 1 if factors[-1].ndim == 1 else factors[-1].shape[1]
    lengths = [first, *(x.shape[0] for x in factors[1:]), last]

    @functools.cache
    def best(i, j):  # cost of the product of factors i to j, and after which one to cut (Cormen et al., 15.2)
        if i == j:
            return 0, i
        return min(
            (best(i, cut)[0] + best(cut + 1, j)[0] + lengths[i] * lengths[cut + 1] * lengths[j + 1], cut)
            for cut in range(i, j)
        )

    def product(i, j):
        if i == j:
            return factors[i]
        cut = best(i, j)[1]
        return times(product(i, cut), product(cut + 1, j))

    return product(0, len(factors) - 1)


@rule(np.linalg.matmul)
def linalg_matmul(x1, x2, /):
    return np.matmul(x1, x2)


@rule(np.linalg.matrix_power)
def matrix_power(a, n):
    if isinstance(n, Traced):
        raise DifferentiationError("np.linalg.matrix_power: the exponent is an int and has no derivative")
    n = operator.index(n)
    if n <= 0:
        a = np.linalg.inv(a) if n else np.zeros_like(a) + np.eye(a.shape[-1], dtype=a.dtype)
        n = -n or 1
    result = None
    while n:
        n, bit = divmod(n, 2)
        if bit:
            result = a if result is None else np.matmul(result, a)
        if n:
            a = np.matmul(a, a)
    return result
