"""Problems that the tests of ``ffnn`` share."""

import numpy as np
import pytest

from ffnn import Network, flatten, initialise


def _targets(network, m, rng):
    n = network.sizes[-1]
    if network.cost == "mean-squared-error":
        return rng.normal(size=(n, m))
    if network.cost == "multi-class-cross-entropy":
        return np.eye(n)[:, rng.integers(0, n, m)]
    return rng.integers(0, 2, (n, m)).astype(float)


@pytest.fixture
def problem():
    """A function (sizes, m, seed=…, and the network's) → network, parameters, X, Y; biases are not zero."""

    def make(sizes, m, *, seed=0, **network_arguments):
        rng = np.random.default_rng(seed)
        network = Network(sizes, **network_arguments)
        parameters = initialise(network, rng)
        for b in parameters.b[1:]:
            b[...] = 0.3 * rng.normal(size=b.shape)
        return network, parameters, rng.normal(size=(sizes[0], m)), _targets(network, m, rng)

    return make


@pytest.fixture
def relative():
    """A function (parameters, parameters) → largest difference over the largest entry of the second."""

    def distance(found, expected):
        a, b = flatten(found), flatten(expected)
        return np.abs(a - b).max() / max(np.abs(b).max(), 1e-300)

    return distance
