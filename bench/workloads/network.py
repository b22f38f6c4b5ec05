"""The cost of a feedforward network over all its parameters: many inputs, one output."""

import numpy as np

from ffnn import Network, Parameters, cost_of, flatten, gradient, initialise, one_hot, unflatten

from ._workload import Array, Workload, at_least

CLASSES = 2


def network(width: int = 31, batch: int = 32) -> Workload:
    """Cross-entropy of a network of sizes (width, width, 2), tanh and softmax, on `batch` examples.

    n = (width + 1)(width + 2) parameters, m = 1; x is θ as ``ffnn.flatten`` orders it. Brings along
    ``ffnn``'s backpropagation, to be timed beside the modes.
    """
    at_least("width", width, 1)
    at_least("batch", batch, 1)
    net = Network((width, width, CLASSES), hidden="tanh")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(width, batch))
    Y = one_hot(rng.integers(CLASSES, size=batch), CLASSES)
    parameters = initialise(net, rng)
    cost = cost_of(net, X, Y)

    def f(theta):
        return cost(unflatten(net, theta))

    def backpropagation() -> Array:
        return flatten(gradient(net, parameters, X, Y))[None, :]

    def jacobian() -> Array:
        (_, W1, W2), (_, b1, b2) = parameters
        A1 = np.tanh(W1 @ X + b1[:, None])
        Z2 = W2 @ A1 + b2[:, None]
        share = np.exp(Z2 - Z2.max(0))
        dZ2 = (share / share.sum(0) - Y) / batch
        dZ1 = (W2.T @ dZ2) * (1 - A1 * A1)
        dW, db = (None, dZ1 @ X.T, dZ2 @ A1.T), (None, dZ1.sum(1), dZ2.sum(1))
        return flatten(Parameters(dW, db))[None, :]

    size = {"parameters": net.parameter_count, "width": width, "batch": batch}
    return Workload("network", f, flatten(parameters), jacobian, size, {"backpropagation": backpropagation})
