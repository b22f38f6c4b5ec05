"""Elementwise rules of SciPy's special ufuncs, loaded when one is first met.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF), by section, where they are
not the definition differentiated. An argument without an elementary partial (the order of a Bessel function)
is refused when it is traced.
"""

import functools
import math
import operator
from typing import Any

import numpy as np
from scipy import special as sp
from scipy.special import _ufuncs

from modes.core.errors import DifferentiationError
from modes.core.operators import elementwise as registered
from modes.core.registry import constant
from modes.core.traced import primal
from modes.rules.elementary import polynomial, turned
from modes.rules.elementwise import kink, own, part, power_base, power_exponent

_SQRT_PI, _SQRT_2PI, _DEGREE = math.sqrt(math.pi), math.sqrt(2 * math.pi), math.pi / 180
_SQRT_2 = math.sqrt(2)


def elementwise(ufunc, *partials):
    """Register partials, which are as silent as SciPy's functions where they overflow."""
    quiet = np.errstate(all="ignore")
    return registered(ufunc, *[partial and quiet(partial) for partial in partials])


def _refused(function, argument):
    def partial(*_):
        raise DifferentiationError(
            f"scipy.special.{function} has no elementary derivative by its argument {argument!r}; "
            f"if that is a constant, give stop_gradient({argument})"
        )

    return partial


# --- error functions and the normal distribution, DLMF 7 ----------------------------------------------

elementwise(sp.erf, lambda y, x: 2 / _SQRT_PI * np.exp(-x * x))
elementwise(sp.erfc, lambda y, x: -2 / _SQRT_PI * np.exp(-x * x))
elementwise(sp.erfi, lambda y, x: 2 / _SQRT_PI * np.exp(x * x))
elementwise(sp.erfcx, lambda y, x: -2 / _SQRT_PI * _remainder(primal(x) > 10, 1 - _SQRT_PI * x * y, x, -1))
elementwise(sp.erfinv, lambda y, x: _SQRT_PI / 2 * np.exp(y * y))
elementwise(sp.erfcinv, lambda y, x: -_SQRT_PI / 2 * sp.erfcx(y) / x)  # erfc(y) = x: y need not be squared
elementwise(sp.dawsn, lambda y, x: _remainder(np.abs(primal(x)) > 10, 1 - 2 * x * y, x, 1))
elementwise(sp.ndtr, lambda y, x: np.exp(-x * x / 2) / _SQRT_2PI)


def _hazard(x):
    """φ(x)/Φ(x), which is -x far out on the left, where erfcx is no normal number."""
    far = primal(x) < -1e10
    return np.where(far, -x, _SQRT_2 / _SQRT_PI / sp.erfcx(np.where(far, 0.0, -x / _SQRT_2)))


elementwise(sp.log_ndtr, lambda y, x: _hazard(x))
elementwise(sp.ndtri, lambda y, x: _SQRT_2PI / 2 * sp.erfcx(-y / _SQRT_2) / x)
elementwise(sp.ndtri_exp, lambda y, x: _SQRT_2PI / 2 * sp.erfcx(-y / _SQRT_2))
_ODD_FACTORIALS = [float(math.prod(range(1, 2 * n, 2))) for n in range(1, 15)]


def _remainder(far, near, x, sign):
    """What √π·x·erfcx(x) (sign -1) or 2x·dawsn(x) (sign 1) lacks to 1: DLMF 7.12.1 where that cancels."""
    s = sign / (2 * np.where(far, x, 1.0) * np.where(far, x, 1.0))
    return np.where(far, -s * polynomial(_ODD_FACTORIALS, s), near)


elementwise(
    sp.owens_t,
    lambda y, h, a: -np.exp(-h * h / 2) * sp.erf(a * h / math.sqrt(2)) / (2 * _SQRT_2PI),
    lambda y, h, a: np.exp(-(h * h + (h * a) ** 2) / 2) / (2 * math.pi) / (1 + a * a),
)

# --- logistic and entropic functions ------------------------------------------------------------------

elementwise(sp.expit, lambda y, x: y * sp.expit(-x))
elementwise(sp.log_expit, lambda y, x: sp.expit(-x))
elementwise(sp.logit, lambda y, x: 1 / (x * (1 - x)))
elementwise(sp.entr, lambda y, x: -np.log(x) - 1)


def _over(a, b):
    """a / b, and 0 where both are 0: x·log(y) is 0 there for all y."""
    both = (primal(a) == 0) & (primal(b) == 0)
    return np.where(both, kink(a, both), a / np.where(both, 1.0, b)) if np.any(both) else a / b


