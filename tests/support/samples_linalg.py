"""Samples of linear algebra: inverses, solutions, determinants, decompositions, norms."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
la = np.linalg

A = _RNG.normal(size=(3, 3)) + 2 * np.eye(3)
S = _RNG.normal(size=(2, 3, 3)) + 2 * np.eye(3)
TALL = _RNG.normal(size=(4, 3))
WIDE = _RNG.normal(size=(3, 4))
STACK = _RNG.normal(size=(2, 4, 3))
B = _RNG.normal(size=(2, 3, 4))
POSITIVE = A @ A.T + np.eye(3)
POSITIVES = S @ S.mT + np.eye(3)
SINGULAR = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]])  # third row: sum of the others
NULL = np.outer([1.0, 2.0, -1.0], [1.0, 0.5, 2.0])  # rank 1: the cofactors are zero, their derivatives not


def _draw(*shape):
    return _RNG.normal(size=shape)


SAMPLES = [
    Sample(la.inv, la.inv, (A,)),
    Sample(la.inv, la.inv, (S,), "stack"),
    Sample(la.inv, lambda x: la.inv(x) @ x.T, (A,), "with itself"),
    Sample(la.solve, la.solve, (A, _draw(3))),
    Sample(la.solve, la.solve, (A, _draw(3, 2)), "matrix"),
    Sample(la.solve, la.solve, (S, _draw(3)), "stack, vector"),
    Sample(la.solve, la.solve, (S, _draw(2, 3, 2)), "stacks"),
    Sample(la.solve, la.solve, (S, _draw(3, 2)), "stack, matrix"),
    Sample(la.solve, la.solve, (A, _draw(2, 3, 1)), "matrix, stack"),
    Sample(la.solve, la.solve, (S[:, None], _draw(4, 3, 2)), "broadcast stacks"),
    Sample(la.solve, lambda x: la.solve(x, x.T), (A,), "operand twice"),
    Sample(la.solve, lambda b: la.solve([[2.0, 1.0], [0.0, 1.0]], b), (_draw(2),), "constant"),
    Sample(la.tensorsolve, la.tensorsolve, (_draw(2, 3, 6), _draw(2, 3))),
    Sample(
        la.tensorsolve, lambda a, b: la.tensorsolve(a, b, axes=(0, 2)), (_draw(3, 6, 2), _draw(6)), "axes"
    ),
    Sample(la.tensorinv, la.tensorinv, (_draw(2, 3, 6),)),
    Sample(la.tensorinv, lambda a: la.tensorinv(a, ind=1), (_draw(6, 3, 2),), "ind"),
    Sample(la.det, la.det, (A,)),
    Sample(la.det, la.det, (S,), "stack"),
    Sample(la.det, la.det, (SINGULAR,), "singular", rtol=1e-5),
    Sample(la.det, la.det, (NULL,), "rank one", rtol=1e-5),
    Sample(la.det, la.det, (np.zeros((2, 2)),), "zero"),
    Sample(la.det, la.det, (np.zeros((1, 1)),), "zero, one row"),
    Sample(la.det, la.det, (np.stack([A, SINGULAR, np.eye(3)]),), "stack with a singular one", rtol=1e-5),
    Sample(la.slogdet, la.slogdet, (A,)),
    Sample(la.slogdet, la.slogdet, (S,), "stack"),
    Sample(la.slogdet, lambda x: la.slogdet(x).logabsdet, (-A,), "name"),
    Sample(la.pinv, la.pinv, (A,)),
    Sample(la.pinv, la.pinv, (TALL,), "tall"),
    Sample(la.pinv, la.pinv, (WIDE,), "wide"),
    Sample(la.pinv, lambda x: la.pinv(x, rtol=None), (STACK,), "stack, rtol"),
    Sample(la.pinv, lambda x: la.pinv(x, 1e-10, hermitian=True), (A,), "hermitian"),
    Sample(la.lstsq, lambda a, b: la.lstsq(a, b)[0], (TALL, _draw(4))),
    Sample(la.lstsq, lambda a, b: la.lstsq(a, b)[0], (WIDE, _draw(3, 2)), "wide"),
    Sample(la.lstsq, lambda a, b: la.lstsq(a, b, rcond=1e-9), (TALL, _draw(4, 2)), "all results"),
    Sample(la.cholesky, la.cholesky, (POSITIVE,)),
    Sample(la.cholesky, lambda x: la.cholesky(x, upper=True), (POSITIVE,), "upper"),
    Sample(la.cholesky, la.cholesky, (POSITIVES,), "stack"),
    Sample(
        la.cholesky, lambda x: la.cholesky(np.tril(x) + 7 * np.triu(x, 1)), (POSITIVE,), "lower triangle only"
    ),
    Sample(la.eigh, la.eigh, (POSITIVE,)),
    Sample(la.eigh, lambda x: la.eigh(x, UPLO="U"), (A,), "upper triangle"),
    Sample(la.eigh, la.eigh, (S,), "stack, lower triangle"),
    Sample(la.eigh, lambda x: la.eigh(x + x.T).eigenvectors[:, 0], (A,), "one vector"),
    Sample(la.eigvalsh, la.eigvalsh, (A,)),
    Sample(la.eigvalsh, lambda x: la.eigvalsh(x, "U"), (S,), "upper triangle, stack"),
    Sample(la.svd, la.svd, (A,)),
    Sample(la.svd, lambda x: la.svd(x, full_matrices=False), (TALL,), "tall"),
    Sample(la.svd, lambda x: la.svd(x, full_matrices=False), (WIDE,), "wide"),
    Sample(la.svd, lambda x: la.svd(x, False), (STACK,), "stack"),
    Sample(la.svd, lambda x: la.svd(x)[1:], (TALL,), "tall, full, not its null space"),
    Sample(la.svd, lambda x: (la.svd(x).U, la.svd(x).Vh[:3]), (WIDE,), "wide, full, not its null space"),
    Sample(la.svd, lambda x: la.svd(x, compute_uv=False), (STACK,), "values"),
    Sample(la.svd, lambda x: la.svd(x, hermitian=True), (S,), "hermitian"),
    Sample(la.svd, lambda x: la.svd(x, compute_uv=False, hermitian=True), (A,), "hermitian, values"),
    Sample(la.svdvals, la.svdvals, (TALL,)),
    Sample(la.svdvals, la.svdvals, (B,), "stack"),
    Sample(la.qr, la.qr, (A,)),
    Sample(la.qr, la.qr, (TALL,), "tall"),
    Sample(la.qr, la.qr, (WIDE,), "wide"),
    Sample(la.qr, la.qr, (STACK,), "stack"),
    Sample(la.qr, lambda x: la.qr(x, mode="r"), (B,), "r, wide stack"),
    Sample(la.qr, lambda x: la.qr(x, mode="complete"), (WIDE,), "complete"),
    Sample(la.norm, la.norm, (_draw(4),)),
    Sample(la.norm, la.norm, (B,), "all"),
    Sample(la.norm, lambda x: la.norm(x, keepdims=True), (B,), "all, keepdims"),
    *(
        Sample(la.norm, lambda x, p=p: la.norm(x, p), (_draw(4),), f"vector {p}")
        for p in (2, 1, np.inf, -np.inf, -1, -2, 3, 0.5, 2.5)
    ),
    *(
        Sample(la.norm, lambda x, p=p: la.norm(x, p, axis=1, keepdims=True), (B,), f"axis {p}")
        for p in (None, 2, 1, np.inf, -np.inf, 3)
    ),
    *(
        Sample(la.norm, lambda x, p=p: la.norm(x, p), (TALL,), f"matrix {p}")
        for p in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    ),
    *(
        Sample(la.norm, lambda x, p=p: la.norm(x, p, axis=(2, 0), keepdims=p != 1), (B,), f"axes {p}")
        for p in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    ),
    Sample(la.norm, lambda x: la.norm(x, 2), (NULL,), "spectral, rank one", second=False),
    Sample(la.vector_norm, la.vector_norm, (B,)),
    Sample(la.vector_norm, lambda x: la.vector_norm(x, axis=(0, 2), ord=3, keepdims=True), (B,), "axes"),
    Sample(la.vector_norm, lambda x: la.vector_norm(x, axis=1, ord=1), (B,), "axis"),
    Sample(la.matrix_norm, la.matrix_norm, (B,)),
    Sample(la.matrix_norm, lambda x: la.matrix_norm(x, ord="nuc", keepdims=True), (B,), "nuc"),
    *(Sample(la.cond, lambda x, p=p: la.cond(x, p), (A,), str(p)) for p in (None, 2, -2, 1, np.inf, "fro")),
    Sample(la.cond, la.cond, (STACK,), "tall stack"),
]
