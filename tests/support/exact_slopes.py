"""Derivatives of elementwise functions by formulas of mpmath, which no rule made, and where to try them.

`SLOPES` and `PARTIALS` hold, by function, the points and a formula for each argument.
"""

import numpy as np
from mpmath import mp, mpf
from scipy import special as sp

TINY, HUGE = np.finfo(float).tiny, np.finfo(float).max
_DECADES = np.array([5e-324, 1e-310, TINY, 1e-300, 1e-200, 1e-155, 1e-100, 1e-30, 1e-16, 1e-9, 1e-5, 1e-3])
_MIDDLE = np.array([0.01, 0.1, 0.3, 0.499, 0.7, 0.97, 1.3, 1.9, 2.6, 4.3, 6.1, 9.9, 10.1, 18.0, 20.0, 26.2])
_LARGE = np.array([31.0, 36.7, 50.3, 99.0, 300.4, 700.2, 709.7])
_FAR = np.array(
    [711.0, 744.0, 1e3, 12345.6, 1e5, 1e7, 1e9, 1e12, 1e15, 1e17, 1e20, 1e50, 1e100, 1e153, 1e155]
)
_END = np.array([1e200, 1e300, 1e308, HUGE])
POSITIVE = np.concatenate([_DECADES, _MIDDLE, _LARGE, _FAR, _END])
ANY = np.concatenate([-POSITIVE[::-1], [0.0], POSITIVE])
MODEST = np.concatenate([_DECADES, _MIDDLE, _LARGE, [1e3, 12345.6, 1e5, 1e6]])  # where periods can be told
SIGNED = np.concatenate([-MODEST[::-1], [0.0], MODEST])
# Where SciPy's own values have lost these digits: its sindg and its kin reduce the angle by a rounded period
# (2e-12 off at 1e6), j0, j1, y0 and y1 their phase (3e-12 at 1e4), and exprel is infinite from 710 to 716.
TURNS = SIGNED[np.abs(SIGNED) < 2e5]
WAVES = SIGNED[np.abs(SIGNED) < 5e3]
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
        return sum((-1) ** n * mp.fac2(2 * n - 1) / (2 * x * x) ** n for n in range(12)) / (
            x * mp.sqrt(mp.pi)
        )
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
        return (
            sum((-1) ** n * mp.fac2(2 * n - 1) / (2 * x * x) ** n for n in range(1, 12)) * 2 / mp.sqrt(mp.pi)
        )
    with mp.workdps(80):
        return 2 * x * tail(x) - 2 / mp.sqrt(mp.pi)


def exprel_slope(x):
    if abs(x) < 1e-5:
        return sum(x**k * (k + 1) / mp.factorial(k + 2) for k in range(12))
    return (x * mp.exp(x) - mp.expm1(x)) / x**2


