"""Arrays that f changes after it has used them: the derivative is of what was used, or it is refused."""

import numpy as np
import pytest

from modes import DifferentiationError, grad, hessian, jacfwd, jacobian, jacrev, jvp, linearize, vjp

RNG = np.random.default_rng(0)
ALL = pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])
SIZES = pytest.mark.parametrize("n", [3, 140])  # 140 × 140 entries are not copied but held


def scaled(c, x):
    y = x * c
    c[...] = 5.0
    return y


def product(c, x):
    y = np.outer(c, np.ones(len(x))) @ x
    c[...] = 5.0
    return y


def matrix(c, x):
    y = c @ x
    c[...] = 5.0
    return y


def matrix_from_the_right(c, x):
    y = x @ c
    c *= 0.0
    return y


def divided(c, x):
    y = x / c
    c += 1.0
    return y


def refilled(c, x):
    y = x * 0.0
    for k in range(3):
        c[...] = k + 1.0
        y = y + x * c
    return y


def refilled_matrix(c, x):
    y = x
    for k in range(3):
        c[...] = np.eye(len(x)) * (k + 1)
        y = c @ y
    return y


def selected(c, x):
    y = np.where(c > 0.5, x, 2 * x)
    c[...] = 0.0
    return y


def power(c, x):
    y = x**c
    c[...] = 1.0
    return y


def exponents(c, x):
    e = c.astype(int)
    y = np.ldexp(x, e)
    e[...] = 3
    return y


PROGRAMS = {
    "scaled": (scaled, 1),
    "outer": (product, 1),
    "matrix": (matrix, 2),
    "matrix from the right": (matrix_from_the_right, 2),
    "divided": (divided, 1),
    "refilled": (refilled, 1),
    "refilled matrix": (refilled_matrix, 2),
    "selected": (selected, 1),
    "power": (power, 1),
    "exponents": (exponents, 1),
}


def constant(ndim, n):
    return np.random.default_rng(1).uniform(0.4, 0.9, (n,) * ndim)


@ALL
@SIZES
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_derivative_is_of_what_was_used(name, n, jac):
    f, ndim = PROGRAMS[name]
    x = RNG.uniform(0.5, 1.5, n)
    h = 1e-6
    known = np.stack(
        [(f(constant(ndim, n), x + h * e) - f(constant(ndim, n), x - h * e)) / (2 * h) for e in np.eye(n)],
        axis=1,
    )
    c = constant(ndim, n)
    differentiate = jac(lambda x: f(c, x))
    for _ in range(2):
        c[...] = constant(ndim, n)
        try:
            found = differentiate(x)
        except DifferentiationError as error:
            assert "copy()" in str(error)  # noqa: PT017  (either is right)
            assert c.nbytes > 131072
        else:
            np.testing.assert_allclose(found, known, rtol=1e-6, atol=1e-6)
        assert c.flags.writeable
        assert x.flags.writeable


@ALL
@SIZES
def test_the_argument_and_the_tangent_themselves(n, jac):
    x = RNG.uniform(0.5, 1.5, n * n)
    before = x.copy()

    def f(z):
        y = z * z
        x[0] = 9.0
        return y[:3]

    try:
        np.testing.assert_allclose(jac(f)(x)[:, :3], np.diag(2 * before[:3]))
    except DifferentiationError as error:
        assert "copy()" in str(error)  # noqa: PT017
        assert n == 140
    x[:] = before
    v = np.ones(3)

    def g(z):
        y = z * z
        v[:] = 7.0
        return y

    np.testing.assert_allclose(jvp(g, (before[:3],), (v,))[1], 2 * before[:3])


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_a_change_through_a_view_made_before_is_noticed(jac):
    weights = RNG.normal(size=(140, 140))
    flat = weights.reshape(-1)

    def f(x):
        y = weights @ x
        flat[:] = 0.0
        return y

    with pytest.raises(DifferentiationError, match="through a view"):
        jac(f)(np.ones(140))
    assert weights.flags.writeable


def test_what_is_kept_for_later_is_a_copy():
    c = np.full(20_000, 2.0)
    x = np.ones(20_000)
    _, pullback = vjp(lambda x: np.sum(x * c), x)
    _, pushforward = linearize(lambda x: np.sum(x * c), x)
    c[:] = 7.0
    assert pullback(1.0)[0][0] == 2.0
    assert pushforward(x) == 40_000.0


def test_results_are_no_view_of_constants():
    c = RNG.normal(size=(60, 60))
    kept = c.copy()
    for jac in (jacfwd, jacrev):
        result = jac(lambda x: c @ x)(np.ones(60))
        result[...] = 0.0
        np.testing.assert_array_equal(c, kept)
    second = hessian(lambda x: 0.5 * (x @ (c @ x)))(np.ones(60))
    np.testing.assert_allclose(second, (c + c.T) / 2)
    assert grad(lambda x: np.sum(c @ x))(np.ones(60)).shape == (60,)
