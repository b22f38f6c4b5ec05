"""Second (and some third) derivatives against values that no rule made, at ordinary points and special ones.

Comparing modes cannot find a wrong partial, which all of them share.
"""

import numpy as np
import pytest
from exact_slopes import PARTIALS, SLOPES
from mpmath import mp, mpf
from scipy import special as sp

from modes import hessian, jacfwd, jacrev, jvp, vjp

ORDERS = {
    "forward over reverse": lambda f: jacfwd(jacrev(f)),
    "reverse over forward": lambda f: jacrev(jacfwd(f)),
    "forward twice": lambda f: jacfwd(jacfwd(f)),
    "reverse twice": lambda f: jacrev(jacrev(f)),
}
every_order = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
SPECIAL = [0.0, 1.0, -1.0, 2.0, 0.5, -2.0, -0.5]
ORDINARY = [0.3, 0.7, 1.3, 2.6, 4.3, 9.9, -0.3, -1.3, -2.3, -4.3, 31.0]
KINKS = {sp.i0e: [0.0], sp.cbrt: [0.0], np.cbrt: [0.0], sp.spence: [1.0]}


def inside(points, domain):
    """Those points that lie in the range of some others, and not where these leave out a 0."""
    return [x for x in points if domain.min() < x < domain.max() and (x != 0 or 0 in domain)]


def close(found, exact, points):
    for mine, truth, at in zip(found, exact, points, strict=True):
        assert abs(mine - float(truth)) <= 1e-9 * (abs(float(truth)) + 1e-5), (at, mine, float(truth))


@pytest.mark.parametrize("function", SLOPES, ids=lambda f: f.__name__)
def test_one_argument(function):
    domain, slope = SLOPES[function]
    points = [x for x in inside(SPECIAL + ORDINARY, domain) if x not in KINKS.get(function, [])]
    if function in (sp.gammaln, sp.gamma, sp.psi, sp.rgamma):
        points = [x for x in points if x > 0 or x != int(x) or function is sp.rgamma]
    with mp.workdps(50):
        exact = [mp.diff(slope, mpf(x)) if np.isfinite(float(slope(mpf(x)))) else None for x in points]
    points = [x for x, truth in zip(points, exact, strict=True) if truth is not None]
    exact = [truth for truth in exact if truth is not None]
    at = np.array(points)
    ones = np.ones_like(at)
    with np.errstate(all="ignore"):
        close(jvp(lambda x: jvp(function, (x,), (ones,))[1], (at,), (ones,))[1], exact, points)
        close(vjp(lambda x: vjp(function, x)[1](ones)[0], at)[1](ones)[0], exact, points)


def places(function):
    if function in (np.fmod, np.remainder):
        return [(5.3, 0.7), (1.2, 3.0)]
    if function in (sp.binom,):
        return [(3.0, 1.0), (7.5, 0.5), (4.0, 2.0), (40.0, 3.0)]
    if function in (sp.beta, sp.betaln, sp.poch):
        return [(1.0, 1.0), (0.7, 2.0), (2.0, 0.5), (31.0, 1.5), (0.5, 20.0)]
    if function in (np.hypot, np.arctan2, np.divide, np.multiply, np.logaddexp, np.logaddexp2):
        return [(1.0, 1.0), (0.3, 0.3), (-0.7, 2.0), (2.0, -0.5), (0.0, 1.0), (1e6, 1.0), (1.0, 2e3)]
    if function in (sp.boxcox, sp.boxcox1p):
        return [(1.0, 0.0), (2.0, 0.0), (0.3, 1.0), (1.7, 2.0), (1.0, 2.0), (0.3, -1.0)]
    positive = [(1.0, 1.0), (0.3, 0.7), (2.0, 1.0), (1.0, 2.0), (2.6, 0.5), (31.0, 30.0)]
    if function in (np.power, sp.powm1):
        return [*positive, (2.0, 0.0), (1.0, 0.0), (0.3, 0.0), (0.7, -1.0), (3.0, 3.0)]
    return positive


@pytest.mark.parametrize("function", [f for f in PARTIALS if f is not sp.gammainc], ids=lambda f: f.__name__)
def test_two_arguments(function):
    _, *partials = PARTIALS[function]
    for point in places(function):
        with mp.workdps(50):
            exact = [
                mp.diff(partial, tuple(map(mpf, point)), orders)
                for partial in partials
                for orders in ((1, 0), (0, 1))
            ]
        for order in ORDERS.values():
            found = order(lambda v: function(v[0], v[1]))(np.array(point)).ravel()
            scale = max(abs(float(truth)) for truth in exact) * 1e-4
            for mine, truth in zip(found, exact, strict=True):
                assert abs(mine - float(truth)) <= 1e-10 * (abs(float(truth)) + scale), (point, found, exact)


@every_order
def test_power_of_zero(order):
    def f(v):
        return v[0] ** v[1]

    assert order(f)(np.array([0.0, 2.0])).tolist() == [[2, 0], [0, 0]]
    assert order(f)(np.array([0.0, 3.0])).tolist() == [[0, 0], [0, 0]]
    with np.errstate(all="ignore"):
        corner = order(f)(np.array([0.0, 0.0]))
        mixed = order(f)(np.array([0.0, 1.0]))[0, 1]
    assert np.isnan(corner[0, 1]), "the limit depends on the way"
    assert not np.isfinite(mixed), "log 0"