def sinc_slope(x):
    u = mp.pi * x
    return (
        -u * mp.pi / 3 + u**3 * mp.pi / 30 if abs(x) < 1e-15 else mp.pi * (mp.cos(u) / u - mp.sin(u) / u**2)
    )


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
        d = -sign * (function(abs(order - 1), x) + function(order + 1, x)) / 2
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
    sp.ndtri_exp: (
        -POSITIVE[(POSITIVE > 1e-17) & (POSITIVE < 700)],
        lambda x: mp.exp(x) / density(inverse_tail(mp.exp(x))),
    ),
    sp.expit: (ANY, lambda x: logistic(x) * logistic(-x)),
    sp.log_expit: (ANY, lambda x: logistic(-x)),
    sp.logit: (UNIT, lambda x: 1 / (x * (1 - x))),
    sp.entr: (POSITIVE, lambda x: -ln(x) - 1),
    sp.gammaln: (np.concatenate([POSITIVE, BELOW]), lambda x: mp.psi(0, x)),
    sp.loggamma: (POSITIVE, lambda x: mp.psi(0, x)),
    sp.psi: (np.concatenate([POSITIVE, BELOW, [-1e4 - 0.25]]), lambda x: mp.psi(1, x)),
    sp.gamma: (
        np.concatenate([POSITIVE, BELOW]),
        lambda x: mp.gamma(x) * mp.psi(0, x) if x < 1e4 else mp.inf,
    ),
    sp.rgamma: (
        np.concatenate([POSITIVE, BELOW, -np.arange(20.0), -np.arange(5) - 1e-12]),
        lambda x: rgamma_slope(x) if x < 1e4 else mpf(0),
    ),
    sp.exprel: (ANY[ANY != 711.0], exprel_slope),
    sp.expm1: (ANY, mp.exp),
    sp.log1p: (np.concatenate([POSITIVE, -UNIT]), lambda x: 1 / (1 + x)),
    sp.exp2: (ANY, lambda x: ln(2) * 2**x),
    sp.exp10: (ANY, lambda x: ln(10) * mpf(10) ** x),
    sp.cosm1: (SIGNED, lambda x: -mp.sin(x)),
    sp.sindg: (TURNS, lambda x: DEGREE * mp.cos(DEGREE * x)),
    sp.cosdg: (TURNS, lambda x: -DEGREE * mp.sin(DEGREE * x)),
    sp.tandg: (TURNS, lambda x: DEGREE / mp.cos(DEGREE * x) ** 2),
    sp.cotdg: (TURNS[TURNS != 0], lambda x: -DEGREE / mp.sin(DEGREE * x) ** 2),
    sp.spence: (POSITIVE, lambda x: ln(x) / (1 - x)),
    sp.exp1: (POSITIVE, lambda x: -mp.exp(-x) / x),
    sp.expi: (ANY[ANY != 0], lambda x: mp.exp(x) / x),
    sp.wrightomega: (ANY, lambda x: (lambda w: w / (1 + w))(omega(x))),
    sp.j0: (WAVES, lambda x: -mp.besselj(1, x)),
    sp.j1: (WAVES, bessel_slope(mp.besselj, 1)),
    sp.y0: (WAVES[WAVES > 0], lambda x: -mp.bessely(1, x)),
    sp.y1: (WAVES[WAVES > 0], bessel_slope(mp.bessely, 1)),
    sp.i0: (SIGNED[np.abs(SIGNED) < 1e3], lambda x: mp.besseli(1, x)),
    sp.i1: (SIGNED[np.abs(SIGNED) < 1e3], bessel_slope(mp.besseli, 1, 1)),
    sp.k0: (MODEST[(MODEST > 1e-311) & (MODEST < 1e3)], lambda x: -mp.besselk(1, x)),
    sp.k1: (MODEST[(MODEST > 1e-311) & (MODEST < 1e3)], bessel_slope(mp.besselk, 1, 1, -1)),
    sp.i0e: (ANY[ANY != 0], scaled(mp.besseli, 0, -1)),
    sp.i1e: (ANY, scaled(mp.besseli, 1, -1)),
    sp.k0e: (POSITIVE[1:], scaled(mp.besselk, 0, 1)),
    sp.k1e: (POSITIVE[1:], scaled(mp.besselk, 1, 1)),
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


# --- of two and three arguments -----------------------------------------------------------------------------

_SIZES = np.array(
    [TINY, 1e-300, 1e-160, 1e-20, 1e-8, 0.02, 0.7, 1.0, 1.9, 31.0, 690.0, 1e4, 1e8, 1e20, 1e160, 1e300, HUGE]
)
_SMALLER = np.array([1e-300, 1e-20, 1e-8, 0.02, 0.7, 1.0, 1.9, 13.3, 160.2, 1e4, 1e8, 1e15])
_EXPONENTS = np.array([-3.0, -1.0, -1e-9, 0.0, 1e-300, 1e-9, 0.5, 1.0, 1.5, 2.0, 3.0, 30.0])
_CLOSE_PAIRS = [(x, x * (1 + d)) for x in (1e-300, 0.3, 1.0, 1e6, 1e300) for d in (0.0, 1e-15, 1e-9, -1e-3)]


def pairs(first, second, more=()):
    """All pairs of two lists of numbers, and some more of them, as two arrays."""
    return np.array([(a, b) for a in first for b in second] + list(more)).T


def signs(points):
    return np.concatenate([points, points * [[-1], [1]], points * [[1], [-1]], -points], axis=1)


def over(numerator, denominator):
    """A quotient of 60 digits, infinite where the denominator is 0."""
    return numerator / denominator if denominator else mp.sign(numerator) * mp.inf


def psi_step(a, m):
    with mp.workdps(700 if min(abs(m), abs(a)) < 1e-50 else max(120, mp.dps)):
        return mp.psi(0, a + m) - mp.psi(0, a)


def log_step(a, m):
    return mp.loggamma(a + m) - mp.loggamma(a)


def beta(a, b):
    with mp.workdps(400 if max(a, b) > 1e10 else mp.dps):
        return mp.exp(mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))


def box_slope(log, p):
    return log**2 * exprel_slope(p * log)


