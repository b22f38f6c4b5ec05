"""Arrays that f makes itself and fills with traced values, as most people write their functions."""

import threading

import numpy as np
import pytest

import modes
from modes import DifferentiationError, counts, grad, hessian, jacfwd, jacobian, jacrev, jvp, vjp

X = np.array([0.3, 0.7, 1.1])
ALL = pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])


def loop(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] ** 2
    return y


def matrix(x):
    a = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            a[i, j] = x[i] * x[j] + (i == j)
    return np.linalg.det(a)


def without_axes(x):
    """Arrays of no axes, through views with axes and the other way round."""
    a = np.empty(())
    a[...] = 2.0
    a[...] += x[0]
    b = np.zeros(())
    b.reshape(1, 1)[0, 0] = x[1]
    c = np.zeros(1)
    c.reshape(())[...] = x[2] ** 2
    return np.stack([a * x[1], b[()] * 1.0, c[0]])


def rows(x):
    y = np.ones((2, 3))
    row = y[0]
    row[1:] = x[:2]
    y[1] += x
    return (y * y).sum(0)


def views_of_views(x):
    y = np.zeros(6).reshape(2, 3)
    y.T[1] = x[:2]
    flat = y.ravel()
    flat[0] = x[2]
    flat[-2:] *= 2.0
    return y.ravel() * 3 + y[:, 1].sum()


def identity(x):
    a = np.eye(3)
    a[0, 1] = x[0]
    a[:, 2] = x
    a[1] *= x[1]
    return a @ x


def in_place(x):
    y = np.zeros(3)
    y += x * 2
    np.add(x, y, out=y)
    y -= 1
    y[y > 1.0] = x[0] ** 3
    return y


def fancy(x):
    a = np.zeros((2, 2))
    a[np.array([0, 1]), np.array([1, 0])] = x[:2]
    return np.linalg.inv(a + np.eye(2) * 3).ravel()


def fortran(x):
    a = np.zeros((2, 3), order="F")
    a[:, 1] = x[1:]
    column = a[:, 2]
    column[0] = x[0]
    return a.sum(axis=0) + a[0]


def written(x):
    y = np.full(4, 2.0)
    np.copyto(y[:3], x)
    np.put(y, [3], x[0] * x[1])
    np.fill_diagonal(y.reshape(2, 2), x[2])
    z = np.zeros((2, 2))
    np.fill_diagonal(z, x[2])
    return y + z.ravel()


def reused(x):
    buffer, total = np.empty(3), 0.0
    for k in range(3):
        buffer[:] = x * k
        total = total + np.sum(buffer**2)
    return total


def recurrence(x):
    u = np.zeros((5, 3))
    u[0] = x
    for k in range(4):
        u[k + 1, 0] = u[k, 1]
        u[k + 1, 1:] = u[k, :2] * u[k, 2]
    return u[-1]


def sorted_in_place(x):
    y = np.zeros(3)
    y[:] = -x
    y.sort()
    return y * np.arange(1.0, 4.0)


def copied(x):
    start = np.array([1.0, 2.0, 3.0])
    y = np.copy(start)
    y[1] = x[1]
    z = y.copy()
    z[0] = x[0]
    return np.concatenate([y * start, z])


def converted(x):
    y = np.zeros(3)
    y[0] = x[0]
    return np.asarray(y) + np.array(y)[::-1] + np.asarray(x) + np.array([y[0], 2.0, x[1]], dtype=float)


def nested_lists(x):
    y = np.zeros(2)
    y[:] = [x[0], 2 * x[1]]
    return np.array([[x[0], 1.0], [2.0, x[1]]]) @ y


def solved(x):
    return np.linalg.solve(np.array([[x[0], 1.0], [2.0, x[1]]]), np.array([x[2], 1.0]))


def of_objects(x):
    return np.sin(np.array([x[0], x[1], 0.3])) + np.floor(np.array([x[0], 4.0, 2.0]))


def iterated(x):
    y = np.zeros(3)
    y[1:] = x[:2]
    return sum(v * v for v in y) + len(y) + float(y.size) + (y[1] if y[1] > 0 else 0.0)


def unused(x):
    y = np.zeros(3)
    y[0] = 1.0
    z = np.zeros(3)
    z[0] = x[0]
    return x * y + z


PROGRAMS = [
    loop, matrix, rows, without_axes, views_of_views, identity, in_place, fancy, fortran, written, reused,
    recurrence, sorted_in_place, copied, converted, nested_lists, solved, of_objects, iterated, unused,
]  # fmt: skip


def differences(f, x):
    h = 1e-6
    return np.stack([(np.asarray(f(x + h * e)) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))], axis=-1)


