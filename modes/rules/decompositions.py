"""Factors of matrices and stacks of them: Cholesky and QR.

`cholesky` is a function of the triangle that LAPACK reads, here as in NumPy: entries of the other triangle
have derivative 0, and an off-diagonal entry stands for both.

Sources: I. Murray, *Differentiation of the Cholesky decomposition* (2016); S. Walter and L. Lehmann,
*Algorithmic differentiation of linear algebra functions with application in optimum experimental design*
(2010).
"""

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.primitive import Primitive, linear
from modes.core.registry import rule
from modes.core.traced import Traced, primal
from modes.maps.linear import Pair
from modes.maps.products import swap
from modes.rules.linalg import matrices, symmetric
from modes.rules.spectra import rounding

# --- Cholesky -----------------------------------------------------------------------------------------------


def _cholesky_map(lower, a):
    """Murray, equations 8 and 10: dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ the lower triangle with half the diagonal."""
    n = lower.shape[-1]
    phi = np.tri(n, dtype=lower.dtype) - np.eye(n, dtype=lower.dtype) / 2
    inverse = np.linalg.inv(lower)
    return Pair(
        lambda t: lower @ (phi * (inverse @ t @ swap(inverse))),
        lambda g: swap(inverse) @ (phi * (swap(lower) @ g)) @ inverse,
    )


_CHOLESKY = linear(np.linalg.cholesky, _cholesky_map)


@rule(np.linalg.cholesky)
def cholesky(a, /, *, upper=False):
    factor = _CHOLESKY(symmetric(matrices(a, "np.linalg.cholesky", square=True), lower=not upper))
    return swap(factor) if upper else factor


# --- QR -----------------------------------------------------------------------------------------------------


def _qr(a):
    return _QR(a) if isinstance(a, Traced) else np.linalg.qr(a)


def _qr_maps(active, value, a):
    """Walter and Lehmann: with M = Qᵀ dA R⁻¹, Ω = Mₗ - Mₗᵀ: dQ = Q Ω + dA R⁻¹ - Q M, dR = (M - Ω) R."""
    q, r = value
    pivots = np.abs(np.diagonal(primal(r), 0, -2, -1))
    if (pivots <= rounding(pivots)).any():
        raise DifferentiationError(
            "np.linalg.qr of a matrix whose columns are linearly dependent is not unique and has no "
            "derivative; drop the dependent columns"
        )
    inverse = np.linalg.inv(r)
    n = r.shape[-1]
    below = np.tri(n, k=-1, dtype=q.dtype)

    def rotation(m):
        m = below * m
        return m - swap(m)

    def push_q(t):
        by = t @ inverse
        m = swap(q) @ by
        return by + q @ (rotation(m) - m)

    def pull_q(g):
        c = swap(q) @ g
        return (g + q @ (below * (c - swap(c)) - c)) @ swap(inverse)

    def push_r(t):
        m = swap(q) @ t @ inverse
        return (m - rotation(m)) @ r

    def pull_r(g):
        c = g @ swap(r)
        return q @ (c + below * (swap(c) - c)) @ swap(inverse)

    return [[Pair(push_q, pull_q)], [Pair(push_r, pull_r)]]


_QR_RESULT = type(np.linalg.qr(np.eye(1)))
_QR = Primitive(_qr, _qr_maps, outputs=True, name="np.linalg.qr")


@rule(np.linalg.qr)
def qr(a, mode="reduced"):
    a = matrices(a, "np.linalg.qr")
    m, n = a.shape[-2:]
    if mode not in ("reduced", "r", "complete") or (mode == "complete" and m > n):
        raise DifferentiationError(
            f"np.linalg.qr(mode={mode!r}) of a traced {m} by {n} matrix is refused: only the reduced "
            "factors are unique; use mode='reduced' or 'r'"
        )
    q, r = _QR(a[..., :m]) if m < n else _QR(a)
    if m < n:
        r = np.concatenate([r, swap(q) @ a[..., m:]], axis=-1)
    return r if mode == "r" else _QR_RESULT(q, r)
