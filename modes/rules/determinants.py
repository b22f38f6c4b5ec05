"""Determinants of matrices and stacks of them.

Sources: M. Giles, *Collected matrix derivative results for forward and reverse mode AD* (2008), 2.2.4;
G. W. Stewart, *On the adjugate matrix* (1998).
"""

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.primitive import linear
from modes.core.registry import rule
from modes.core.traced import primal
from modes.maps.batches import is_plain
from modes.maps.linear import Pair
from modes.maps.products import swap
from modes.rules.linalg import matrices


def _inner_with(weights):
    """The map dA → Σ weights ∘ dA, a number for each matrix."""
    return Pair(lambda t: np.sum(weights * t, axis=(-2, -1)), lambda g: g[..., None, None] * weights)


_DET = linear(np.linalg.det, lambda d, a: _inner_with(_cofactors(a, d)))


@rule(np.linalg.det)
def det(a):
    return _DET(matrices(a, "np.linalg.det", square=True))


def _cofactors(a, d):
    """The partials of det: d·A⁻ᵀ, which has a limit where A is singular."""
    inverse = _accurate_inverse(primal(a), np.asarray(primal(d)))
    if not is_plain(a):
        return d[..., None, None] * swap(np.linalg.inv(a)) if inverse is not None else _minors(a)
    return d[..., None, None] * swap(inverse) if inverse is not None else _cofactors_by_svd(a)


def _accurate_inverse(a, d):
    """The inverse, or None where d·A⁻¹ would lose half of its digits or more."""
    if np.isnan(d).any():  # NaN in, NaN out
        return np.full_like(a, np.nan)
    if (np.abs(d) < np.finfo(a.dtype).tiny).any():
        return None
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None
    axes = (-2, -1)
    with np.errstate(over="ignore"):
        condition = np.linalg.norm(a, axis=axes) * np.linalg.norm(inverse, axis=axes)
    return inverse if (condition < np.finfo(a.dtype).eps ** -0.5).all() else None


def _cofactors_by_svd(a):
    """Stewart: accurate at singular matrices, too."""
    u, s, vh = np.linalg.svd(a)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), s.dtype.type(1), s[..., None, :]).prod(-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return (u * (others * np.round(sign)[..., None])[..., None, :]) @ vh


def _minors(a):
    """The same for a traced A, so that their own derivatives are right as well: determinants of minors."""
    n = a.shape[-1]
    if n > 24:
        raise DifferentiationError(
            f"np.linalg.det: a second derivative at a singular (or nearly so) matrix of {n} rows would take "
            "n² determinants; at most 24 rows are done"
        )
    kept = np.array([[j for j in range(n) if j != i] for i in range(n)], int).reshape(n, max(n - 1, 0))
    minors = a[..., kept[:, None, :, None], kept[None, :, None, :]]
    return (-1.0) ** np.add.outer(np.arange(n), np.arange(n)).astype(a.dtype) * np.linalg.det(minors)


def _logabsdet(a):
    return np.linalg.slogdet(a)[1]


def _logabsdet_map(value, a):
    """d log|det A| = tr(A⁻¹ dA)."""
    try:
        return _inner_with(swap(np.linalg.inv(a)))
    except np.linalg.LinAlgError as error:
        raise DifferentiationError(
            "np.linalg.slogdet of a singular matrix has no derivative (it is log 0); np.linalg.det has"
        ) from error


_LOGABSDET = linear(_logabsdet, _logabsdet_map, name="np.linalg.slogdet")


@rule(np.linalg.slogdet)
def slogdet(a):
    a = matrices(a, "np.linalg.slogdet", square=True)
    plain = np.linalg.slogdet(primal(a))
    return type(plain)(plain.sign, _LOGABSDET(a))
