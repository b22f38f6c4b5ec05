"""Arrays that f makes: views, layouts and conversions as NumPy has them, also where entries coincide.

Where all entries are equal the value tells nothing of one that went astray, and only the derivative does.
"""

import numpy as np
import pytest

from modes import custom_vjp, grad, jacfwd, jacobian, jacrev, jvp, linearize, vjp

X = np.array([0.3, 0.7, 1.1])
JACOBIANS = [jacfwd, jacrev, jacobian]


def order_asked_of_a_constant(x):
    y = np.zeros((2, 3))
    t = np.asfortranarray(y)
    t[0, 0] = x[0]
    y[1, 1] = x[1]
    return y + 2 * t


def axis_of_a_constant(x):
    y = np.zeros(())
    t = np.ascontiguousarray(y)
    t[0] = x[0]
    return y * 2


def order_required(x):
    y = np.zeros((2, 3))
    y[0, 0] = x[0]
    t = np.require(y, None, ["F"])
    t[0, 1] = x[1]
    u = np.require(y, requirements="F")
    u[0, 2] = x[2]
    return np.append((y + t).ravel("K"), (2 * u).ravel("K"))


def converted_without_a_copy(x):
    y = np.zeros(2)
    y[0] = x[0]
    z = np.asarray(y, float)
    z[1] = x[1]
    return y * 1


def converted_with_a_copy(x):
    y = np.zeros((2, 3))
    y[0, 0] = x[0]
    t = np.ascontiguousarray(y.T)
    t[0, 0] = x[1]
    return y * 1


def copied_in_an_order(x):
    y = np.zeros((2, 3))
    y[0, 1] = x[0]
    return np.append(np.array(y, order="F").ravel("K"), np.full((2, 3), y[0, 1], order="F").ravel("K"))


def copied_then_both_written(x):
    y = np.zeros(3)
    t = np.array(y)
    t[0] = x[0]
    y[1] = x[1]
    return y + 2 * t


def view_of_a_view(x):
    y = np.zeros(3)
    v = y[:2]
    y[0] = x[0]
    w = v[:1]
    w[0] = x[1]
    return w * 1.0


def order_of_a_transposed(x):
    y = np.zeros((2, 3))
    v = y.T
    y[0, 0] = x[0]
    v[1, 0] = x[1]
    return v.ravel("K") * 1.0


def view_in_another_order(x):
    y = np.zeros((2, 3))
    v = y.T
    y[0, 0] = x[0]
    r = v.ravel("F")
    r[1] = x[1]
    return y * 1.0


def axes_permuted(x):
    z = np.zeros((2, 3, 4)).swapaxes(0, 1).astype(float)
    v = z[1]
    v[0, 2] = x[0]
    return z


def added_at(x):
    y = np.zeros(3)
    np.add.at(y, [0, 2, 2], x)
    np.multiply.at(y, [0, 0], x[1])
    return y


PROGRAMS = [
    order_asked_of_a_constant, axis_of_a_constant, order_required, converted_without_a_copy,
    converted_with_a_copy, copied_in_an_order, copied_then_both_written, view_of_a_view,
    order_of_a_transposed, view_in_another_order, axes_permuted, added_at,
]  # fmt: skip


@pytest.mark.parametrize("jac", JACOBIANS)
@pytest.mark.parametrize("at", [X, np.zeros(3)], ids=["apart", "equal"])
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_as_numpy_has_it(f, at, jac):
    expected = jacobian(f, mode="central-difference")(at)
    np.testing.assert_allclose(jac(f)(at), expected, atol=1e-8)


N = 20_000  # more than is copied


def buffer_of_a_loop(x):
    buffer = np.empty(N)
    total = 0.0
    for k in range(3):
        buffer[:-1] = k + 1.0
        buffer[-1] = 1.0
        total = total + np.sum(buffer * x)
    return total


def written_after(x):
    w = np.ones(N)
    y = w * x
    w[0] = 5.0
    return np.sum(y)


def written_after_among_slates(x):
    w = np.ones(N)
    z = x * w
    w[:10] = 7.0
    y = np.zeros(2)
    y[0] = z.sum()
    return y[0]


def matrix_written_after(x):
    c = np.full((200, N // 200), 0.5)
    y = np.sum(c @ x[: N // 200])
    c[0] = 9.0
    return y + np.sum(x)


EXPECTED = {
    buffer_of_a_loop: np.where(np.arange(N) < N - 1, 6.0, 3.0),
    written_after: np.ones(N),
    written_after_among_slates: np.ones(N),
    matrix_written_after: np.where(np.arange(N) < N // 200, 101.0, 1.0),
}


@pytest.mark.parametrize("f", EXPECTED, ids=lambda f: f.__name__)
def test_large_arrays_of_f_that_change_after_use(f):
    at, tangents = np.linspace(1, 2, N), np.linspace(0, 1, N)
    for jac in (jacrev, jacobian):
        np.testing.assert_allclose(jac(f)(at), EXPECTED[f])
    np.testing.assert_allclose(jvp(f, (at,), (tangents,))[1], np.sum(EXPECTED[f] * tangents))


def test_a_large_matrix_of_f_in_forward_mode():
    c = np.full((200, 200), 0.5)

    def f(x):
        c = np.full((200, 200), 0.5)
        y = c @ x
        c[0] = 9.0
        return y

    np.testing.assert_array_equal(jacfwd(f)(np.ones(200)), c)


def test_a_memory_map_that_changes_after_use(tmp_path):
    w = np.memmap(tmp_path / "w", dtype=float, mode="w+", shape=(N,))

    def f(x):
        w[:] = 1.0
        y = w * x
        w[0] = 7.0
        return np.sum(y)

    def of_the_array(x):
        w[:] = 1.0
        y = np.asarray(w) * x
        w[0] = 9.0
        return np.sum(y)

    for function in (f, of_the_array):
        np.testing.assert_array_equal(grad(function)(np.ones(N)), np.ones(N))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_seed_of_zero_that_is_traced_is_no_structural_zero():
    at = np.array([0.0, 1.0])
    _, pullback = vjp(np.sqrt, at)
    _, pushforward = linearize(np.sqrt, at)
    for seeded in (lambda g: pullback(g)[0], pushforward, lambda t: jvp(np.sqrt, (at,), (t,))[1]):
        found = jacrev(seeded)(np.array([0.0, 1.0]))
        assert not np.isfinite(found[0, 0])
        np.testing.assert_array_equal(found.ravel()[1:], [0.0, 0.0, 0.5])


def test_an_array_of_f_is_an_argument_of_a_custom_rule():
    double = custom_vjp(lambda x: 2.0 * x)
    double.defvjp(lambda x: (2.0 * x, None), lambda _, g: (2.0 * g,))

    def f(x):
        y = np.zeros(3)
        y[1:] = x[:2]
        return double(y)

    np.testing.assert_array_equal(jacrev(f)(X), 2 * np.eye(3, k=-1))
