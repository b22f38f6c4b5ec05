from itertools import pairwise

import numpy as np
import pytest

from ffnn import ACTIVATIONS, Network, expression_swell, gradient, initialise, symbolic_gradient

pytest.importorskip("sympy")


@pytest.mark.parametrize(
    ("sizes", "arguments"),
    [
        *(((2, 2, 1), {"hidden": name, "cost": "binary-cross-entropy"}) for name in ACTIVATIONS),
        ((2, 2, 2), {"hidden": "tanh", "cost": "multi-class-cross-entropy"}),
        ((2, 2, 2), {"hidden": "tanh", "cost": "multi-label-cross-entropy"}),
        ((2, 2, 2), {"hidden": "tanh", "cost": "mean-squared-error"}),
        ((2, 2, 2, 1), {"hidden": "sigmoid", "output": "silu", "cost": "mean-squared-error"}),
    ],
)
def test_the_symbolic_program_gives_the_gradient(problem, relative, sizes, arguments):
    network, parameters, X, Y = problem(sizes, 7, **arguments)
    assert (
        relative(gradient(network, parameters, X, Y, "symbolic"), gradient(network, parameters, X, Y)) < 1e-12
    )


def test_expressions_swell_with_depth():
    swell = [
        expression_swell(Network((2, *[2] * depth, 1), hidden="tanh", cost="mean-squared-error"))
        for depth in (1, 2, 3)
    ]
    for shallow, deep in pairwise(swell):
        # The gradient's expression grows faster than the cost's, and faster than its shared form.
        assert deep.gradient / shallow.gradient > deep.cost / shallow.cost > 1
        assert deep.gradient / shallow.gradient > deep.shared / shallow.shared
    for counts in swell:
        assert counts.cost < counts.shared < counts.gradient


def test_counts_of_an_expression_known_by_heart():
    """J = (w x + b − y)²: a product, a sum, a difference, a power; ∂w: 2 x (w x + b − y), ∂b: 2 (…)."""
    counts = expression_swell(Network((1, 1), cost="mean-squared-error"))
    assert counts.cost == 4
    assert counts.gradient <= 12


def test_large_networks_are_refused():
    network = Network((10, 8, 1), cost="mean-squared-error")
    with pytest.raises(ValueError, match=r"at most 60 parameters, and sizes \(10, 8, 1\) has 97"):
        symbolic_gradient(network, initialise(network, 0), np.ones((10, 1)), np.ones((1, 1)))
