# ruff: noqa: E741  (l is the layer, as in the sources)

import numpy as np
import pytest

from ffnn import Network, Parameters, check_gradient, cost, forward_propagation, gradient, initialise, one_hot

NETWORK = Network((64, 32, 10))
PARAMETERS = initialise(NETWORK, 0)
X = np.random.default_rng(0).normal(size=(64, 7))
LABELS = np.arange(7)


def test_names_and_sizes():
    network = Network([4, 3, 2, 1], hidden=["tanh", "gelu"], cost="binary-cross-entropy")
    assert network.sizes == (4, 3, 2, 1)
    assert network.L == 3
    assert network.activations == (None, "tanh", "gelu", "sigmoid")
    assert network.parameter_count == 15 + 8 + 3
    assert network == Network((4, 3, 2, 1), ("tanh", "gelu"), "sigmoid", "binary-cross-entropy")
    assert len({network, Network((4, 3, 2, 1), ("tanh", "gelu"), cost="binary-cross-entropy")}) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": (4,)}, r"sizes needs n\[0\], …, n\[L\] with L ≥ 1.*got \(4,\)"),
        ({"sizes": (4, 0, 2)}, r"every n\[l\] ≥ 1; got \(4, 0, 2\)"),
        ({"sizes": (4, 2.5)}, r"sizes must be integers.*\(4, 2.5\)"),
        ({"sizes": (4, 3, 2), "hidden": "selu"}, "hidden is 'selu'; choose one of 'relu'"),
        ({"sizes": (4, 3, 2), "hidden": ("relu", "tanh")}, "hidden names 2 activations.*1 hidden"),
        ({"sizes": (4, 3, 2), "hidden": ("swish",)}, "the activation of layer 1 is 'swish'"),
        ({"sizes": (4, 2), "output": "probit"}, "the activation of layer 1 is 'probit'"),
        ({"sizes": (4, 2), "cost": "hinge"}, "cost is 'hinge'; choose one of 'binary-cross-entropy'"),
        ({"sizes": (4, 2), "output": "relu"}, "predictions between 0 and 1, which output 'relu' does not"),
        ({"sizes": (4, 2), "cost": "binary-cross-entropy"}, "needs one sigmoid output, but layer 1 has 2"),
    ],
)
def test_impossible_networks_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Network(**arguments)


def with_layer(l, W=None, b=None):
    Ws, bs = list(PARAMETERS.W), list(PARAMETERS.b)
    Ws[l], bs[l] = (Ws[l] if W is None else W), (bs[l] if b is None else b)
    return Parameters(tuple(Ws), tuple(bs))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"parameters": with_layer(2, W=np.zeros((10, 64)))},
            r"parameters.W\[2\] has shape \(10, 64\), but layer 2 .*\(32 → 10\) needs shape \(10, 32\)",
        ),
        (
            {"parameters": with_layer(1, b=np.zeros((32, 1)))},
            r"b\[1\] has shape \(32, 1\), but layer 1.*\(32,\)",
        ),
        ({"parameters": with_layer(1, W=np.zeros((32, 64), np.float32))}, r"W\[1\] has dtype float32"),
        ({"parameters": Parameters(PARAMETERS.W[1:], PARAMETERS.b)}, "parameters.W has 2 entries.*needs 3"),
        ({"X": X.T}, r"X has shape \(7, 64\), but layer 0 has 64 inputs.*give X.T"),
        ({"X": X[:, 0]}, r"X has shape \(64,\)"),
        ({"X": X[:, :0]}, r"X has shape \(64, 0\).*m ≥ 1"),
        ({"X": np.where(X[3, 2] == X, np.nan, X)}, r"X\[3, 2\] is nan"),
        ({"X": X.astype(complex)}, "X has dtype complex128"),
        ({"X": np.ma.masked_greater(X, 2)}, "X is a masked array with masked entries"),
        ({"Y": LABELS + 4}, "labels reach from 4 to 10, but 10 classes are labelled 0 to 9"),
        ({"Y": LABELS - 1}, "labels reach from -1 to 5"),
        ({"Y": LABELS[:-1]}, r"Y has shape \(6,\), but layer 2 gives predictions of shape \(10, 7\)"),
        ({"Y": np.zeros((7, 10))}, r"Y has shape \(7, 10\).*integer labels of shape \(m,\)"),
        ({"Y": np.zeros((10, 7))}, "column 0 of Y adds to 0"),
        ({"Y": np.full((10, 7), np.nan)}, r"Y\[0, 0\] is nan"),
        ({"Y": 2 * one_hot(LABELS, 10) - 0.1}, "needs targets from 0 to 1"),
        ({"Y": np.array(list("abcdefg"))}, "Y has dtype <U1"),
    ],
)
@pytest.mark.parametrize("function", [cost, gradient, check_gradient])
def test_bad_input_names_the_argument_and_both_shapes(function, changed, message):
    arguments = {"parameters": PARAMETERS, "X": X, "Y": LABELS, **changed}
    with pytest.raises(ValueError, match=message):
        function(NETWORK, **arguments)


def test_forward_propagation_checks_too():
    with pytest.raises(ValueError, match=r"layer 0 has 64 inputs"):
        forward_propagation(NETWORK, PARAMETERS, X[:3])


def test_labels_one_hot_and_soft_targets():
    hot = one_hot(LABELS, 10)
    np.testing.assert_array_equal(hot, np.eye(10)[:, :7])
    assert cost(NETWORK, PARAMETERS, X, LABELS) == cost(NETWORK, PARAMETERS, X, hot)
    soft = 0.9 * hot + 0.01
    expected = 0.9 * cost(NETWORK, PARAMETERS, X, hot) + 0.01 * sum(
        cost(NETWORK, PARAMETERS, X, np.full(7, j)) for j in range(10)
    )
    assert cost(NETWORK, PARAMETERS, X, soft) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match="labels must be a vector of integers"):
        one_hot(np.zeros(3), 2)


def test_one_output_takes_a_vector_of_targets():
    for name in ("binary-cross-entropy", "mean-squared-error"):
        network = Network((64, 1), cost=name)
        parameters = initialise(network, 0)
        y = np.array([0, 1, 1, 0, 1, 0, 0])
        assert cost(network, parameters, X, y) == cost(network, parameters, X, y[None, :])
        assert cost(network, parameters, X, y.astype(bool)) == cost(network, parameters, X, y)
