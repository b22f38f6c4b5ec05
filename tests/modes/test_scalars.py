"""Code of scalars: arrays taken apart entry by entry, and put together again."""

import numpy as np
import pytest

import modes
from modes import grad, hessian, jacfwd, jacrev

X = np.array([0.5, 2.0, 1.25])
BOTH = pytest.mark.parametrize("jac", [jacfwd, jacrev], ids=["forward", "reverse"])


def product(x):
    p = 1.0
    for v in x:
        p = p * v
    return p


@BOTH
@pytest.mark.parametrize("length", [0, 1, 3, 1500])
def test_a_product_in_a_loop(length, jac):
    x = np.exp(np.random.default_rng(length).uniform(-0.1, 0.1, length))
    np.testing.assert_allclose(jac(product)(x), np.prod(x) / x, rtol=1e-12)


def test_its_second_derivative():
    known = np.prod(X) / np.outer(X, X)
    np.fill_diagonal(known, 0.0)
    np.testing.assert_allclose(hessian(product)(X), known, rtol=1e-14, atol=1e-14)


@BOTH
def test_entries_are_taken_when_their_turn_comes(jac):
    def f(x):
        y = x * 1.0
        total = 0.0
        for i, v in enumerate(y):  # entry i is x₀⋯xᵢ by then
            y[i + 1 :] = y[i + 1 :] * 1.0
            if i + 1 < len(y):
                y[i + 1] *= v
            total = total + v * v
        return total

    squares = np.cumprod(X) ** 2
    np.testing.assert_allclose(f(X), squares.sum(), rtol=1e-14)
    np.testing.assert_allclose(jac(f)(X), 2.0 * np.cumsum(squares[::-1])[::-1] / X, rtol=1e-14)


@BOTH
def test_entries_of_matrices_and_from_the_end(jac):
    def f(x):
        (a, b, c), row = np.stack([x, x * x])
        return np.array([a * row[-1], b * row[-3] + x[2], c * x[-1]])

    a, b, c = X
    known = [[c * c, 0, 2 * a * c], [2 * a * b, a * a, 1.0], [0, 0, 2 * c]]
    np.testing.assert_allclose(jac(f)(X), known, rtol=1e-14)


def test_entries_are_added_to_a_cotangent_of_their_own():
    def f(x):
        one, other = 2.0 * x, 3.0 * x
        first, last = one[0], one[-1]
        both = one + other  # the two share a cotangent, to which the entries of one are added
        return np.sum(both) + first * last, np.sum(both[1:]) - first

    known = np.full(3, 5.0) + 4.0 * np.array([X[-1], 0.0, X[0]])
    np.testing.assert_allclose(grad(lambda x: f(x)[0])(X), known, rtol=1e-15)
    for found, row in zip(jacrev(f)(X), [known, [-2.0, 5.0, 5.0]], strict=True):
        np.testing.assert_allclose(found, row, rtol=1e-15)


@BOTH
def test_an_array_of_scalars_can_be_changed(jac):
    def f(x):
        a, b, c = x
        y, square = np.array([a, 7.0, b * c]), np.array([[a, b], [1, c]])
        y[0] = y[2] * b
        return np.concatenate([y, square.ravel()])

    _, b, c = X
    known = np.zeros((7, 3))
    known[0], known[2] = [0, 2 * b * c, b * b], [0, c, b]
    known[[3, 4, 6], [0, 1, 2]] = 1.0
    np.testing.assert_allclose(jac(f)(X), known, rtol=1e-14)


@BOTH
def test_entries_keep_their_precision(jac):
    def f(x):
        assert all(isinstance(v, np.float32) for v in x)
        return product(x)

    found = jac(f)(X.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.prod(X) / X, rtol=1e-6)


def test_entries_are_indices_of_a_trace():
    trace = modes.trace(lambda x: x[0] * x[1:].sum(), X, scalars=False)
    assert [row.operation for row in trace.rows] == ["input", "index", "index", "sum", "multiply"]
    assert trace.rows[1].partials == ("index",)
