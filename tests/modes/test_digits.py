"""Digits of the elementwise rules over their whole domains, against formulas in 60 digits that no rule made.

A derivative that is a normal number is right to 1e-12; one that over- or underflows is inf or (nearly) 0.
"""

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy import special as sp
from scipy.special import _ufuncs

from modes import jvp

TINY, HUGE = np.finfo(float).tiny, np.finfo(float).max
_DECADES = np.array([5e-324, 1e-310, TINY, 1e-300, 1e-200, 1e-155, 1e-100, 1e-30, 1e-16, 1e-9, 1e-5, 1e-3])
_MIDDLE = np.array([0.01, 0.1, 0.3, 0.499, 0.7, 0.97, 1.3, 1.9, 2.6, 4.3, 6.1, 9.9, 10.1, 18.0, 20.0, 26.2])
_LARGE = np.array([31.0, 36.7, 50.3, 99.0, 300.4, 700.2, 709.7])
_FAR = np.array([711.0, 744.0, 1e3, 12345.6, 1e5, 1e7, 1e9, 1e12, 1e15, 1e17, 1e20, 1e50, 1e100, 1e153, 1e155])
_END = np.array([1e200, 1e300, 1e308, HUGE])
POSITIVE = np.concatenate([_DECADES, _MIDDLE, _LARGE, _FAR, _END])
ANY = np.concatenate([-POSITIVE[::-1], [0.0], POSITIVE])
MODEST = np.concatenate([_DECADES, _MIDDLE, _LARGE, [1e3, 12345.6, 1e5, 1e6]])  # where periods can be told
SIGNED = np.concatenate([-MODEST[::-1], [0.0], MODEST])
_CLOSE = np.concatenate([[2.0**-53, 2.0**-52, 1e-13, 1e-9, 1e-5, 1e-3], _MIDDLE[:6]])
UNIT = np.concatenate([_DECADES, _MIDDLE[:6], 1 - _CLOSE[1:6]])
INSIDE = np.concatenate([-UNIT[::-1], [0.0], UNIT])
ABOVE = np.concatenate([1 + _CLOSE[1:], POSITIVE[POSITIVE > 1]])
BELOW = -np.arange(12) - 0.3


def ln(x):
    return mp.log(x)


def density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def tail(x):
    """exp(x²)·erfc(x)."""
    if x > 1e4:
        return sum((-1) ** n * mp.fac2(2 * n - 1) / (2 * x * x) ** n for n in range(12)) / (x * mp.sqrt(mp.pi))
    return mp.exp(x * x) * mp.erfc(x)


def dawson(x):
    if abs(x) > 1e4:
        return sum(mp.fac2(2 * n - 1) / (2 * x * x) ** n for n in range(12)) / (2 * x)
    return mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x)


def dawson_slope(x):
    if abs(x) > 1e4:
        return -sum(mp.fac2(2 * n - 1) / (2 * x * x) ** n for n in range(1, 12))
    with mp.workdps(80):
        return 1 - 2 * x * dawson(x)


def tail_slope(x):
    if x > 1e4:
        return sum((-1) ** n * mp.fac2(2 * n - 1) / (2 * x * x) ** n for n in range(1, 12)) * 2 / mp.sqrt(mp.pi)
    with mp.workdps(80):
        return 2 * x * tail(x) - 2 / mp.sqrt(mp.pi)


def exprel_slope(x):
    if abs(x) < 1e-5:
        return sum(x**k * (k + 1) / mp.factorial(k + 2) for k in range(12))
    return (x * mp.exp(x) - mp.expm1(x)) / x**2


def sinc_slope(x):
    u = mp.pi * x
    return -u * mp.pi / 3 + u**3 * mp.pi / 30 if abs(x) < 1e-15 else mp.pi * (mp.cos(u) / u - mp.sin(u) / u**2)


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def scaled(function, order, sign):
    """The slope of e^(∓x) times a modified Bessel function, by its asymptotic series far out."""

    def value(z, order, terms=25):
        total, term = mpf(0), mpf(1)
        for k in range(terms):
            total += term
            term *= sign * (4 * mpf(order) ** 2 - (2 * k + 1) ** 2) / (8 * (k + 1) * z)
        return total

    def slope(x):
        x, side = (x, 1) if x >= 0 else (-x, 1 if order % 2 else -1)
        if x > 500:
            root = mp.sqrt(mp.pi / 2) if sign > 0 else 1 / mp.sqrt(2 * mp.pi)
            total, term = mpf(0), mpf(1)
            for k in range(25):
                total -= (k + mpf(1) / 2) * term
                term *= sign * (4 * mpf(order) ** 2 - (2 * k + 1) ** 2) / (8 * (k + 1) * x)
            return side * root * total / x ** mpf("1.5")
        d = function(order, x, derivative=1) if sign < 0 else -(mp.besselk(order - 1, x) + mp.besselk(order + 1, x)) / 2
        return side * mp.exp(sign * x) * (d + sign * function(order, x))

    return slope


