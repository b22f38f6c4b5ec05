import numpy as np
import pytest

from ffnn import Network, Parameters, Workspace, cost, flatten, gradient, initialise, unflatten

NETWORK = Network((5, 7, 4, 3), hidden=("relu", "tanh"))


@pytest.fixture
def point():
    rng = np.random.default_rng(0)
    return initialise(NETWORK, 0), rng.normal(size=(5, 6)), np.eye(3)[:, rng.integers(0, 3, 6)]


def test_writing_to_bound_arrays_is_seen(point, relative):
    parameters, X, Y = point
    workspace = Workspace(NETWORK, 6)
    for _ in range(3):
        expected = gradient(NETWORK, parameters, X, Y)
        found = workspace.gradient(parameters, X, Y)
        assert found is workspace.gradient_parameters
        assert flatten(found) is workspace.theta_gradient
        assert relative(found, expected) < 1e-13
        flatten(parameters)[...] *= 1.1
        X += 0.1
        Y[...] = Y[:, ::-1].copy()


def test_new_arrays_are_bound_anew(point, relative):
    parameters, X, Y = point
    workspace = Workspace(NETWORK, 6)
    others = [
        (unflatten(NETWORK, 2 * flatten(parameters)), X, Y),
        (parameters, -X, Y),
        (parameters, X, Y[:, ::-1]),
        (Parameters(parameters.W, tuple(b if b is None else b + 1 for b in parameters.b)), X, Y),
        (parameters, X, Y),
    ]
    for arguments in others:
        found = workspace.gradient(*arguments)
        assert relative(found, gradient(NETWORK, *arguments)) < 1e-13


def test_arrays_that_are_converted_are_read_at_every_call(relative):
    network = Network((2, 3, 2))
    parameters, workspace = initialise(network, 0), Workspace(network, 4)
    X, Y = np.array([[0, 1, 0, 1], [0, 0, 1, 1]]), np.array([0, 1, 1, 0])
    for _ in range(3):
        found = workspace.gradient(parameters, X, Y)
        assert relative(found, gradient(network, parameters, X, Y)) < 1e-13
        X += 1
        Y[...] = 1 - Y


def test_arrays_replaced_in_lists_are_seen(point, relative):
    parameters, X, Y = point
    lists = Parameters(list(parameters.W), list(parameters.b))
    workspace = Workspace(NETWORK, 6)
    workspace.gradient(lists, X, Y)
    lists.W[2] = 2 * lists.W[2]
    expected = gradient(NETWORK, Parameters(tuple(lists.W), tuple(lists.b)), X, Y)
    assert relative(workspace.gradient(lists, X, Y), expected) < 1e-13


def test_layouts_other_than_rows(point, relative):
    parameters, X, Y = point
    expected = gradient(NETWORK, parameters, X, Y)
    fortran = Parameters((None, *map(np.asfortranarray, parameters.W[1:])), parameters.b)
    wide = np.repeat(X, 2, axis=1)[:, ::2]
    found = Workspace(NETWORK, 6).gradient(fortran, wide, np.asfortranarray(Y))
    assert relative(found, expected) < 1e-13


@pytest.mark.parametrize(
    "arguments",
    [
        {"cost": "multi-class-cross-entropy"},
        {"cost": "multi-label-cross-entropy", "output": "softmax"},
        {"cost": "mean-squared-error", "output": "sigmoid"},
        {"cost": "mean-squared-error", "hidden": "gelu"},
    ],
)
@pytest.mark.parametrize("m", [1, 6])
def test_value_and_gradient(problem, relative, arguments, m):
    network, parameters, X, Y = problem((5, 4, 3), m, **arguments)
    J, found = Workspace(network, m).value_and_gradient(parameters, X, Y)
    assert pytest.approx(cost(network, parameters, X, Y), rel=1e-14) == J
    assert relative(found, gradient(network, parameters, X, Y)) < 1e-12


def test_a_failed_call_does_not_leave_old_arrays_bound(point, relative):
    parameters, X, Y = point
    workspace = Workspace(NETWORK, 6)
    workspace.gradient(parameters, X, Y)
    with pytest.raises(ValueError, match="X has shape"):
        workspace.gradient(parameters, X[:2], Y)
    assert relative(workspace.gradient(parameters, X, Y), gradient(NETWORK, parameters, X, Y)) < 1e-13


def test_nan_that_is_written_later_comes_out_as_nan(point):
    parameters, X, Y = point
    workspace = Workspace(NETWORK, 6)
    workspace.gradient(parameters, X, Y)
    X[1, 2] = np.nan
    assert np.isnan(workspace.gradient(parameters, X, Y).W[1]).all()


def test_errors(point):
    parameters, X, Y = point
    with pytest.raises(ValueError, match=r"X has 6 examples.*made for m = 4; make Workspace\(network, 6\)"):
        Workspace(NETWORK, 4).gradient(parameters, X, Y)
    with pytest.raises(ValueError, match="m is 0"):
        Workspace(NETWORK, 0)


@pytest.mark.parametrize("m", [2, 40])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_gradient_takes_three_products_a_layer_less_one(problem, depth, m):
    """W[l] A[l−1], dZ[l] A[l−1]ᵀ and W[l]ᵀ dZ[l] for each layer; the first has no use for the last."""
    network, parameters, X, Y = problem((6, *[5] * (depth - 1), 3), m)
    workspace = Workspace(network, m)
    workspace.gradient(parameters, X, Y)
    operands = [
        call.args[0]
        for call in workspace._program
        if getattr(call.func, "__name__", "") == "dot" and call.func.__self__.ndim == 2
    ]
    assert sum(operand.ndim == 2 for operand in operands) == 3 * depth - 1
    assert sum(operand.ndim == 1 for operand in operands) == depth  # the bias gradients, eq. (16)
