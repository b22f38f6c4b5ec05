import tracemalloc

import numpy as np
import pytest

from ffnn import ACTIVATIONS, COSTS, METHODS, Network, Workspace, cost_of, flatten, gradient, initialise
from modes.core.errors import DifferentiationError

# Relative to the largest entry: rounding for the exact methods; ε^(2/3) and ε^(1/2) = 4e−11 and 1e−8
# times a modest constant (the curvature's scale over the gradient's) for the differences.
EXACT = {"reverse": 1e-12, "forward": 1e-12, "complex-step": 1e-12}
DIFFERENCES = {"central-difference": 3e-8, "forward-difference": 3e-6}

OUTPUTS = {
    name: [
        output
        for output, activation in ACTIVATIONS.items()
        if (activation.probability or not c.probability)
        and (name != "binary-cross-entropy" or output == "sigmoid")
    ]
    for name, c in COSTS.items()
}
COMBINATIONS = [
    (depth, hidden, output, name)
    for depth in (1, 2, 3, 4)
    for hidden in (ACTIVATIONS if depth > 1 else ["relu"])
    for name in COSTS
    for output in OUTPUTS[name]
]


def sizes_of(depth, name):
    return (3, *(4, 3, 5)[: depth - 1], 1 if name == "binary-cross-entropy" else 3)


@pytest.mark.parametrize("m", [1, 7, 32])
@pytest.mark.parametrize(("depth", "hidden", "output", "name"), COMBINATIONS)
def test_exact_methods_agree(problem, relative, depth, hidden, output, name, m):
    network, parameters, X, Y = problem(sizes_of(depth, name), m, hidden=hidden, output=output, cost=name)
    expected = gradient(network, parameters, X, Y)
    assert relative(Workspace(network, m).gradient(parameters, X, Y), expected) < 1e-12
    for method, tolerance in EXACT.items():
        assert relative(gradient(network, parameters, X, Y, method), expected) < tolerance, method


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("name", COSTS)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_differences_agree_to_their_theoretical_error(problem, relative, hidden, name, depth):
    network, parameters, X, Y = problem(sizes_of(depth, name), 7, hidden=hidden, cost=name)
    expected = gradient(network, parameters, X, Y)
    for method, tolerance in DIFFERENCES.items():
        away = relative(gradient(network, parameters, X, Y, method), expected)
        assert away < tolerance, method


def test_differences_err_as_theory_says(problem, relative):
    """A forward difference is off by far more than a central one, and both by more than rounding."""
    network, parameters, X, Y = problem((5, 8, 3), 16, hidden="tanh")
    exact = gradient(network, parameters, X, Y)
    forward = relative(gradient(network, parameters, X, Y, "forward-difference"), exact)
    central = relative(gradient(network, parameters, X, Y, "central-difference"), exact)
    step = relative(gradient(network, parameters, X, Y, "complex-step"), exact)
    assert step < 1e-14 < 30 * step < central < forward / 30


@pytest.mark.parametrize("method", METHODS)
def test_result_is_structured_as_the_parameters(problem, method):
    network, parameters, X, Y = problem((3, 4, 2), 5, hidden="tanh")
    found = gradient(network, parameters, X, Y.argmax(axis=0), method)
    assert type(found) is type(parameters)
    for group, expected in zip(found, parameters, strict=True):
        assert group[0] is None
        assert [g.shape for g in group[1:]] == [p.shape for p in expected[1:]]
        assert all(type(g) is np.ndarray and g.dtype == np.float64 for g in group[1:])


@pytest.mark.parametrize("method", METHODS)
def test_the_point_is_left_as_it_was(problem, method):
    network, parameters, X, Y = problem((3, 4, 2), 5, hidden="relu")
    before = [flatten(parameters).copy(), X.copy(), Y.copy()]
    gradient(network, parameters, X, Y, method)
    for array, old in zip((flatten(parameters), X, Y), before, strict=True):
        np.testing.assert_array_equal(array, old)
        assert array.flags.writeable


@pytest.mark.parametrize("method", ["backpropagation", "reverse", "forward", "symbolic"])
def test_a_dead_unit_has_derivative_zero_by_every_road(method):
    """Zero weights and biases put every z on the kink of the ReLU, where relu'(0) = 0."""
    network = Network((2, 3, 1), hidden="relu", cost="mean-squared-error")
    parameters = initialise(network, 0)
    flatten(parameters)[:6] = 0.0
    found = gradient(network, parameters, np.ones((2, 4)), np.ones(4), method)
    assert (found.W[1] == 0).all()
    assert (found.b[1] == 0).all()
    assert found.b[2] == -2
    with pytest.raises(DifferentiationError, match="complex-step: output 0 is not analytic"):
        gradient(network, parameters, np.ones((2, 4)), np.ones(4), "complex-step")


@pytest.mark.parametrize("chunk_size", [1, 7, 1000])
def test_chunks_do_not_change_the_numbers(problem, relative, chunk_size):
    network, parameters, X, Y = problem((4, 6, 3), 5, hidden="tanh")
    found = gradient(network, parameters, X, Y, "forward", chunk_size=chunk_size)
    assert relative(found, gradient(network, parameters, X, Y)) < 1e-12


def test_memory_of_forward_is_bounded_by_the_chunk():
    network = Network((40, 60, 40, 10), hidden="tanh")
    parameters, X, Y = initialise(network, 0), np.ones((40, 8)), np.arange(8)
    count = network.parameter_count
    peaks = {}
    for chunk_size in (4, 32):
        tracemalloc.start()
        gradient(network, parameters, X, Y, "forward", chunk_size=chunk_size)
        peaks[chunk_size] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    activations = 8 * sum(network.sizes)
    for chunk_size, peak in peaks.items():
        assert peak < 8 * (4 * chunk_size * (count + 4 * activations) + 20 * count)
        assert peak < 8 * count * count / 20  # the identity seed alone would be count² numbers
    assert peaks[4] < peaks[32]


def test_cost_of_is_plain_numpy_at_any_pytree_of_that_shape(problem):
    network, parameters, X, Y = problem((3, 4, 2), 5)
    J = cost_of(network, X, Y)
    stepped = type(parameters)(*(tuple(p if p is None else p + 0j for p in group) for group in parameters))
    assert J(stepped) == pytest.approx(J(parameters), rel=1e-15)


def test_errors(problem):
    network, parameters, X, Y = problem((3, 4, 2), 5)
    with pytest.raises(ValueError, match="method is 'backprop'; choose one of 'backpropagation', 'reverse'"):
        gradient(network, parameters, X, Y, "backprop")
    with pytest.raises(ValueError, match="chunk_size is 0"):
        gradient(network, parameters, X, Y, "forward", chunk_size=0)
    with pytest.raises(ValueError, match=r"workspace is one for 'backpropagation'.*got method 'reverse'"):
        gradient(network, parameters, X, Y, "reverse", workspace=Workspace(network, 5))
    with pytest.raises(ValueError, match="workspace is one for"):
        gradient(network, parameters, X, Y, workspace=Workspace(Network((3, 5, 2)), 5))
