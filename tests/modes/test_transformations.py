"""The transformations: names, argument order, structures and errors as JAX's users know them."""

from collections import namedtuple

import numpy as np
import pytest

from modes import (
    DifferentiationError,
    choose_mode,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)

W = np.arange(6.0).reshape(2, 3) / 3
X = np.array([0.3, -0.7, 1.1])
JACOBIANS = pytest.mark.parametrize(
    "jac",
    [
        jacfwd,
        jacrev,
        *(lambda f, argnums=0, m=m: jacobian(f, argnums, m) for m in ("forward", "reverse", "auto")),
    ],
)
Point = namedtuple("Point", "a b")


def f(x):
    return np.tanh(W @ x)


J = (1 - np.tanh(W @ X) ** 2)[:, None] * W


def test_jvp():
    value, tangent = jvp(f, (X,), (X,))
    np.testing.assert_array_equal(value, f(X))
    np.testing.assert_allclose(tangent, J @ X, rtol=1e-14)
    value, tangent, aux = jvp(
        lambda x, y: (x * y, {"kept": x, "text": "t"}), (2.0, 3.0), (1.0, 0.0), has_aux=True
    )
    assert (value, tangent, aux) == (6.0, 3.0, {"kept": 2.0, "text": "t"})


def test_vjp():
    value, pullback = vjp(f, X)
    np.testing.assert_array_equal(value, f(X))
    for cotangent in (np.array([1.0, 2.0]), np.array([0.0, 1.0])):  # more than once
        (pulled,) = pullback(cotangent)
        np.testing.assert_allclose(pulled, cotangent @ J, rtol=1e-14)
    value, pullback, aux = vjp(lambda x, y: (x * y, x), 2.0, 3.0, has_aux=True)
    assert (value, pullback(1.0), aux) == (6.0, (3.0, 2.0), 2.0)


def test_linearize():
    value, pushforward = linearize(f, X)
    np.testing.assert_array_equal(value, f(X))
    np.testing.assert_allclose(pushforward(X), J @ X, rtol=1e-14)
    value, pushforward = linearize(lambda x, y: x * y, 2.0, 3.0)
    assert pushforward(1.0, 10.0) == 23.0


def test_grad_and_value_and_grad():
    assert grad(lambda x: x**3)(2.0) == 12.0
    assert grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0) == (3.0, 2.0)
    assert grad(lambda x, y: x * y, argnums=-1)(2.0, 3.0) == 2.0
    assert grad(lambda x, y: (x * y, "aux"), has_aux=True)(2.0, 3.0) == (3.0, "aux")
    assert value_and_grad(lambda x: x**2)(3.0) == (9.0, 6.0)
    assert value_and_grad(lambda x: (x**2, "aux"), has_aux=True)(3.0) == ((9.0, "aux"), 6.0)
    assert grad(lambda x, *, k: k * x)(1.0, k=5.0) == 5.0


@JACOBIANS
def test_jacobian_shapes(jac):
    np.testing.assert_allclose(jac(f)(X), J, rtol=1e-14)
    outer = jac(lambda x: np.stack([x.ravel(), 2 * x.ravel()]))(W)
    assert outer.shape == (2, 6, 2, 3)
    np.testing.assert_array_equal(outer.reshape(2, 6, 6)[1], 2 * np.eye(6))
    assert jac(lambda t: np.stack([t, t**2]))(3.0).tolist() == [1.0, 6.0]
    assert jac(np.sum)(W).tolist() == np.ones((2, 3)).tolist()
    assert jac(lambda x: x)(np.zeros((0, 2))).shape == (0, 2, 0, 2)
    assert jac(lambda x: np.zeros(2))(np.zeros(0)).shape == (2, 0)
    assert jac(lambda x: x[:0])(X).shape == (0, 3)


@JACOBIANS
def test_jacobian_of_pytrees(jac):
    def g(tree, other):
        return {"s": tree["w"] @ other, "t": (tree["b"][0] * 2, [tree["b"][1] + other[0]])}

    tree = {"w": W, "b": (1.5, np.float32(2.0))}
    result = jac(g)(tree, X)
    assert result["s"]["w"].shape == (2, 2, 3)
    np.testing.assert_allclose(result["s"]["w"][0, 0], X)
    assert result["s"]["b"][0].tolist() == [0, 0]
    assert result["t"][0]["b"] == (2.0, 0.0)
    assert result["t"][1][0]["b"][1] == 1.0
    both = jac(g, argnums=(1, 0))(tree, X)
    np.testing.assert_allclose(both["s"][0], W)
    assert both["t"][1][0][0].tolist() == [1, 0, 0]
    named = jac(lambda p: Point(p.a * p.b, p.a))(Point(2.0, 3.0))
    assert named == Point(Point(3.0, 2.0), Point(1.0, 0.0))


