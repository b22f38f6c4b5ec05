"""Assignment into traced arrays, with NumPy's view semantics: everything as plain NumPy does it."""

import numpy as np
import pytest

from modes import DifferentiationError, jacfwd, jacobian, jacrev, jvp, vjp

X = np.array([0.5, 2.0, 1.0, -1.0])


def tridiagonal(x):
    y = np.zeros_like(x)
    y[1:-1] = x[2:] * x[:-2]
    y[0] += x[0] ** 2
    y[-1] -= 3 * x[-1]
    return y


def recurrence(x):
    y = np.empty_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i] + y[i - 1]
    return y


def alias(x):
    y = x * 2
    z = y
    z += x**2
    return y * z


def argument(x):
    x += 1.0
    x[0] = x[1] * 3
    return x * x


def view_to_base(x):
    y = x * 1.0
    v = y[1:3]
    v *= x[0]
    v[0] = x[3] ** 2
    return y


def base_to_view(x):
    y = x * 1.0
    v = y[::2]
    y[0] = x[1] ** 3
    y += x
    return v * 2


def chain_of_views(x):
    y = np.zeros_like(x, shape=(2, 3, 2))
    v = y.reshape(6, 2).T[1]
    w = v[::-2]
    w += x[:3]
    y[0, 0, 1] = x[3] ** 2
    return np.concatenate([v, y.ravel()])


def rows(x):
    y = x.reshape(2, 2) * 1.0
    for row in y:
        row[0] = row[1] ** 2
    y[1][1] = x[0]
    return y.ravel()


def split_parts(x):
    y = x * 1.0
    a, b = np.split(y, 2)
    a[:] = b**2
    return y


def copies_are_apart(x):
    y = x * 1.0
    z = y.copy()
    z[0] = 7.0
    w = y[[0, 1]]
    w[0] = 9.0
    u = y + 0
    u[1] = 5.0
    return y + z


def swapped(x):
    y = x * 1.0
    y[0], y[1] = y[1], y[0]
    y[[2, 3]] = y[[3, 2]]
    return y**2


def repeated_key(x):
    y = np.zeros_like(x)
    y[[0, 0, 1]] = x[:3]
    y[[2, 2]] += x[2:]
    return y


def masked(x):
    y = x.copy()
    y[x < 0.7] = 0.0
    y[y > 1.5] *= x[0]
    return y


def filled(x):
    y = np.ones_like(x)
    y.fill(x[1] ** 2)
    y[...] = y + x
    return y


def sorted_in_place(x):
    y = x * 1.0
    y.sort()
    return y * np.arange(4.0)


def grown(x):
    y = np.zeros_like(x, shape=(2, 4))
    y[0] = x
    y[1, :2] = x[:2] ** 2
    y[:, 3] = x[0]
    return y.ravel()


def scalars_are_not_shared(x):
    a = x[0]
    b = a
    b += 1.0
    return np.stack([a, b * x[1]])


def returned_view(x):
    y = x * 1.0
    v = y[:2]
    y[0] = 4 * x[2]
    return v


def transposed_cotangents(x):
    y = x.reshape(2, 2) * 1.0
    picked = y[[0, 0, 1], [1, 1, 0]]
    z = y * 1.0
    z[[0, 1], [0, 1]] = x[:2] ** 2
    pairs = [(2 * y.T) * (3 * y.T), (2 * z.T) * (3 * z.T)]
    return np.concatenate([picked**2, *(pair.ravel() for pair in pairs)])


def arrays_without_axes(x):
    y = x * 1.0
    v = y[..., 0]
    v[...] = x[1] ** 2
    w = y[1, ...]
    w *= x[2]
    z = np.zeros_like(x, shape=())
    u = z
    z += x[3]
    z += x[0] ** 2
    return y * u


def layout_of_copies(x):
    y = x.reshape(2, 2).T.copy()
    y.ravel()[0] = x[1] ** 2
    z = np.copy(x.reshape(2, 2).T)
    z.ravel()[1] = x[1] ** 2
    z[[0, 1], [1, 1]] = x[0] ** 2
    z.ravel("F")[0] = x[2] ** 2
    return np.concatenate([y.ravel(), z.ravel()])


def odd_items(x):
    y = np.zeros_like(x)
    y[:2] = np.array([x[0] * x[1], x[2]])
    y[2:] = [x[1], 3.0 * x[0]]
    y[[]] = 1.0
    z = np.zeros_like(x)
    z[1:] = x[None, :3]
    return np.concatenate([y, z, x[[]]])


def steps(x):
    y = 3.3 * x
    np.floor(y, out=y)
    z = 3.3 * x
    z[1:] //= 2.0
    w = x * 2.2
    np.round(w[:2], out=w[:2])
    return np.concatenate([y * x, z * x, w * x])


CASES = [
    tridiagonal, recurrence, alias, argument, view_to_base, base_to_view, chain_of_views, rows, split_parts,
    copies_are_apart, swapped, repeated_key, masked, filled, sorted_in_place, grown, scalars_are_not_shared,
    returned_view, transposed_cotangents, arrays_without_axes, layout_of_copies, odd_items, steps,
]  # fmt: skip


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_as_plain_numpy(f):
    value = f(X.copy())
    expected = jacobian(lambda x: f(x.copy()), mode="central-difference")(X)
    for jac in (
        jacfwd,
        jacrev,
        lambda f: jacfwd(f, chunk_size=1),
        lambda f: jacrev(f, chunk_size=3),
        jacobian,
    ):
        np.testing.assert_allclose(jac(f)(X), expected, rtol=1e-7, atol=1e-8)
    at = X.copy()
    np.testing.assert_array_equal(jvp(f, (at,), (at,))[0], value)
    np.testing.assert_array_equal(vjp(f, at)[0], value)
    np.testing.assert_array_equal(at, X)  # the caller's array is never written to


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_second_order(f):
    forward_over_reverse = jacfwd(jacrev(f))(X)
    np.testing.assert_allclose(jacrev(jacfwd(f))(X), forward_over_reverse, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(jacrev(jacrev(f))(X), forward_over_reverse, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(jacfwd(jacfwd(f))(X), forward_over_reverse, rtol=1e-12, atol=1e-13)


def test_an_inner_value_into_an_outer_array_is_refused():
    def f(x):
        def g(z):
            y = np.zeros_like(x)
            y[0] = z
            return y.sum()

        return jvp(g, (x[0],), (1.0,))[1] * x

    for jac in (jacfwd, jacrev):
        with pytest.raises(DifferentiationError, match=r"np\.zeros_like\(inner\)"):
            jac(f)(X)


def test_shapes_are_those_of_numpy():
    for jac in (jacfwd, jacrev):
        with pytest.raises(ValueError, match="does not fit"):
            jac(lambda x: x[:2].__iadd__(np.ones((3, 2))))(X)
        with pytest.raises(ValueError, match="broadcast"):
            jac(lambda x: x.__setitem__(slice(0, 2), np.ones(3)))(X)
        with pytest.raises(IndexError):
            jac(lambda x: x.__setitem__(9, 1.0))(X)
