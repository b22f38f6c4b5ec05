"""Every workload's Jacobian is what its function's differences say, and what has been published."""

import numpy as np
import pytest

from bench.workloads import WORKLOADS, _adbench
from modes import jacobian

SAMPLES = [
    ("sources", {}),
    ("sources", {"blocks": 5}),
    ("tanh-chain", {"n": 1, "m": 1}),
    ("tanh-chain", {"n": 7, "m": 3, "width": 5, "depth": 1}),
    ("tanh-chain", {"n": 3, "m": 9, "width": 30, "depth": 4}),
    ("bottleneck", {"n": 12, "m": 9, "width": 2}),
    ("elementwise", {"n": 6}),
    ("speelpenning", {"n": 1}),
    ("speelpenning", {"n": 20}),
    ("rosenbrock", {"n": 2}),
    ("rosenbrock", {"n": 9}),
    ("broyden", {"n": 2}),
    ("broyden", {"n": 8}),
    ("iterated-map", {"n": 1, "depth": 3}),
    ("iterated-map", {"n": 4, "depth": 50}),
    ("gmm", {"instance": "gmm_test"}),
    ("gmm", {"instance": "gmm_1k_d2_K5"}),
    ("gmm", {"instance": "gmm_1k_d10_K5", "points": 40}),
    ("network", {"width": 1, "batch": 1}),
    ("network", {"width": 6, "batch": 5}),
    ("bundle-adjustment", {}),
    ("bundle-adjustment", {"observations": 3, "instance": "ba_test"}),
]


def central_differences(f, x):
    h = np.finfo(float).eps ** (1 / 3) * np.maximum(1, np.abs(x))
    columns = [(np.ravel(f(x + e)) - np.ravel(f(x - e))) / (2 * e.sum()) for e in np.diag(h)]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize(("name", "sizes"), SAMPLES)
def test_known_jacobian_agrees_with_differences(name, sizes):
    w = WORKLOADS[name](**sizes)
    known = w.jacobian()
    assert known.shape == (w.m, w.n)
    scale = max(np.abs(known).max(), np.abs(w.f(w.x)).max())
    np.testing.assert_allclose(known, central_differences(w.f, w.x), atol=3e-8 * scale, rtol=0)


@pytest.mark.parametrize("sizes", [{"layers": (3, 1)}, {"layers": (4, 5, 6, 3), "hidden": "tanh"}])
def test_networks_of_any_layers(sizes):
    test_known_jacobian_agrees_with_differences("network", {"batch": 4, **sizes})


@pytest.mark.parametrize(("n", "m"), [(1, 1), (16, 16), (256, 1), (1, 256), (64, 64)])
@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_the_chain_by_hand_is_the_chain_by_the_complex_step(n, m, order):
    w = WORKLOADS["tanh-chain"](n, m, width=64)
    expected = jacobian(w.f, mode="complex-step")(w.x)
    np.testing.assert_allclose(w.by_hand[f"by-hand-{order}"](), expected, rtol=1e-11, atol=1e-13)


def test_every_workload_is_sampled():
    assert {name for name, _ in SAMPLES} == set(WORKLOADS)


def test_sources_example_is_the_published_one():
    w = WORKLOADS["sources"]()
    np.testing.assert_allclose(w.f(w.x), [0.5 * (2 - 1), 1 * np.log(0.5)])
    np.testing.assert_allclose(w.jacobian(), [[1, 0.5, -0.5], [-2, 0, np.log(0.5)]])


def test_gmm_reproduces_the_published_objective_and_gradient():
    w, expected = WORKLOADS["gmm"]("gmm_test"), _adbench.published("gmm_test")
    np.testing.assert_allclose(w.f(w.x), expected["objective"], rtol=1e-12)
    np.testing.assert_allclose(w.jacobian()[0], expected["gradient"], rtol=1e-7)


def test_bundle_adjustment_reproduces_the_published_residual_and_derivatives():
    w, expected = WORKLOADS["bundle-adjustment"](1, "ba_test"), _adbench.published("ba_test")
    np.testing.assert_allclose(w.f(w.x), expected["reproj_err"], rtol=1e-8)
    np.testing.assert_allclose(w.jacobian().ravel(), expected["J_values"][:30], rtol=1e-7)


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        ("rosenbrock", {"n": 1}, "n is 1; this workload needs n >= 2"),
        ("tanh-chain", {"n": 2, "m": 0}, "m is 0; this workload needs m >= 1"),
        ("gmm", {"points": 2000}, "points is 2000; gmm_1k_d2_K5 holds 1000"),
    ],
)
def test_impossible_sizes_are_named(name, sizes, message):
    with pytest.raises(ValueError, match=message):
        WORKLOADS[name](**sizes)
