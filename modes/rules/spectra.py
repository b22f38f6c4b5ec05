"""Eigenvalues of symmetric matrices and singular values, with their vectors.

`eigh` and `eigvalsh` are functions of the triangle that LAPACK reads, here as in NumPy: entries of the
other triangle have derivative 0, and an off-diagonal entry stands for both.

Values that are equal up to rounding share their derivative evenly, as ties of `max` do; a singular value
of 0 has derivative 0, as `abs` has there.
The vectors that belong to equal values, or to a singular value of 0, are not unique: their tangents are NaN.

Source: M. Giles, *Collected matrix derivative results for forward and reverse mode AD* (2008), by section.
"""

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.primitive import Primitive, linear
from modes.core.registry import rule
from modes.core.traced import Traced, primal
from modes.maps.batches import is_plain
from modes.maps.linear import Pair
from modes.maps.products import swap
from modes.rules.elementwise import kink
from modes.rules.linalg import matrices, symmetric

# --- equal values -------------------------------------------------------------------------------------------


def _ties(values):
    """Which of the sorted values are equal up to the rounding errors of a decomposition: a boolean matrix."""
    gaps = np.abs(np.diff(values))
    label = np.zeros(values.shape, int)
    np.cumsum(gaps > rounding(values), axis=-1, out=label[..., 1:])
    return label[..., :, None] == label[..., None, :]


def rounding(values):
    """How much the values of a decomposition may be off: a gap that small is no gap."""
    scale = np.abs(values).max(-1, keepdims=True, initial=0.0)
    return 10 * values.shape[-1] * np.finfo(values.dtype).eps * scale


def _shares(values, signed):
    """What each value takes of the derivative of each: a matrix, or None where there are no ties."""
    values = primal(values)
    ties = _ties(values)
    absent = np.zeros(values.shape, bool) if signed else values <= rounding(values)
    if not absent.any() and ties.sum() == values.size:
        return None
    shares = ties / ties.sum(-1, keepdims=True, dtype=values.dtype)
    shares[absent] = 0
    return shares


def _values_map(u, shares, vh, kinks=None):
    """dσ_i = u_iᵀ dA v_i, ties averaged; ``kinks``: zeros without a derivative for values that have none."""

    def share(values, matrix):
        shared = values if shares is None else np.matmul(matrix, values[..., None])[..., 0]
        if kinks is None:
            return shared
        return shared + (kinks if not is_plain(values) else np.where(values == 0, 0.0, kinks))

    return Pair(
        lambda t: share(np.sum((swap(u) @ t) * vh, axis=-1), shares),
        lambda g: (u * share(g, None if shares is None else swap(shares))[..., None, :]) @ vh,
    )


def _kinks(s):
    """Zeros that have no derivative by singular values of 0, for an outer differentiation; else None."""
    absent = primal(s) <= rounding(primal(s))
    return kink(s, absent) if isinstance(s, Traced) and absent.any() else None


def _reciprocal_gaps(gaps, ties):
    """1/gaps with zeros on the diagonal, and NaN for ties."""
    n = ties.shape[-1]
    undefined = np.where(np.eye(n, dtype=bool), 0.0, np.nan).astype(gaps.dtype)
    return np.where(ties, undefined, 1.0 / np.where(ties, gaps.dtype.type(1), gaps))


def _differences(values):
    return values[..., None, :] - values[..., :, None]


def _rotated(factor, product, cotangent):
    """``factor * product``, but 0 for columns whose cotangent is 0: unused vectors need no derivative."""
    result = factor * product
    if is_plain(cotangent):
        unused = ~np.any(cotangent != 0, axis=-2, keepdims=True)
        if unused.any():
            result = np.where(unused, 0.0, result)
    return result


# --- symmetric eigenvalues ----------------------------------------------------------------------------------


def _eigh(a, uplo):
    return _EIGH(a, uplo) if isinstance(a, Traced) else np.linalg.eigh(a, uplo)


def _eigh_maps(active, value, a, uplo):
    """Giles 3.1: dΛ = I ∘ (Vᵀ dA V), dV = V (F ∘ (Vᵀ dA V)) with F_ij = 1/(λ_j - λ_i)."""
    w, v = value
    factor = _reciprocal_gaps(_differences(w), _ties(primal(w)))
    vectors = Pair(
        lambda t: v @ (factor * (swap(v) @ t @ v)),
        lambda g: v @ _rotated(factor, swap(v) @ g, g) @ swap(v),
    )
    return [[_values_map(v, _shares(w, signed=True), swap(v))], [vectors]]


_EIGH = Primitive(_eigh, _eigh_maps, outputs=True, name="np.linalg.eigh")


def _eigvalsh(a, uplo):
    return _EIGVALSH(a, uplo) if isinstance(a, Traced) else np.linalg.eigvalsh(a, uplo)


def _eigvalsh_map(w, a, uplo):
    v = _eigh(a, uplo)[1]
    return _values_map(v, _shares(w, signed=True), swap(v))


_EIGVALSH = linear(_eigvalsh, _eigvalsh_map, name="np.linalg.eigvalsh")


def _triangle(a, uplo, name):
    if not isinstance(uplo, str) or uplo.upper() not in ("L", "U"):
        raise ValueError(f"{name}: UPLO must be 'L' or 'U', not {uplo!r}")
    return symmetric(matrices(a, name, square=True), lower=uplo.upper() == "L")


