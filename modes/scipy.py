"""Functions of SciPy that compute in C, where no traced value reaches, written so that one does.

They have SciPy's names, and the parameters of them that change the result. Each is right in every mode and to
any order, as it is made of functions of NumPy that have rules, or a linear map.
"""

from typing import Any

import numpy as np

from modes import DifferentiationError, linear_map, stop_gradient
from modes.rules.linalg import symmetric

__all__ = ["cholesky", "det", "expm", "inv", "solve", "solve_triangular", "spsolve"]


def inv(a: Any) -> Any:
    """``scipy.linalg.inv``."""
    return np.linalg.inv(a)


def det(a: Any) -> Any:
    """``scipy.linalg.det``."""
    return np.linalg.det(a)


def cholesky(a: Any, lower: bool = False) -> Any:
    """``scipy.linalg.cholesky``: the upper factor, unless `lower`."""
    return np.linalg.cholesky(a, upper=not lower)


def _triangle(a: Any, lower: bool) -> Any:
    return np.tril(a) if lower else np.triu(a)


def solve(
    a: Any, b: Any, lower: bool = False, *, assume_a: str | None = None, transposed: bool = False
) -> Any:
    """``scipy.linalg.solve``; of a matrix that is assumed symmetric, one triangle is read."""
    if assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        a = symmetric(a, lower)
    elif assume_a in ("upper triangular", "lower triangular"):
        a = _triangle(a, assume_a == "lower triangular")
    elif assume_a == "diagonal":
        a = a * np.eye(a.shape[-1])
    elif assume_a not in (None, "gen", "general"):
        raise DifferentiationError(
            f"modes.scipy.solve: assume_a={assume_a!r} is not known here; leave it out"
        )
    return np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)


def solve_triangular(
    a: Any, b: Any, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    """``scipy.linalg.solve_triangular``: one triangle of a is read."""
    a = _triangle(a, lower)
    if unit_diagonal:
        eye = np.eye(a.shape[-1])
        a = a * (1 - eye) + eye
    return np.linalg.solve(a if trans in (0, "N") else np.swapaxes(a, -1, -2), b)


def expm(a: Any) -> Any:
    """``scipy.linalg.expm`` of a matrix or a stack: the [13/13] Padé approximant, scaled and squared.

    N. Higham, "The scaling and squaring method for the matrix exponential revisited" (2005), table 2.3.
    """
    norm = float(np.max(np.linalg.norm(stop_gradient(a), 1, axis=(-2, -1)), initial=0.0))
    squarings = max(0, int(np.ceil(np.log2(norm / 5.371920351148152)))) if norm > 0 else 0
    a = a / 2.0**squarings
    c = [1.0]
    for k in range(13):
        c.append(c[-1] * (13 - k) / ((k + 1) * (26 - k)))
    eye, a2 = np.eye(a.shape[-1]), a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    u = a6 @ (c[13] * a6 + c[11] * a4 + c[9] * a2) + c[7] * a6 + c[5] * a4 + c[3] * a2 + c[1] * eye
    odd = a @ u
    even = a6 @ (c[12] * a6 + c[10] * a4 + c[8] * a2) + c[6] * a6 + c[4] * a4 + c[2] * a2 + c[0] * eye
    result = np.linalg.solve(even - odd, even + odd)
    for _ in range(squarings):
        result = result @ result
    return result


def spsolve(A: Any, b: Any) -> Any:
    """``scipy.sparse.linalg.spsolve`` with a constant matrix A, factored once, and a traced vector b."""
    from scipy.sparse.linalg import splu

    factors = splu(A.tocsc().astype(float))
    return linear_map(factors.solve, lambda y: factors.solve(y, "T"))(b)
