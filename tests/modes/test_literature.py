"""Jacobians known from the literature, to 1e-12 relative in both modes.

Functions and numbers: Moré, Garbow, Hillstrom, *Testing Unconstrained Optimization Software*, ACM TOMS 7
(1981); Hock & Schittkowski (1981) for the Hessian. The Jacobians are written by hand.
"""

import numpy as np
import pytest

from modes import grad, hessian, jacfwd, jacobian, jacrev


def rosenbrock(x):  # (1)
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def rosenbrock_jacobian(x):
    return [[-20 * x[0], 10], [-1, 0]]


def freudenstein_roth(x):  # (2)
    a, b = x
    return np.stack([-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b])


def freudenstein_roth_jacobian(x):
    b = x[1]
    return [[1, 10 * b - 3 * b**2 - 2], [1, 3 * b**2 + 2 * b - 14]]


def powell_badly_scaled(x):  # (3)
    return np.array([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def powell_badly_scaled_jacobian(x):
    return [[1e4 * x[1], 1e4 * x[0]], [-np.exp(-x[0]), -np.exp(-x[1])]]


def beale(x):  # (5)
    powers = np.arange(1, 4)
    return np.array([1.5, 2.25, 2.625]) - x[0] * (1 - x[1] ** powers)


def beale_jacobian(x):
    i = np.arange(1, 4)
    return np.stack([-(1 - x[1] ** i), x[0] * i * x[1] ** (i - 1.0)], axis=1)


def helical_valley(x):  # (7)
    theta = np.arctan2(x[1], x[0]) / (2 * np.pi)
    return np.array([10 * (x[2] - 10 * theta), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


def helical_valley_jacobian(x):
    square = x[0] ** 2 + x[1] ** 2
    r, turn = np.sqrt(square), 100 / (2 * np.pi * square)
    return [[turn * x[1], -turn * x[0], 10], [10 * x[0] / r, 10 * x[1] / r, 0], [0, 0, 1]]


BARD_Y = np.array([.14, .18, .22, .25, .29, .32, .35, .39, .37, .58, .73, .96, 1.34, 2.10, 4.39])  # fmt: skip


def bard(x):  # (8)
    u = np.arange(1.0, 16.0)
    v = 16 - u
    w = np.minimum(u, v)
    return BARD_Y - (x[0] + u / (v * x[1] + w * x[2]))


def bard_jacobian(x):
    u = np.arange(1.0, 16.0)
    v, w = 16 - u, np.minimum(u, 16 - u)
    below = (v * x[1] + w * x[2]) ** 2
    return np.stack([-np.ones(15), u * v / below, u * w / below], axis=1)


def gaussian(x):  # (9)
    t = (8 - np.arange(1.0, 16.0)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2)


def gaussian_jacobian(x):
    d = (8 - np.arange(1.0, 16.0)) / 2 - x[2]
    e = np.exp(-x[1] * d**2 / 2)
    return np.stack([e, -x[0] * d**2 / 2 * e, x[0] * x[1] * d * e], axis=1)


def powell_singular(x):  # (13)
    a, b, c, d = x
    return [a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2]


def powell_singular_jacobian(x):
    a, b, c, d = x
    s = 10**0.5
    return [
        [1, 10, 0, 0],
        [0, 0, 5**0.5, -(5**0.5)],
        [0, 2 * (b - 2 * c), -4 * (b - 2 * c), 0],
        [2 * s * (a - d), 0, 0, -2 * s * (a - d)],
    ]


def wood(x):  # (14)
    s, t = np.sqrt(90), np.sqrt(10)
    return np.stack([
        10 * (x[1] - x[0] ** 2), 1 - x[0], s * (x[3] - x[2] ** 2), 1 - x[2],
        t * (x[1] + x[3] - 2), (x[1] - x[3]) / t,
    ])  # fmt: skip


def wood_jacobian(x):
    s, t = np.sqrt(90), np.sqrt(10)
    return [
        [-20 * x[0], 10, 0, 0], [-1, 0, 0, 0], [0, 0, -2 * s * x[2], s], [0, 0, -1, 0],
        [0, t, 0, t], [0, 1 / t, 0, -1 / t],
    ]  # fmt: skip


def trigonometric(x):  # (26)
    n = len(x)
    return n - np.sum(np.cos(x)) + np.arange(1, n + 1) * (1 - np.cos(x)) - np.sin(x)


def trigonometric_jacobian(x):
    i = np.arange(1, len(x) + 1)
    return np.broadcast_to(np.sin(x), (len(x), len(x))) + np.diag(i * np.sin(x) - np.cos(x))


def brown_almost_linear(x):  # (27)
    y = x + x.sum() - (len(x) + 1)
    y[-1] = np.prod(x) - 1
    return y


def brown_almost_linear_jacobian(x):
    jacobian = np.eye(len(x)) + 1
    jacobian[-1] = [np.prod(np.delete(x, i)) for i in range(len(x))]
    return jacobian


def discrete_boundary_value(x):  # (28)
    n = len(x)
    h = 1 / (n + 1)
    t = h * np.arange(1, n + 1)
    padded = np.concatenate([[0.0], x, [0.0]])
    return 2 * x - padded[:-2] - padded[2:] + h**2 * (x + t + 1) ** 3 / 2


def discrete_boundary_value_jacobian(x):
    n = len(x)
    h = 1 / (n + 1)
    t = h * np.arange(1, n + 1)
    return np.diag(2 + 1.5 * h**2 * (x + t + 1) ** 2) - np.eye(n, k=1) - np.eye(n, k=-1)


def broyden_tridiagonal(x):  # (30)
    y = (3 - 2 * x) * x + 1
    y[1:] -= x[:-1]
    y[:-1] -= 2 * x[1:]
    return y


def broyden_tridiagonal_jacobian(x):
    n = len(x)
    return np.diag(3 - 4 * x) - np.eye(n, k=-1) - 2 * np.eye(n, k=1)


def chebyquad(x):  # (35)
    previous, current = np.ones_like(x), 2 * x - 1
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = current.mean() + (0 if i % 2 == 0 else 1 / ((i + 1) ** 2 - 1))
        previous, current = current, 2 * (2 * x - 1) * current - previous
    return y


def chebyquad_jacobian(x):
    n = len(x)
    rows = []
    for i in range(1, n + 1):  # T_i' = i U_(i-1), of the shifted argument
        theta = np.arccos(2 * x - 1)
        rows.append(2 * i * np.sin(i * theta) / np.sin(theta) / n)
    return np.array(rows)


CASES = [
    (rosenbrock, rosenbrock_jacobian, [-1.2, 1.0]),
    (freudenstein_roth, freudenstein_roth_jacobian, [0.5, -2.0]),
    (powell_badly_scaled, powell_badly_scaled_jacobian, [0.0, 1.0]),
    (beale, beale_jacobian, [1.0, 1.1]),
    (helical_valley, helical_valley_jacobian, [-1.0, 0.3, 0.2]),
    (bard, bard_jacobian, [1.0, 1.0, 1.0]),
    (gaussian, gaussian_jacobian, [0.4, 1.0, 0.1]),
    (powell_singular, powell_singular_jacobian, [3.0, -1.0, 0.0, 1.0]),
    (wood, wood_jacobian, [-3.0, -1.0, -3.0, -1.0]),
    (trigonometric, trigonometric_jacobian, [0.1] * 10),
    (brown_almost_linear, brown_almost_linear_jacobian, [0.5, 0.0, 2.0, -0.5]),
    (discrete_boundary_value, discrete_boundary_value_jacobian, [-0.1, -0.2, -0.2, -0.1]),
    (broyden_tridiagonal, broyden_tridiagonal_jacobian, [-1.0] * 7),
    (chebyquad, chebyquad_jacobian, [0.1, 0.3, 0.5, 0.6, 0.8]),
]


@pytest.mark.parametrize(("f", "known", "start"), CASES, ids=[case[0].__name__ for case in CASES])
def test_known_jacobian(f, known, start):
    x = np.array(start)
    expected = np.array(known(x), float)
    for jac in (
        jacfwd,
        jacrev,
        jacobian,
        lambda f: jacfwd(f, chunk_size=1),
        lambda f: jacrev(f, chunk_size=1),
    ):
        result = np.array(jac(f)(x))
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def test_known_hessian():
    x = np.array([-1.2, 1.0])

    def objective(x):
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    np.testing.assert_allclose(grad(objective)(x), [-215.6, -88.0], rtol=1e-12)
    np.testing.assert_allclose(hessian(objective)(x), [[1330.0, 480.0], [480.0, 200.0]], rtol=1e-12)


def test_the_sources_example():
    def f(x):
        return np.array([x[0] * (x[1] - x[2]), x[2] * np.log(1 - x[0])])

    x = np.array([0.5, 2.0, 1.0])
    expected = [[x[1] - x[2], x[0], -x[0]], [-x[2] / (1 - x[0]), 0, np.log(1 - x[0])]]
    for mode in ("forward", "reverse", "auto", "complex-step"):
        for chunk in (None, 1):
            np.testing.assert_allclose(jacobian(f, mode=mode, chunk_size=chunk)(x), expected, rtol=1e-15)