PARTIALS = {
    np.divide: (signs(pairs(_SIZES, _SIZES)), lambda a, b: 1 / b, lambda a, b: -a / b**2),
    np.multiply: (signs(pairs(_SIZES, _SIZES)), lambda a, b: b, lambda a, b: a),
    np.power: (
        pairs(_SIZES, _EXPONENTS, [(1 + 1e-12, 1e14), (1 - 1e-12, 1e14)]),
        lambda a, b: b * a ** (b - 1),
        lambda a, b: a**b * ln(a),
    ),
    np.hypot: (
        signs(pairs(_SIZES, _SIZES)),
        lambda a, b: a / mp.sqrt(a * a + b * b),
        lambda a, b: b / mp.sqrt(a * a + b * b),
    ),
    np.arctan2: (
        signs(pairs(_SIZES, _SIZES)),
        lambda a, b: b / (a * a + b * b),
        lambda a, b: -a / (a * a + b * b),
    ),
    np.logaddexp: (
        signs(pairs(_SIZES, _SIZES, _CLOSE_PAIRS)),
        lambda a, b: logistic(a - b),
        lambda a, b: logistic(b - a),
    ),
    np.logaddexp2: (
        signs(pairs(_SIZES, _SIZES, _CLOSE_PAIRS)),
        lambda a, b: 1 / (1 + mpf(2) ** (b - a)),
        lambda a, b: 1 / (1 + mpf(2) ** (a - b)),
    ),
    np.fmod: (
        signs(pairs([0.3, 1.0, 5.0, 0.3 * 7, 49.0, 1e5], [0.1, 0.3, 1.0, 3.7, 1 / 49])),
        lambda a, b: mpf(1),
        lambda a, b: -mp.sign(a / b) * mp.floor(abs(a / b)),
    ),
    np.remainder: (
        signs(pairs([0.3, 1.0, 5.0, 0.3 * 7, 49.0, 1e5], [0.1, 0.3, 1.0, 3.7, 1 / 49])),
        lambda a, b: mpf(1),
        lambda a, b: -mp.floor(a / b),
    ),
    sp.xlogy: (pairs(_SIZES, _SIZES), lambda a, b: ln(b), lambda a, b: a / b),
    sp.xlog1py: (pairs(_SIZES, _SIZES), lambda a, b: mp.log1p(b), lambda a, b: a / (1 + b)),
    sp.rel_entr: (pairs(_SIZES, _SIZES, _CLOSE_PAIRS), lambda a, b: ln(a / b) + 1, lambda a, b: -a / b),
    sp.kl_div: (pairs(_SIZES, _SIZES, _CLOSE_PAIRS), lambda a, b: ln(a / b), lambda a, b: 1 - a / b),
    sp.powm1: (pairs(_SIZES, _EXPONENTS), lambda a, b: b * a ** (b - 1), lambda a, b: a**b * ln(a)),
    sp.boxcox: (pairs(_SIZES, _EXPONENTS), lambda a, b: a ** (b - 1), lambda a, b: box_slope(ln(a), b)),
    sp.boxcox1p: (
        pairs(_SIZES, _EXPONENTS),
        lambda a, b: (1 + a) ** (b - 1),
        lambda a, b: box_slope(mp.log1p(a), b),
    ),
    sp.pseudo_huber: (
        pairs(_SIZES[1:-1], _SIZES[1:-1]),
        lambda d, r: (lambda h: (r * r / (h + d)) ** 2 / h)(mp.sqrt(d * d + r * r)),
        lambda d, r: d * r / mp.sqrt(d * d + r * r),
    ),
    sp.owens_t: (
        pairs([1e-300, 1e-8, 0.4, 1.7, 12.0, 30.0], [1e-300, 1e-8, 0.4, 1.0, 3.3, 1e200]),
        lambda h, a: -mp.exp(-h * h / 2) * mp.erf(a * h / mp.sqrt(2)) / (2 * mp.sqrt(2 * mp.pi)),
        lambda h, a: mp.exp(-h * h * (1 + a * a) / 2) / (2 * mp.pi * (1 + a * a)),
    ),
    sp.betaln: (pairs(_SMALLER, _SMALLER), lambda a, b: -psi_step(a, b), lambda a, b: -psi_step(b, a)),
    sp.beta: (
        pairs(_SMALLER[3:9], _SMALLER[3:9]),
        lambda a, b: -beta(a, b) * psi_step(a, b),
        lambda a, b: -beta(a, b) * psi_step(b, a),
    ),
    sp.poch: (
        pairs([0.02, 0.7, 3.0, 31.5], [1e-9, 0.5, 1.0, 2.0]),
        lambda a, m: mp.exp(log_step(a, m)) * psi_step(a, m),
        lambda a, m: mp.exp(log_step(a, m)) * mp.psi(0, a + m),
    ),
    sp.binom: (
        pairs([3.0, 7.5, 40.0], [0.0, 0.5, 1.0, 2.0, 3.0]),
        lambda n, k: mp.binomial(n, k) * psi_step(n - k + 1, k),
        lambda n, k: mp.binomial(n, k) * psi_step(k + 1, n - 2 * k),
    ),
    sp.gammainc: (
        pairs(
            [0.02, 0.7, 1.0, 1.5, 20.0, 1e4, 1e8],
            [1e-300, 1e-9, 0.3, 1.0, 20.0, 19.0, 600.0, 9.9e3, 1e8 + 1e4],
        ),
        None,
        lambda a, x: mp.exp((a - 1) * ln(x) - x - mp.loggamma(a)),
    ),
}