@rule(np.linalg.eigh)
def eigh(a, UPLO="L"):
    return _EIGH_RESULT(*_EIGH(_triangle(a, UPLO, "np.linalg.eigh"), UPLO))


@rule(np.linalg.eigvalsh)
def eigvalsh(a, UPLO="L"):
    return _EIGVALSH(_triangle(a, UPLO, "np.linalg.eigvalsh"), UPLO)


_EIGH_RESULT = type(np.linalg.eigh(np.eye(1)))
_SVD_RESULT = type(np.linalg.svd(np.eye(1)))


# --- singular values ----------------------------------------------------------------------------------------


def _svd(a, full):
    return _SVD(a, full) if isinstance(a, Traced) else np.linalg.svd(a, full)


def _svd_maps(active, value, a, full):
    u, s, vh = value
    rank = s.shape[-1]
    u, v = u[..., :rank], swap(vh)[..., :rank]
    left, right = _vectors_map(u, s, v), _vectors_map(v, s, u)
    left = _with_null_space(left, value[0].shape[-1] - rank)
    right = _with_null_space(right, vh.shape[-2] - rank)
    transposed = Pair(lambda t: swap(right.apply(swap(t))), lambda g: swap(right.transpose(swap(g))))
    return [[left], [_values_map(u, _shares(s, signed=False), swap(v), _kinks(s))], [transposed]]


def _vectors_map(u, s, v):
    """Giles 3.2, for U: dU = U (F ∘ (P S + S Pᵀ)) + (I - U Uᵀ) dA V S⁻¹.

    Here P = Uᵀ dA V and F_ij = 1/(s_j² - s_i²).
    """
    plain = primal(s)
    sums = s[..., None, :] + s[..., :, None]
    absent = (plain <= rounding(plain))[..., None, :]  # past 0, one vector of the pair changes its sign
    undefined = plain.dtype.type(np.nan)
    factor = np.where(absent, undefined, _reciprocal_gaps(_differences(s) * sums, _ties(plain)))
    row, column = s[..., None, :], s[..., :, None]
    tall = u.shape[-2] > u.shape[-1]
    inverse = np.where(absent, undefined, 1.0 / np.where(absent, plain.dtype.type(1), row))

    def apply(t):
        by = t @ v
        p = swap(u) @ by
        result = u @ (factor * (p * row + column * swap(p)))
        return result + (by - u @ p) * inverse if tall else result

    def transpose(g):
        c = _rotated(factor, swap(u) @ g, g)
        result = u @ ((c + swap(c)) * row)
        if tall:
            scaled = _rotated(inverse, g, g)
            result = result + scaled - u @ (swap(u) @ scaled)
        return result @ swap(v)

    return Pair(apply, transpose)


def _with_null_space(vectors, count):
    """The map of all columns of an orthogonal matrix; the last `count` are any basis of a null space."""
    if not count:
        return vectors

    def apply(t):
        pushed = vectors.apply(t)
        return np.concatenate([pushed, np.full((*pushed.shape[:-1], count), np.nan, pushed.dtype)], axis=-1)

    def transpose(g):
        if not is_plain(g) or np.any(g[..., -count:] != 0):
            raise DifferentiationError(
                "np.linalg.svd(full_matrices=True) of a matrix that is not square: the vectors of the null "
                "space are not unique and have no derivative, but the result depends on them; use "
                "full_matrices=False"
            )
        return vectors.transpose(g[..., :-count])

    return Pair(apply, transpose)


_SVD = Primitive(_svd, _svd_maps, outputs=True, name="np.linalg.svd")


def _svdvals(a):
    return _SVDVALS(a) if isinstance(a, Traced) else np.linalg.svdvals(a)


def _svdvals_map(s, a):
    u, _, vh = _svd(a, False)
    return _values_map(u, _shares(s, signed=False), vh, _kinks(s))


_SVDVALS = linear(_svdvals, _svdvals_map, name="np.linalg.svdvals")


@rule(np.linalg.svdvals)
def svdvals(x, /):
    return _SVDVALS(matrices(x, "np.linalg.svdvals"))


@rule(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """``np.linalg.svd``; the null space's vectors in a full U or Vh carry NaN, and refuse a cotangent."""
    if hermitian:
        return _hermitian_svd(a, compute_uv)
    a = matrices(a, "np.linalg.svd")
    return _SVD_RESULT(*_SVD(a, bool(full_matrices))) if compute_uv else _SVDVALS(a)


def _hermitian_svd(a, compute_uv):
    """From the eigenvalues, as NumPy does it."""
    w, v = np.linalg.eigh(a)
    order = np.argsort(np.abs(primal(w)), axis=-1)[..., ::-1]
    s = np.take_along_axis(np.abs(w), order, axis=-1)
    if not compute_uv:
        return s[..., ::-1].copy()[..., ::-1]  # backward in memory, as NumPy's
    sign = np.take_along_axis(np.copysign(1.0, primal(w)).astype(w.dtype), order, axis=-1)
    u = np.take_along_axis(v, order[..., None, :], axis=-1)
    return _SVD_RESULT(u, s, swap(u * sign[..., None, :]))