def _log_ratio(a, b):
    """log(a/b), of numbers close to each other and of those whose ratio is none."""
    p, q = primal(a), primal(b)
    near = (p < 2 * q) & (q < 2 * p)
    return np.where(near, np.log1p((a - b) / np.where(q == 0, 1.0, b)), np.log(a) - np.log(b))


elementwise(sp.rel_entr, lambda y, a, b: _log_ratio(a, b) + 1, lambda y, a, b: -_over(a, b))
elementwise(
    sp.kl_div,
    lambda y, a, b: _log_ratio(a, b),
    lambda y, a, b: np.where(primal(b) == 0, 1 - _over(a, b), (b - a) / np.where(primal(b) == 0, 1.0, b)),
)

elementwise(sp.xlogy, lambda y, a, b: np.log(b), lambda y, a, b: _over(a, b))
elementwise(sp.xlog1py, lambda y, a, b: np.log1p(b), lambda y, a, b: _over(a, 1 + b))

# --- gamma and beta functions, DLMF 5, 8 and 25 -------------------------------------------------------

elementwise(sp.gammaln, lambda y, x: sp.psi(x))
elementwise(sp.loggamma, lambda y, x: sp.psi(x))
elementwise(sp.psi, lambda y, x: _trigamma(x))
elementwise(sp.gamma, lambda y, x: y * sp.psi(x))
elementwise(sp.rgamma, lambda y, x: _rgamma_slope(y, x))
elementwise(_ufuncs._zeta, _refused("zeta", "x"), lambda y, s, q: -s * sp.zeta(s + 1.0, q))


def _trigamma(x):
    """ψ'(x), by reflection for negative numbers (DLMF 5.5.4): SciPy's series gets long there."""
    left = primal(x) < 0
    _, angle = turned(x)
    sine = np.where(left, np.sin(angle), 1.0)
    return np.where(left, (math.pi / sine) ** 2 - sp.zeta(2.0, np.where(left, 1 - x, 1.0)), 0.0) + np.where(
        left, 0.0, sp.zeta(2.0, np.where(left, 1.0, x))
    )


def _rgamma_slope(y, x):
    """1/Γ by reflection (DLMF 5.5.3) at and near the poles of Γ."""
    left = primal(x) < 0.5
    at, right = np.where(left, x, 0.0), np.where(left, 1.0, x)
    sign, angle = turned(at)
    slope = sign * sp.gamma(1 - at) * (np.cos(angle) - sp.psi(1 - at) * np.sin(angle) / math.pi)
    return np.where(left, slope, -np.where(left, 1.0, y) * sp.psi(right))


_PSI_SERIES = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12]  # DLMF 5.11.2


def _psi_step(a, m):
    """ψ(a + m) - ψ(a), to all digits however small m is beside a.

    Ten steps of the recurrence (DLMF 5.5.2), then the asymptotic series (5.11.2), with each difference of
    two powers written as a multiple of m.
    """
    plain = (primal(a) > 0) & (primal(a) + primal(m) > 0)
    if not np.all(plain):
        b, m_ = np.where(plain, a, 1.0), np.where(plain, m, 0.0)
        return np.where(plain, _psi_step(b, m_), sp.psi(a + m) - sp.psi(a))
    steps = sum(m / (a + m + k) / (a + k) for k in range(10))
    u, v = 1 / (a + 10), 1 / (a + m + 10)
    total, quotient, power = 0.0, 1.0, 1.0
    for coefficient in _PSI_SERIES:
        total = total + coefficient * quotient
        power = power * (u * u)
        quotient = quotient * (v * v) + power  # (v²ᵏ - u²ᵏ)/(v² - u²)
    return steps + np.log1p(m / (a + 10)) + m * u * v * (0.5 + (u + v) * total)


def _product(factors):
    return functools.reduce(operator.mul, factors, 1.0)


def _is_pole(x):
    x = primal(x)
    return (x <= 0) & (x == np.rint(x))


