"""Samples of the elementwise rules: every ufunc on its domain, and broadcasting for the binary ones."""

import numpy as np
from rulecheck import Sample

_RNG = np.random.default_rng(0)
_ANY = _RNG.uniform(-2, 2, (2, 3))
_OTHER = _RNG.uniform(-2, 2, (2, 3)) + 0.05
_POSITIVE = _RNG.uniform(0.3, 3, (2, 3))
_INSIDE = _RNG.uniform(-0.9, 0.9, (2, 3))

_UNARY = {
    "any": "positive conjugate negative absolute fabs square cbrt exp exp2 expm1 sin cos arctan sinh cosh "
    "tanh arcsinh deg2rad rad2deg radians degrees reciprocal",
    "positive": "sqrt log log2 log10 log1p",
    "inside": "arcsin arccos arctanh tan",
    "above one": "arccosh",
}
_POINTS = {"any": _ANY, "positive": _POSITIVE, "inside": _INSIDE, "above one": _POSITIVE + 1.1}

SAMPLES = [
    Sample(getattr(np, name), getattr(np, name), (_POINTS[domain],), domain)
    for domain, names in _UNARY.items()
    for name in names.split()
]

_SHAPES = [
    ((2, 3), (2, 3)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((1, 3), (3,)),
    ((), ()),
]
_BINARY = {
    "add subtract multiply divide maximum minimum fmax fmin hypot arctan2 logaddexp logaddexp2": (-2, 2),
    "power float_power remainder fmod": (0.5, 2.5),
}
for _names, (_low, _high) in _BINARY.items():
    for _name in _names.split():
        for _left, _right in _SHAPES:
            _function = getattr(np, _name)
            SAMPLES.append(
                Sample(
                    _function,
                    _function,
                    (_RNG.uniform(_low, _high, _left), _RNG.uniform(_low, _high, _right)),
                    f"{_left} {_right}",
                )
            )

SAMPLES += [
    Sample(np.power, lambda x: np.power(x, 3), (_ANY,), "negative base, odd exponent"),
    Sample(np.power, lambda x: x**2, (_ANY,), "square"),
    Sample(np.power, lambda x: x**0, (_ANY,), "zeroth"),
    Sample(np.power, lambda x: x ** np.array([0.0, 2.0, -1.0]), (_ANY,), "array exponent"),
    Sample(np.power, lambda x: x**-2.0, (_ANY,), "negative exponent"),
    Sample(np.power, lambda b: 2.0**b, (_ANY,), "constant base"),
    Sample(np.remainder, lambda x: x % 0.7, (_ANY,), "negative dividend"),
    Sample(np.copysign, lambda x: np.copysign(x, -1.0), (_ANY,)),
    Sample(np.heaviside, lambda h: np.heaviside(np.array([0.0, 1.0, 0.0]), h), (_ANY,)),
    Sample(np.nextafter, lambda x: np.nextafter(x, 9.0), (_ANY,)),
    Sample(np.clip, lambda x: np.clip(x, -1, 1), (_ANY,)),
    Sample(
        np._core.umath.clip,
        lambda x, y: np.linspace(-1, 1, 3).clip(-np.abs(y[0]), np.abs(x[0])),
        (_ANY, _ANY),
    ),
    Sample(np.clip, lambda x: x.clip(max=0.5), (_ANY,), "one bound"),
    Sample(np.clip, np.clip, (_ANY, np.full(3, -0.5), np.full((2, 1), 0.5)), "array bounds"),
]

SAMPLES += [
    Sample(np.sinc, np.sinc, (_ANY,)),
    Sample(np.sinc, np.sinc, (np.array([0.0, 1e-9, -1e-4, 0.03, 0.499, 0.501, 1.0, -7.0]),), "near 0"),
    Sample(np.i0, np.i0, (_ANY,)),
    Sample(np.real, np.real, (_ANY,)),
    Sample(np.real_if_close, np.real_if_close, (_ANY,)),
    Sample(np.modf, np.modf, (_ANY,)),
    Sample(np.frexp, np.frexp, (_ANY,)),
    Sample(np.ldexp, lambda x: np.ldexp(x, [[1], [-3]]), (_ANY,)),
    Sample(np.divmod, lambda x: np.divmod(x, 0.7), (_ANY,)),
    Sample(np.divmod, lambda x, y: divmod(x, y), (_ANY, _POSITIVE), "operator"),
]
