"""Cross-country mode: the same Jacobian, fewer multiplications where there is a waist."""

import itertools

import numpy as np
import pytest

import modes
from modes.jacobians import crosscountry, paths
from modes.jacobians.arguments import Point
from modes.jacobians.linearization import Linearization

RNG = np.random.default_rng(8)


def layers(*widths):
    """A network of tanh layers of these widths."""
    weights = [RNG.normal(size=(after, before)) / before**0.5 for before, after in itertools.pairwise(widths)]

    def f(x):
        for weight in weights:
            x = np.tanh(weight @ x)
        return x

    return f


def two_waists(x):
    """Two parallel branches, each with a waist of its own, and a residual."""
    one = np.ones((20, 2)) @ np.sin(np.arange(40.0).reshape(2, 20) @ x / 20)
    other = np.arange(60.0).reshape(20, 3) @ np.tanh(np.ones((3, 20)) @ x / 20)
    return one * np.cos(other) + x


def shared_waist(x):
    """A waist that two places use, which are joined again: neither in series nor in parallel."""
    h = np.tanh(np.arange(60.0).reshape(3, 20) @ np.sin(x) / 60)
    a = np.arange(60.0).reshape(20, 3) @ h / 60
    b = np.exp(np.arange(60.0).reshape(20, 3)[::-1] @ np.cos(h) / 60)
    c = np.sin(a) * np.sum(b)
    return np.concatenate([a * b, c * b, c])


FUNCTIONS = {
    "waist": (layers(12, 10, 2, 9, 11), (12,)),
    "two-waists-in-series": (layers(12, 2, 10, 1, 9), (12,)),
    "no-waist": (layers(6, 6, 6), (6,)),
    "one-output": (layers(6, 2, 1), (6,)),
    "parallel": (two_waists, (20,)),
    "entangled": (shared_waist, (20,)),
    "matrices": (lambda x: np.outer(np.sin(x.sum(axis=0)), np.ones(9)) @ np.ones((9, 8)) * x[0, 0], (4, 5)),
    "broadcast": (lambda x: np.exp(np.mean(x)) * np.ones((3, 4)) + x[0], (8,)),
    "assigned": (lambda x: _assigned(x), (6,)),
    "constant": (lambda x: np.ones(3), (4,)),
    "identity": (lambda x: x, (4,)),
    "scalar": (lambda x: np.sin(x) ** 2, ()),
    "empty": (lambda x: x * 2, (0,)),
    "linear": (lambda x: np.ones((5, 1)) @ (np.ones((1, 5)) @ x), (5,)),
}


def _assigned(x):
    y = np.zeros_like(x)
    y[0] = np.sum(x)
    y[1:] = np.sin(y[0]) * x[1:]
    return y


@pytest.mark.parametrize("always", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_jacobian_is_that_of_the_pure_modes(name, always, monkeypatch):
    if always:  # also where a pure mode would be cheaper
        monkeypatch.setattr(crosscountry, "_MARGIN", np.inf)
    f, shape = FUNCTIONS[name]
    x = RNG.uniform(0.3, 0.9, shape)
    known = modes.jacfwd(f)(x)
    found = modes.jacobian(f, mode="cross-country")(x)
    assert found.shape == known.shape
    np.testing.assert_allclose(found, known, rtol=1e-12, atol=1e-12 * np.max(np.abs(known), initial=0))


def planned(f, x):
    point = Point((x,), 0, {})
    recorded = Linearization(f, point)
    recorded.release()
    return crosscountry.plan(recorded, point.leaves)


@pytest.mark.parametrize("name", ["parallel", "entangled", "waist"])
def test_waists_are_found(name, monkeypatch):
    f, shape = FUNCTIONS[name]
    x = RNG.uniform(0.3, 0.9, shape)
    monkeypatch.setattr(paths, "CALL", 0)
    monkeypatch.setattr(crosscountry, "_PLANNING", 0)
    monkeypatch.setattr(crosscountry, "_MARGIN", 1.0)
    assert planned(f, x) is not None


def test_multiplications_fall_by_the_ratio_of_widths():
    wide, narrow = 256, 8
    network = planned(layers(wide, wide, wide, narrow, wide, wide, wide), np.ones(wide))
    pure = wide * network.sweep_cost
    # four wide layers at `narrow` rows instead of `wide`; the two products into the waist, and the last one
    products = 4 * narrow * wide**2 + 2 * narrow**2 * wide + narrow * wide**2
    assert products < network.final_cost() < 1.1 * products
    assert pure / network.final_cost() > 0.75 * wide / narrow


def test_without_a_waist_the_pure_modes_are_used():
    assert planned(layers(64, 64, 64, 64), np.ones(64)) is None
    assert planned(layers(8, 64, 64, 100), np.ones(8)) is None
    assert planned(layers(100, 64, 64, 8), np.ones(100)) is None


def test_structures_nesting_and_precision():
    def f(p, scale):
        h = np.tanh(np.ones((2, 30)) @ p["x"] / 30 + p["b"])
        return {"y": np.ones((40, 2)) @ h * scale, "h": h}

    p = {"x": RNG.normal(size=30), "b": RNG.normal(size=2)}
    known, found = (modes.jacobian(f, mode=mode)(p, 3.0) for mode in ("reverse", "cross-country"))
    for out in ("y", "h"):
        for into in ("x", "b"):
            np.testing.assert_allclose(found[out][into], known[out][into], rtol=1e-13)

    g = FUNCTIONS["waist"][0]
    x = RNG.normal(size=12)
    second = modes.jacfwd(modes.jacobian(g, mode="cross-country"))(x)
    np.testing.assert_allclose(second, modes.jacfwd(modes.jacrev(g))(x), rtol=1e-10, atol=1e-14)

    weights = np.ones((2, 200), np.float32)
    single = modes.jacobian(lambda x: weights.T @ np.tanh(weights @ x), mode="cross-country")
    assert single(np.ones(200, np.float32)).dtype == np.float32


def test_results_are_the_callers_own():
    weights = RNG.normal(size=(3, 200)), RNG.normal(size=(200, 3))
    kept = [w.copy() for w in weights]
    jacobian = modes.jacobian(lambda x: weights[1] @ (weights[0] @ x), mode="cross-country")
    jacobian(np.ones(200))[...] = 0
    for weight, known in zip(weights, kept, strict=True):
        np.testing.assert_array_equal(weight, known)
        assert weight.flags.writeable


def test_long_and_deep_graphs():
    def terms(x):
        total = x[:1] * 0
        for i in range(1200):
            total = total + np.sin(x[:1] * i)
        return total * np.ones(5)

    def horner(x):
        y = np.ones(4) * x[0]
        for _ in range(400):
            y = y * np.sum(x) + x[:4]
        return y

    for f in (terms, horner):
        x = RNG.uniform(0.01, 0.1, 9)
        np.testing.assert_allclose(modes.jacobian(f, mode="cross-country")(x), modes.jacrev(f)(x), rtol=1e-10)
