"""Elementwise functions: one partial an argument, as a function of the result and the arguments.

Conventions at kinks: `maximum`, `minimum`, `fmax`, `fmin` and `abs` split a tie evenly (abs'(0) = 0);
`sqrt` and `cbrt` have an infinite derivative at 0; NaN gives NaN.
"""

import functools
import math
import operator
from typing import Any

import numpy as np

from modes.core.frames import root_is_of_squares
from modes.core.operators import elementwise
from modes.core.primitive import Elementwise
from modes.core.registry import rule
from modes.core.traced import Traced, primal
from modes.maps.linear import NEGATE, ZERO

_LN2, _LN10 = math.log(2.0), math.log(10.0)  # Python's floats leave float32 as it is


def own(function: Any, *partials: Any) -> Any:
    """An elementwise function of ours with its partials, for partials that must be differentiated in turn.

    Where the composition of ufuncs would lose digits, or give 0 for what has no value.
    """

    @functools.wraps(function)
    def dispatch(*args):
        return rule(*args) if any(isinstance(x, Traced) for x in args) else function(*args)

    rule = Elementwise(dispatch, *partials)
    rule.singular = True  # NaN at kinks
    return dispatch


def number(y):
    """NumPy's scalar in place of an array without axes, as ufuncs give."""
    return y[()] if isinstance(y, np.ndarray) else y


def _half_inverse(y):
    """1/(2y), and 0 for 0."""
    zero = y == 0
    return number(np.where(zero, 0.0, 0.5 / np.where(zero, 1.0, y)))


def _no_slope_at_zero(y, r):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(primal(r) == 0, np.nan, -2.0 * y * y)


_half_inverse_of = own(_half_inverse, _no_slope_at_zero)


def _half_inverse_of_root(y, x):
    if not np.ndim(y) and not primal(y) and root_is_of_squares():
        return _half_inverse_of(y)
    return 0.5 / y


def root_of_squares(x):
    """The root of a sum of squares, by name: its slope at 0 is 0, for the way there is a square's."""
    if isinstance(x, Traced) and not np.all(primal(x)):
        return _ROOT(x)
    return np.sqrt(x)


def _inverse(b):
    try:
        return 1.0 / b
    except ZeroDivisionError:  # a Python zero; NumPy's answer is inf
        return np.divide(1.0, b)


def _type_of(y):
    """The floating type of a result, so that partials of float32 are float32; y may be a formula, too."""
    return getattr(y, "dtype", np.dtype(float))


def _zeros(x, mask):
    return np.zeros(np.broadcast_shapes(np.shape(x), np.shape(mask)), _type_of(x))[()]


# Zeros that have no derivative where the mask is 1: the conventional first derivative at a kink is no quiet 0
# in the second.
kink = own(_zeros, lambda y, x, mask: np.where(primal(mask), np.nan, np.zeros_like(primal(y))), None)


def power_base(y, a, b):
    if type(b) in (int, float):
        if b == 2:
            return 2.0 * a
        if b == 0:
            return np.zeros(a.shape, a.dtype)
        return b * a ** (b - 1)
    corner = (primal(a) == 0) & (primal(b) == 0)
    if not np.any(corner):
        return b * a ** (b - 1)
    return np.where(corner, kink(b, corner), b * np.where(corner, 1.0, a) ** (b - 1))


@functools.cache
def _power_log(n):
    """aᵇ·log(a)ⁿ, of which the limit at a = 0 is 0 for all b > 0: 0**b is 0 there."""

    @np.errstate(divide="ignore", invalid="ignore")
    def function(a, b):
        flat = (a == 0) & (b > 0)
        return number(np.where(flat, 0.0, np.power(a, b) * np.log(np.where(flat, 1.0, a)) ** n))

    def base(y, a, b):
        return b * _power_log(n)(a, b - 1) + n * (_power_log(n - 1)(a, b - 1) if n > 1 else a ** (b - 1))

    return own(function, base, lambda y, a, b: _power_log(n + 1)(a, b))


def power_exponent(y, a, b):
    if type(a) in (int, float):
        a = _type_of(y).type(a)
    if np.any(primal(a) == 0):
        return _power_log(1)(a, b)
    return y * np.log(a)