def test_third_derivatives_of_powers():
    def third(f, x):
        return jacfwd(jacfwd(jacfwd(f)))(x), jacrev(jacrev(jacrev(f)))(x)

    assert third(lambda x: x**x, 1.0) == (3.0, 3.0)
    assert third(lambda x: np.float_power(x, x), 1.0) == (3.0, 3.0)
    for found in third(lambda b: np.power(2.0 + 0 * b, b) * b, 0.0):
        np.testing.assert_allclose(found, float(mp.diff(lambda b: mpf(2) ** b * b, mpf(0), 3)), rtol=1e-12)
    mixed = jacfwd(jacfwd(jacfwd(lambda v: v[0] ** v[1])))(np.array([2.0, 0.0]))
    np.testing.assert_allclose(mixed[0, 1, 1], np.log(2.0), rtol=1e-14)  # ∂a∂b² = (2 log a + b log² a) aᵇ⁻¹
    np.testing.assert_allclose(mixed[0, 0, 1], -0.25, rtol=1e-14)


@every_order
def test_tanh_where_it_is_flat(order):
    with mp.workdps(50):
        for x in (0.0, 1.0, 2.9, 3.1, 18.0, 20.0, 300.0, -25.0):
            truth = float(-2 * mp.tanh(x) * mp.sech(x) ** 2)
            np.testing.assert_allclose(order(np.tanh)(x), truth, rtol=1e-11)
            np.testing.assert_allclose(
                np.diagonal(order(np.tanh)(np.full(2, x)))[..., 0, 0], truth, rtol=1e-11
            )


# --- norms and spreads at 0: the first derivative is 0 by convention, the second is no quiet 0 --------------

FLAT = {
    "norm": (np.linalg.norm, np.zeros(2)),
    "norm of order 3": (lambda x: np.linalg.norm(x, 3), np.zeros(2)),
    "Frobenius": (lambda x: np.linalg.norm(np.reshape(x, (2, 2)), "fro"), np.zeros(4)),
    "spectral": (lambda x: np.linalg.norm(np.reshape(x, (2, 2)), 2), np.zeros(4)),
    "nuclear": (lambda x: np.linalg.norm(np.reshape(x, (2, 2)), "nuc"), np.zeros(4)),
    "norm squared": (lambda x: np.linalg.norm(x) ** 2, np.zeros(2)),
    "bell of the norm": (lambda x: np.exp(-(np.linalg.norm(x) ** 2)), np.zeros(2)),
    "hypot": (lambda x: np.hypot(x[0], x[1]), np.zeros(2)),
    "std": (np.std, np.ones(2)),
    "std of rows": (lambda x: np.std(np.reshape(x, (1, 2)), axis=1)[0], np.ones(2)),
}


@pytest.mark.parametrize("case", FLAT)
def test_kink_of_a_norm(case):
    f, at = FLAT[case]
    for jac in (jacfwd, jacrev):
        assert not jac(f)(at).any()
    with np.errstate(all="ignore"):
        for order in ORDERS.values():
            assert np.isnan(np.diagonal(order(f)(at))).all()


@every_order
def test_norm_apart_from_the_kink(order):
    x = np.array([[3.0, 4.0], [1e-3, 1e3]])
    for row in x:
        size = np.hypot(*row)
        expected = (np.eye(2) - np.outer(row, row) / size**2) / size
        np.testing.assert_allclose(order(np.linalg.norm)(row), expected, rtol=1e-9, atol=1e-16)
    rows = order(lambda v: np.linalg.norm(np.reshape(v, (2, 2)), axis=1)[1])(np.array([0.0, 0.0, 3.0, 4.0]))
    np.testing.assert_allclose(rows[2:, 2:], np.array([[16, -12], [-12, 9]]) / 125, rtol=1e-14)


# --- equal eigenvalues and singular values: right or NaN ----------------------------------------------------

SYMMETRIC_FUNCTIONS = {
    "sum of squares": (lambda w: np.sum(w**2), lambda a: np.sum(a * a)),
    "trace": (np.sum, np.trace),
    "logarithms": (lambda w: np.sum(np.log(w)), lambda a: np.linalg.slogdet(a)[1]),
}


@pytest.mark.parametrize("case", SYMMETRIC_FUNCTIONS)
@every_order
def test_functions_of_eigenvalues(case, order):
    of_values, of_matrix = SYMMETRIC_FUNCTIONS[case]

    def symmetric(v, function):
        a = np.reshape(v, (2, 2))
        return function((a + a.T) / 2)

    for matrix in (np.eye(2), np.diag([1.0, 2.0])):
        point = matrix.ravel()
        expected = hessian(lambda v: symmetric(v, of_matrix))(point)
        with np.errstate(all="ignore"):
            found = order(lambda v: symmetric(v, lambda a: of_values(np.linalg.eigvalsh(a))))(point)
        wrong = ~np.isclose(found, expected, rtol=1e-10, atol=1e-12) & ~np.isnan(found)
        assert not wrong.any(), found
        if matrix[0, 0] != matrix[1, 1]:
            assert not np.isnan(found).any()


