"""Results lie in memory as NumPy's do, and are views where those are, so no assignment is lost."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from rulecheck import Sample, leaves

from modes import jacfwd, jacobian, jacrev, jvp, linearize
from modes.core.traced import Traced, primal
from modes.core.views import view_of

TABLES = sorted(path.stem for path in Path(__file__).parents[1].glob("support/samples_*.py"))
SAMPLES = [sample for table in TABLES for sample in importlib.import_module(table).SAMPLES]


def rolled(a):
    """The axes in an order of memory that is neither C's nor Fortran's, from three axes on."""
    return np.moveaxis(np.moveaxis(a, 0, 1).copy(), 1, 0) if a.ndim > 2 else np.asfortranarray(a)


def spaced(a):
    room = np.zeros([2 * length + 1 for length in a.shape])
    part = room[tuple(slice(1, 1 + 2 * length, 2) for length in a.shape)]
    part[...] = a
    return part


def backward(a):
    turned = tuple(slice(None, None, -1) for _ in a.shape)
    return a[turned].copy()[turned]


LAYOUTS = {
    "C": lambda a: a.copy("C"),
    "F": lambda a: a.copy("F"),
    "rolled": rolled,
    "spaced": spaced,
    "backward": backward,
}

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3, 4))
S = RNG.normal(size=(3, 3))


def sample(label, call, *args):
    return Sample("layout", call, args or (B,), label)


ORDERS = "CFAK"
MORE = [
    *(sample(f"ravel {o}", lambda x, o=o: np.ravel(x, order=o)) for o in ORDERS),
    *(sample(f"x.ravel {o}", lambda x, o=o: x.ravel(o)) for o in ORDERS),
    *(sample(f"ravel of a matrix {o}", lambda x, o=o: x.ravel(o), A) for o in ORDERS),
    *(sample(f"ravel of a vector {o}", lambda x, o=o: x.ravel(o), A[0]) for o in ORDERS),
    *(sample(f"ravel of 2·x.T {o}", lambda x, o=o: (2 * x.T).ravel(o)) for o in ORDERS),
    *(sample(f"flatten {o}", lambda x, o=o: x.flatten(o)) for o in ORDERS),
    *(sample(f"copy {o}", lambda x, o=o: x.copy(o)) for o in ORDERS),
    *(sample(f"np.copy {o}", lambda x, o=o: np.copy(x, o)) for o in ORDERS),
    *(sample(f"reshape {o}", lambda x, o=o: x.reshape(4, 6, order=o)) for o in "CFA"),
    *(sample(f"np.reshape {o}", lambda x, o=o: np.reshape(x, (3, 8), order=o)) for o in "CFA"),
    *(sample(f"zeros_like {o}", lambda x, o=o: np.zeros_like(x, order=o) + 0 * x[0, 0, 0]) for o in ORDERS),
    *(sample(f"full_like {o}", lambda x, o=o: np.full_like(x, x[0, 0, 0], order=o)) for o in ORDERS),
    *(sample(f"astype {o}", lambda x, o=o: x.astype(np.float32, order=o)) for o in ORDERS),
    sample("reshape copy", lambda x: x.reshape(6, 4, copy=True)),
    sample("astype without a copy", lambda x: x.astype(float, copy=False)),
    sample("elementwise", lambda x: np.exp(x) * 2),
    sample("elementwise of two", lambda x: x * x[::-1, ::-1]),
    sample("matmul", lambda x: x.T @ x, A),
    sample("matmul of a stack", lambda x: x @ np.swapaxes(x, 1, 2)),
    sample("where", lambda x: np.where(x > 0, x, 0.0)),
    sample("x.T.T", lambda x: x.T.T),
    sample("meshgrid", lambda x: np.meshgrid(x[0], x[1], indexing="ij"), A),
    sample("meshgrid without a copy", lambda x: np.meshgrid(x[0], x[1], copy=False), A),
    sample("concatenate of transposed", lambda x: np.concatenate([x.T, x.T]), A),
    sample("concatenate in columns", lambda x: np.concatenate([x.T, x.T], axis=1), A),
    sample("stack, last", lambda x: np.stack([x, x], -1), A),
    sample("block", lambda x: np.block([[x, x], [x, x]]), A),
    sample("cumsum", lambda x: np.cumsum(x, axis=1)),
    sample("cumprod of x.T", lambda x: np.cumprod(x.T, axis=0)),
    sample("sum", lambda x: np.sum(x, axis=1)),
    sample("mean of x.T", lambda x: np.mean(x.T, axis=0, keepdims=True)),
    sample("max", lambda x: np.max(x, axis=0)),
    sample("var", lambda x: np.var(x, axis=1)),
    sample("einsum ijk->kji", lambda x: np.einsum("ijk->kji", x)),
    sample("einsum ijk->ki", lambda x: np.einsum("ijk->ki", x)),
    sample("einsum ijk,k->ij", lambda x: np.einsum("ijk,k->ij", x, x[0, 0])),
    sample("einsum ij,kj->ki", lambda x: np.einsum("ij,kj->ki", x, S), A),
    sample("einsum, order F", lambda x: np.einsum("ij,jk->ik", x, S, order="F"), A),
    sample("diag of a product", lambda x: np.diag(x @ x.T), A),
    sample("take of x.T", lambda x: np.take(x.T, [0, 1, 1], axis=0)),
    sample("fancy", lambda x: x[:, [0, 1, 1]]),
    sample("fancy, last", lambda x: x[..., [0, 1]]),
    sample("mask", lambda x: x[:, np.array([True, False, True])]),
    sample("roll of x.T", lambda x: np.roll(x.T, 1, axis=0), A),
    sample("repeat of x.T", lambda x: np.repeat(x.T, 2, axis=0), A),
    sample("tile of x.T", lambda x: np.tile(x.T, (1, 2)), A),
    sample("tile once", lambda x: np.tile(x.T, 1), A),
    sample("pad of x.T", lambda x: np.pad(x.T, 1, "edge"), A),
    sample("pad by nothing", lambda x: np.pad(x, 0), A),
    sample("quantiles", lambda x: np.quantile(x, [0.2, 0.5], axis=(0, 2))),
    sample("quantile, axis", lambda x: np.quantile(x, 0.3, axis=1)),
    sample("median, axis", lambda x: np.median(x, axis=1)),
    sample("insert by rows", lambda x: np.insert(x, 1, 5.0, axis=0)),
    sample("delete by a list", lambda x: np.delete(x, [0], axis=1)),
    sample("solve", lambda x: np.linalg.solve(S @ S.T + np.eye(3), x.T), A),
    sample("inv", lambda x: np.linalg.inv(x @ x.T + np.eye(3)), S),
    sample("outer", lambda x: np.outer(x, x), A),
    sample("kron", lambda x: np.kron(x, x.T), A),
    sample("clip", lambda x: np.clip(x.T, -1, 1), A),
    sample("round", lambda x: np.round(x.T) + x.T, A),
    sample("nan_to_num", lambda x: np.nan_to_num(x), A),
    sample("apply_along_axis", lambda x: np.apply_along_axis(lambda r: r * 2, 0, x), A),
    sample("gradient", lambda x: np.gradient(x, axis=1)),
    sample("diff", lambda x: np.diff(x, axis=0)),
    sample("tril", lambda x: np.tril(x), A),
    sample("expand_dims", lambda x: np.expand_dims(x, 1)),
    sample("squeeze", lambda x: np.squeeze(x[:, :1])),
    sample("broadcast_to", lambda x: np.broadcast_to(x, (5, 2, 3)), A),
    sample("broadcast_arrays", lambda x: np.broadcast_arrays(x, x[:1]), A),
    sample("in place, by the other layout", lambda x: (lambda y: y.__imul__(x))(np.copy(x.T).T), A),
    sample("in place, by a row", lambda x: (lambda y: y.__iadd__(x[0]))(x * 1.0)),
    sample("in place, argument", lambda x: x.__iadd__(1.0)),
    sample("an entry set", lambda x: (x.__setitem__((0, 0), 1.0), x)[1]),
    sample("entries set", lambda x: (x.__setitem__((0, [0, 1]), 1.0), x)[1]),
]


def steps(array):
    return [s for s, n in zip(array.strides, array.shape, strict=True) if n > 1] if array.size > 1 else []


def root(value):
    while (view := view_of(value)) is not None:
        value = view[0]
    return value


def described(result, args):
    """Of each leaf, whether it is a number, its strides, and which arguments it shows."""
    for leaf in leaves(result):
        value = primal(leaf)
        if not isinstance(value, np.ndarray):
            yield "number"
        elif isinstance(leaf, Traced):
            yield steps(value), [value.size > 0 and root(leaf) is a for a in args]
        else:
            yield steps(value), [value.size > 0 and np.shares_memory(value, primal(a)) for a in args]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("sample", [s for s in SAMPLES + MORE if any(map(np.ndim, s.args))], ids=str)
@pytest.mark.filterwarnings("ignore")
def test_strides_and_views_are_those_of_numpy(sample, layout):
    def args():
        return [
            LAYOUTS[layout](np.asarray(a, float)) if np.ndim(a) else np.asarray(a, float) for a in sample.args
        ]

    if layout in ("F", "rolled") and not any(np.ndim(a) > 1 for a in sample.args):
        pytest.skip("of vectors there is one order")
    given = args()
    if "put_along_axis-flat" in str(sample) and layout in ("F", "rolled"):
        pytest.skip("NumPy refuses it")
    expected = list(described(sample.call(*given), given))

    def f(*traced):
        found.extend(described(sample.call(*traced), traced))
        return 0.0

    for differentiate in (lambda: jvp(f, args(), args()), lambda: linearize(f, *args())):
        found: list = []
        differentiate()
        assert found == expected


def assigned(make, through):
    """What f makes of x, with an assignment through a view or copy of it; both are returned."""

    def f(x):
        y = make(x.reshape(3, 4))
        v = through(y)
        v[...] = v * x[0] + 1.0
        v[:1] = x[1] ** 2
        return np.concatenate([np.reshape(y, -1), np.reshape(v, -1)])

    return f


MAKE = {
    "transposed": lambda a: a.T,
    "elementwise of transposed": lambda a: np.sin(a.T),
    "meshgrid": lambda a: np.meshgrid(a[0], a[1])[0],
    "meshgrid, other": lambda a: np.meshgrid(a[0], a[1])[1],
    "einsum": lambda a: np.einsum("ij,kj->ki", a, a),
    "einsum of vectors": lambda a: np.einsum("i,j->ji", a[0], a[1]),
    "take": lambda a: np.take(a, [0, 2, 2], axis=1),
    "fancy": lambda a: a[:, [0, 2]],
    "sort": lambda a: np.sort(a.T, axis=0),
    "moveaxis": lambda a: np.moveaxis(a * 1.0, 0, 1),
    "concatenate": lambda a: np.concatenate([a.T, a.T]),
    "concatenate in columns": lambda a: np.concatenate([a, a], axis=1),
    "copy": lambda a: np.copy(a.T),
    "method copy": lambda a: a.T.copy(),
    "matmul": lambda a: a @ a.T,
    "diagonal": lambda a: np.einsum("ii->i", a @ a.T)[:, None],
    "repeat": lambda a: np.repeat(a.T, 2, axis=1),
    "roll": lambda a: np.roll(a.T, 1, axis=0),
    "pad": lambda a: np.pad(a.T, 1),
    "stack": lambda a: np.stack([a[0], a[1]], axis=1),
    "astype": lambda a: a.T.astype(float),
    "where": lambda a: np.where(a.T > 0.5, a.T, 0.0),
    "cumsum": lambda a: np.cumsum(a.T, axis=0),
    "flip": lambda a: np.flip(a * 1.0, 0),
    "zeros_like": lambda a: np.zeros_like(a.T) + 0.5,
    "in place": lambda a: (2 * a.T).__imul__(np.arange(12.0).reshape(4, 3)),
}
THROUGH = {
    "reshape": lambda y: y.reshape(-1),
    "ravel": lambda y: y.ravel(),
    "ravel K": lambda y: np.ravel(y, order="K"),
    "ravel A": lambda y: y.ravel("A"),
    "ravel F": lambda y: y.ravel("F"),
    "flatten": lambda y: y.flatten(),
    "T": lambda y: y.T,
    "reshape F": lambda y: y.reshape(-1, order="F"),
    "T ravel": lambda y: y.T.ravel(),
}


@pytest.mark.parametrize("through", THROUGH)
@pytest.mark.parametrize("make", MAKE)
def test_assignment_through_a_view_or_copy(make, through):
    f = assigned(MAKE[make], THROUGH[through])
    at = np.random.default_rng(1).uniform(0.2, 1.2, 12)
    value = f(at.copy())
    expected = jacobian(lambda x: f(x.copy()), mode="central-difference")(at)
    for jac in (jacfwd, jacrev):
        np.testing.assert_allclose(jac(f)(at), expected, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(jvp(f, (at,), (at,))[0], value, rtol=1e-15)
    np.testing.assert_allclose(linearize(f, at)[0], value, rtol=1e-15)
    np.testing.assert_allclose(jacfwd(jacrev(f))(at), jacrev(jacfwd(f))(at), rtol=1e-12, atol=1e-12)


def test_in_place_keeps_the_precision():
    def f(x):
        y = np.zeros_like(x, dtype=np.float32)
        y += x * 1.1
        return y

    at = np.array([0.3, 0.7])
    for value in (jvp(f, (at,), (at,))[0], linearize(f, at)[0]):
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, (at * 1.1).astype(np.float32))


def test_a_reshape_that_may_not_copy():
    for jac in (jacfwd, jacrev):
        with pytest.raises(ValueError, match="avoid creating a copy"):
            jac(lambda x: np.reshape(x.T, -1, copy=False))(A)
        np.testing.assert_array_equal(jac(lambda x: np.reshape(x, -1, copy=False)[0])(A)[0], [1, 0, 0])