@np.errstate(all="ignore")
def _part(a, b):
    """a / hypot(a, b) of numbers of any size; 0 at the origin."""
    size = np.maximum(np.abs(a), np.abs(b))
    unit = np.where((size == 0) | np.isinf(size), 1.0, size)
    a, b = (np.where(np.isinf(size), np.sign(x) * np.isinf(x), x / unit) for x in (a, b))
    return number(a / np.where(size == 0, 1.0, np.hypot(a, b)))


def _part_slope(y, a, b):
    across = part(b, a)
    return across * across / _length(a, b)


def _length(a, b):
    """The hypotenuse, by which no derivative at the origin can be divided."""
    return np.where((primal(a) == 0) & (primal(b) == 0), np.nan, np.hypot(a, b))


part: Any = own(_part, _part_slope, lambda y, a, b: -y * part(b, a) / _length(a, b))


def _slope_of_hypot(y, a, b):
    regular = not isinstance(y, Traced) and np.all((y > 1e-30) & (y < 1e30))
    return a / y if regular else part(a, b)


@np.errstate(over="ignore")
def _logistic_of(exponential, x):
    return 1.0 / (1.0 + exponential(-x))


logistic: Any = own(functools.partial(_logistic_of, np.exp), lambda y, x: y * logistic(-x))
_logistic2: Any = own(functools.partial(_logistic_of, np.exp2), lambda y, x: _LN2 * y * _logistic2(-x))


def _share(logistic):
    """The partial of the logarithm of a sum of exponentials by its first argument; equal infinities share."""

    def share(y, a, b):
        equal = np.isinf(primal(a)) & (primal(a) == primal(b))
        if np.any(equal):
            return logistic(np.where(equal, kink(a, equal), a - np.where(equal, 0.0, b)))
        return logistic(a - b)

    return share, lambda y, a, b: share(y, b, a)


def _sech_squared(x):
    e = np.exp(-np.abs(x)) ** 2
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


_sech2 = own(_sech_squared, lambda y, x: -2.0 * np.tanh(x) * y)
_CANCELLED = 3e-4  # above, 1 - y² is off by 7e-13 at most
# for haste: a Python float beside an array costs as much as the subtraction itself
_FLOAT, _ONE, _square, _subtract = np.dtype(float), np.ones(()), np.square, np.subtract


def _tanh_slope(y: Any, x: Any) -> Any:
    """1 - y², or a form of x that keeps the digits where that cancels. The common cases make haste."""
    slope: Any
    if type(y) is np.float64:
        slope = 1.0 - y * y
        if slope > _CANCELLED:
            return slope
    elif type(y) is np.ndarray and y.dtype is _FLOAT and y.size:
        slope = _square(y)
        _subtract(_ONE, slope, slope)
        least = slope.item(slope.argmin())
        if least > _CANCELLED:
            return slope
        if least > 0 and type(x) is np.ndarray:  # |x| < 20, so that cosh² is not out of reach
            np.cosh(x, slope)
            _square(slope, slope)
            return np.reciprocal(slope, slope)
    else:
        slope = 1.0 - y * y
        if np.all(primal(slope) > _CANCELLED):
            return slope
    return _sech2(x)


def _arctan_slope(y, x):
    if type(y) is np.ndarray and y.size:
        modest = y.item(y.argmin()) > -1.57 and y.item(y.argmax()) < 1.57
    else:
        modest = np.all(np.abs(primal(y)) < 1.57)
    if modest:
        return 1.0 / (1.0 + x * x)
    with np.errstate(over="ignore"):  # dear, and so where it may be needed only
        return 1.0 / (1.0 + x * x)


def _take_left(above, nan_loses):
    """The partial of maximum or minimum by its first argument: 1 where that is taken, 1/2 at a tie."""
    at_nan = 1.0 if nan_loses else np.nan

    def partial(y, a, b):
        a, b, y = primal(a), primal(b), primal(y)
        taken = above(a, b)
        share = np.array(taken, _type_of(y))
        if np.count_nonzero(taken | above(b, a)) < share.size:  # a tie or NaN; else two quick comparisons do
            np.copyto(share, 0.5, where=a == b)
            np.copyto(share, at_nan, where=np.isnan(b if nan_loses else y))
        return number(share)

    return partial


def _pair(above, nan_loses=False):
    left = _take_left(above, nan_loses)
    return left, lambda y, a, b: left(y, b, a)


_DEGREE = np.pi / 180

