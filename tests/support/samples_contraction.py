"""Samples of the contractions."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)


def _draw(*shapes):
    return tuple(_RNG.normal(size=shape) for shape in shapes)


def _pairs(function, *pairs, **keywords):
    """Each pair of shapes, with both arguments traced."""
    label = ", ".join(f"{key}={value}" for key, value in keywords.items())
    return [
        Sample(function, lambda x, y: function(x, y, **keywords), _draw(a, b), f"{a} {b} {label}")
        for a, b in pairs
    ]


def _einsum(subscripts, *shapes, **keywords):
    return Sample(
        np.einsum,
        lambda *operands: np.einsum(subscripts, *operands, **keywords),
        _draw(*shapes),
        " ".join([subscripts, *map(str, keywords.values())]),
    )


_SQUARE = _RNG.normal(size=(3, 3))
_TENSOR = _RNG.normal(size=(2, 3, 4))

SAMPLES = [
    *_pairs(
        np.dot,
        ((), ()), ((), (2, 3)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)),
        ((2, 4, 3), (3,)), ((2, 4, 3), (3, 2)), ((2, 3), (4, 3, 2)), ((2, 1, 3), (2, 3, 2)),
    ),
    Sample(np.dot, lambda x: x.dot(x.T), (_SQUARE,), "method, itself"),
    Sample(np.dot, lambda x: np.dot(x, [[1.0], [2.0], [3.0]]), (_SQUARE,), "list"),
    Sample(np.dot, lambda x: np.dot(x, x), (_SQUARE,), "operand twice"),
    *_pairs(np.inner, ((), (3,)), ((3,), (3,)), ((2, 3), (4, 3)), ((2, 4, 3), (2, 3)), ((3,), (2, 3))),
    *_pairs(np.outer, ((), (3,)), ((2,), (3,)), ((2, 2), (3,))),
    *_pairs(np.linalg.outer, ((2,), (3,))),
    *_pairs(np.vdot, ((3,), (3,)), ((2, 3), (3, 2))),
    *_pairs(np.vecdot, ((3,), (3,)), ((2, 3), (2, 3)), ((2, 1, 3), (4, 3))),
    *_pairs(np.vecdot, ((3, 2), (3, 2)), axis=0),
    *_pairs(np.linalg.vecdot, ((3, 2), (3, 2)), axis=0),
    *_pairs(np.matvec, ((2, 3), (3,)), ((4, 2, 3), (3,)), ((2, 3), (4, 3)), ((4, 2, 3), (4, 3))),
    *_pairs(np.vecmat, ((2,), (2, 3)), ((4, 2), (2, 3)), ((2,), (4, 2, 3)), ((4, 2), (4, 2, 3))),
    *_pairs(np.tensordot, ((2, 3, 4), (3, 4, 2)), ((3, 4), (3, 4))),
    *_pairs(np.tensordot, ((2, 3), (4,)), axes=0),
    *_pairs(np.tensordot, ((2, 3, 4), (4, 2)), axes=1),
    *_pairs(np.tensordot, ((2, 3, 4), (4, 5, 2)), axes=([0, 2], [2, 0])),
    *_pairs(np.tensordot, ((2, 3), (4, 3)), axes=(-1, 1)),
    *_pairs(np.linalg.tensordot, ((2, 3, 4), (4, 5, 2)), axes=([2, 0], [0, 2])),
    *_pairs(np.linalg.matmul, ((2, 3), (3, 4)), ((5, 2, 3), (3,))),
    *_pairs(np.kron, ((2, 3), (3, 2)), ((2,), (3,)), ((2,), (2, 3)), ((2, 1, 3), (2, 2)), ((), (2,))),
    *_pairs(np.cross, ((3,), (3,)), ((4, 3), (3,)), ((2, 1, 3), (4, 3))),
    *_pairs(np.cross, ((3, 2), (3, 2)), axis=0),
    *_pairs(np.cross, ((3, 2), (2, 3)), axisa=0, axisc=0),
    *_pairs(np.linalg.cross, ((2, 3), (2, 3)), ((3,), (4, 3))),
    *_pairs(np.linalg.cross, ((3, 2), (3, 2)), axis=0),
    _einsum("ij,jk->ik", (2, 3), (3, 4)),
    _einsum("ij,jk", (2, 3), (3, 4)),
    _einsum("ba,cb", (2, 3), (4, 2)),
    _einsum("ij,j->i", (2, 3), (3,)),
    _einsum("i,i", (3,), (3,)),
    _einsum("i,j->ji", (3,), (2,)),
    _einsum("ij,ij->ij", (2, 3), (2, 3)),
    _einsum("ij,ij->i", (2, 3), (2, 3)),
    _einsum("ij->ji", (2, 3)),
    _einsum("ij->", (2, 3)),
    _einsum("ij->j", (2, 3)),
    _einsum("ii", (3, 3)),
    _einsum("ii->i", (3, 3)),
    _einsum("iij->j", (3, 3, 2)),
    _einsum("iji->ij", (3, 2, 3)),
    _einsum("iii->i", (3, 3, 3)),
    _einsum("ijij", (2, 3, 2, 3)),
    _einsum("ii,i->i", (3, 3), (3,)),
    _einsum("ii,jj->ij", (3, 3), (2, 2)),
    _einsum("ij,k->i", (2, 3), (4,)),
    _einsum("bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
    _einsum("bij,cjb->cib", (2, 3, 4), (5, 4, 2)),
    _einsum("...ij,...jk->...ik", (5, 1, 2, 3), (4, 3, 2)),
    _einsum("...i,...i", (1, 3), (4, 3)),
    _einsum("i...,i...->...", (3, 1), (3, 4)),
    _einsum("...,...", (2, 3), (3,)),
    _einsum("...i,j->j...i", (2, 3), (2,)),
    _einsum("i...->...", (3, 2)),
    _einsum("ij,jk->ik", (2, 1), (3, 4)),
    _einsum("i,->i", (3,), ()),
    _einsum(" i j , j k -> k i ", (2, 3), (3, 4)),
    _einsum("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    _einsum("ij,jk,kl->il", (2, 3), (3, 4), (4, 2), optimize=True),
    _einsum("ij,jk,kl->il", (2, 3), (3, 4), (4, 2), optimize="optimal"),
    _einsum("ij,jk,kl->il", (2, 3), (3, 4), (4, 2), optimize=["einsum_path", (1, 2), (0, 1)]),
    _einsum("ij,jk,kl->il", (2, 3), (3, 4), (4, 2), optimize=["einsum_path", (0, 1, 2)]),
    _einsum("a,b,c,abc", (2,), (3,), (4,), (2, 3, 4)),
    _einsum("i,i,i->i", (3,), (3,), (3,)),
    _einsum("...a,ab,...b->...", (2, 3), (3, 3), (2, 3)),
    Sample(np.einsum, lambda x: np.einsum("ij,jk->ik", x, x), (_SQUARE,), "operand twice"),
    Sample(np.einsum, lambda x: np.einsum("ij,jk,ki", x, x, np.eye(3)), (_SQUARE,), "a constant"),
    Sample(np.einsum, lambda x, y: np.einsum(x, [0, 1], y, [1, 2]), _draw((2, 3), (3, 4)), "sublists"),
    Sample(
        np.einsum,
        lambda x, y: np.einsum(x, [30, 1], y, [1, 2], [2, 30]),
        _draw((2, 3), (3, 4)),
        "sublists, output",
    ),
    Sample(
        np.einsum,
        lambda x, y: np.einsum(x, [..., 1], y, [1, 2], [2, ...]),
        _draw((2, 5, 3), (3, 4)),
        "sublists, ellipsis",
    ),
    Sample(np.einsum, lambda x: np.einsum("ijk,ikj", x, x.swapaxes(1, 2)), (_TENSOR,), "traces of products"),
    *(
        Sample(np.linalg.multi_dot, lambda *xs: np.linalg.multi_dot(xs), _draw(*shapes), str(shapes))
        for shapes in (
            ((2, 3), (3, 4)), ((3,), (3, 4), (4,)), ((3,), (3, 2), (2, 3), (3, 4)),
            ((5, 1), (1, 4), (4, 2), (2, 3), (3,)),
        )
    ),
    *(
        Sample(np.linalg.matrix_power, lambda x, n=n: np.linalg.matrix_power(x, n), (_SQUARE,), str(n))
        for n in (-3, -1, 1, 2, 3, 5)
    ),
    Sample(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 0) @ x, (_SQUARE,), "0"),
    Sample(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 6), _draw((2, 2, 2)), "stack"),
]  # fmt: skip
