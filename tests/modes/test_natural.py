"""Ordinary programs that people write: right in every mode, or refused with a sentence."""

import collections
import dataclasses
import functools
import statistics
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from modes import (
    DifferentiationError,
    custom_vjp,
    grad,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
)

X = np.array([0.5, 2.0, 1.0])
OUTSIDE = np.zeros(3)  # made outside of any f
W = np.array([0.1, 0.9, 3.0])
M = np.array([True, False, True])
BOTH = pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian], ids=["forward", "reverse", "auto"])


def flat_assigned(x):
    y = np.outer(x, x).T
    y.flat[1] = x[0] ** 2
    y.flat[[0, 5, 0]] = x
    y.flat[6:] = [x[1], 2.0]
    return y


def flat_whole(x):
    y = np.outer(x, x)
    y.flat = x
    return y * x


def flat_loop(x):
    total = 0.0
    entries = np.outer(x, x).flat
    first = next(entries)
    for v in entries:
        total = total + v**2 * first
    return total


def at(ufunc, key, value=lambda x: x, start=lambda x: x * 1.0):
    def f(x):
        y = start(x)
        ufunc.at(y, key, value(x))
        return y

    return f


def unary_at(x):
    y = x * 1.0
    np.sin.at(y, [0, 0, 2])
    return y


def at_through_a_view(x):
    y = np.outer(x, x)
    np.add.at(y.T[0], [0, 0, 2], x)
    return y


def out_where(x):
    y = x * 1.0
    np.sin(x, out=y, where=M)
    return y * x


def out_where_of_two(x):
    y = np.zeros_like(np.outer(x, x))
    np.multiply(x, x[:, None], out=y, where=M)
    return y


def quotient_where(x):
    w = np.array([2.0, 0.0, 4.0])
    return np.divide(x, w, out=np.full_like(x, 7.0), where=w != 0)


def root_where(x):
    y = x - 0.7
    return np.sqrt(y, out=np.zeros_like(y), where=y > 0)


def windows_follow(x):
    y = x * 1.0
    w = sliding_window_view(y, 2)
    y[1] = x[0] ** 2
    return w * 2


class Pair(NamedTuple):
    a: Any
    b: Any


CASES = {
    "flat[1]": lambda x: x.flat[1] * x[0],
    "flat of a transposed": lambda x: (np.outer(x, W).T).flat[1:5] * 2,
    "flat, assigned": flat_assigned,
    "flat, whole": flat_whole,
    "flat, loop": flat_loop,
    "flat, length and copy": lambda x: x.flat.copy() * len(x.flat),
    "0-d, indexed": lambda x: x[0][None][0] * x + (x[0] * x[1])[None] * x[0][...],
    "0-d sum, indexed": lambda x: np.sum(x)[None, None][0, 0] * x,
    "Fraction": lambda x: x * Fraction(1, 2) + Fraction(1, 3) - x[0] * Fraction(1, 4) * Fraction(1, 2),
    "power of a Fraction": lambda x: np.stack([x[0] ** Fraction(1, 2), Fraction(3, 2) ** x[1]]),
    "maximum with a Fraction": lambda x: np.maximum(x, Fraction(3, 4)),
    "repeat a number": lambda x: np.repeat(x[0], 2, axis=0) * np.repeat(x[1], 2),
    "take of a number": lambda x: np.take(x[0], [0, 0], axis=0) + np.take(x[1], [[0, 0]]),
    "compress of a number": lambda x: np.compress([True], x[0], axis=0),
    "bounds of a plain array": lambda x: W.clip(x[0], x[1]) * x,
    "one bound of a plain array": lambda x: W.clip(max=x[1]),
    "percentile of a list": lambda x: np.percentile([x[0], x[1], x[2]], 40),
    "Series as values": lambda x: pd.Series(W).to_numpy() * x,
    "add.at": at(np.add, [0, 0, 1], lambda x: x[2] ** 2),
    "add.at of each": at(np.add, [0, 0, 2], lambda x: x * x),
    "add.at of constants": at(np.add, [0, 0, 2], lambda x: 3.0),
    "add.at by a mask": at(np.add, M, lambda x: x[:2]),
    "add.at by a slice": at(np.add, slice(0, 2), lambda x: x[2]),
    "add.at by two": at(
        np.add, (np.array([0, 0, 1]), np.array([1, 1, 2])), lambda x: x**2, lambda x: np.outer(x, x)
    ),
    "add.at into zeros": at(np.add, [[0, 0], [2, 1]], lambda x: np.outer(x, x)[:2, :2], np.zeros_like),
    "add.at, broadcast": at(np.add, ([[0], [0]], [0, 1, 2]), lambda x: x, lambda x: np.outer(x, x)),
    "add.at nowhere": at(np.add, np.zeros(0, int), lambda x: x[0]),
    "subtract.at": at(np.subtract, [0, 0, 1]),
    "multiply.at": at(np.multiply, [0, 0, 1]),
    "divide.at": at(np.divide, [2, 2, 2]),
    "power.at": at(np.power, [0, 1, 0], lambda x: 2.0),
    "maximum.at": at(np.maximum, [0, 0, 1], lambda x: x * 1.5),
    "sin.at": unary_at,
    "at, through a view": at_through_a_view,
    "out= and where=": out_where,
    "out= and where= of two": out_where_of_two,
    "quotient where": quotient_where,
    "root where": root_where,
    "windows": lambda x: sliding_window_view(x, 2).mean(axis=-1) ** 2,
    "windows of a matrix": lambda x: np.max(sliding_window_view(np.outer(x, W), (2, 2)), axis=(-2, -1)),
    "windows follow their array": windows_follow,
    "convolution by windows": lambda x: sliding_window_view(np.pad(x, 1), 3) @ x[::-1],
}