_ROOT = own(np.sqrt, lambda y, x: _half_inverse_of(y))
elementwise(np.add, None, None, operation=operator.add)
elementwise(np.subtract, None, lambda y, a, b: NEGATE, operation=operator.sub)
elementwise(np.multiply, lambda y, a, b: b, lambda y, a, b: a, operation=operator.mul)
elementwise(np.divide, lambda y, a, b: _inverse(b), lambda y, a, b: -(y / b), operation=operator.truediv)
elementwise(np.power, power_base, power_exponent, operation=operator.pow)
elementwise(np.float_power, power_base, power_exponent)
elementwise(np.remainder, None, lambda y, a, b: -np.floor_divide(primal(a), primal(b)))
elementwise(np.fmod, None, lambda y, a, b: -np.rint((primal(a) - primal(y)) / primal(b)))
elementwise(np.maximum, *_pair(operator.gt))
elementwise(np.minimum, *_pair(operator.lt))
elementwise(np.fmax, *_pair(operator.gt, nan_loses=True))
elementwise(np.fmin, *_pair(operator.lt, nan_loses=True))
elementwise(np.hypot, _slope_of_hypot, lambda y, a, b: _slope_of_hypot(y, b, a))
elementwise(
    np.arctan2,
    lambda y, a, b: part(b, a) / np.hypot(a, b),
    lambda y, a, b: -part(a, b) / np.hypot(a, b),
)
elementwise(
    np.copysign,
    lambda y, a, b: (np.copysign(1.0, primal(a)) * np.copysign(1.0, primal(b))).astype(_type_of(y)),
    lambda y, a, b: ZERO,
)
elementwise(np.heaviside, lambda y, a, b: ZERO, lambda y, a, b: 1.0 * (primal(a) == 0))
elementwise(np.logaddexp, *_share(logistic))
elementwise(np.logaddexp2, *_share(_logistic2))
elementwise(np.nextafter, None, lambda y, a, b: ZERO)

elementwise(np.positive, None)
elementwise(np.conjugate, None)
elementwise(np.negative, lambda y, x: NEGATE)
elementwise(np.absolute, lambda y, x: np.sign(primal(x)))
elementwise(np.fabs, lambda y, x: np.sign(primal(x)))
elementwise(np.square, lambda y, x: 2.0 * x)
elementwise(np.sqrt, _half_inverse_of_root)
elementwise(np.cbrt, lambda y, x: 1.0 / (3.0 * y * y))
elementwise(np.reciprocal, lambda y, x: -y * y)
elementwise(np.exp, lambda y, x: y)
elementwise(np.exp2, lambda y, x: _LN2 * y)
elementwise(np.expm1, lambda y, x: np.exp(x))
elementwise(np.log, lambda y, x: 1.0 / x)
elementwise(np.log2, lambda y, x: 1.0 / _LN2 / x)
elementwise(np.log10, lambda y, x: 1.0 / _LN10 / x)
elementwise(np.log1p, lambda y, x: 1.0 / (1.0 + x))
elementwise(np.sin, lambda y, x: np.cos(x))
elementwise(np.cos, lambda y, x: -np.sin(x))
elementwise(np.tan, lambda y, x: 1.0 + y * y)
elementwise(np.arcsin, lambda y, x: 1.0 / np.sqrt((1.0 - x) * (1.0 + x)))
elementwise(np.arccos, lambda y, x: -1.0 / np.sqrt((1.0 - x) * (1.0 + x)))
elementwise(np.arctan, _arctan_slope)
elementwise(np.sinh, lambda y, x: np.cosh(x))
elementwise(np.cosh, lambda y, x: np.sinh(x))
elementwise(np.tanh, _tanh_slope)
elementwise(np.arcsinh, lambda y, x: 1.0 / np.hypot(x, 1.0))
elementwise(np.arccosh, lambda y, x: 1.0 / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)))
elementwise(np.arctanh, lambda y, x: 1.0 / ((1.0 - x) * (1.0 + x)))
elementwise(np.deg2rad, lambda y, x: _DEGREE)
elementwise(np.rad2deg, lambda y, x: 1.0 / _DEGREE)
elementwise(np.radians, lambda y, x: _DEGREE)
elementwise(np.degrees, lambda y, x: 1.0 / _DEGREE)


@rule(np.clip, np._core.umath.clip)  # type: ignore[attr-defined]  # (the second is what the method calls)
def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    """``minimum(maximum(a, low), high)``: half a derivative where a sits on a bound."""
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    if low is not None:
        a = np.maximum(a, low)
    return a if high is None else np.minimum(a, high)