def _of_quotient(slope, above, below, rates):
    """The derivative of ΠΓ(u)/ΠΓ(v), of all u `above` and v `below`, which change by `rates`.

    It is `slope`, but at a pole of a Γ(v) alone, where that is 0 times infinity.
    """
    poles = functools.reduce(np.logical_or, map(_is_pole, below))
    poles = poles & np.logical_not(functools.reduce(np.logical_or, map(_is_pole, above)))
    if not np.any(poles):
        return slope
    us, vs = ([np.where(poles, x, 1.0) for x in part] for part in (above, below))
    inverses = [sp.rgamma(v) for v in vs]
    value = sum(rate * sp.psi(u) for rate, u in zip(rates, us, strict=False)) * _product(inverses)
    for i, v in enumerate(vs):
        others = _product(inverses[:i] + inverses[i + 1 :])
        value = value + rates[len(us) + i] * _rgamma_slope(inverses[i], v) * others
    return np.where(poles, _product(map(sp.gamma, us)) * value, slope)


def _quotient(step, above, below, *rates):
    def partial(y, a, b):
        return _of_quotient(y * step(a, b), above(a, b), below(a, b), rates)

    return partial


_POCH = lambda a, m: (a + m,), lambda a, m: (a,)
_BINOM = lambda n, k: (n + 1,), lambda n, k: (k + 1, n - k + 1)
_BETA = lambda a, b: (a, b), lambda a, b: (a + b,)
elementwise(sp.poch, _quotient(_psi_step, *_POCH, 1, 1), _quotient(lambda a, m: sp.psi(a + m), *_POCH, 1, 0))
elementwise(
    sp.binom,
    _quotient(lambda n, k: _psi_step(n - k + 1, k), *_BINOM, 1, 0, 1),
    _quotient(lambda n, k: _psi_step(k + 1, n - 2 * k), *_BINOM, 0, 1, -1),
)
elementwise(
    sp.beta,
    _quotient(lambda a, b: -_psi_step(a, b), *_BETA, 1, 0, 1),
    _quotient(lambda a, b: -_psi_step(b, a), *_BETA, 0, 1, 1),
)
elementwise(sp.betaln, lambda y, a, b: -_psi_step(a, b), lambda y, a, b: -_psi_step(b, a))


def _gamma_density_of(a: Any, x: Any) -> Any:
    """xᵃ⁻¹e⁻ˣ/Γ(a): the elementary form where xᵃ underflows, SciPy's own where a may be large."""
    elementary = np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))
    of_numbers = isinstance(x, np.ndarray | np.generic)  # and not of formulas
    if not of_numbers:
        return elementary
    tiny = x < 1e-9
    return np.where(tiny, elementary, _ufuncs._igam_fac(a, x) / np.where(tiny, 1.0, x))[()]


def _beta_density_of(a, b, x):
    """xᵃ⁻¹(1 - x)ᵇ⁻¹/B(a, b): SciPy's own, where there is one, keeps its digits for large a and b."""
    if hasattr(_ufuncs, "_beta_pdf") and isinstance(x, np.ndarray | np.generic):
        return _ufuncs._beta_pdf(x, a, b)
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


_gamma_density = own(_gamma_density_of, _refused("gammainc", "a"), lambda y, a, x: y * (_over(a - 1, x) - 1))
_beta_density = own(
    _beta_density_of,
    _refused("betainc", "a"),
    _refused("betainc", "b"),
    lambda y, a, b, x: y * (_over(a - 1, x) - _over(b - 1, 1 - x)),
)
elementwise(sp.gammainc, _refused("gammainc", "a"), lambda y, a, x: _gamma_density(a, x))
elementwise(sp.gammaincc, _refused("gammaincc", "a"), lambda y, a, x: -_gamma_density(a, x))
elementwise(sp.gammaincinv, _refused("gammaincinv", "a"), lambda x, a, y: 1 / _gamma_density(a, x))
elementwise(sp.gammainccinv, _refused("gammainccinv", "a"), lambda x, a, y: -1 / _gamma_density(a, x))
elementwise(
    sp.betainc, _refused("betainc", "a"), _refused("betainc", "b"), lambda y, a, b, x: _beta_density(a, b, x)
)
elementwise(
    sp.betaincc,
    _refused("betaincc", "a"),
    _refused("betaincc", "b"),
    lambda y, a, b, x: -_beta_density(a, b, x),
)
elementwise(
    sp.betaincinv,
    _refused("betaincinv", "a"),
    _refused("betaincinv", "b"),
    lambda x, a, b, y: 1 / _beta_density(a, b, x),
)
constant(sp.gammasgn)

# --- Bessel functions, DLMF 10.6 and 10.29 ------------------------------------------------------------

elementwise(sp.j0, lambda y, x: -sp.j1(x))
elementwise(sp.y0, lambda y, x: -sp.y1(x))
elementwise(sp.i0, lambda y, x: sp.i1(x))
elementwise(sp.k0, lambda y, x: -sp.k1(x))