@every_order
def test_functions_of_singular_values(order):
    for matrix in (np.eye(2), np.diag([2.0, 1.0]), np.diag([1.0, 0.0]), np.zeros((2, 2))):
        with np.errstate(all="ignore"):
            found = order(lambda v: np.sum(np.linalg.svdvals(np.reshape(v, (2, 2))) ** 2))(matrix.ravel())
        assert (np.isclose(found, 2 * np.eye(4), atol=1e-12) | np.isnan(found)).all(), found


# --- infinities and poles -----------------------------------------------------------------------------------

INF = np.inf
SHARES = [
    ((-INF, 1.0), (0, 1)),
    ((1.0, -INF), (1, 0)),
    ((INF, 1.0), (1, 0)),
    ((INF, -INF), (1, 0)),
    ((-INF, -INF), (0.5, 0.5)),
    ((INF, INF), (0.5, 0.5)),
    ((1e6, 1e6 - 1.0), (1 / (1 + np.exp(-1.0)), 1 / (1 + np.exp(1.0)))),
    ((1000.0, -1000.0), (1, 0)),
]


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
@pytest.mark.parametrize(("point", "shares"), SHARES)
@pytest.mark.parametrize("ufunc", [np.logaddexp, np.logaddexp2], ids=lambda f: f.__name__)
def test_logarithm_of_a_sum_of_exponentials(jac, ufunc, point, shares):
    if ufunc is np.logaddexp2 and point[0] == 1e6:
        shares = 2 / 3, 1 / 3
    for f in (lambda v: ufunc(v[0], v[1]), ufunc.reduce):
        np.testing.assert_allclose(jac(f)(np.array(point)), shares, rtol=1e-14)


def test_logarithm_of_a_sum_beyond_two():
    assert jacrev(np.logaddexp.reduce)(np.full(4, -INF)).tolist() == [0.25] * 4
    found = jacrev(lambda x: np.logaddexp.reduce(x, axis=1))(np.array([[-INF, 2.0], [INF, 3.0]]))
    assert found[[0, 1], [0, 1]].tolist() == [[0, 1], [1, 0]]
    masked = jacfwd(lambda x: np.logaddexp.reduce(x, where=[True, False, True]))(np.array([0.0, INF, 0.0]))
    assert masked.tolist() == [0.5, 0, 0.5]


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_interpolation_beside_infinities(jac):
    ends = [-INF, 0.0, 1.0, INF]
    for at, slope in ((-1.0, 0), (0.0, 2), (0.5, 2), (1.0, 0), (7.0, 0)):
        assert jac(lambda x: np.interp(x, ends, [0.0, 1.0, 3.0, 4.0]))(at) == slope
    assert jac(lambda f: np.interp(1.0, [0.0, 1.0, 2.0], f))(np.array([0.0, 3.0, INF])).tolist() == [0, 1, 0]
    value, slope = jvp(lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 3.0, INF]), (1.0,), (1.0,))
    assert (value, slope) == (3.0, INF)


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_gamma_and_its_kin_at_poles(jac):
    x = np.array([0.0, -1.0, -2.0, -5.0])
    np.testing.assert_allclose(np.diagonal(jac(sp.rgamma)(x)), [1, -1, 2, -120], rtol=1e-14)
    with mp.workdps(50):
        beyond = float(mp.diff(lambda k: mp.binomial(3, k), 5))
        line = float(mp.diff(lambda b: mp.beta(0.5, b), mpf(-0.5)))
        rising = float(mp.diff(lambda a: mp.rf(a, mpf(0.5)), mpf(-2)))
        curved = float(mp.diff(mp.rgamma, -2, 2))
    np.testing.assert_allclose(jac(lambda k: sp.binom(3.0, k))(5.0), beyond, rtol=1e-12)
    np.testing.assert_allclose(jac(lambda b: sp.beta(0.5, b))(-0.5), line, rtol=1e-12)
    np.testing.assert_allclose(jac(lambda a: sp.poch(a, 0.5))(-2.0), rising, rtol=1e-12)
    np.testing.assert_allclose(jac(jac(sp.rgamma))(-2.0), curved, rtol=1e-12)


def test_kinks_of_two_arguments():
    assert jacrev(lambda v: sp.kl_div(v[0], v[1]))(np.zeros(2))[1] == 1
    assert hessian(sp.spence)(1.0) == 0.5
    assert jacrev(lambda p: sp.boxcox(0.0, p))(2.0) == 0.25
    with np.errstate(all="ignore"):
        assert jacfwd(lambda b: sp.xlogy(0.0, b))(0.0) == 0
        assert np.isnan(jacfwd(jacfwd(lambda b: sp.xlogy(0.0 * b, b)))(0.0))
        assert jacfwd(jacfwd(lambda v: sp.xlogy(v[0], v[1])))(np.array([0.0, 2.0]))[0, 1] == 0.5
