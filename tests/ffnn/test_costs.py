from math import log

import numpy as np
import pytest
from scipy import special

from ffnn import ACTIVATIONS, COSTS, Network, Parameters, Workspace, cost, gradient

CROSS_ENTROPIES = [name for name, c in COSTS.items() if c.probability]


def scalar_cost(name, A, Y):
    """Equations (1), (4) and (7) of Part 3, and the squared error, entry by entry."""
    n, m = A.shape
    J = 0.0
    for i in range(m):
        for j in range(n):
            a, y = A[j, i], Y[j, i]
            if name == "mean-squared-error":
                J += (a - y) ** 2
            elif name == "multi-class-cross-entropy":
                J -= y * log(a)
            else:
                J -= y * log(a) + (1 - y) * log(1 - a)
    return J / m


def sample(name, m=6, seed=0):
    rng = np.random.default_rng(seed)
    n = 1 if name == "binary-cross-entropy" else 4
    Z = rng.normal(size=(n, m))
    if name == "multi-class-cross-entropy":
        Y = np.eye(n)[:, rng.integers(0, n, m)]
    else:
        Y = rng.normal(size=(n, m)) if name == "mean-squared-error" else rng.uniform(size=(n, m))
    return Z, ACTIVATIONS[COSTS[name].output].value(Z), Y


@pytest.mark.parametrize("name", COSTS)
def test_value_is_the_double_sum_of_the_source(name):
    Z, A, Y = sample(name)
    expected = scalar_cost(name, A, Y)
    assert COSTS[name].value(A, Y) == pytest.approx(expected, rel=1e-13)
    assert COSTS[name].value_from_logits(Z, Y) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", COSTS)
def test_seed_and_fused_seed_agree_with_complex_step_and_each_other(name):
    Z, A, Y = sample(name)
    function = COSTS[name]
    dA, dZ = np.empty_like(A), np.empty_like(Z)
    for index in np.ndindex(A.shape):
        step = np.zeros(A.shape, dtype=complex)
        step[index] = 1e-30j
        dA[index] = function.value(A + step, Y).imag / 1e-30
        dZ[index] = function.value_from_logits(Z + step, Y).imag / 1e-30
    np.testing.assert_allclose(function.dA(A, Y), dA, rtol=1e-12)
    np.testing.assert_allclose(function.dZ(A, Y), dZ, rtol=1e-12, atol=1e-15)
    through = ACTIVATIONS[function.output].pullback(function.dA(A, Y), Z, A)
    np.testing.assert_allclose(through, dZ, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("name", ["binary-cross-entropy", "multi-label-cross-entropy"])
@pytest.mark.parametrize("size", [40.0, 800.0, 1e4])
def test_saturated_sigmoid_has_a_finite_cost_and_the_right_gradient(name, sign, size):
    Z = np.array([[sign * size]])
    A = special.expit(Z)
    for y in (0.0, 1.0):
        Y = np.array([[y]])
        J = COSTS[name].value_from_logits(Z, Y)
        wrong = (sign > 0) != (y == 1)
        assert (pytest.approx(size) if wrong else pytest.approx(np.exp(-size), rel=1e-12)) == J
        assert COSTS[name].dZ(A, Y).item() == pytest.approx(special.expit(Z).item() - y, rel=1e-12)


def test_saturated_softmax_has_a_finite_cost_and_the_right_gradient():
    Z, Y = np.array([[1e4], [-1e4], [0.0]]), np.array([[0.0], [1.0], [0.0]])
    assert COSTS["multi-class-cross-entropy"].value_from_logits(Z, Y) == pytest.approx(2e4)
    A = ACTIVATIONS["softmax"].value(Z)
    np.testing.assert_array_equal(COSTS["multi-class-cross-entropy"].dZ(A, Y), [[1.0], [-1.0], [0.0]])


@pytest.mark.parametrize("name", ["binary-cross-entropy", "multi-class-cross-entropy"])
def test_saturated_network_from_the_outside(name):
    network = Network((1, 1 if name.startswith("b") else 2), cost=name)
    n = network.sizes[-1]
    W = np.array([[1e4], [-1e4]])[:n]
    parameters = Parameters((None, W), (None, np.zeros(n)))
    X = np.array([[1.0, -1.0]])
    Y = np.array([0, 1]) if n == 1 else np.array([1, 0])  # both certain, both wrong
    expected = {1: 1e4, 2: 2e4}[n]
    assert cost(network, parameters, X, Y) == pytest.approx(expected)
    J, found = Workspace(network, 2).value_and_gradient(parameters, X, Y)
    assert pytest.approx(expected) == J
    for method in ("backpropagation", "reverse", "complex-step"):
        np.testing.assert_allclose(gradient(network, parameters, X, Y, method).W[1], found.W[1], rtol=1e-12)
    np.testing.assert_allclose(np.abs(found.W[1]), np.ones((n, 1)))


@pytest.mark.parametrize("name", CROSS_ENTROPIES)
def test_certain_and_right_costs_nothing_and_gives_no_nan(name):
    n = 1 if name == "binary-cross-entropy" else 2
    Y = np.eye(2)[:n]
    assert COSTS[name].value(Y, Y) == 0
    np.testing.assert_array_equal(COSTS[name].dA(Y, Y)[Y == 1], -0.5)


def test_certain_and_wrong_from_predictions_is_infinite_not_nan():
    A, Y = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert COSTS["binary-cross-entropy"].value(A, Y) == np.inf
    np.testing.assert_array_equal(COSTS["binary-cross-entropy"].dA(A, Y), [[np.inf, -np.inf]])
