"""Convolution, and polynomials given by their coefficients, the highest power first."""

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array, as_operand
from modes.core.primitive import Primitive
from modes.core.registry import rule
from modes.core.traced import Traced, primal
from modes.maps.broadcasting import unbroadcast
from modes.maps.linear import Pair
from modes.maps.products import insert_axes


def _convolved(a, v):
    """The full convolution along the last axis; axes in front broadcast."""
    if isinstance(a, Traced) or isinstance(v, Traced):
        return _CONVOLVE(a, v)
    if a.ndim == v.ndim == 1:
        return np.convolve(a, v)
    stack = np.broadcast_shapes(a.shape[:-1], v.shape[:-1])
    a, v = np.broadcast_to(a, stack + a.shape[-1:]), np.broadcast_to(v, stack + v.shape[-1:])
    out = np.empty((*stack, a.shape[-1] + v.shape[-1] - 1), np.result_type(a, v))
    for row in np.ndindex(stack):
        out[row] = np.convolve(a[row], v[row])
    return out


def _convolve_maps(active, value, a, v):
    ndim = value.ndim

    def with_respect_to(shape, other):
        first = other.shape[-1] - 1
        wanted = slice(first, first + shape[-1])
        return Pair(
            lambda t: _convolved(insert_axes(t, len(shape), other.ndim), other),
            lambda g: unbroadcast(_convolved(g, other[..., ::-1])[..., wanted], shape, ndim),
        )

    return [with_respect_to((a, v)[i].shape, (v, a)[i]) for i in active]


_CONVOLVE = Primitive(_convolved, _convolve_maps, name="np.convolve", array_arguments=2)


def _vector(x, name):
    x = as_array(x, name)
    x = np.reshape(x, 1) if x.ndim == 0 else x
    if x.ndim != 1 or not x.shape[0]:
        raise ValueError(f"{name}: operands must be vectors with entries, not of shape {x.shape}")
    return x


def _part(mode, short, long, same_start, name):
    """Which entries of the full convolution of two vectors of these lengths a mode keeps."""
    start, count = {
        "full": (0, short + long - 1),
        "same": (same_start, long),
        "valid": (short - 1, long - short + 1),
    }.get(mode, (None, None))
    if start is None:
        raise ValueError(f"{name}: mode must be 'full', 'same' or 'valid', not {mode!r}")
    return slice(start, start + count)


@rule(np.convolve)
def convolve(a, v, mode="full"):
    a, v = _vector(a, "np.convolve"), _vector(v, "np.convolve")
    short, long = sorted((a.shape[0], v.shape[0]))
    return _CONVOLVE(a, v)[_part(mode, short, long, (short - 1) // 2, "np.convolve")]


@rule(np.correlate)
def correlate(a, v, mode="valid"):
    a, v = _vector(a, "np.correlate"), _vector(v, "np.correlate")
    short, long = sorted((a.shape[0], v.shape[0]))
    start = (short - 1) // 2 if a.shape[0] >= v.shape[0] else short // 2
    return _CONVOLVE(a, v[::-1])[_part(mode, short, long, start, "np.correlate")]


# --- polynomials --------------------------------------------------------------------------------------------


@rule(np.vander)
def vander(x, N=None, increasing=False):
    x = as_operand(x, "np.vander")
    if x.ndim != 1:
        raise ValueError(f"np.vander: x must be a vector, not of {x.ndim} axes")
    x = np.astype(x, np.promote_types(x.dtype, int))  # as NumPy does: float64 of float32
    count = x.shape[0] if N is None else N
    powers = [np.ones(x.shape, x.dtype)]
    while len(powers) < count:
        powers.append(x if len(powers) == 1 else powers[-1] * x)
    powers = powers[:count]
    if not powers:
        return np.zeros((x.shape[0], 0), x.dtype)
    return np.stack(powers if increasing else powers[::-1], axis=1)


@rule(np.polyval)
def polyval(p, x):
    """Horner's scheme, as NumPy does it."""
    if isinstance(x, np.poly1d):
        raise DifferentiationError("np.polyval: give x as an array; a polynomial of a polynomial has no rule")
    p, x = as_operand(p, "np.polyval"), as_array(x, "np.polyval")
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def _aligned(name, *polynomials):
    vectors = [_vector(p, name) for p in polynomials]
    longest = max(p.shape[0] for p in vectors)
    return [
        p if p.shape[0] == longest else np.concatenate([np.zeros(longest - p.shape[0], p.dtype), p])
        for p in vectors
    ]


@rule(np.polyadd)
def polyadd(a1, a2):
    a1, a2 = _aligned("np.polyadd", a1, a2)
    return a1 + a2


@rule(np.polysub)
def polysub(a1, a2):
    a1, a2 = _aligned("np.polysub", a1, a2)
    return a1 - a2


@rule(np.polymul)
def polymul(a1, a2):
    return np.convolve(*(_leading(_vector(a, "np.polymul")) for a in (a1, a2)))


def _leading(p):
    """NumPy drops leading coefficients that are zero: with them would go their derivatives."""
    if not isinstance(p, Traced):
        trimmed = np.trim_zeros(p, "f")
        return trimmed if trimmed.size else np.zeros(1, p.dtype)
    if primal(p)[0] == 0:
        raise DifferentiationError(
            "np.polymul: the leading coefficient is 0, which NumPy drops from the result; "
            "use np.convolve, which keeps it"
        )
    return p


@rule(np.polyder)
def polyder(p, m=1):
    p, m = _vector(p, "np.polyder"), _order(m, "np.polyder")
    for _ in range(m):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1)
    return p


@rule(np.polyint)
def polyint(p, m=1, k=None):
    p, m = _vector(p, "np.polyint"), _order(m, "np.polyint")
    constants = np.zeros(m, p.dtype) if k is None else _vector(k, "np.polyint")
    if constants.shape[0] == 1 and m > 1:
        constants = constants * np.ones(m, p.dtype)
    if constants.shape[0] < m:
        raise ValueError(f"np.polyint: k must be a number or at least {m} of them, not {constants.shape[0]}")
    for i in range(m):
        quotient = p / np.arange(p.shape[0], 0, -1)
        p = np.concatenate([quotient, constants[i : i + 1]])
    return p


def _order(m, name):
    if int(m) < 0:
        raise ValueError(f"{name}: the order m must not be negative, and is {m}")
    return int(m)


@rule(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """Least squares with a scaled Vandermonde matrix, as NumPy does it."""
    if full or cov:
        raise DifferentiationError(
            "np.polyfit(full=True) and (cov=True) of traced values are refused: "
            "write the normal equations with np.linalg.lstsq of np.vander"
        )
    x, y = (as_array(v, "np.polyfit") + 0.0 for v in (x, y))  # as NumPy does, for floats
    if x.ndim != 1 or y.ndim not in (1, 2) or x.shape[0] != y.shape[0]:
        raise TypeError(f"np.polyfit: x {x.shape} must be a vector and y {y.shape} of its length")
    matrix = np.vander(x, int(deg) + 1)
    if w is not None:
        w = _vector(w, "np.polyfit")
        matrix, y = matrix * w[:, None], y * (w if y.ndim == 1 else w[:, None])
    scale = np.sqrt(np.sum(np.square(matrix), axis=0))
    rcond = x.shape[0] * np.finfo(x.dtype).eps if rcond is None else rcond
    c = np.linalg.lstsq(matrix / scale, y, rcond)[0]
    return c / (scale if c.ndim == 1 else scale[:, None])
