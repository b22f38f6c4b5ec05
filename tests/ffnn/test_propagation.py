# ruff: noqa: E741  (l is the layer, as in the sources)

import numpy as np
import pytest

from ffnn import (
    ACTIVATIONS,
    COSTS,
    Network,
    backward_propagation,
    cost,
    forward_propagation,
    unflatten,
)

# The scalar equations of Part 1, loops and all; m examples i, nodes j of layer l, nodes k of layer l − 1.


def scalar_forward(network, parameters, X):
    """Equations (1) and (2)."""
    m = X.shape[1]
    A, Z = {0: X}, {}
    for l in range(1, network.L + 1):
        n, n_previous = network.sizes[l], network.sizes[l - 1]
        Z[l], A[l] = np.empty((n, m)), np.empty((n, m))
        for i in range(m):
            for j in range(n):
                Z[l][j, i] = parameters.b[l][j]
                for k in range(n_previous):
                    Z[l][j, i] += parameters.W[l][j, k] * A[l - 1][k, i]
            g = ACTIVATIONS[network.activations[l]].value
            for j in range(n):
                A[l][j, i] = g(Z[l][:, i : i + 1])[j, 0]
    return Z, A


def scalar_backward(network, parameters, Z, A, dA_L):
    """Equations (13), (14), (17) and (21); the partials ∂a_p/∂z_j by complex step."""
    m = dA_L.shape[1]
    dA, dZ, dW, db = {network.L: dA_L}, {}, {}, {}
    for l in range(network.L, 0, -1):
        n, n_previous = network.sizes[l], network.sizes[l - 1]
        g = ACTIVATIONS[network.activations[l]].value
        dZ[l], dW[l], db[l] = np.zeros((n, m)), np.zeros((n, n_previous)), np.zeros(n)
        dA[l - 1] = np.zeros((n_previous, m))
        for i in range(m):
            for j in range(n):
                z = Z[l][:, i : i + 1].astype(complex)
                z[j] += 1e-30j
                da_dz = g(z).imag[:, 0] / 1e-30
                for p in range(n):
                    dZ[l][j, i] += dA[l][p, i] * da_dz[p]  # (17)
                for k in range(n_previous):
                    dW[l][j, k] += dZ[l][j, i] * A[l - 1][k, i]  # (13)
                db[l][j] += dZ[l][j, i]  # (14)
            for k in range(n_previous):
                for j in range(n):
                    dA[l - 1][k, i] += dZ[l][j, i] * parameters.W[l][j, k]  # (21)
    return dW, db, dZ, dA


CASES = [
    ((3, 4, 3, 2), {"hidden": ("relu", "softmax"), "cost": "multi-class-cross-entropy"}),
    ((3, 4, 3, 2), {"hidden": ("tanh", "leaky-relu"), "cost": "multi-label-cross-entropy"}),
    ((3, 4, 1), {"hidden": "sigmoid", "cost": "binary-cross-entropy"}),
    ((3, 4, 3, 2), {"hidden": ("gelu", "silu"), "output": "softplus", "cost": "mean-squared-error"}),
    ((3, 2), {"output": "softmax", "cost": "multi-label-cross-entropy"}),
    ((3, 2), {"output": "sigmoid", "cost": "multi-class-cross-entropy"}),
    ((3, 4, 2), {"hidden": "identity", "output": "softmax", "cost": "mean-squared-error"}),
]


@pytest.mark.parametrize("m", [1, 5])
@pytest.mark.parametrize(("sizes", "arguments"), CASES)
def test_vectorised_forms_are_the_scalar_ones(problem, sizes, arguments, m):
    network, parameters, X, Y = problem(sizes, m, **arguments)
    prediction, caches = forward_propagation(network, parameters, X)
    Z, A = scalar_forward(network, parameters, X)
    np.testing.assert_allclose(prediction, A[network.L], rtol=1e-13)
    for l in range(1, network.L + 1):
        np.testing.assert_allclose(caches[l].Z, Z[l], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(caches[l].A, A[l], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(caches[l].A_previous, A[l - 1], rtol=1e-12, atol=1e-14)
        assert caches[l].W is parameters.W[l]

    dW, db, dZ, dA = scalar_backward(network, parameters, Z, A, COSTS[network.cost].dA(A[network.L], Y))
    for fused in (True, False):
        found = backward_propagation(network, caches, Y, dX=True, fused=fused)
        assert found.dW[0] is found.db[0] is found.dZ[0] is None
        for l in range(1, network.L + 1):
            for name, expected in (("dW", dW), ("db", db), ("dZ", dZ), ("dA", dA)):
                array = getattr(found, name)[l]
                assert array.shape == expected[l].shape
                np.testing.assert_allclose(array, expected[l], rtol=1e-11, atol=1e-14, err_msg=f"{name}[{l}]")
        np.testing.assert_allclose(found.dA[0], dA[0], rtol=1e-11, atol=1e-14)


def test_dx_is_the_derivative_of_the_cost_and_only_comes_when_asked(problem):
    network, parameters, X, Y = problem((3, 4, 2), 3, hidden="tanh")
    _, caches = forward_propagation(network, parameters, X)
    assert backward_propagation(network, caches, Y).dA[0] is None
    dX = backward_propagation(network, caches, Y, dX=True).dA[0]
    for index in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[index] = 1e-5
        slope = cost(network, parameters, X + step, Y) - cost(network, parameters, X - step, Y)
        assert slope / 2e-5 == pytest.approx(dX[index], abs=1e-9)


def test_labels_are_taken_and_targets_are_checked(problem):
    network, parameters, X, Y = problem((3, 4, 2), 3)
    _, caches = forward_propagation(network, parameters, X)
    by_labels = backward_propagation(network, caches, Y.argmax(axis=0))
    np.testing.assert_array_equal(by_labels.dW[1], backward_propagation(network, caches, Y).dW[1])
    with pytest.raises(ValueError, match=r"Y has shape \(2, 2\), but layer 2 gives .* \(2, 3\)"):
        backward_propagation(network, caches, Y[:, :2])


def test_cost_is_an_average_over_examples(problem):
    network, parameters, X, Y = problem((3, 4, 2), 6)
    parts = [cost(network, parameters, X[:, i : i + 1], Y[:, i : i + 1]) for i in range(6)]
    assert cost(network, parameters, X, Y) == pytest.approx(np.mean(parts), rel=1e-14)


def test_a_network_worked_out_on_paper():
    """One sigmoid unit, w = 0 and b = 0: Ŷ = 1/2, J = log 2, dw = (1/m) Σ (1/2 − y) x."""
    network = Network((1, 1), cost="binary-cross-entropy")
    parameters = unflatten(network, np.zeros(2))
    X, Y = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
    assert cost(network, parameters, X, Y) == pytest.approx(np.log(2))
    prediction, caches = forward_propagation(network, parameters, X)
    np.testing.assert_array_equal(prediction, [[0.5, 0.5]])
    found = backward_propagation(network, caches, Y)
    np.testing.assert_allclose(found.dA[1], [[-1.0, 1.0]])
    np.testing.assert_allclose(found.dZ[1], [[-0.25, 0.25]])
    np.testing.assert_allclose(found.dW[1], [[0.25]])
    np.testing.assert_allclose(found.db[1], [0.0], atol=1e-16)
