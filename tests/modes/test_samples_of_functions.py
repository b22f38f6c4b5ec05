"""Known values and edge cases of sampled functions, choices, writing functions and special functions."""

import numpy as np
import pytest
from scipy import special

from modes import DifferentiationError, grad, hessian, jacfwd, jacobian, jacrev, jvp

BOTH = pytest.mark.parametrize("jac", [jacfwd, jacrev])


@BOTH
def test_sinc_at_zero(jac):
    d = jac
    for _ in range(3):
        d = (lambda inner: lambda f: jac(inner(f)))(d)
    assert jac(np.sinc)(0.0) == 0
    np.testing.assert_allclose(jac(jac(np.sinc))(0.0), -(np.pi**2) / 3, rtol=1e-15)
    assert jac(jac(jac(np.sinc)))(0.0) == 0
    np.testing.assert_allclose(d(np.sinc)(0.0), np.pi**4 / 5, rtol=1e-15)
    near = np.array([1e-300, 1e-12, 0.4999999, 0.5000001])
    np.testing.assert_allclose(np.diag(jac(np.sinc)(near))[2:], [-1.2732395] * 2, rtol=1e-6)
    np.testing.assert_allclose(np.diag(jac(np.sinc)(near))[:2], -(np.pi**2) / 3 * near[:2], rtol=1e-14)


@BOTH
def test_interpolation_at_and_beyond_its_points(jac):
    points, values = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 4.0])
    at = np.array([-1.0, 0.0, 1.0, 3.0, 4.0])
    assert np.diag(jac(lambda x: np.interp(x, points, values))(at)).tolist() == [0, 2, 1, 1, 0]
    assert np.diag(jac(lambda x: np.interp(x, points, values, 7.0, 8.0))(at)).tolist() == [0, 2, 1, 1, 0]
    ends = jac(lambda f: np.interp(at, points, f))(values)
    assert ends.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    value, tangent = jvp(lambda x: np.interp(x, points, values), (np.array([np.nan, np.inf]),), (np.ones(2),))
    assert np.isnan(value[0])
    assert (value[1], tangent[1]) == (4.0, 0.0)
    with pytest.raises(ValueError, match="as many"):
        jac(lambda x: np.interp(x, points, values[:2]))(at)


@BOTH
def test_gradient_of_uneven_samples(jac):
    x = np.array([0.0, 1.0, 3.0, 3.5])
    for order in (1, 2):
        exact = np.gradient(np.eye(4), x, axis=0, edge_order=order)
        np.testing.assert_allclose(
            jac(lambda f, o=order: np.gradient(f, x, edge_order=o))(x**2), exact, rtol=1e-14
        )
    for bad, message in (((1.0, 2.0), "spacings"), ((np.ones(3),), "match")):
        with pytest.raises((TypeError, ValueError), match=message):
            jac(lambda f, b=bad: np.gradient(f, *b))(x)
    with pytest.raises(ValueError, match="too small"):
        jac(np.gradient)(x[:1])


def test_padding_that_is_refused():
    x = np.arange(3.0)
    for mode in ("empty", lambda vector, width, axis, keywords: None):
        with pytest.raises(DifferentiationError, match=r"np\.concatenate"):
            jacfwd(lambda x, m=mode: np.pad(x, 1, m))(x)
    with pytest.raises(DifferentiationError, match="several times"):
        jacfwd(lambda x: np.pad(x, 5, "reflect", reflect_type="odd"))(x)
    with pytest.raises(ValueError, match="not supported"):
        jacfwd(lambda x: np.pad(x, 1, "mirror"))(x)
    with pytest.raises(ValueError, match="unsupported keyword"):
        jacfwd(lambda x: np.pad(x, 1, "edge", constant_values=2))(x)


@BOTH
def test_writing_functions(jac):
    x = np.array([1.0, 2.0, 3.0])

    def written(x):
        y = np.zeros_like(x)
        view = y[1:]
        np.put(view, [0], x[2] ** 2)
        np.copyto(y[:1], x[:1] * 5)
        return y

    assert jac(written)(x).tolist() == [[5, 0, 0], [0, 0, 6], [0, 0, 0]]
    for write in (
        lambda y, x: np.put(y, [0], x[:1]),
        lambda y, x: np.place(y, y == 0, x),
        lambda y, x: np.putmask(y, y == 0, x),
        lambda y, x: np.copyto(y, x),
        lambda y, x: np.put_along_axis(y, np.array([0]), x[:1], 0),
    ):
        plain = np.zeros(3)
        with pytest.raises(DifferentiationError, match="zeros_like"):
            jac(lambda x, w=write, y=plain: w(y, x))(x)

        def of_its_own(x, w=write):
            y = np.zeros(3)
            w(y, x)
            return y

        assert jac(of_its_own)(x)[0].tolist() == [1, 0, 0]