@ALL
@pytest.mark.parametrize("f", PROGRAMS)
def test_the_jacobian_is_that_of_differences(f, jac):
    known = differences(f, X)
    differentiate = jac(f)
    for _ in range(2):  # the first call finds out what f needs
        np.testing.assert_allclose(differentiate(X), known, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(jvp(f, (X,), (X,))[0], f(X), rtol=1e-14)
    np.testing.assert_allclose(vjp(f, X)[0], f(X), rtol=1e-14)


@pytest.mark.parametrize("f", [loop, rows, recurrence, views_of_views, solved])
def test_second_derivatives_and_counts(f):
    def g(x):
        return np.sum(f(x) ** 3)

    known = differences(jacrev(g), X)
    for second in (hessian(g), jacrev(jacrev(g)), jacfwd(jacfwd(g))):
        np.testing.assert_allclose(second(X), known, rtol=1e-5, atol=1e-7)
    assert counts(f, X).n == 3
    assert len(modes.trace(f, X)) > 3


def test_lists_follow_the_rules_of_numpy():
    nan = np.nan
    assert np.isnan(jvp(lambda x: np.min([x[0], nan, x[2]]), (X,), (X,))[0])
    ties = np.array([1.0, 1.0, 0.5])
    for f in (
        lambda x: np.max([x[0], x[1]]),
        lambda x: np.max(np.array([x[0], x[1], x[2]])),
        lambda x: np.array([x[0], x[1]]).max(),
        lambda x: np.clip(np.array([x[0], x[2]]), 0.0, 1.0)[0] * 0 + np.amax([x[0], x[1], 0.2]),
    ):
        for jac in (jacfwd, jacrev, jacobian):
            np.testing.assert_array_equal(jac(f)(ties), [0.5, 0.5, 0.0])
    assert jacrev(lambda x: np.sort([x[2], x[0]]))(X).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert jvp(lambda x: np.argmax([x[0], nan, x[2]]) * x[0], (X,), (X,))[0] == X[0]


def test_lists_whose_arrays_are_made_behind_our_back_are_refused():
    from numpy import array, max

    for f in (lambda x: max([x[0], x[1]]), lambda x: max(array([x[0], x[1]]))):
        with pytest.raises(DifferentiationError, match=r"Python's rules"):
            grad(f)(X)


def test_arrays_of_others_are_left_alone():
    outside = np.zeros(3)

    def f(x):
        view = np.asarray(outside)
        view[0] = x[0]
        return view

    for jac in (jacfwd, jacrev):
        with pytest.raises(DifferentiationError, match="zeros_like"):
            jac(f)(X)
    assert outside.tolist() == [0, 0, 0]
    assert type(np.zeros(3)) is np.ndarray


def test_numpy_is_as_it_was_for_others_and_afterwards():
    functions = {name: getattr(np, name) for name in dir(np)}
    seen = []

    def elsewhere():
        seen.append(type(np.zeros(3)))

    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return y

    jacrev(f)(X)
    assert set(seen) == {np.ndarray}
    assert {name: getattr(np, name) for name in dir(np)} == functions

    def failing(x):
        y = np.zeros(3)
        y[0] = x[0]
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        jacrev(failing)(X)
    assert {name: getattr(np, name) for name in dir(np)} == functions


def test_what_c_code_reads_is_noticed():
    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        return np.frombuffer(memoryview(y), float).sum() * x[0]

    with pytest.raises(DifferentiationError, match=r"plain array|reads the memory"):
        grad(f)(X)


def test_constants_that_f_makes_stay_plain():
    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        table = np.ones(3)
        table[1] = 5.0
        assert isinstance(table, np.ndarray)
        order = np.zeros(3, int)
        order[0] = 2
        return y * table + x[order]

    np.testing.assert_allclose(jacrev(f)(X), differences(f, X), atol=1e-9)
    np.testing.assert_allclose(f(X), jvp(f, (X,), (X,))[0])


def test_an_inner_differentiation_fills_an_array_of_the_outer_one():
    def f(x):
        y = np.zeros(3)
        y[0] = x[0]

        def g(z):
            w = np.zeros(2)
            w[0] = z * x[1]
            w[1] = z**2
            return np.sum(w) * y[0]

        y[1] = grad(g)(x[2])
        return y

    for jac in (jacfwd, jacrev):
        np.testing.assert_allclose(jac(f)(X), differences(f, X), atol=1e-8)


R = np.random.default_rng(0).normal(size=(100, 100))


@ALL
def test_large_arrays_are_not_taken_apart_into_objects(jac):
    x = np.linspace(0.0, 1.0, 100)
    np.testing.assert_allclose(
        jac(lambda x: np.tanh(R @ np.asarray(x, dtype=float)))(x)[0, 0],
        (1 - np.tanh(R @ x)[0] ** 2) * R[0, 0],
    )
    np.testing.assert_array_equal(jac(lambda x: np.array([x, 2 * x]).sum(0))(x), 3 * np.eye(100))
    with pytest.raises(DifferentiationError, match="R @ x"):
        jac(lambda x: R.dot(x))(x)
    np.testing.assert_array_equal(jac(lambda x: np.dot(R, x))(x), R)
    np.testing.assert_array_equal(jac(lambda x: np.array(R).dot(x))(x), R)


@ALL
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.std([x[0], x[0]]),
        lambda x: np.std([[x[0], 0.3], [x[1], x[1]]], axis=1),
        lambda x: np.std(np.full((2, 3), x[0]), axis=-1),
        lambda x: np.std(np.full(3, np.std([x[0], 0.3]))),
    ],
)
def test_spread_of_equal_numbers_has_slope_zero(jac, f):
    np.testing.assert_array_equal(jac(f)(X), np.zeros((*np.shape(f(X)), 3)))


@ALL
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.maximum([x[0], x[1]], [0.3, np.nan]),
        lambda x: np.minimum([x[0]], [0.3]),
        lambda x: np.fmax([x[0]], [0.3]),
        lambda x: np.minimum.reduce([x[0], x[1]]),
        lambda x: np.maximum.accumulate([x[0], x[1]]),
    ],
)
def test_greater_of_lists_is_not_told_by_pythons_rules(jac, f):
    with pytest.raises(DifferentiationError, match=r"np\.stack"):
        jac(f)(X)


@ALL
def test_comparisons_that_are_written_are_followed(jac):
    def f(x):
        if x[0] >= 0.3 and not x[1] <= 0.5 <= x[0]:
            return x * 2 if max(x[0], x[1]) >= x[1] else x
        return x * 3

    np.testing.assert_array_equal(jac(f)(X), 2 * np.eye(3))
