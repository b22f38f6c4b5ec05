"""Rules of the user's own: both modes, batches, nesting, trees of arguments, and what is refused."""

import itertools
import math

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse

from modes import (
    DifferentiationError,
    check_grads,
    check_jacobian,
    custom_jvp,
    custom_vjp,
    grad,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linear_map,
    stop_gradient,
    vjp,
)

RNG = np.random.default_rng(3)
A = RNG.normal(size=(4, 4)) + 4 * np.eye(4)
B = RNG.normal(size=4)
SECOND = [lambda f, i=0, j=j, k=k: j(k(f, i), i) for j, k in itertools.product((jacfwd, jacrev), repeat=2)]


@custom_vjp
def solve(a, b):
    return scipy.linalg.solve(a, b)


def _solve_fwd(a, b):
    x = solve(a, b)
    return x, (a, x)


def _solve_bwd(residuals, g):
    a, x = residuals
    w = solve(a.T, g)
    return -np.outer(w, x), w


solve.defvjp(_solve_fwd, _solve_bwd)


@custom_jvp
def softplus(x):
    return math.log1p(math.exp(x))


@softplus.defjvp
def _softplus_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return softplus(x), t / (1 + np.exp(-x))


@pytest.mark.parametrize("argnum", [0, 1])
@pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])
def test_a_function_of_scipy_with_a_rule(jac, argnum):
    np.testing.assert_allclose(jac(solve, argnum)(A, B), jac(np.linalg.solve, argnum)(A, B), atol=1e-14)


@pytest.mark.parametrize("argnum", [0, 1])
@pytest.mark.parametrize("second", SECOND)
def test_rules_nest(second, argnum):
    mine = second(lambda a, b: np.sum(solve(a, b) ** 2) * b[0], argnum)(A, B)
    known = second(lambda a, b: np.sum(np.linalg.solve(a, b) ** 2) * b[0], argnum)(A, B)
    np.testing.assert_allclose(mine, known, atol=1e-13)
    third = [jacfwd(second(lambda b, s=s: np.sum(s(A, b * b) ** 3)))(B) for s in (solve, np.linalg.solve)]
    np.testing.assert_allclose(*third, atol=1e-12)


def test_a_rule_that_pushes_serves_every_mode_and_order():
    sigmoid = 1 / (1 + math.exp(-0.3))
    assert grad(softplus)(0.3) == pytest.approx(sigmoid, rel=1e-15)
    assert jacfwd(softplus)(0.3) == pytest.approx(sigmoid, rel=1e-15)
    for second in SECOND:
        assert second(softplus)(0.3) == pytest.approx(sigmoid * (1 - sigmoid), rel=1e-14)
    check_grads(lambda v: v * np.array([softplus(x) for x in v]), (np.array([0.2, -1.0, 3.0]),), 2)
    assert softplus(0.0) == math.log(2)


def test_trees_of_arguments_and_results():
    @custom_vjp
    def f(p, s):
        return {"y": p["w"] @ p["x"] * s[0], "n": int(p["x"].size), "z": (s[1] * 2.0,)}

    def fwd(p, s):
        return f(p, s), (p, s)

    def bwd(residuals, g):
        p, s = residuals
        y = g["y"] * s[0]
        along = np.sum(g["y"] * (p["w"] @ p["x"]))
        return {"w": np.outer(y, p["x"]), "x": p["w"].T @ y}, [along, 2.0 * g["z"][0]]

    def plain(p, s):
        return {"y": p["w"] @ p["x"] * s[0], "n": p["x"].size, "z": (s[1] * 2.0,)}

    f.defvjp(fwd, bwd)
    p, s = {"w": RNG.normal(size=(2, 3)), "x": RNG.normal(size=3)}, [2.0, np.float64(3.0)]
    for jac, argnums in itertools.product((jacfwd, jacrev), (0, 1, (0, 1))):
        mine, known = (jac(lambda *a, g=g: {k: g(*a)[k] for k in "yz"}, argnums)(p, s) for g in (f, plain))
        np.testing.assert_allclose(_numbers(mine), _numbers(known), atol=1e-14)
    value, pullback = vjp(lambda p: f(p, s)["y"], p)
    np.testing.assert_allclose(value, plain(p, s)["y"])
    np.testing.assert_allclose(pullback(np.ones(2))[0]["x"], p["w"].sum(0) * 2)


