"""The cost of a feedforward network over all its parameters: many inputs, one output."""

from collections.abc import Sequence

import numpy as np

from ffnn import Network, Parameters, cost_of, flatten, gradient, initialise, one_hot, unflatten

from ._workload import Array, Workload, at_least

CLASSES = 2


def network(width: int = 31, batch: int = 32, layers: Sequence[int] = (), hidden: str = "tanh") -> Workload:
    """Cross-entropy of a network of sizes `layers`, by default (width, width, 2), on `batch` examples.

    m = 1; x is θ as ``ffnn.flatten`` orders it, n = (width + 1)(width + 2) parameters by default. The
    Jacobian by hand is that of tanh; with another `hidden` backpropagation's is taken as known. Brings along
    what ``ffnn`` has beside the modes, to be timed too: backpropagation and the symbolic program.
    """
    at_least("width", width, 1)
    at_least("batch", batch, 1)
    sizes = tuple(layers) or (width, width, CLASSES)
    binary = sizes[-1] == 1
    net = Network(sizes, hidden=hidden, cost=f"{'binary' if binary else 'multi-class'}-cross-entropy")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(sizes[0], batch))
    labels = rng.integers(max(2, sizes[-1]), size=batch)
    Y = labels[None, :].astype(float) if binary else one_hot(labels, sizes[-1])
    parameters = initialise(net, rng)
    cost = cost_of(net, X, Y)

    def f(theta):
        return cost(unflatten(net, theta))

    def jacobian() -> Array:
        W, b = parameters
        A = [X]
        for layer in range(1, net.L):
            A.append(np.tanh(W[layer] @ A[-1] + b[layer][:, None]))
        Z = W[net.L] @ A[-1] + b[net.L][:, None]
        share = np.exp(Z - Z.max(0))
        dZ = ((1 / (1 + np.exp(-Z)) if binary else share / share.sum(0)) - Y) / batch
        dW, db = [], []
        for layer in range(net.L, 0, -1):
            dW.append(dZ @ A[layer - 1].T)
            db.append(dZ.sum(1))
            dZ = (W[layer].T @ dZ) * (1 - A[layer - 1] ** 2)
        return flatten(Parameters((None, *dW[::-1]), (None, *db[::-1])))[None, :]

    def by(method):
        return lambda: flatten(gradient(net, parameters, X, Y, method))[None, :]

    size = {"parameters": net.parameter_count, "width": sizes[0], "batch": batch}
    by_hand = {method: by(method) for method in ("backpropagation", "symbolic")}
    known = (jacobian, "by hand") if hidden == "tanh" else (by_hand["backpropagation"], "by backpropagation")
    return Workload("network", f, flatten(parameters), known[0], size, by_hand, known[1])
