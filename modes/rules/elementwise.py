"""Elementwise functions: one partial an argument, as a function of the result and the arguments.

Conventions at kinks: `maximum`, `minimum`, `fmax`, `fmin` and `abs` split a tie evenly (abs'(0) = 0);
`sqrt` and `cbrt` have an infinite derivative at 0; NaN gives NaN.
"""

import math
import operator

import numpy as np

from modes.core.operators import elementwise
from modes.core.registry import rule
from modes.core.traced import primal
from modes.maps.linear import NEGATE, ZERO


def _inverse(b):
    try:
        return 1.0 / b
    except ZeroDivisionError:  # a Python zero; NumPy's answer is inf
        return np.divide(1.0, b)


def _type_of(y):
    """The floating type of a result, so that partials of float32 are float32; y may be a formula, too."""
    return getattr(y, "dtype", np.dtype(float))


def _power_base(y, a, b):
    if type(b) in (int, float):
        if b == 2:
            return 2.0 * a
        if b == 0:
            return np.zeros(a.shape, a.dtype)
        return b * a ** (b - 1)
    return np.where(primal(b) == 0, 0.0, b * a ** np.where(primal(b) == 0, 1.0, b - 1))


def _power_exponent(y, a, b):
    # 0**b is 0 for all b > 0, so its derivative is 0 there and not 0 * log(0)
    if type(a) in (int, float):
        a = _type_of(y).type(a)
    flat = (primal(a) == 0) & (primal(b) > 0)
    return np.where(flat, 0.0, y * np.log(np.where(flat, 1.0, a)))


def _take_left(strict, loose, nan_loses):
    """The partial of maximum or minimum by its first argument: 1, or 1/2 at a tie."""

    def partial(y, a, b):
        a, b, y = primal(a), primal(b), primal(y)
        if not nan_loses and type(b) in (int, float) and -np.inf < b < np.inf:  # the difference has a sign
            return np.heaviside(a - b if strict is np.greater else b - a, 0.5)
        share = 0.5 * (strict(a, b) + 1.0 * loose(a, b))
        if nan_loses:
            share = np.where(np.isnan(b), 1.0, np.where(np.isnan(a), 0.0, share))
        else:
            share = np.where(np.isnan(y), np.nan, share)
        return share.astype(_type_of(y))

    return partial


def _pair(strict, loose, nan_loses=False):
    left = _take_left(strict, loose, nan_loses)
    return left, lambda y, a, b: left(y, b, a)


_DEGREE = np.pi / 180
_LN2, _LN10 = math.log(2.0), math.log(10.0)  # Python's floats leave float32 as it is

elementwise(np.add, None, None, operation=operator.add)
elementwise(np.subtract, None, lambda y, a, b: NEGATE, operation=operator.sub)
elementwise(np.multiply, lambda y, a, b: b, lambda y, a, b: a, operation=operator.mul)
elementwise(np.divide, lambda y, a, b: _inverse(b), lambda y, a, b: -(y / b), operation=operator.truediv)
elementwise(np.power, _power_base, _power_exponent, operation=operator.pow)
elementwise(np.float_power, _power_base, _power_exponent)
elementwise(np.remainder, None, lambda y, a, b: -np.floor_divide(primal(a), primal(b)))
elementwise(np.fmod, None, lambda y, a, b: -np.trunc(primal(a) / primal(b)))
elementwise(np.maximum, *_pair(np.greater, np.greater_equal))
elementwise(np.minimum, *_pair(np.less, np.less_equal))
elementwise(np.fmax, *_pair(np.greater, np.greater_equal, nan_loses=True))
elementwise(np.fmin, *_pair(np.less, np.less_equal, nan_loses=True))
elementwise(np.hypot, lambda y, a, b: a / y, lambda y, a, b: b / y)
elementwise(np.arctan2, lambda y, a, b: b / (a * a + b * b), lambda y, a, b: -a / (a * a + b * b))
elementwise(
    np.copysign,
    lambda y, a, b: (np.copysign(1.0, primal(a)) * np.copysign(1.0, primal(b))).astype(_type_of(y)),
    lambda y, a, b: ZERO,
)
elementwise(np.heaviside, lambda y, a, b: ZERO, lambda y, a, b: 1.0 * (primal(a) == 0))
elementwise(np.logaddexp, lambda y, a, b: np.exp(a - y), lambda y, a, b: np.exp(b - y))
elementwise(np.logaddexp2, lambda y, a, b: np.exp2(a - y), lambda y, a, b: np.exp2(b - y))
elementwise(np.nextafter, None, lambda y, a, b: ZERO)

elementwise(np.positive, None)
elementwise(np.conjugate, None)
elementwise(np.negative, lambda y, x: NEGATE)
elementwise(np.absolute, lambda y, x: np.sign(primal(x)))
elementwise(np.fabs, lambda y, x: np.sign(primal(x)))
elementwise(np.square, lambda y, x: 2.0 * x)
elementwise(np.sqrt, lambda y, x: 0.5 / y)
elementwise(np.cbrt, lambda y, x: y / (3.0 * x) if np.all(primal(x)) else 1.0 / (3.0 * y * y))
elementwise(np.reciprocal, lambda y, x: -y * y)
elementwise(np.exp, lambda y, x: y)
elementwise(np.exp2, lambda y, x: _LN2 * y)
elementwise(np.expm1, lambda y, x: y + 1.0)
elementwise(np.log, lambda y, x: 1.0 / x)
elementwise(np.log2, lambda y, x: 1.0 / (_LN2 * x))
elementwise(np.log10, lambda y, x: 1.0 / (_LN10 * x))
elementwise(np.log1p, lambda y, x: 1.0 / (1.0 + x))
elementwise(np.sin, lambda y, x: np.cos(x))
elementwise(np.cos, lambda y, x: -np.sin(x))
elementwise(np.tan, lambda y, x: 1.0 + y * y)
elementwise(np.arcsin, lambda y, x: 1.0 / np.sqrt((1.0 - x) * (1.0 + x)))
elementwise(np.arccos, lambda y, x: -1.0 / np.sqrt((1.0 - x) * (1.0 + x)))
elementwise(np.arctan, lambda y, x: 1.0 / (1.0 + x * x))
elementwise(np.sinh, lambda y, x: np.cosh(x))
elementwise(np.cosh, lambda y, x: np.sinh(x))
elementwise(np.tanh, lambda y, x: 1.0 - y * y)
elementwise(np.arcsinh, lambda y, x: 1.0 / np.hypot(x, 1.0))
elementwise(np.arccosh, lambda y, x: 1.0 / np.sqrt((x - 1.0) * (x + 1.0)))
elementwise(np.arctanh, lambda y, x: 1.0 / ((1.0 - x) * (1.0 + x)))
elementwise(np.deg2rad, lambda y, x: _DEGREE)
elementwise(np.rad2deg, lambda y, x: 1.0 / _DEGREE)
elementwise(np.radians, lambda y, x: _DEGREE)
elementwise(np.degrees, lambda y, x: 1.0 / _DEGREE)


@rule(np.clip)
def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    """``minimum(maximum(a, low), high)``: half a derivative where a sits on a bound."""
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    if low is not None:
        a = np.maximum(a, low)
    return a if high is None else np.minimum(a, high)