def _mean_of_neighbours(before, order, sign, y, x):
    """J₁'(x) (sign -1) or I₁'(x) (sign 1): by J₂ or I₂ near 0, else without them, whose reach is short."""
    near = np.abs(primal(x)) < 1
    lost = np.where(np.abs(primal(x)) < 1e-300, primal(x), 0.0)  # SciPy's functions of order 2 give NaN there
    inside, outside = np.where(near, x - lost, 0.0), np.where(near, 1.0, x)
    return np.where(near, (before(inside) + sign * order(2.0, inside)) / 2, before(outside) - y / outside)


elementwise(sp.j1, lambda y, x: _mean_of_neighbours(sp.j0, sp.jv, -1, y, x))
elementwise(sp.y1, lambda y, x: sp.y0(x) - y / x)
elementwise(sp.i1, lambda y, x: _mean_of_neighbours(sp.i0, sp.iv, 1, y, x))
elementwise(sp.k1, lambda y, x: -sp.k0(x) - y / x)


def _scaled_slope(v, x, near, sign, factor):
    """The derivative of e⁻ˣIᵥ(x) (sign -1) or eˣKᵥ(x) (sign 1), whose terms `near` cancel for large x.

    By DLMF 10.40.1 and 10.40.2, each term differentiated.
    """
    far = np.abs(primal(x)) > 30 + primal(v) * primal(v) / 2
    z = np.abs(np.where(far, x, 1.0))
    term, total = factor / np.sqrt(z) / z, 0.0
    for k in range(21):
        total = total - (k + 0.5) * term
        term = term * sign * ((4 * v * v - (2 * k + 1) ** 2) / (8 * (k + 1))) / z
    return np.where(far, total, near)


def _i_scaled(v, x, near):
    """Of an even or odd function: Iᵥ is real for negative x where v is whole."""
    side = np.where((primal(x) < 0) & (primal(v) % 2 == 0), -1.0, 1.0).astype(x.dtype)
    return _scaled_slope(v, x, near, -1, side / _SQRT_2PI)


def _k_scaled(v, x, near):
    return _scaled_slope(v, x, near, 1, math.sqrt(math.pi / 2))


elementwise(sp.i0e, lambda y, x: _i_scaled(0.0, x, sp.i1e(x) - np.sign(primal(x)) * y))
elementwise(
    sp.i1e,
    lambda y, x: _i_scaled(1.0, x, (sp.i0e(x) + sp.ive(2.0, x)) / 2 - np.sign(primal(x)) * y),
)
elementwise(sp.k0e, lambda y, x: _k_scaled(0.0, x, y - sp.k1e(x)))
elementwise(sp.k1e, lambda y, x: _k_scaled(1.0, x, y * (1 - 1 / x) - sp.k0e(x)))
elementwise(sp.jv, _refused("jv", "v"), lambda y, v, x: (sp.jv(v - 1.0, x) - sp.jv(v + 1.0, x)) / 2)
elementwise(sp.jve, _refused("jve", "v"), lambda y, v, x: (sp.jve(v - 1.0, x) - sp.jve(v + 1.0, x)) / 2)
elementwise(sp.yv, _refused("yv", "v"), lambda y, v, x: (sp.yv(v - 1.0, x) - sp.yv(v + 1.0, x)) / 2)
elementwise(sp.yve, _refused("yve", "v"), lambda y, v, x: (sp.yve(v - 1.0, x) - sp.yve(v + 1.0, x)) / 2)
elementwise(sp.yn, _refused("yn", "n"), lambda y, n, x: (sp.yv(n - 1.0, x) - sp.yv(n + 1.0, x)) / 2)
elementwise(sp.iv, _refused("iv", "v"), lambda y, v, x: (sp.iv(v - 1.0, x) + sp.iv(v + 1.0, x)) / 2)
elementwise(
    sp.ive,
    _refused("ive", "v"),
    lambda y, v, x: _i_scaled(v, x, (sp.ive(v - 1.0, x) + sp.ive(v + 1.0, x)) / 2 - np.sign(primal(x)) * y),
)
elementwise(sp.kv, _refused("kv", "v"), lambda y, v, x: -(sp.kv(v - 1.0, x) + sp.kv(v + 1.0, x)) / 2)
elementwise(sp.kn, _refused("kn", "n"), lambda y, n, x: -(sp.kv(n - 1.0, x) + sp.kv(n + 1.0, x)) / 2)
elementwise(
    sp.kve,
    _refused("kve", "v"),
    lambda y, v, x: _k_scaled(v, x, y - (sp.kve(v - 1.0, x) + sp.kve(v + 1.0, x)) / 2),
)

