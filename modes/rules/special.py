"""Elementwise rules of SciPy's special ufuncs, loaded when one is first met.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF), by section, where they are
not the definition differentiated. An argument without an elementary partial (the order of a Bessel function)
is refused when it is traced.
"""

import math

import numpy as np
from scipy import special as sp
from scipy.special import _ufuncs

from modes.core.errors import DifferentiationError
from modes.core.operators import elementwise
from modes.core.registry import constant
from modes.core.traced import primal
from modes.rules.elementary import polynomial

_SQRT_PI, _SQRT_2PI, _DEGREE = math.sqrt(math.pi), math.sqrt(2 * math.pi), math.pi / 180


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
elementwise(sp.erfcx, lambda y, x: 2 * x * y - 2 / _SQRT_PI)
elementwise(sp.erfinv, lambda y, x: _SQRT_PI / 2 * np.exp(y * y))
elementwise(sp.erfcinv, lambda y, x: -_SQRT_PI / 2 * np.exp(y * y))
elementwise(sp.dawsn, lambda y, x: 1 - 2 * x * y)
elementwise(sp.ndtr, lambda y, x: np.exp(-x * x / 2) / _SQRT_2PI)
elementwise(sp.log_ndtr, lambda y, x: np.exp(-x * x / 2 - y) / _SQRT_2PI)
elementwise(sp.ndtri, lambda y, x: _SQRT_2PI * np.exp(y * y / 2))
elementwise(sp.ndtri_exp, lambda y, x: _SQRT_2PI * np.exp(x + y * y / 2))
elementwise(
    sp.owens_t,
    lambda y, h, a: -np.exp(-h * h / 2) * sp.erf(a * h / math.sqrt(2)) / (2 * _SQRT_2PI),
    lambda y, h, a: np.exp(-h * h * (1 + a * a) / 2) / (2 * math.pi * (1 + a * a)),
)

# --- logistic and entropic functions ------------------------------------------------------------------

elementwise(sp.expit, lambda y, x: y * sp.expit(-x))
elementwise(sp.log_expit, lambda y, x: sp.expit(-x))
elementwise(sp.logit, lambda y, x: 1 / (x * (1 - x)))
elementwise(sp.entr, lambda y, x: -np.log(x) - 1)
elementwise(sp.rel_entr, lambda y, a, b: np.log(a / b) + 1, lambda y, a, b: -a / b)
elementwise(sp.kl_div, lambda y, a, b: np.log(a / b), lambda y, a, b: 1 - a / b)


def _over(a, b):
    """a / b, and 0 where both are 0: x·log(y) is 0 there for all y."""
    both = (primal(a) == 0) & (primal(b) == 0)
    return np.where(both, 0.0, a / np.where(both, 1.0, b))


elementwise(sp.xlogy, lambda y, a, b: np.log(b), lambda y, a, b: _over(a, b))
elementwise(sp.xlog1py, lambda y, a, b: np.log1p(b), lambda y, a, b: _over(a, 1 + b))

# --- gamma and beta functions, DLMF 5, 8 and 25 -------------------------------------------------------

elementwise(sp.gammaln, lambda y, x: sp.psi(x))
elementwise(sp.loggamma, lambda y, x: sp.psi(x))
elementwise(sp.psi, lambda y, x: sp.zeta(2.0, x))
elementwise(sp.gamma, lambda y, x: y * sp.psi(x))
elementwise(sp.rgamma, lambda y, x: -y * sp.psi(x))
elementwise(_ufuncs._zeta, _refused("zeta", "x"), lambda y, s, q: -s * sp.zeta(s + 1.0, q))
elementwise(sp.poch, lambda y, a, m: y * (sp.psi(a + m) - sp.psi(a)), lambda y, a, m: y * sp.psi(a + m))
elementwise(
    sp.binom,
    lambda y, n, k: y * (sp.psi(n + 1) - sp.psi(n - k + 1)),
    lambda y, n, k: y * (sp.psi(n - k + 1) - sp.psi(k + 1)),
)
elementwise(
    sp.beta,
    lambda y, a, b: y * (sp.psi(a) - sp.psi(a + b)),
    lambda y, a, b: y * (sp.psi(b) - sp.psi(a + b)),
)
elementwise(sp.betaln, lambda y, a, b: sp.psi(a) - sp.psi(a + b), lambda y, a, b: sp.psi(b) - sp.psi(a + b))


def _gamma_density(a, x):
    return np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))


