"""Inverses and solutions of linear systems, of matrices and stacks of them.

Sources: M. Giles, *Collected matrix derivative results for forward and reverse mode AD* (2008), by section;
G. Golub and V. Pereyra, *The differentiation of pseudo-inverses and nonlinear least squares problems whose
variables separate* (1973), equation 4.12.
"""

import math

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array, as_operand
from modes.core.primitive import Primitive, linear
from modes.core.registry import refuse, rule
from modes.core.traced import primal
from modes.maps.linear import Pair
from modes.maps.products import swap


def matrices(a, name, square=False):
    """A matrix argument, checked."""
    a = as_array(a, name)
    if a.ndim < 2 or (square and a.shape[-1] != a.shape[-2]):
        raise np.linalg.LinAlgError(
            f"{name}: a must be a {'square ' * square}matrix or a stack of them, not of shape {a.shape}"
        )
    return a


# --- inverse and solution -----------------------------------------------------------------------------------


def _inverse_map(y, a):
    """Giles 2.2.3: dY = -Y dA Y."""
    other = swap(y)
    return Pair(lambda t: -(y @ t @ y), lambda g: -(other @ g @ other))


_INV = linear(np.linalg.inv, _inverse_map)


@rule(np.linalg.inv)
def inv(a):
    return _INV(matrices(a, "np.linalg.inv", square=True))


def _columns(a, b):
    """``solve(a, b)`` for a batch of b: put beside each other as columns, so that a is factored once."""
    if b.ndim == a.ndim:
        return np.linalg.solve(a, b)
    front, rest = b.shape[: b.ndim - a.ndim], b.shape[b.ndim - a.ndim :]
    beside = np.moveaxis(b.reshape((math.prod(front), *rest)), 0, -1)
    solved = np.linalg.solve(a, beside.reshape((*rest[:-1], rest[-1] * beside.shape[-1])))
    return np.moveaxis(solved.reshape(beside.shape), -1, 0).reshape(front + rest)


def _solve_maps(active, x, a, b):
    """Giles 2.3.1: A dX = dB - dA X."""
    by_matrix = Pair(lambda t: -_columns(a, t @ x), lambda g: -(_columns(swap(a), g) @ swap(x)))
    by_columns = Pair(lambda t: _columns(a, t), lambda g: _columns(swap(a), g))
    return [(by_matrix, by_columns)[position] for position in active]


_SOLVE = Primitive(np.linalg.solve, _solve_maps, array_arguments=2)


@rule(np.linalg.solve)
def solve(a, b):
    """``np.linalg.solve``; b is a vector only where it has one axis, else (a stack of) matrices."""
    a = matrices(a, "np.linalg.solve", square=True)
    b = as_array(b, "np.linalg.solve")
    if b.ndim == 1:
        return np.linalg.solve(a, b[:, None])[..., 0]
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    if a.shape[:-2] != stack:
        a = np.broadcast_to(a, stack + a.shape[-2:])
    if b.shape[:-2] != stack:
        b = np.broadcast_to(b, stack + b.shape[-2:])
    return _SOLVE(a, b)


@rule(np.linalg.tensorsolve)
def tensorsolve(a, b, axes=None):
    a, b = as_operand(a, "np.linalg.tensorsolve"), as_operand(b, "np.linalg.tensorsolve")
    if axes is not None:
        order = list(range(a.ndim))
        for axis in axes:
            order.remove(axis)
            order.append(axis)
        a = np.transpose(a, order)
    shape = tuple(a.shape[b.ndim :])
    size = math.prod(shape)
    if math.prod(a.shape) != size * size:
        raise np.linalg.LinAlgError(
            f"np.linalg.tensorsolve: the axes of a, {a.shape}, must make a square matrix with b of {b.shape}"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (size, size)), np.reshape(b, -1)), shape)


@rule(np.linalg.tensorinv)
def tensorinv(a, ind=2):
    if ind <= 0:
        raise ValueError(f"np.linalg.tensorinv: ind must be positive, not {ind}")
    size = math.prod(a.shape[ind:])
    return np.reshape(np.linalg.inv(np.reshape(a, (size, -1))), a.shape[ind:] + a.shape[:ind])


# --- generalised inverse and least squares ------------------------------------------------------------------


def _pinv_map(p, a, rcond=None):
    """Golub and Pereyra 4.12, without the term that is zero at full rank."""
    m, n = a.shape[-2:]
    if m == n:
        return _inverse_map(p, a)
    other = swap(p)
    if m > n:
        left, right = p @ other, np.eye(m, dtype=a.dtype) - a @ p
    else:
        left, right = np.eye(n, dtype=a.dtype) - p @ a, other @ p
    return Pair(
        lambda t: left @ swap(t) @ right - p @ t @ p,
        lambda g: right @ swap(g) @ left - other @ g @ other,
    )


_PINV = linear(np.linalg.pinv, _pinv_map)


@rule(np.linalg.pinv)
def pinv(a, rcond=None, hermitian=False, *, rtol=np._NoValue):
    a = matrices(a, "np.linalg.pinv")
    if rcond is not None and rtol is not np._NoValue:
        raise ValueError("np.linalg.pinv: rtol and rcond cannot both be given")
    if rcond is None:
        rcond = 1e-15 if rtol is np._NoValue else rtol
    cutoff = max(a.shape[-2:]) * np.finfo(a.dtype).eps if rcond is None else primal(rcond)
    if hermitian:
        a = symmetric(a)
    _check_full_rank(primal(a), cutoff, "np.linalg.pinv")
    return _PINV(a, cutoff)


def _check_full_rank(a, cutoff, name):
    s = np.linalg.svdvals(a)
    if s.size and not (s > np.asarray(cutoff)[..., None] * s.max(-1, keepdims=True)).all():
        raise DifferentiationError(
            f"{name} jumps where the rank of the matrix changes, and singular values of this one are below "
            "the cutoff; write it with np.linalg.svd and the singular values to keep"
        )


def symmetric(a, lower=True):
    """The symmetric matrix of which a holds one triangle; LAPACK reads no more, so nothing else counts."""
    triangle, rest = (np.tril(a), np.tril(a, -1)) if lower else (np.triu(a), np.triu(a, 1))
    return triangle + swap(rest)


@rule(np.linalg.lstsq)
def lstsq(a, b, rcond=None):
    """Solution, residuals, rank and singular values, for a matrix of full rank."""
    a, b = matrices(a, "np.linalg.lstsq"), as_operand(b, "np.linalg.lstsq")
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise np.linalg.LinAlgError(
            f"np.linalg.lstsq: a must be a matrix with a row for each of b's, not {a.shape} and {b.shape}"
        )
    m, n = a.shape
    cutoff = max(m, n) * np.finfo(a.dtype).eps if rcond is None else rcond
    _check_full_rank(primal(a), cutoff, "np.linalg.lstsq")
    x = np.matmul(np.linalg.pinv(a, cutoff), b)
    if m > n:
        difference = b - np.matmul(a, x)
        residuals = np.atleast_1d(np.sum(np.square(difference), axis=0))
    else:
        residuals = np.zeros(0, x.dtype)
    return x, residuals, min(m, n), np.linalg.svdvals(a)


refuse(
    "the quotient's length depends on the values; solve for its coefficients with np.linalg.lstsq",
    np.polydiv,
)
