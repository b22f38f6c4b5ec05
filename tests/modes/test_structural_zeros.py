"""What does not depend on an input has derivative 0 by it, whatever infinities lie elsewhere."""

import numpy as np
import pytest

from modes import grad, hessian, jacfwd, jacobian, jacrev, jvp, linearize, vjp

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
ALL = pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])
X = np.array([0.0, 4.0, 9.0])
inf, nan = np.inf, np.nan


def overwritten(x):
    y = np.sqrt(x)
    y[0] = 5.0
    return y


def separate(x):
    return np.sqrt(x[0]) + x[1]


def sums(x):
    y = np.sqrt(x)
    return np.array([np.sum(y[1:]), y[0] * 2.0])


def matrix(x):
    return np.outer(np.sqrt(x), np.ones(2))[1:].T


PROGRAMS = {
    "slice": (lambda x: np.sqrt(x)[1:], [[0, 1 / 4, 0], [0, 0, 1 / 6]]),
    "mask": (lambda x: np.sqrt(x)[x > 0], [[0, 1 / 4, 0], [0, 0, 1 / 6]]),
    "max": (lambda x: np.max(np.sqrt(x)), [0, 0, 1 / 6]),
    "min": (lambda x: np.min(np.sqrt(x) + 1.0), [inf, 0, 0]),
    "sort": (lambda x: np.sort(np.sqrt(x))[::-1][:2], [[0, 0, 1 / 6], [0, 1 / 4, 0]]),
    "take": (lambda x: np.take(np.sqrt(x), [2, 2]), [[0, 0, 1 / 6], [0, 0, 1 / 6]]),
    "overwritten": (overwritten, [[0, 0, 0], [0, 1 / 4, 0], [0, 0, 1 / 6]]),
    "identity": (np.sqrt, [[inf, 0, 0], [0, 1 / 4, 0], [0, 0, 1 / 6]]),
    "separate": (separate, [inf, 1, 0]),
    "sums": (sums, [[0, 1 / 4, 1 / 6], [inf, 0, 0]]),
    "matrix": (matrix, [[[0, 1 / 4, 0], [0, 0, 1 / 6]]] * 2),
    "cumulative": (lambda x: np.cumsum(np.sqrt(x)[1:]), [[0, 1 / 4, 0], [0, 1 / 4, 1 / 6]]),
    "running": (lambda x: np.cumsum(np.sqrt(x)), [[inf, 0, 0], [inf, 1 / 4, 0], [inf, 1 / 4, 1 / 6]]),
    "quotient": (lambda x: (x[1] / x)[1:], [[0, 0, 0], [0, 1 / 9, -4 / 81]]),
    "logarithm": (lambda x: np.log(x)[1:] * x[1], [[0, np.log(4) + 1, 0], [0, np.log(9), 4 / 9]]),
    "power": (lambda x: (x**0.5)[1:] * 2, [[0, 1 / 2, 0], [0, 0, 1 / 3]]),
    "select": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), [[0, 0, 0], [0, 1 / 4, 0], [0, 0, 1 / 6]]),
    "concatenated": (
        lambda x: np.concatenate([np.sqrt(x), x])[1:4],
        [[0, 1 / 4, 0], [0, 0, 1 / 6], [1, 0, 0]],
    ),
    "stacked": (lambda x: np.array([np.sqrt(x[0]), np.sqrt(x[1]), x[2]])[1:], [[0, 1 / 4, 0], [0, 0, 1]]),
    "product with a constant 0": (lambda x: np.sqrt(x) * np.array([0.0, 1.0, 1.0]), None),
    "a number zero by chance": (lambda x: np.sqrt(x * x), [[nan, 0, 0], [0, 1, 0], [0, 0, 1]]),
}


@ALL
@pytest.mark.parametrize("name", PROGRAMS)
def test_zeros_by_structure_stay_zeros(name, jac):
    f, known = PROGRAMS[name]
    found = jac(f)(X)
    if known is None:
        known = [[nan, 0, 0], [0, 1 / 4, 0], [0, 0, 1 / 6]]
    np.testing.assert_allclose(found, known, rtol=1e-14)
    for chunk in (1, 2):
        np.testing.assert_array_equal(jacobian(f, mode="forward", chunk_size=chunk)(X), jacfwd(f)(X))
        np.testing.assert_array_equal(jacobian(f, mode="reverse", chunk_size=chunk)(X), jacrev(f)(X))


def test_products_with_the_jacobian():
    f = PROGRAMS["slice"][0]
    np.testing.assert_array_equal(vjp(f, X)[1](np.ones(2))[0], [0, 1 / 4, 1 / 6])
    np.testing.assert_array_equal(jvp(separate, (X,), (np.array([0.0, 1.0, 0.0]),))[1], 1.0)
    np.testing.assert_array_equal(linearize(separate, X)[1](np.array([0.0, 1.0, 0.0])), 1.0)
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.sqrt(x)[1:]))(X), [0, 1 / 4, 1 / 6])


def test_second_derivatives():
    expected = np.diag([0, -1 / 32, -1 / 108])
    for second in (hessian, lambda f: jacrev(jacrev(f)), lambda f: jacfwd(jacfwd(f))):
        np.testing.assert_allclose(second(lambda x: np.sum(np.sqrt(x)[1:]))(X), expected, rtol=1e-13)


def test_honest_infinities_and_nan_remain():
    assert grad(lambda x: np.sqrt(x))(0.0) == inf
    assert np.isnan(grad(lambda x: np.sqrt(x) * 0.0)(0.0))
    assert np.isnan(grad(lambda x: np.sqrt(x * x))(0.0))
    weights = np.ones((2, 3))
    assert np.isnan(grad(lambda x: (weights @ np.sqrt(x))[0] * 0.0)(X)[0])