def _numbers(tree):
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        return np.concatenate([_numbers(part) for part in tree])
    return np.ravel(tree)


@pytest.mark.parametrize("kind", [custom_jvp, custom_vjp])
def test_arguments_that_are_no_arrays(kind):
    def power(f, x, n):
        return f(x) ** n

    g = kind(power, nondiff_argnums=(0, 2))
    if kind is custom_jvp:
        g.defjvp(
            lambda f, n, primals, tangents: (power(f, *primals, n), n * primals[0] ** (n - 1) * tangents[0])
        )
    else:
        g.defvjp(lambda f, x, n: (power(f, x, n), x), lambda f, n, x, ct: (n * x ** (n - 1) * ct,))
    identity = lambda x: x  # noqa: E731
    for jac in (jacfwd, jacrev):
        assert jac(lambda x: g(identity, x, 3))(2.0) == 12.0
        assert jac(lambda x: g(f=identity, x=x, n=3))(2.0) == 12.0
        with pytest.raises(DifferentiationError, match="argument 2 is in nondiff_argnums"):
            jac(lambda x: g(identity, 2.0, x))(3.0)
        assert jac(lambda x: g(identity, x, stop_gradient(x)))(3.0) == 27.0


def test_a_rule_for_each_argument():
    f = custom_jvp(lambda x, y: np.sin(x) * y)
    f.defjvps(lambda t, result, x, y: np.cos(x) * t * y, lambda t, result, x, y: np.sin(x) * t)
    x, y = RNG.normal(size=3), RNG.normal(size=3)
    check_jacobian(
        lambda x, y: f(x, y), x, y, argnums=(0, 1), modes=("forward", "reverse", "central-difference")
    )
    f.defjvps(lambda t, result, x, y: np.cos(x) * t * y, None)
    np.testing.assert_array_equal(jacrev(f, 1)(x, y), np.zeros((3, 3)))


def test_none_is_a_cotangent_of_zero():
    f = custom_vjp(lambda x, y: x * y)
    f.defvjp(lambda x, y: (x * y, y), lambda y, g: (g * y, None))
    np.testing.assert_array_equal(jacrev(f, 1)(np.ones(2), np.ones(2)), np.zeros((2, 2)))
    np.testing.assert_array_equal(jacrev(f)(np.ones(2), np.full(2, 3.0)), 3 * np.eye(2))


def test_a_gradient_that_is_clipped_has_no_forward_mode():
    clipped = custom_vjp(lambda x: x)
    clipped.defvjp(lambda x: (x, None), lambda _, g: (np.clip(g, -1.0, 1.0),))
    np.testing.assert_array_equal(grad(lambda x: np.sum(clipped(x) * 5.0))(np.ones(2)), [1.0, 1.0])
    with pytest.raises(DifferentiationError, match="bwd is not linear"):
        jvp(lambda x: clipped(x) * 5.0, (np.ones(2),), (np.full(2, 3.0),))


@pytest.mark.parametrize("size", [3, 20_000])
def test_residuals_that_change_later_are_not_used(size):
    buffer = np.empty(size)

    f = custom_vjp(lambda x: x * x)

    def fwd(x):
        buffer[:] = x
        return x * x, buffer

    f.defvjp(fwd, lambda b, g: (2 * b * g,))
    x = RNG.normal(size=size)

    def twice(x):
        return np.sum(f(x)) + np.sum(f(x * 3.0))

    if size == 3:
        np.testing.assert_allclose(grad(twice)(x), 20 * x)
    else:  # it is not copied but held
        with pytest.raises(DifferentiationError, match=r"copy\(\)"):
            grad(twice)(x)
    assert buffer.flags.writeable


def test_precision_is_kept():
    f = custom_vjp(lambda x: x * np.float32(2))
    f.defvjp(lambda x: (x * np.float32(2), None), lambda _, g: (np.float32(2) * g,))
    for jac in (jacfwd, jacrev):
        assert jac(f)(np.ones(2, np.float32)).dtype == np.float32


def faulty(fwd=lambda x: (x * 2.0, None), bwd=lambda _, g: (2.0 * g,)):
    f = custom_vjp(lambda x: x * 2.0)
    f.defvjp(fwd, bwd)
    return f