@BOTH
def test_choices(jac):
    x = np.array([-1.0, 0.5, 2.0])
    chosen = jac(lambda x: np.select([x < 0, x < 1], [x**2, 3 * x], default=-1.0))(x)
    assert np.diag(chosen).tolist() == [-2, 3, 0]
    pieces = jac(lambda x: np.piecewise(x, [x < 0, x >= 0], [np.square, np.sqrt]))(x)
    np.testing.assert_allclose(np.diag(pieces), [-2, 0.5**0.5, 0.5 / 2**0.5], rtol=1e-15)
    with pytest.raises(ValueError, match="invalid entry"):
        jac(lambda x: np.choose([0, 2, 1], [x, x]))(x)
    with pytest.raises(ValueError, match="functions are expected"):
        jac(lambda x: np.piecewise(x, [x < 0], [np.sin] * 3))(x)
    replaced = jac(lambda x: np.nan_to_num(np.where([True, False, False], np.inf, x)))(x)
    assert np.diag(replaced).tolist() == [0, 1, 1]


def test_numbers_in_parts():
    x = np.array([2.75, -1.5, np.inf])
    (value, tangent) = jvp(lambda x: np.modf(x)[0], (x,), (np.ones(3),))
    assert value.tolist() == [0.75, -0.5, 0.0]
    assert tangent[:2].tolist() == [1, 1]
    assert np.diag(jacfwd(lambda x: np.frexp(x)[0])(x[:2])).tolist() == [0.25, 0.5]
    assert np.diag(jacrev(lambda x: np.ldexp(x, 3))(x[:2])).tolist() == [8, 8]
    for part in (np.imag, np.angle, np.around):
        assert not jacfwd(part)(x[:2]).any()
    assert jacrev(lambda x: np.divmod(x, 2.0)[0])(3.5) == 0


def test_applied_functions_of_nothing():
    with pytest.raises(ValueError, match="iteration dimensions"):
        jacfwd(lambda x: np.apply_along_axis(np.sum, 0, x))(np.ones((2, 0)))


@BOTH
def test_special_functions_at_their_edges(jac):
    assert jac(special.j1)(0.0) == 0.5
    assert jac(special.i1)(0.0) == 0.5
    assert jac(special.exprel)(0.0) == 0.5
    assert jac(special.spence)(1.0) == -1.0
    assert jac(lambda y: special.xlogy(0.0, y))(0.0) == 0.0
    assert jac(lambda p: special.boxcox(3.0, p))(0.0) == pytest.approx(np.log(3) ** 2 / 2, rel=1e-15)
    far = jac(special.log_ndtr)(-40.0)
    assert far == pytest.approx(40.02496, rel=1e-6)  # where the density has underflowed
    assert jac(special.expit)(-800.0) == 0
    assert jac(special.log_expit)(-800.0) == 1
    np.testing.assert_allclose(jac(jac(special.gammaln))(2.0), np.pi**2 / 6 - 1, rtol=1e-14)
    np.testing.assert_allclose(
        hessian(lambda x: special.beta(x[0], x[1]))(np.array([1.0, 1.0]))[0, 0], 2, rtol=1e-14
    )


def test_special_functions_without_a_rule():
    for f in (lambda v: special.jv(v, 1.0), lambda a: special.gammainc(a, 1.0)):
        with pytest.raises(DifferentiationError, match="no elementary derivative by its argument"):
            grad(f)(1.5)
    with pytest.raises(DifferentiationError, match=r"scipy\.special\.struve .* has no rule"):
        grad(lambda x: special.struve(0, x))(1.5)
    assert jacobian(special.gammasgn)(1.5) == 0


X = np.array([[0.0, 0.0, 1.5], [2.0, -3.0, 0.5]])


@BOTH
@pytest.mark.parametrize("axis", [None, 0, (0, 1), -1])
def test_what_the_refusals_say_instead_is_what_scipy_computes(jac, axis):
    for f, instead in (
        (special.logsumexp, lambda x, axis: np.logaddexp.reduce(x, axis=axis)),
        (special.log_softmax, lambda x, axis: x - np.logaddexp.reduce(x, axis=axis, keepdims=True)),
    ):
        np.testing.assert_allclose(instead(X, axis), f(X, axis), rtol=1e-14)
        with pytest.raises(DifferentiationError, match=r"write .*np\.logaddexp\.reduce"):
            jac(lambda x, f=f: f(x, axis))(X)
        with pytest.raises(DifferentiationError, match=r"np\.logaddexp\.reduce"):
            jac(lambda x, f=f: f([x[0, 0], x[1, 1]]))(X)


def test_python_functions_of_scipy():
    for f in (
        lambda x: special.polygamma(1, x),
        lambda x: special.multigammaln(x, 2),
        lambda x: special.comb(x, 2),
        lambda x: special.perm(x, 2),
    ):
        with pytest.raises(DifferentiationError, match=r"scipy\.special\..* is refused: it turns"):
            jacrev(f)(np.array([2.5, 3.5]))


@BOTH
def test_softmax_and_softplus_of_scipy(jac):
    shares = special.softmax(X, axis=1)
    expected = np.einsum("ij,jk->ijk", shares, np.eye(3)) - shares[:, :, None] * shares[:, None, :]
    found = jac(lambda x: special.softmax(x, axis=1))(X)
    np.testing.assert_allclose(found[[0, 1], :, [0, 1]], expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(np.diag(jac(special.softplus)(X[0])), special.expit(X[0]), rtol=1e-15)


def test_log_sum_exp_has_its_curvature_at_ties():
    shares = np.full(3, 1 / 3)
    found = hessian(lambda x: np.logaddexp.reduce(x))(np.zeros(3))
    np.testing.assert_allclose(found, np.diag(shares) - np.outer(shares, shares), rtol=1e-14)
