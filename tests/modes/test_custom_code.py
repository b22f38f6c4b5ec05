"""What code of the user's in a rule may do, and is refused: results, buffers, leaks, what is not real."""

from fractions import Fraction

import numpy as np
import pytest

from modes import (
    DifferentiationError,
    custom_jvp,
    custom_vjp,
    grad,
    jacfwd,
    jacobian,
    jacrev,
    linear_map,
    vjp,
)

JACOBIANS = pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])
X = np.array([1.0, 2.0])


def by_vjp(f, bwd, fwd=None, **options):
    function = custom_vjp(f, **options)
    function.defvjp(fwd or (lambda *args: (f(*args), args)), bwd)
    return function


def by_jvp(f, jvp):
    function = custom_jvp(f)
    function.defjvp(jvp)
    return function


IDENTITIES = {
    "vjp": by_vjp(lambda x: x, lambda _, g: (g,)),
    "jvp": by_jvp(lambda x: x, lambda primals, tangents: (primals[0], tangents[0])),
    "view": by_vjp(lambda x: x[:], lambda _, g: (g,)),
}


@JACOBIANS
@pytest.mark.parametrize("identity", IDENTITIES.values(), ids=IDENTITIES)
def test_a_result_is_no_argument(identity, jac):
    def of_the_argument(x):
        y = x * 1.0
        z = identity(y)
        y[0] = 5.0
        return z * x

    def of_the_result(x):
        y = x * 1.0
        z = identity(y)
        z[0] = 5.0
        return z * y

    np.testing.assert_array_equal(of_the_argument(X), X * X)
    np.testing.assert_array_equal(jac(of_the_argument)(X), np.diag(2 * X))
    np.testing.assert_array_equal(of_the_result(X), [5.0, 4.0])
    np.testing.assert_array_equal(jac(of_the_result)(X), np.diag([5.0, 4.0]))
    value, _ = vjp(of_the_argument, X)
    np.testing.assert_array_equal(value, X * X)
    np.testing.assert_array_equal(jac(lambda x: jac(of_the_argument)(x).sum(0))(X), 2 * np.eye(2))


NOT_REAL = {
    "complex result": by_vjp(lambda x: np.exp(1j * x), lambda _, g: (g,)),
    "fraction": by_vjp(lambda x: Fraction(1, 2), lambda _, g: (g * X,)),
    "objects": by_vjp(lambda x: np.array([1.0, 2.0], object), lambda _, g: (g,)),
    "complex cotangent": by_vjp(lambda x: 2.0 * x, lambda _, g: (2j * g,)),
    "complex tangent": by_jvp(lambda x: 2.0 * x, lambda p, t: (2.0 * p[0], 2j * t[0])),
}


@JACOBIANS
@pytest.mark.parametrize("function", NOT_REAL.values(), ids=NOT_REAL)
def test_what_is_not_real_is_refused(function, jac):
    with pytest.raises(DifferentiationError, match="real"):
        jac(lambda x: np.real(function(x)) * x)(X)


A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
INTO, BACK = np.empty(3), np.empty(2)
BUFFERED = {
    "linear_map": linear_map(lambda x: np.dot(A, x, out=INTO), lambda y: np.dot(A.T, y, out=BACK)),
    "vjp": by_vjp(lambda x: np.dot(A, x, out=INTO), lambda _, g: (np.dot(A.T, g, out=BACK),)),
    "jvp": by_jvp(
        lambda x: np.dot(A, x, out=INTO), lambda p, t: (A @ p[0], np.dot(A, np.asarray(t[0]), out=INTO))
    ),
}


@pytest.mark.parametrize("name", BUFFERED)
def test_a_rule_may_write_to_a_buffer(name):
    f = BUFFERED[name]
    for jac in {"vjp": [jacrev], "jvp": [jacfwd]}.get(name, [jacfwd, jacrev]):
        np.testing.assert_allclose(jac(lambda x: f(x) ** 2)(X), 2 * (A @ X)[:, None] * A)


@JACOBIANS
@pytest.mark.parametrize("kind", [list, np.array])
def test_arguments_that_are_not_differentiated_are_taken_as_they_are_then(jac, kind):
    scaled = by_vjp(lambda x, w: x * w[0], lambda w, _, g: (g * w[0],), nondiff_argnums=1)

    def f(x):
        w, total = kind([1.0]), 0.0
        for k in range(3):
            w[0] = k + 1.0
            total = total + scaled(x, w)
        return total

    assert jac(f)(2.0) == 6.0


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_a_rule_that_closes_over_a_traced_value_is_refused(jac):
    def pushed(a):
        g = by_jvp(lambda b: 1.0 * b, lambda p, t: (1.0 * p[0], np.sin(a) * t[0]))
        return g(a * 2.0)

    def pulled(a):
        g = by_vjp(lambda b: 1.0 * b, lambda _, g: (np.sin(a) * g,))
        return g(a * 2.0)

    for f in (pushed, pulled):
        with pytest.raises(DifferentiationError):
            jac(f)(0.3)


@pytest.mark.parametrize(
    ("fwd", "sentence"),
    [
        (lambda x: ([2.0 * x], None), "structured"),
        (lambda x: (np.sum(2.0 * x), None), "shape"),
        (lambda x: (3.0 * x, None), "not the function's"),
    ],
)
def test_fwd_is_held_against_the_function(fwd, sentence):
    f = by_vjp(lambda x: 2.0 * x, lambda _, g: (2.0 * g,), fwd)
    with pytest.raises(DifferentiationError, match=sentence):
        grad(lambda x: np.sum(f(x)[0]))(X)


def test_positions_beyond_the_arguments_are_refused():
    for position in (2, -3):
        with pytest.raises(ValueError, match="it takes 2 arguments"):
            custom_vjp(lambda x, n: x * n, nondiff_argnums=(position,))
    custom_vjp(lambda *args: args[0], nondiff_argnums=(5,))