def pushing(rule):
    f = custom_jvp(lambda x: x * 2.0)
    f.defjvp(rule)
    return f


WRONG = {
    "no rule": (custom_vjp(np.sin), "no rule yet"),
    "no pushing rule": (custom_jvp(np.sin), "no rule yet"),
    "fwd without residuals": (faulty(fwd=lambda x: x * 2.0), "must return a pair"),
    "bwd without a tuple": (faulty(bwd=lambda _, g: 2.0 * g), "a tuple with a cotangent for each of 1"),
    "bwd with too many": (faulty(bwd=lambda _, g: (g, g)), "a tuple with a cotangent for each of 1"),
    "bwd of another shape": (faulty(bwd=lambda _, g: (g[:1],)), r"leaf 0 of shape \(1,\)"),
    "bwd of another structure": (faulty(bwd=lambda _, g: ([g],)), "must be structured as the argument"),
    "push without a pair": (pushing(lambda p, t: t[0] * 2.0), "must return a pair"),
    "push of another shape": (pushing(lambda p, t: (p[0] * 2.0, t[0][:1])), r"leaf 0 of shape \(1,\)"),
    "push of another result": (pushing(lambda p, t: (p[0] * 3.0, t[0] * 2.0)), "is not the function's"),
    "push of another structure": (pushing(lambda p, t: (p[0] * 2.0, [t[0]])), "must be structured as"),
}


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
@pytest.mark.parametrize("case", WRONG)
def test_rules_are_held_against_the_function(case, jac):
    f, message = WRONG[case]
    with pytest.raises(DifferentiationError, match=message):
        jac(lambda x: f(x))(np.ones(3))


def test_a_value_that_is_no_argument_is_noticed():
    def outer(x):
        f = custom_vjp(lambda y: y * x)
        f.defvjp(lambda y: (y * x, None), lambda _, g: (g * x,))
        return f(2.0 * x)

    for jac in (jacfwd, jacrev):
        with pytest.raises(DifferentiationError, match="not among its arguments"):
            jac(outer)(3.0)


def test_keywords_that_a_rule_would_not_get():
    f = custom_vjp(lambda x, *, scale=1.0: x * scale)
    f.defvjp(lambda x: (x, None), lambda _, g: (g,))
    with pytest.raises(TypeError, match="scale can only be given by keyword"):
        grad(lambda x: f(x, scale=2.0))(1.0)


# --- linear maps ---

S = scipy.sparse.random_array((7, 5), density=0.5, rng=1, format="csr")
MAPS = {
    "one by one": linear_map(lambda x: S @ x, lambda y: S.T @ y),
    "batched": linear_map(lambda x: (S @ x.T).T, lambda y: (S.T @ y.T).T, batched=True),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_sparse_matrix_as_a_linear_map(name):
    times, dense = MAPS[name], S.toarray()
    x = RNG.normal(size=5)

    def f(x, product):
        return np.sin(product(x)) * x[0]

    np.testing.assert_allclose(times(x), dense @ x)
    np.testing.assert_allclose(times.T(np.ones(7)), dense.sum(0))
    for jac in (jacfwd, jacrev, jacobian, *SECOND):
        mine, known = (jac(lambda x, p=p: f(x, p))(x) for p in (times, lambda x: dense @ x))
        np.testing.assert_allclose(mine, known, atol=1e-13)


def test_a_linear_map_of_numbers_and_matrices():
    double = linear_map(lambda x: 2 * x, lambda y: 2 * y)
    assert grad(double)(3.0) == 2.0
    flip = linear_map(lambda x: x[::-1].T, lambda y: y.T[::-1])
    x = RNG.normal(size=(2, 3))
    for jac in (jacfwd, jacrev):
        np.testing.assert_allclose(jac(flip)(x), jac(lambda x: x[::-1].T)(x))


def test_a_linear_map_is_held_against_its_transpose():
    with pytest.raises(DifferentiationError, match="not each other's transpose"):
        jacrev(linear_map(lambda x: S @ x, lambda y: 2 * (S.T @ y)))(np.ones(5))
    with pytest.raises(DifferentiationError, match=r"shape \(7,\) for an argument of shape \(5,\)"):
        jacfwd(linear_map(lambda x: S @ x, lambda y: y))(np.ones(5))
