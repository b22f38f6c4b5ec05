"""NumPy's functions under names of f's own modules make slates as ``np.zeros`` does."""

import threading

import numpy as np
import pytest
from numpy import array, copy, empty, zeros
from numpy import max as greatest
from numpy.linalg import norm, solve

from modes import DifferentiationError, counts, jacfwd, jacobian, jacrev
from modes.core.slates import slates

X = np.array([0.3, 0.7, 1.1])
ALL = pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])


def squares(x):
    y = zeros(3)
    for i in range(3):
        y[i] = x[i] ** 2
    return y


def of_a_list(x):
    return greatest(array([x[0], x[1], x[2]])) * copy([x[0], x[1], x[2]])


def of_a_system(x):
    return solve([[x[0], x[1]], [x[2], 1.0]], [x[0], 1.0])


def inner(x):
    y = empty(3)
    y[:] = x
    return y


def through_a_helper(x):
    return inner(x)[::-1] * squares(x)


@ALL
@pytest.mark.parametrize(
    ("f", "same"),
    [
        (squares, lambda x: x**2),
        (of_a_list, lambda x: x[2] * x),
        (
            of_a_system,
            lambda x: np.linalg.solve(np.array([[x[0], x[1]], [x[2], 1.0]]), np.array([x[0], 1.0])),
        ),
        (through_a_helper, lambda x: x[::-1] * x**2),
    ],
)
def test_functions_imported_by_name(jac, f, same):
    for _ in range(2):  # the second call knows that f needs slates
        np.testing.assert_allclose(jac(f)(X), jac(same)(X), rtol=1e-14)
    assert zeros is np.zeros
    assert np.zeros.__name__ == "zeros"
    assert not hasattr(zeros, "__wrapped__")


def test_counts_see_them():
    assert counts(squares, X).operations == 3


@ALL
def test_list_at_the_root_of_zero(jac):
    np.testing.assert_array_equal(jac(lambda x: norm([x[0] - 0.3, x[1] - 0.7]))(X), np.zeros(3))


@ALL
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: np.sum(np.repeat([x[0], x[1]], 2), where=[True, False, False, True]), [1, 1, 0]),
        (lambda x: np.sin(np.append([x[0] - 0.3, 1.0], 2.0)).sum(), [1, 0, 0]),
        (lambda x: np.argmax(np.full((3, 3), x[0])) + x[0], [1, 0, 0]),
        (lambda x: np.cov([x[0], x[1]]), [X[0] - X[1], X[1] - X[0], 0]),
    ],
)
def test_lists_and_what_is_made_of_them(jac, f, expected):
    np.testing.assert_allclose(jac(f)(X), expected)


def test_name_bound_anew_meanwhile_stays():
    names = {"mine": np.zeros, "other": np.ones}
    with slates(names):
        assert names["mine"] is np.zeros is not zeros
        names["mine"] = len
        del names["other"]
    assert names == {"mine": len}


def test_threads_share_a_module():
    wrong = []
    entered = threading.Barrier(2)

    def work():
        entered.wait()
        for _ in range(50):
            if not np.array_equal(jacrev(squares)(X), np.diag(2 * X)):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert zeros is np.zeros
    assert not hasattr(zeros, "__wrapped__")


@ALL
@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda y, x: y.flat.__setitem__(1, x[0]), [[0, 0, 0], [1, 0, 0], [0, 0, 0]]),
        (lambda y, x: setattr(y, "flat", x), np.eye(3)),
        (lambda y, x: y.flat.__setitem__(slice(None), x[:1]), [[1, 0, 0], [1, 0, 0], [1, 0, 0]]),
    ],
)
def test_flat_of_a_fresh_array_is_written(jac, write, expected):
    def f(x):
        y = np.zeros(3)
        write(y, x)
        return y

    np.testing.assert_array_equal(jac(f)(X), expected)


@ALL
def test_flat_of_a_fresh_array_is_read(jac):
    def f(x):
        y = np.ones((2, 2))
        total = np.sum(y.flat) + sum(y.flat) + len(y.flat)
        y[0, 0] = x[0]
        return total * x[0] * np.sum(y.flat)

    np.testing.assert_allclose(jac(f)(X), [12 * (3 + 2 * X[0]), 0, 0])


@ALL
def test_full_like_and_product_in_place(jac):
    def f(x):
        y = np.full_like(np.ones((2, 2)), x[0])
        y @= np.array([[x[1], 0.0], [0.0, 1.0]])
        return y

    expected = np.zeros((2, 2, 3))
    expected[:, 0, 0], expected[:, 0, 1], expected[:, 1, 0] = X[1], X[0], 1
    np.testing.assert_allclose(jac(f)(X), expected)


@ALL
@pytest.mark.parametrize("fill", [lambda x: x[0], lambda x: 2.0])
def test_full_like_of_a_traced_array(jac, fill):
    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        return np.full_like(y, fill(x), dtype=float) * x

    np.testing.assert_allclose(jac(f)(X), jac(lambda x: fill(x) * x)(X))


@ALL
@pytest.mark.parametrize("f", [lambda x: np.float64(x), lambda x: np.float64(x[0])])
def test_conversions_by_name_are_told(jac, f):
    with pytest.raises(DifferentiationError, match=r"np\.float64"):
        jac(f)(X)


@ALL
def test_decimal_is_refused_in_words(jac):
    from decimal import Decimal

    with pytest.raises(DifferentiationError, match="plain arrays"):
        jac(lambda x: Decimal(x[0]))(X)


@ALL
def test_what_shows_an_array_from_outside_is_not_made_by_f(jac):
    axis = np.arange(3.0)

    def f(x):
        (grid,) = np.meshgrid(axis, copy=False)
        grid[0] = x[0]
        return grid

    with pytest.raises((DifferentiationError, ValueError)):
        jac(f)(X)
    np.testing.assert_array_equal(axis, np.arange(3.0))


@ALL
def test_copied_grids_are_filled(jac):
    def f(x):
        one, two = np.meshgrid(np.arange(2.0), np.arange(2.0))
        one[0, 0], two[1] = x[0], x[1:]
        return one * two

    assert jac(f)(X).tolist() == [[[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 1]]]
