"""Elementwise functions that are not one ufunc with one result: sinc, i0, parts of numbers."""

import math

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operators import elementwise
from modes.core.primitive import linear
from modes.core.registry import constant, rule
from modes.core.traced import primal
from modes.maps.linear import Pair

# sinc'(x) = π² x p(u) with u = (πx)²: p is the series of -j₁(v)/v in u = v², of 14 terms: exact to rounding
# for |v| < 2, where (cos v - sinc v)/v cancels.
_SINC_SERIES = [(-1) ** (k + 1) * 2 * (k + 1) / math.factorial(2 * k + 3) for k in range(14)]


def polynomial(coefficients, x):
    """Horner's rule; the constant term comes first."""
    result = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        result = result * x + coefficient
    return result


def turned(x):
    """(-1)ᵏ and π(x - k) with k the whole number next to x: of which sin and cos keep their digits."""
    whole = np.rint(primal(x))
    return 1.0 - 2.0 * np.mod(whole, 2.0), np.pi * (x - whole)


def _sinc_slope(y, x):
    near = np.abs(primal(x)) < 0.5
    u = np.where(near, np.pi * x, 0.0) ** 2
    series = polynomial(_SINC_SERIES, u)
    sign, angle = turned(x)
    far = (sign * np.cos(angle) - y) / np.where(near, 1.0, x)
    return np.where(near, np.pi**2 * x * series, far)


def _i0_slope(y, x):
    try:
        from scipy.special import i1
    except ImportError:
        raise DifferentiationError(
            "np.i0 of a traced value needs its derivative, the Bessel function I1 of SciPy: install scipy"
        ) from None
    return i1(x)


elementwise(np.sinc, _sinc_slope)
elementwise(np.i0, _i0_slope)


@rule(np.real)
def real(val):
    return val


@rule(np.real_if_close)
def real_if_close(a, tol=100):
    return a


# Of real numbers: the imaginary part is 0, the angle 0 or π.
constant(np.imag, np.angle, np.around)


@rule(np.modf)
def modf(x):
    fraction, whole = np.modf(primal(x))
    endless = np.isinf(whole)
    return np.where(endless, fraction, x - np.where(endless, 0.0, whole)), whole


def _ldexp_map(y, x, exponent):
    return Pair(lambda t: np.ldexp(t, exponent), lambda g: np.ldexp(g, exponent))


_LDEXP = linear(np.ldexp, _ldexp_map)


@rule(np.ldexp)
def ldexp(x, exponent):
    exponent = np.array(primal(exponent))  # our own, also if the caller changes his
    return _LDEXP(np.broadcast_to(x, np.broadcast_shapes(x.shape, exponent.shape)), exponent)


@rule(np.frexp)
def frexp(x):
    exponent = np.frexp(primal(x))[1]
    return np.ldexp(x, -exponent), exponent


@rule(np.divmod)
def divmod_(a, b):
    return np.floor_divide(a, b), np.remainder(a, b)