@pytest.mark.parametrize("case", CASES)
def test_right(case):
    f = CASES[case]
    at = X + 1e-3 * np.arange(3)
    value = f(at.copy())
    expected = jacobian(lambda x: np.asarray(f(x), float), mode="central-difference")(at)
    for jac in (
        jacfwd,
        jacrev,
        lambda f: jacfwd(f, chunk_size=1),
        lambda f: jacrev(f, chunk_size=2),
        jacobian,
    ):
        np.testing.assert_allclose(jac(f)(at.copy()), expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(jvp(f, (at,), (at,))[0], np.asarray(value, float), rtol=1e-15)
    np.testing.assert_allclose(linearize(f, at)[0], np.asarray(value, float), rtol=1e-15)
    second = jacfwd(jacrev(f))(at)
    np.testing.assert_allclose(jacrev(jacfwd(f))(at), second, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(jacfwd(jacfwd(f))(at), second, rtol=1e-10, atol=1e-12)


@functools.lru_cache
def cached(x):
    return x * 2


REFUSED = {
    "traced * Series": (lambda x: x * pd.Series(W), r"Series.*to_numpy"),
    "Series * number": (lambda x: pd.Series(W) * x[0], r"pandas\.Series.*to_numpy"),
    "x @ DataFrame": (lambda x: x @ pd.DataFrame(np.eye(3)), r"DataFrame.*to_numpy"),
    "statistics.mean": (statistics.mean, r"statistics\.mean .*np\.mean"),
    "statistics.stdev": (lambda x: statistics.stdev(list(x)), r"statistics\.stdev .*np\.std"),
    "lru_cache": (lambda x: cached(x), r"lru_cache.*no hash"),
    "a key": (lambda x: {x[0]: 1}, r"key of a dict"),
    "split of a list": (lambda x: np.split([x[0], x[1]], 2), r"np\.split.*np\.stack"),
    "add.at of a plain array": (lambda x: np.add.at(OUTSIDE, [0, 0, 1], x), r"np\.zeros_like"),
    "where= without out=": (lambda x: np.add(x, x, where=M), r"without out=.*np\.where"),
    "writeable windows": (lambda x: sliding_window_view(x, 2, writeable=True), r"overlap"),
    "a ufunc of one's own": (lambda x: np.frompyfunc(lambda t: t * 2, 1, 1)(x), r"ufunc <lambda>"),
}


@BOTH
@pytest.mark.parametrize("case", REFUSED)
def test_refused(case, jac):
    f, sentence = REFUSED[case]
    with pytest.raises(DifferentiationError, match=sentence):
        jac(f)(X)


@BOTH
def test_results_put_together_from_two_arguments(jac):
    for f, expected in (
        (lambda a, b: np.array([a**2, b]), ([6.0, 0.0], [0.0, 1.0])),
        (lambda a, b: np.array([[a * b], [b]]), ([[2.0], [0.0]], [[3.0], [1.0]])),
        (lambda a, b: np.stack([a**2, b]), ([6.0, 0.0], [0.0, 1.0])),
        (lambda a, b: np.array([1.0, b * 2]), ([0.0, 0.0], [0.0, 2.0])),
    ):
        for found, wanted in zip(jac(f, argnums=(0, 1))(3.0, 2.0), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)


@BOTH
def test_foreign_byte_order(jac):
    for dtype in (">f8", ">f4"):
        result = jac(lambda x: x**2 * np.array([1.0, 2.0], ">f8"))(np.array([1.0, 2.0], dtype))
        np.testing.assert_array_equal(result, np.diag([2.0, 8.0]))
        assert result.dtype.isnative


@dataclasses.dataclass(frozen=True)
class Layer:
    w: Any
    b: Any
    name: str = "layer"
    activation: Any = np.tanh

    def __post_init__(self):
        if np.ndim(self.w) != 2:
            raise ValueError("w must be a matrix")


@dataclasses.dataclass
class Network:
    layers: list
    scale: Any
    note: str | None = None


LAYERS = [Layer(np.eye(2) + 0.1, np.zeros(2)), Layer(np.ones((1, 2)), np.array([0.5]), "last", np.sin)]


def run(net, x):
    for layer in net.layers:
        x = layer.activation(layer.w @ x + layer.b)
    return net.scale * x[0]


def as_tuples(net):
    return [(layer.w, layer.b) for layer in net.layers], net.scale


def test_dataclasses_are_trees():
    net, x = Network(LAYERS, 2.0), np.array([0.3, -0.2])

    def by_tuples(tree):
        layers = [dataclasses.replace(layer, w=w, b=b) for layer, (w, b) in zip(LAYERS, tree[0], strict=True)]
        return run(Network(layers, tree[1]), x)

    value, gradient = value_and_grad(run)(net, x)
    assert type(gradient) is Network
    assert [layer.name for layer in gradient.layers] == ["layer", "last"]
    assert value == run(net, x)
    expected = grad(by_tuples)(as_tuples(net))
    for jac in (lambda f: grad(f), jacfwd, jacrev, jacobian):
        found = as_tuples(jac(run)(net, x))
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-12)
        for mine, theirs in zip(found[0], expected[0], strict=True):
            np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-12)
            np.testing.assert_allclose(mine[1], theirs[1], rtol=1e-12)
    pushed = jvp(lambda n: run(n, x), (net,), (gradient,))[1]
    squares = sum((w**2).sum() + (b**2).sum() for w, b in expected[0]) + expected[1] ** 2
    np.testing.assert_allclose(pushed, squares)
    assert type(hvp(lambda n: run(n, x), (net,), (gradient,))) is Network
    both = jacrev(lambda n, s: Network([], s * n.layers[0].w, "made"), argnums=1)(net, 2.0)
    assert type(both) is Network
    assert both.note == "made"
    np.testing.assert_array_equal(both.scale, LAYERS[0].w)
    (pulled,) = vjp(lambda n: n.layers[0], net)[1](LAYERS[0])
    np.testing.assert_array_equal(pulled.layers[0].w, LAYERS[0].w)
    np.testing.assert_array_equal(pulled.layers[1].w, 0 * LAYERS[1].w)
    held = jacfwd(lambda n: (stop_gradient(n).scale * n.scale, n), has_aux=True)(net)
    assert held[0].scale == 2.0
    assert held[1].scale == 2.0
    with pytest.raises(DifferentiationError, match="scale"):
        grad(run)(Network(LAYERS, 1j), x)


def test_dataclasses_in_rules_of_ones_own():
    @custom_vjp
    def scaled(net):
        return net.scale * 3.0

    scaled.defvjp(lambda net: (scaled(net), None), lambda r, g: (Network([], 3.0 * g),))
    for jac in (jacfwd, jacrev):
        assert jac(lambda s: scaled(Network([], s)))(2.0) == 3.0


def test_named_tuples():
    for cls in (Pair, collections.namedtuple("Plain", "a b")):
        for jac in (jacfwd, jacrev, jacobian):
            result = jac(lambda p, cls=cls: cls(p.a * p.b, p.a))(cls(2.0, 3.0))
            assert (type(result), type(result.a)) == (cls, cls)
            assert (result.a.a, result.a.b, result.b.a, result.b.b) == (3.0, 2.0, 1.0, 0.0)
