"""Nothing wrong is timed, and what was wrong is said."""

import numpy as np
import pytest

from bench._check import WrongJacobian, check, relative_error
from bench._modes import (
    MeasuredMode,
    Unsupported,
    by_hand,
    central_difference,
    cross_country,
    forward,
    reverse,
    twin,
)
from bench.workloads import WORKLOADS


def constant(J, library="modes"):
    return MeasuredMode("reverse", library, lambda w: lambda: J, lambda n, m: m)


def raising(library):
    def prepare(w):
        raise TypeError("no rule for frobnicate\nlong explanation")

    return MeasuredMode("reverse", library, prepare, lambda n, m: m)


@pytest.fixture
def sources():
    return WORKLOADS["sources"]()


def test_right_jacobian_passes_with_its_error(sources):
    known = sources.jacobian()
    checked = check(constant(known * (1 + 1e-12)), sources, known)
    assert checked.error == pytest.approx(1e-12, rel=1e-3)
    assert checked.compile_seconds is None


def test_wrong_entry_is_named(sources):
    wrong = sources.jacobian()
    wrong[1, 2] += 0.5
    message = r"reverse gave a wrong Jacobian: entry \[1, 2\] is -0\.193147\d+, by hand -0\.693147\d+"
    with pytest.raises(WrongJacobian, match=message):
        check(constant(wrong), sources, sources.jacobian())


def test_nan_is_wrong(sources):
    wrong = sources.jacobian()
    wrong[0, 1] = np.nan
    with pytest.raises(WrongJacobian, match=r"entry \[0, 1\] is nan"):
        check(constant(wrong), sources, sources.jacobian())


def test_wrong_shape_is_told(sources):
    with pytest.raises(WrongJacobian, match=r"gave shape \(3, 3\); the Jacobian has shape \(2, 3\)"):
        check(constant(np.zeros((3, 3))), sources, sources.jacobian())


def test_exception_of_ours_is_a_failure_of_a_peer_a_limit(sources):
    for library, error in (("modes", WrongJacobian), ("ffnn", WrongJacobian), ("jax", Unsupported)):
        with pytest.raises(error, match=r"^reverse raised TypeError: no rule for frobnicate$"):
            check(raising(library), sources, sources.jacobian())


def test_differences_are_allowed_their_error_and_no_more(sources):
    known = sources.jacobian()
    tolerance = central_difference().tolerance(sources, known)
    assert 1e-9 < tolerance < 1e-7
    assert check(central_difference(), sources, known).error < tolerance
    with pytest.raises(WrongJacobian, match="central-difference"):
        check(central_difference(), sources, known * (1 + 10 * tolerance))


def test_relative_error_is_over_the_largest_entry():
    assert relative_error(np.array([[1.0, 4.0]]), np.array([[1.5, 5.0]])) == 0.2
    assert relative_error(np.array([[1e-3]]), np.array([[0.0]])) == 1e-3


def test_sweeps_to_the_digit():
    for n, m in [(1, 1), (3, 2), (1024, 7), (5, 900)]:
        assert forward(1).sweeps(n, m) == n
        assert reverse(1).sweeps(n, m) == m
        assert forward().sweeps(n, m) == reverse().sweeps(n, m) == 1
        assert central_difference().sweeps(n, m) == 2 * n
        assert forward(4).sweeps(n, m) == -(-n // 4)
    assert twin(reverse()).label == "reverse (A/A)"
    assert by_hand("backpropagation").sweeps(100, 1) == 1
    assert cross_country().sweeps(100, 100) is None


@pytest.mark.parametrize("mode", [forward(1), forward(2), forward(), central_difference()])
def test_sweeps_are_the_evaluations_of_f(mode):
    w = WORKLOADS["tanh-chain"](n=6, m=3)
    evaluations = 0

    def counted(x):
        nonlocal evaluations
        evaluations += 1
        return w.f(x)

    call = mode.prepare(type(w)(w.name, counted, w.x, w.jacobian))
    evaluations = 0
    call()
    assert mode.sweeps(6, 3) <= evaluations <= mode.sweeps(6, 3) + 1  # one more to learn f's shape
