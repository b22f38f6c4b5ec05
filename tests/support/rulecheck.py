"""What every rule must satisfy, checked on samples: see `check`."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from modes import jacfwd, jacrev, jvp, vjp


@dataclass(frozen=True)
class Sample:
    """One call of a NumPy function that has a rule.

    `call` takes the arrays `args` and calls `function` on them, with the keywords of interest.
    """

    function: object
    call: Callable
    args: tuple = field(repr=False)
    label: str = ""
    second: bool = True  # also differentiate twice
    rtol: float = 1e-6  # against central differences

    def __str__(self):
        return f"{getattr(self.function, '__name__', self.function)}{'-' + self.label if self.label else ''}"


def leaves(result):
    """The arrays of a result that may be a tuple or list of them."""
    return list(result) if isinstance(result, tuple | list) else [result]


def flat(call):
    """`call` with its result as one vector."""
    return lambda *args: np.concatenate([np.reshape(leaf, -1) for leaf in leaves(call(*args))])


def check(sample):
    """Value, dot-product test, differences, every batch form, and the same once more through nesting."""
    f = flat(sample.call)
    args = tuple(np.asarray(a, float) for a in sample.args)
    rng = np.random.default_rng(1)
    tangents = tuple(rng.uniform(0.5, 1.5, a.shape) * rng.choice([-1, 1], a.shape) for a in args)

    plain = [np.asarray(leaf) for leaf in leaves(sample.call(*args))]
    value, pushed = jvp(f, args, tangents)
    np.testing.assert_allclose(value, np.concatenate([p.reshape(-1) for p in plain]), rtol=1e-13, atol=1e-14)
    shapes = [np.shape(leaf) for leaf in leaves(jvp(sample.call, args, tangents)[0])]
    assert shapes == [p.shape for p in plain]

    cotangent = rng.uniform(0.5, 1.5, value.shape)
    pulled = vjp(f, *args)[1](cotangent)
    inner = sum(np.vdot(p, t) for p, t in zip(pulled, tangents, strict=True))
    scale = sum(np.abs(p).ravel() @ np.abs(t).ravel() for p, t in zip(pulled, tangents, strict=True)) + 1e-30
    assert abs(np.vdot(cotangent, pushed) - inner) <= 1e-11 * scale, "dot-product test"

    h = 1e-5
    up = f(*(a + h * t for a, t in zip(args, tangents, strict=True)))
    down = f(*(a - h * t for a, t in zip(args, tangents, strict=True)))
    size = np.abs(pushed).max(initial=0.0) + np.abs(value).max(initial=0.0) * 1e-3 + 1e-3
    np.testing.assert_allclose(pushed, (up - down) / (2 * h), rtol=sample.rtol, atol=sample.rtol * size)

    every = tuple(range(len(args)))
    reference = jacrev(f, every, chunk_size=1)(*args)
    for other in (
        jacfwd(f, every),
        jacrev(f, every),
        jacfwd(f, every, chunk_size=2),
        jacfwd(f, every, chunk_size=1),
    ):
        for mine, theirs in zip(other(*args), reference, strict=True):
            bound = 1e-11 * (np.abs(theirs).max(initial=0.0) + 1e-3)
            np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=bound)

    if sample.second:
        check_second(f, args, tangents, cotangent)


def check_second(f, args, tangents, cotangent):
    """Every nesting of two modes agrees with differences of the first derivative, and with the others."""

    def gradient(*at):
        return vjp(f, *at)[1](cotangent)

    def slope(*at):
        return jvp(f, at, tangents)[1]

    forward_over_reverse = jvp(gradient, args, tangents)[1]
    h = 1e-5
    up = gradient(*(a + h * t for a, t in zip(args, tangents, strict=True)))
    down = gradient(*(a - h * t for a, t in zip(args, tangents, strict=True)))
    for mine, u, d in zip(forward_over_reverse, up, down, strict=True):
        expected = (u - d) / (2 * h)
        bound = 1e-5 * (np.abs(expected).max(initial=0.0) + np.abs(u).max(initial=0.0) * 1e-2 + 1e-3)
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=bound)

    reverse_over_forward = vjp(slope, *args)[1](cotangent)
    curvature = vjp(
        lambda *at: sum(np.sum(p * t) for p, t in zip(gradient(*at), tangents, strict=True)), *args
    )[1](1.0)
    forward_over_forward = jvp(slope, args, tangents)[1]
    for one, two, three in zip(forward_over_reverse, reverse_over_forward, curvature, strict=True):
        bound = 1e-10 * (np.abs(one).max(initial=0.0) + 1e-3)
        np.testing.assert_allclose(two, one, rtol=1e-9, atol=bound)
        np.testing.assert_allclose(three, one, rtol=1e-9, atol=bound)
    quadratic = sum(np.vdot(p, t) for p, t in zip(forward_over_reverse, tangents, strict=True))
    size = np.abs(cotangent) @ np.abs(forward_over_forward) + 1e-3
    assert abs(np.vdot(cotangent, forward_over_forward) - quadratic) <= 1e-9 * size