def test_auxiliary_results_are_plain():
    for transform in (jacfwd, jacrev, hessian):
        result, aux = transform(lambda x: (np.sum(x**2), {"x": x, "n": len(x)}), has_aux=True)(X)
        assert type(aux["x"]) is np.ndarray
        assert aux["n"] == 3
    assert result.tolist() == (2 * np.eye(3)).tolist()


def test_second_derivatives():
    def scalar(x):
        return np.sum(np.sin(x) * x[::-1])

    np.testing.assert_allclose(hessian(scalar)(X), jacrev(jacrev(scalar))(X), rtol=1e-13)
    np.testing.assert_allclose(hessian(scalar)(X), hessian(scalar)(X).T, rtol=1e-13)
    np.testing.assert_allclose(hvp(scalar, (X,), (W[0],)), hessian(scalar)(X) @ W[0], rtol=1e-13)
    a, b = hvp(lambda x, y: x**2 * y, (3.0, 2.0), (1.0, 10.0))
    assert (a, b) == (2 * 2.0 * 1 + 2 * 3 * 10, 2 * 3 * 1.0)
    blocks = hessian(lambda x, y: x**2 * y, argnums=(0, 1))(3.0, 2.0)
    assert blocks == ((4.0, 6.0), (6.0, 0.0))


def test_fourth_derivative():
    for d in (grad, jacfwd, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]):
        assert d(d(d(d(np.exp))))(0.5) == pytest.approx(np.exp(0.5), rel=1e-14)


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 100])
def test_chunks_give_the_same(chunk):
    def g(x, w):
        return {"a": w @ x, "b": np.prod(x) * w.sum(), "c": np.stack([x[0], 1.0])}

    whole = jacrev(g, (0, 1))(X, W)
    for jac in (jacfwd, jacrev):
        parts = jac(g, (0, 1), chunk_size=chunk)(X, W)
        for key in "abc":
            for mine, theirs in zip(parts[key], whole[key], strict=True):
                np.testing.assert_allclose(mine, theirs, rtol=1e-13, atol=1e-14)


def test_precision_is_kept():
    x = X.astype(np.float32)
    for jac in (jacfwd, jacrev, jacobian):
        assert jac(lambda x: np.tanh(2.0 * x) @ W.T.astype(np.float32))(x).dtype == np.float32
    assert grad(lambda x: np.sum(x * W[0]))(x).dtype == np.float32  # as the argument, to update it
    assert hessian(lambda x: np.sum(x**3))(x).dtype == np.float32


def test_auto_says_what_it_chose():
    assert choose_mode(f)(X)[:3] == ("reverse", 3, 2)
    assert choose_mode(lambda t: t * X)(2.0)[:3] == ("forward", 1, 3)
    assert "n = 3 inputs" in str(choose_mode(np.sum)(X))


def test_functions_are_named():
    assert jacfwd(f).__name__ == "jacfwd(f)"
    assert jacobian(f, mode="reverse").__name__ == "jacobian[reverse](f)"


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: jacfwd(f, 1)(X), ValueError, "argnums has 1"),
        (lambda: jacfwd(f, (0, 0))(X), ValueError, "each once"),
        (lambda: jacrev(f, ())(X), ValueError, "at least one"),
        (lambda: jacrev(f, "x")(X), TypeError, "argnums must be an int"),
        (lambda: jacrev(f, 0.0)(X), TypeError, "argnums must be an int"),
        (lambda: jacfwd(f, chunk_size=0)(X), ValueError, "chunk_size must be a positive int"),
        (lambda: jacrev(f, chunk_size=2.5)(X), ValueError, "chunk_size must be a positive int"),
        (lambda: jacobian(f, mode="fast"), ValueError, "'forward', 'reverse'"),
        (lambda: jvp(f, X, X), TypeError, "tuples or lists"),
        (lambda: jvp(f, (X,), (X[:2],)), ValueError, r"shape \(2,\)"),
        (lambda: jvp(f, (X,), (X, X)), ValueError, "structured as"),
        (lambda: jvp(f, (X,), (X * 1j,)), DifferentiationError, "complex"),
        (lambda: vjp(f, X)[1](X), ValueError, r"shape \(3,\)"),
        (lambda: vjp(f, X)[1]((f(X),)), ValueError, "structured as"),
        (lambda: linearize(f, X)[1](), ValueError, "structured as"),
        (lambda: jacfwd(lambda d: d["a"])({"a": "text"}), DifferentiationError, r"argument 0\['a'\]"),
    ],
)
def test_errors_name_the_argument(call, error, says):
    with pytest.raises(error, match=says):
        call()