def _beta_density(a, b, x):
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


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
elementwise(sp.j1, lambda y, x: (sp.j0(x) - sp.jv(2.0, x)) / 2)
elementwise(sp.y1, lambda y, x: (sp.y0(x) - sp.yv(2.0, x)) / 2)
elementwise(sp.i1, lambda y, x: (sp.i0(x) + sp.iv(2.0, x)) / 2)
elementwise(sp.k1, lambda y, x: -(sp.k0(x) + sp.kv(2.0, x)) / 2)
elementwise(sp.i0e, lambda y, x: sp.i1e(x) - np.sign(primal(x)) * y)
elementwise(sp.i1e, lambda y, x: (sp.i0e(x) + sp.ive(2.0, x)) / 2 - np.sign(primal(x)) * y)
elementwise(sp.k0e, lambda y, x: y - sp.k1e(x))
elementwise(sp.k1e, lambda y, x: y - (sp.k0e(x) + sp.kve(2.0, x)) / 2)
elementwise(sp.jv, _refused("jv", "v"), lambda y, v, x: (sp.jv(v - 1.0, x) - sp.jv(v + 1.0, x)) / 2)
elementwise(sp.jve, _refused("jve", "v"), lambda y, v, x: (sp.jve(v - 1.0, x) - sp.jve(v + 1.0, x)) / 2)
elementwise(sp.yv, _refused("yv", "v"), lambda y, v, x: (sp.yv(v - 1.0, x) - sp.yv(v + 1.0, x)) / 2)
elementwise(sp.yve, _refused("yve", "v"), lambda y, v, x: (sp.yve(v - 1.0, x) - sp.yve(v + 1.0, x)) / 2)
elementwise(sp.yn, _refused("yn", "n"), lambda y, n, x: (sp.yv(n - 1.0, x) - sp.yv(n + 1.0, x)) / 2)
elementwise(sp.iv, _refused("iv", "v"), lambda y, v, x: (sp.iv(v - 1.0, x) + sp.iv(v + 1.0, x)) / 2)
elementwise(
    sp.ive,
    _refused("ive", "v"),
    lambda y, v, x: (sp.ive(v - 1.0, x) + sp.ive(v + 1.0, x)) / 2 - np.sign(primal(x)) * y,
)
elementwise(sp.kv, _refused("kv", "v"), lambda y, v, x: -(sp.kv(v - 1.0, x) + sp.kv(v + 1.0, x)) / 2)
elementwise(sp.kn, _refused("kn", "n"), lambda y, n, x: -(sp.kv(n - 1.0, x) + sp.kv(n + 1.0, x)) / 2)
elementwise(sp.kve, _refused("kve", "v"), lambda y, v, x: y - (sp.kve(v - 1.0, x) + sp.kve(v + 1.0, x)) / 2)

# --- exponentials, powers and integrals of them, DLMF 4 and 6 -----------------------------------------

_EXPREL_SERIES = [(k + 1) / math.factorial(k + 2) for k in range(18)]


def _exprel_slope(x):
    """(eˣ - exprel(x))/x, by its series where that cancels."""
    near = np.abs(primal(x)) < 1
    series = polynomial(_EXPREL_SERIES, np.where(near, x, 0.0))
    return np.where(near, series, (np.exp(x) - sp.exprel(x)) / np.where(near, 1.0, x))


def _power_log(a, b):
    """a**b·log(a), the derivative by b, which is 0 at a = 0 < b."""
    return sp.xlogy(np.power(a, b), a)


elementwise(sp.exprel, lambda y, x: _exprel_slope(x))
elementwise(sp.expm1, lambda y, x: y + 1)
elementwise(sp.log1p, lambda y, x: 1 / (1 + x))
elementwise(sp.exp2, lambda y, x: math.log(2) * y)
elementwise(sp.exp10, lambda y, x: math.log(10) * y)
elementwise(sp.cbrt, lambda y, x: 1 / (3 * y * y))
elementwise(sp.cosm1, lambda y, x: -np.sin(x))
elementwise(sp.sindg, lambda y, x: _DEGREE * sp.cosdg(x))
elementwise(sp.cosdg, lambda y, x: -_DEGREE * sp.sindg(x))
elementwise(sp.tandg, lambda y, x: _DEGREE * (1 + y * y))
elementwise(sp.cotdg, lambda y, x: -_DEGREE * (1 + y * y))
elementwise(
    sp.radian, lambda y, d, m, s: _DEGREE, lambda y, d, m, s: _DEGREE / 60, lambda y, d, m, s: _DEGREE / 3600
)
elementwise(sp.powm1, lambda y, a, b: b * np.power(a, b - 1), lambda y, a, b: _power_log(a, b))
elementwise(
    sp.boxcox,
    lambda y, x, p: np.power(x, p - 1),
    lambda y, x, p: np.log(x) ** 2 * _exprel_slope(p * np.log(x)),
)
elementwise(
    sp.boxcox1p,
    lambda y, x, p: np.power(1 + x, p - 1),
    lambda y, x, p: np.log1p(x) ** 2 * _exprel_slope(p * np.log1p(x)),
)
elementwise(sp.inv_boxcox, lambda x, y, p: np.power(x, 1 - p), _refused("inv_boxcox", "lmbda"))
elementwise(sp.inv_boxcox1p, lambda x, y, p: np.power(1 + x, 1 - p), _refused("inv_boxcox1p", "lmbda"))
elementwise(
    sp.huber,
    lambda y, delta, r: np.maximum(np.abs(r) - delta, 0.0),
    lambda y, delta, r: np.minimum(np.maximum(r, -delta), delta),
)
elementwise(
    sp.pseudo_huber,
    lambda y, delta, r: 2 * y / delta - r * r / np.hypot(delta, r),
    lambda y, delta, r: delta * r / np.hypot(delta, r),
)
elementwise(sp.spence, lambda y, x: -1 / sp.exprel(np.log(x)))
elementwise(sp.exp1, lambda y, x: -np.exp(-x) / x)
elementwise(sp.expi, lambda y, x: np.exp(x) / x)
elementwise(sp.wrightomega, lambda y, x: y / (1 + y))
constant(sp.round)
