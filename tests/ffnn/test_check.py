# ruff: noqa: E741  (l is the layer, as in the sources)

import numpy as np
import pytest

from ffnn import Parameters, backward_propagation, check_gradient, forward_propagation, gradient


def planted(network, parameters, X, Y, l, index, factor):
    """Backpropagation with one weight's partial derivative computed wrong."""
    _, caches = forward_propagation(network, parameters, X)
    found = backward_propagation(network, caches, Y)
    dW = [None, *(array.copy() for array in found.dW[1:])]
    dW[l][index] *= factor
    return Parameters(tuple(dW), found.db)


@pytest.mark.parametrize("reference", ["complex-step", "central-difference", "reverse"])
def test_the_hunt_finds_a_planted_bug_by_name(problem, reference):
    network, parameters, X, Y = problem((4, 6, 5), 8, hidden="tanh")
    wrong = planted(network, parameters, X, Y, 2, (3, 1), 1.01)
    report = check_gradient(network, parameters, X, Y, wrong, reference)
    right = gradient(network, parameters, X, Y).W[2][3, 1]
    assert not report
    assert report.parameter == "W[2][3, 1]"
    assert report.wrong == 1
    assert report.candidate_value == pytest.approx(1.01 * right)
    assert report.reference_value == pytest.approx(right, rel=1e-6)
    assert report.relative_error == pytest.approx(0.01 / 1.01, rel=1e-3)
    assert str(report).startswith(
        f"the gradient given against {reference}: 1 of {network.parameter_count} partial derivatives "
        "disagree; worst ∂J/∂W[2][3, 1]: "
    )


def test_the_source_s_sign_error_is_found(problem):
    """dA[L] = (1/m)(Y/A − (1 − Y)/(1 − A)), as one of the sources prints it, turns every sign round."""
    network, parameters, X, Y = problem((3, 4, 1), 8, hidden="tanh", cost="binary-cross-entropy")
    right = gradient(network, parameters, X, Y)
    turned = Parameters(*(tuple(g if g is None else -g for g in group) for group in right))
    report = check_gradient(network, parameters, X, Y, turned)
    assert report.wrong == network.parameter_count
    assert report.relative_error == pytest.approx(2)


@pytest.mark.parametrize("candidate", ["backpropagation", "reverse", "forward", "symbolic"])
@pytest.mark.parametrize("reference", ["complex-step", "central-difference", "forward-difference"])
def test_right_gradients_pass(problem, candidate, reference):
    network, parameters, X, Y = problem((3, 4, 2), 8, hidden="tanh")
    report = check_gradient(network, parameters, X, Y, candidate, reference)
    assert report, str(report)
    assert "agree; worst" in str(report)


def test_a_small_error_passes_differences_only(problem):
    network, parameters, X, Y = problem((4, 6, 5), 8, hidden="tanh")
    wrong = planted(network, parameters, X, Y, 1, (0, 0), 1 + 1e-8)
    assert check_gradient(network, parameters, X, Y, wrong, "central-difference")
    assert not check_gradient(network, parameters, X, Y, wrong, "complex-step")
    assert check_gradient(network, parameters, X, Y, wrong, "complex-step", rtol=1e-7)


def test_nan_is_a_disagreement(problem):
    network, parameters, X, Y = problem((4, 6, 5), 8, hidden="tanh")
    report = check_gradient(network, parameters, X, Y, planted(network, parameters, X, Y, 1, (2, 3), np.nan))
    assert not report
    assert report.parameter == "W[1][2, 3]"


def test_zero_gradients_agree(problem):
    network, parameters, _, Y = problem((2, 2), 3, cost="mean-squared-error")
    for array in (parameters.W[1], parameters.b[1]):
        array[...] = 0
    assert check_gradient(network, parameters, np.zeros((2, 3)), 0 * Y)


def test_a_candidate_of_other_shapes_is_refused(problem):
    network, parameters, X, Y = problem((4, 6, 5), 8)
    wrong = Parameters((None, parameters.W[1].T, parameters.W[2]), parameters.b)
    with pytest.raises(ValueError, match=r"W\[1\] has shape \(4, 6\), but layer 1"):
        check_gradient(network, parameters, X, Y, wrong)
