"""Norms and condition numbers. Where a norm has a kink its parts tell: `abs` (0 at 0), `max` (ties share),
singular values (see `spectra`). The 2-norm of zeros has the subgradient of least length, 0, and no second
derivative: NaN.
"""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array
from modes.core.registry import rule
from modes.core.traced import primal
from modes.rules.elementwise import root_of_squares
from modes.rules.linalg import matrices


@rule(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    x = as_array(x, "np.linalg.norm")
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if ord is None and (axis is None or len(axes) <= 2):
        return _euclidean(x, normalize_axis_tuple(axes, x.ndim), keepdims)
    if len(axes) == 1:
        return _of_vectors(x, ord, normalize_axis_index(axes[0], x.ndim), keepdims)
    if len(axes) == 2:
        return _of_matrices(x, ord, normalize_axis_tuple(axes, x.ndim), keepdims)
    raise ValueError("np.linalg.norm: improper number of dimensions to norm, give an axis or two")


def _euclidean(x, axes, keepdims):
    return root_of_squares(np.sum(np.square(x), axis=axes, keepdims=keepdims))


def _largest(x, axis, keepdims):
    """The maximum of values that are not negative, which is 0 of none."""
    return (np.max if x.shape[axis] else np.sum)(x, axis=axis, keepdims=keepdims)


def _of_vectors(x, ord, axis, keepdims):
    if isinstance(ord, str):
        raise ValueError(f"np.linalg.norm: invalid order {ord!r} for vectors")
    if ord == 2:
        return _euclidean(x, axis, keepdims)
    if ord == 0:  # counts, which are constant between their jumps
        return np.sum((primal(x) != 0).astype(x.dtype), axis=axis, keepdims=keepdims)
    sizes = np.abs(x)
    if ord == np.inf:
        return _largest(sizes, axis, keepdims)
    if ord == -np.inf:
        return np.min(sizes, axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(sizes, axis=axis, keepdims=keepdims)
    total = np.sum(sizes**ord, axis=axis, keepdims=keepdims)
    none = (primal(total) == 0) & (primal(ord) > 1)  # of zeros: the root as `root_of_squares` has it
    if not np.any(none):
        return total ** (1.0 / ord)
    return np.where(
        none, root_of_squares(np.where(none, total, 0.0)), np.where(none, 1.0, total) ** (1.0 / ord)
    )


def _of_matrices(x, ord, axes, keepdims):
    if ord in ("fro", "f"):
        return _euclidean(x, axes, keepdims)
    x = np.moveaxis(x, axes, (-2, -1))
    if ord in (2, -2, "nuc"):
        s = np.linalg.svdvals(x)
        result = np.sum(s, axis=-1) if ord == "nuc" or not s.shape[-1] else s[..., 0 if ord == 2 else -1]
    elif ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1)
        result = _largest(sums, -1, False) if ord > 0 else np.min(sums, axis=-1)
    else:
        raise ValueError(f"np.linalg.norm: invalid order {ord!r} for matrices")
    return np.expand_dims(result, tuple(sorted(axes))) if keepdims else result


@rule(np.linalg.vector_norm)
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    x = as_array(x, "np.linalg.vector_norm")
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    lengths = [x.shape[i] for i in rest]
    flat = np.reshape(np.transpose(x, axes + rest), (math.prod(x.shape[i] for i in axes), *lengths))
    result = np.linalg.norm(flat, ord, 0)
    return np.expand_dims(result, tuple(sorted(axes))) if keepdims else result


@rule(np.linalg.matrix_norm)
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


@rule(np.linalg.cond)
def cond(x, p=None):
    x = matrices(x, "np.linalg.cond")
    if np.isinf(np.linalg.cond(primal(x), p)).any():
        raise DifferentiationError(
            "np.linalg.cond of a singular matrix is infinite and has no derivative; regularise the matrix"
        )
    if p in (None, 2, -2):
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))
