"""What a function is called with: its inputs are found, everything keeps its precision and structure."""

import numpy as np
import pandas as pd
import pytest

from bench._check import Refuted, check, deny
from bench._modes import STANDARD, Unsupported, central_difference, complex_step
from bench._point import Point, entries, point_of
from bench.own import own_workload


def test_a_single_argument_is_the_input_whole_numbers_become_floats():
    point = point_of(([1, 2],), {})
    assert point.argnums == 0
    assert point.array.dtype == np.float64
    assert point_of((3,), {}).args == (3.0,)
    assert point_of(([np.float64(1), 2],), {}).array.shape == (2,)
    assert point_of((pd.Series([1.0, 2.0]),), {}).array.shape == (2,)


def test_of_several_those_that_hold_floats_are_the_inputs():
    point = point_of((np.ones(2), 3, "relu", {"w": np.ones((2, 2)), "b": 1.0}), {"rate": 0.1})
    assert point.argnums == (0, 3)
    assert point.shapes == [(2,), (), (2, 2)]  # of dicts by their sorted names
    assert point.args[1:3] == (3, "relu")
    assert point.kwargs == {"rate": 0.1}


def test_what_is_given_is_copied():
    x = np.ones(2)
    point = point_of((x, {"w": x}), {"k": x})
    x[:] = 5
    assert [point.args[0][0], point.args[1]["w"][0], point.kwargs["k"][0]] == [1, 1, 1]


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((), TypeError, "no argument is given"),
        ((1, 2), TypeError, "none of the arguments holds floating-point numbers"),
        (({"w": 1.0, "kind": "relu"}, 1.0), TypeError, "argument 0 holds 'relu'; it must hold real numbers"),
        ((1.0, [np.nan]), ValueError, "argument 1 is .nan.; it must hold at least one number"),
        (("relu",), TypeError, "x holds 'relu'"),
    ],
)
def test_points_that_are_none(args, error, message):
    with pytest.raises(error, match=message):
        point_of(args, {})


def test_blocks_of_a_jacobian_are_put_together():
    point = Point((np.ones(2), np.ones((2, 1))), argnums=(0, 1))
    blocks = {"a": (np.full((3, 2), 1), np.full((3, 2, 1), 2)), "b": (np.full(2, 3), np.full((2, 1), 4))}
    np.testing.assert_array_equal(point.matrix(blocks), [[1, 1, 2, 2]] * 3 + [[3, 3, 4, 4]])


def affine(x, p, k=1):
    return {"y": k * (p["w"] @ x + p["b"]), "s": np.sum(p["b"])}


def test_every_mode_differentiates_trees_and_a_vector_stands_for_them():
    w = own_workload(affine, np.ones(2), {"w": np.eye(2), "b": np.ones(2)}, k=3)
    known = w.jacobian()
    expected = np.zeros((3, 8))
    expected[0, 2:4] = 1  # s by b; the names of a dict are in order
    expected[1:, :2] = expected[1:, 2:4] = 3 * np.eye(2)
    expected[1, 4:6] = expected[2, 6:8] = 3
    np.testing.assert_array_equal(known, expected)
    for mode in (*STANDARD, complex_step()):
        assert check(mode, w, known).error < 1e-9
    np.testing.assert_array_equal(w.point.of_vector(affine)(entries(w.point.inputs)), w.value)


def test_f_is_called_as_its_user_calls_it():
    seen = []

    def f(x):
        seen.append(type(x).__name__ if not isinstance(x, np.ndarray) else x.shape)
        return x[0, 0] * x

    x = np.ones((2, 3))
    w = own_workload(f, x)
    assert (w.f, w.point.array.shape, w.n, w.m) == (f, (2, 3), 6, 6)
    w.evaluate()
    assert set(seen) == {(2, 3)}
    assert w.jacobian().shape == (6, 6)


def test_single_precision_stays_and_is_allowed_its_rounding():
    def f(x):
        seen.add(x.dtype)
        return np.tanh(A @ x)

    seen, A = set(), np.random.default_rng(0).normal(size=(20, 20)).astype(np.float32)
    w = own_workload(f, np.linspace(0, 1, 20, dtype=np.float32))
    known = w.jacobian()
    assert seen == {w.x.dtype} == {np.dtype(np.float32)}
    for mode in STANDARD:
        if not mode.of_values:
            assert 1e-5 < mode.tolerance(w, known) < 1e-3
            check(mode, w, known)


def test_double_precision_by_single_is_judged_by_the_coarser():
    w = own_workload(lambda x: np.sin(x.astype(np.float32)), np.ones(2))
    assert w.eps == np.finfo(np.float32).eps
    with pytest.raises(Unsupported, match="differences cannot resolve this J: its largest entry is 0"):
        central_difference().tolerance(w, w.jacobian())


def test_too_wide_a_step_is_the_fault_of_the_differences():
    for f, x in ((lambda x: np.sin(1e4 * x), np.ones(2)), (np.abs, np.array([1.0, 1e-9]))):
        w = own_workload(f, x)
        with pytest.raises(Unsupported, match=r"takes too wide a step here: .*which closer ones do not deny"):
            check(central_difference(), w, w.jacobian())


def test_wrong_rules_are_refuted_however_small_the_step():
    w = own_workload(lambda x: np.sin(x), np.ones(2))
    for factor in (2, 1 + 1e-6):
        with pytest.raises(Refuted, match=r"central-difference: entry \[0, 0\] is 0.54"):
            check(central_difference(), w, factor * w.jacobian())


@pytest.mark.parametrize(
    "f", [np.sin, lambda x: np.sin(1e4 * x), lambda x: np.sum(np.abs(x)), lambda x: np.log(x)]
)
def test_along_one_direction_what_is_grossly_wrong_is_denied_and_only_that(f):
    w = own_workload(f, np.linspace(1e-3, 1, 300))
    deny(w, w.jacobian())
    with pytest.raises(Refuted, match="differences along one direction: output"):
        deny(w, 1.1 * w.jacobian())


def test_where_f_has_no_values_around_nothing_is_denied():
    w = own_workload(np.log, np.full(2, 1e-15))
    deny(w, 2 * w.jacobian())


def test_differences_are_not_asked_for_what_they_cannot_see():
    w = own_workload(lambda x: 1e8 + 1e-8 * np.sin(x), np.ones(2))
    with pytest.raises(Unsupported, match="differences cannot resolve this J: its largest entry is 5"):
        check(central_difference(), w, w.jacobian())