def bessel_slope(function, order, sign=-1, scale=1):
    def slope(x):
        return scale * (function(order - 1, x) + sign * function(order + 1, x)) / 2

    return slope


def rgamma_slope(x):
    if x <= 0 and x == mp.floor(x):
        return (-1) ** int(-x) * mp.factorial(-x)
    return -mp.rgamma(x) * mp.psi(0, x)


def inverse_tail(p):
    """The point of the normal distribution function, by Newton's steps from SciPy's."""
    y = mpf(float(sp.ndtri(float(p))))
    for _ in range(4):
        y -= (mp.ncdf(y) - p) / density(y)
    return y


def inverse_erfc(q):
    y = mpf(float(sp.erfcinv(float(q))))
    for _ in range(4):
        y += (mp.erfc(y) - q) * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
    return y


DEGREE = mp.pi / 180
SLOPES = {
    np.square: (ANY, lambda x: 2 * x),
    np.sqrt: (POSITIVE, lambda x: 1 / (2 * mp.sqrt(x))),
    np.cbrt: (ANY, lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2) if x else mp.inf),
    sp.cbrt: (ANY, lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2) if x else mp.inf),
    np.reciprocal: (POSITIVE, lambda x: -1 / x**2),
    np.exp: (ANY, mp.exp),
    np.exp2: (ANY, lambda x: ln(2) * 2**x),
    np.expm1: (ANY, mp.exp),
    np.log: (POSITIVE, lambda x: 1 / x),
    np.log2: (POSITIVE, lambda x: 1 / (x * ln(2))),
    np.log10: (POSITIVE, lambda x: 1 / (x * ln(10))),
    np.log1p: (np.concatenate([POSITIVE, -UNIT]), lambda x: 1 / (1 + x)),
    np.sin: (SIGNED, mp.cos),
    np.cos: (SIGNED, lambda x: -mp.sin(x)),
    np.tan: (SIGNED, lambda x: 1 / mp.cos(x) ** 2),
    np.arcsin: (INSIDE, lambda x: 1 / mp.sqrt(1 - x * x)),
    np.arccos: (INSIDE, lambda x: -1 / mp.sqrt(1 - x * x)),
    np.arctan: (ANY, lambda x: 1 / (1 + x * x)),
    np.sinh: (ANY, mp.cosh),
    np.cosh: (ANY, mp.sinh),
    np.tanh: (ANY, lambda x: mp.sech(x) ** 2),
    np.arcsinh: (ANY, lambda x: 1 / mp.sqrt(1 + x * x)),
    np.arccosh: (ABOVE, lambda x: 1 / mp.sqrt(x * x - 1)),
    np.arctanh: (INSIDE, lambda x: 1 / (1 - x * x)),
    np.deg2rad: (ANY, lambda x: DEGREE),
    np.rad2deg: (ANY, lambda x: 1 / DEGREE),
    np.sinc: (SIGNED, sinc_slope),
    np.i0: (SIGNED[np.abs(SIGNED) < 700], lambda x: mp.besseli(1, x)),
    sp.erf: (ANY, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    sp.erfc: (ANY, lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    sp.erfi: (ANY, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(x * x)),
    sp.erfcx: (ANY, tail_slope),
    sp.dawsn: (ANY, dawson_slope),
    sp.erfinv: (INSIDE, lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(inverse_erfc(1 - x) ** 2)),
    sp.erfcinv: (UNIT, lambda x: -mp.sqrt(mp.pi) / 2 * mp.exp(inverse_erfc(x) ** 2)),
    sp.ndtr: (ANY, density),
    sp.log_ndtr: (ANY, lambda x: mp.sqrt(2 / mp.pi) / tail(-x / mp.sqrt(2))),
    sp.ndtri: (UNIT, lambda p: 1 / density(inverse_tail(p))),
    sp.ndtri_exp: (-POSITIVE[POSITIVE < 700], lambda x: mp.exp(x) / density(inverse_tail(mp.exp(x)))),
    sp.expit: (ANY, lambda x: logistic(x) * logistic(-x)),
    sp.log_expit: (ANY, lambda x: logistic(-x)),
    sp.logit: (UNIT, lambda x: 1 / (x * (1 - x))),
    sp.entr: (POSITIVE, lambda x: -ln(x) - 1),
    sp.gammaln: (np.concatenate([POSITIVE, BELOW]), lambda x: mp.psi(0, x)),
    sp.loggamma: (POSITIVE, lambda x: mp.psi(0, x)),
    sp.psi: (np.concatenate([POSITIVE, BELOW, [-1e5 - 0.25, -1e9 - 0.25]]), lambda x: mp.psi(1, x)),
    sp.gamma: (np.concatenate([POSITIVE, BELOW]), lambda x: mp.gamma(x) * mp.psi(0, x) if x < 1e4 else mp.inf),
    sp.rgamma: (
        np.concatenate([POSITIVE, BELOW, -np.arange(20.0), -np.arange(5) - 1e-12]),
        lambda x: rgamma_slope(x) if x < 1e4 else mpf(0),
    ),
    sp.exprel: (ANY, exprel_slope),
    sp.expm1: (ANY, mp.exp),
    sp.log1p: (np.concatenate([POSITIVE, -UNIT]), lambda x: 1 / (1 + x)),
    sp.exp2: (ANY, lambda x: ln(2) * 2**x),
    sp.exp10: (ANY, lambda x: ln(10) * mpf(10) ** x),
    sp.cosm1: (SIGNED, lambda x: -mp.sin(x)),
    sp.sindg: (SIGNED, lambda x: DEGREE * mp.cos(DEGREE * x)),
    sp.cosdg: (SIGNED, lambda x: -DEGREE * mp.sin(DEGREE * x)),
    sp.tandg: (SIGNED, lambda x: DEGREE / mp.cos(DEGREE * x) ** 2),
    sp.cotdg: (SIGNED[SIGNED != 0], lambda x: -DEGREE / mp.sin(DEGREE * x) ** 2),
    sp.spence: (POSITIVE, lambda x: ln(x) / (1 - x)),
    sp.exp1: (POSITIVE, lambda x: -mp.exp(-x) / x),
    sp.expi: (ANY[ANY != 0], lambda x: mp.exp(x) / x),
    sp.wrightomega: (ANY, lambda x: (lambda w: w / (1 + w))(omega(x))),
    sp.j0: (SIGNED, lambda x: -mp.besselj(1, x)),
    sp.j1: (SIGNED, bessel_slope(mp.besselj, 1)),
    sp.y0: (MODEST, lambda x: -mp.bessely(1, x)),
    sp.y1: (MODEST, bessel_slope(mp.bessely, 1)),
    sp.i0: (SIGNED[np.abs(SIGNED) < 1e3], lambda x: mp.besseli(1, x)),
    sp.i1: (SIGNED[np.abs(SIGNED) < 1e3], bessel_slope(mp.besseli, 1, 1)),
    sp.k0: (MODEST[MODEST < 1e3], lambda x: -mp.besselk(1, x)),
    sp.k1: (MODEST[MODEST < 1e3], bessel_slope(mp.besselk, 1, 1, -1)),
    sp.i0e: (ANY[ANY != 0], scaled(mp.besseli, 0, -1)),
    sp.i1e: (ANY, scaled(mp.besseli, 1, -1)),
    sp.k0e: (POSITIVE, scaled(mp.besselk, 0, 1)),
    sp.k1e: (POSITIVE, scaled(mp.besselk, 1, 1)),
}


def omega(x):
    """Wright's function: w + log(w) = x."""
    if x < -60:
        w = mp.exp(x)
        return w - w * w
    w = x if x > 2 else mp.exp(x) if x < 0 else mpf(1)
    for _ in range(60):
        step = (w + ln(w) - x) * w / (1 + w)
        w -= step
        if abs(step) < abs(w) * mpf(10) ** -40:
            break
    return w


def differences(found, exact):
    """The relative errors of derivatives where the exact one is a normal number; elsewhere, 0 where right."""
    errors = np.zeros(len(found))
    for i, (mine, truth) in enumerate(zip(found.tolist(), exact, strict=True)):
        size = abs(truth)
        if size < TINY:
            errors[i] = 0.0 if abs(mine) < 1.01 * TINY else np.inf
        elif size > HUGE:
            errors[i] = 0.0 if abs(mine) > 0.99 * HUGE and (mine > 0) == (truth > 0) else np.inf
        else:
            errors[i] = abs(mpf(mine) - truth) / size if np.isfinite(mine) else np.inf
    return errors


def slopes(function, args, position):
    """The partials at many points, by a tangent of ones."""
    tangents = tuple(np.ones_like(a) * (i == position) for i, a in enumerate(args))
    with np.errstate(all="ignore"):
        return jvp(function, args, tangents)[1]


@pytest.mark.parametrize("function", SLOPES, ids=lambda f: f"{f.__name__}")
def test_unary_rule(function):
    points, slope = SLOPES[function]
    with mp.workdps(60):
        exact = [mpf(slope(mpf(x))) for x in points.tolist()]
        errors = differences(slopes(function, (points,), 0), exact)
    wrong = errors > 1e-12
    assert not wrong.any(), list(zip(points[wrong], errors[wrong], strict=True))