# --- exponentials, powers and integrals of them, DLMF 4 and 6 -----------------------------------------

_EXPREL_SERIES = [(k + 1) / math.factorial(k + 2) for k in range(18)]


def _exprel_slope(x):
    """(eˣ - exprel(x))/x: by its series where that cancels, and without eˣ where that is infinite first."""
    near, right = np.abs(primal(x)) < 1, primal(x) > 0
    series = polynomial(_EXPREL_SERIES, np.where(near, x, 0.0))
    y, over = sp.exprel(x), 1 / np.where(near, 1.0, x)
    far = np.where(right, y * (1 - over) + over, (np.exp(np.where(right, 0.0, x)) - y) * over)
    return np.where(near, series, far)


elementwise(sp.exprel, lambda y, x: _exprel_slope(x))
elementwise(sp.expm1, lambda y, x: np.exp(x))
elementwise(sp.log1p, lambda y, x: 1 / (1 + x))
elementwise(sp.exp2, lambda y, x: math.log(2) * y)
elementwise(sp.exp10, lambda y, x: math.log(10) * y)
elementwise(sp.cbrt, lambda y, x: 1 / (3 * y * y))
elementwise(sp.cosm1, lambda y, x: -np.sin(x))
elementwise(sp.sindg, lambda y, x: _DEGREE * sp.cosdg(x))
elementwise(sp.cosdg, lambda y, x: -_DEGREE * sp.sindg(x))
elementwise(sp.tandg, lambda y, x: _DEGREE * (1 + y * y))
elementwise(sp.cotdg, lambda y, x: -_DEGREE / sp.sindg(x) / sp.sindg(x))
elementwise(
    sp.radian, lambda y, d, m, s: _DEGREE, lambda y, d, m, s: _DEGREE / 60, lambda y, d, m, s: _DEGREE / 3600
)
elementwise(sp.powm1, power_base, lambda y, a, b: power_exponent(np.power(a, b), a, b))


def _boxcox_slope(log, p):
    """The derivative of (eˡᵖ - 1)/p by p; 1/p² for the logarithm of 0."""
    none = np.isneginf(primal(log)) & (primal(p) > 0)
    log = np.where(none, -1.0, log)
    slope = log**2 * _exprel_slope(np.where(none, -1.0, p) * log)
    return np.where(none, 1 / p**2 + kink(log, none), slope) if np.any(none) else slope


elementwise(
    sp.boxcox,
    lambda y, x, p: np.power(x, p - 1),
    lambda y, x, p: _boxcox_slope(np.log(x), p),
)
elementwise(
    sp.boxcox1p,
    lambda y, x, p: np.power(1 + x, p - 1),
    lambda y, x, p: _boxcox_slope(np.log1p(x), p),
)
elementwise(sp.inv_boxcox, lambda x, y, p: np.power(x, 1 - p), _refused("inv_boxcox", "lmbda"))
elementwise(sp.inv_boxcox1p, lambda x, y, p: np.power(1 + x, 1 - p), _refused("inv_boxcox1p", "lmbda"))


def _pseudo_huber_slope(q, delta, r):
    """q²/√(δ² + r²) with q = √(δ² + r²) - δ."""
    return q * (q / np.hypot(delta, r))


elementwise(
    sp.huber,
    lambda y, delta, r: np.maximum(np.abs(r) - delta, 0.0),
    lambda y, delta, r: np.minimum(np.maximum(r, -delta), delta),
)
elementwise(
    sp.pseudo_huber,
    lambda y, delta, r: _pseudo_huber_slope(r * (r / (np.hypot(delta, r) + delta)), delta, r),
    lambda y, delta, r: np.where(
        np.abs(primal(r)) < primal(delta), r * part(delta, r), delta * part(r, delta)
    ),
)
elementwise(sp.spence, lambda y, x: -1 / sp.exprel(np.log(x)))
elementwise(sp.exp1, lambda y, x: -np.exp(-x) / x)
elementwise(sp.expi, lambda y, x: np.exp(x / 2) * (np.exp(x / 2) / x))  # eˣ may be infinite
elementwise(sp.wrightomega, lambda y, x: y / (1 + y))
constant(sp.round)
