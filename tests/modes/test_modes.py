"""The registry of modes: differences, complex step, and modes of the user's own."""

import numpy as np
import pytest

from modes import (
    MODES,
    DifferentiationError,
    check_grads,
    check_jacobian,
    grad,
    jacobian,
    jacrev,
    register_mode,
)

X = np.array([0.5, -2.0, 30.0])


def f(x):
    return np.concatenate([np.sin(x) * x[::-1], [np.exp(x[0] * x[1])]])


def g(tree, y):
    return {"p": tree["a"] * y, "q": [np.sum(tree["b"] ** 2)]}


@pytest.mark.parametrize(
    ("mode", "rtol"),
    [("forward", 1e-14), ("reverse", 1e-14), ("auto", 1e-14), ("complex-step", 1e-14),
     ("central-difference", 1e-8), ("forward-difference", 1e-5)],
)  # fmt: skip
def test_every_mode(mode, rtol):
    exact = jacrev(f)(X)
    np.testing.assert_allclose(jacobian(f, mode=mode)(X), exact, rtol=rtol, atol=rtol * np.abs(exact).max())
    tree = {"a": 1.5, "b": np.array([[1.0, 2.0]])}
    result = jacobian(g, (0, 1), mode)(tree, X)
    np.testing.assert_allclose(result["p"][0]["a"], X, rtol=rtol)
    np.testing.assert_allclose(result["p"][1], 1.5 * np.eye(3), rtol=rtol, atol=rtol)
    np.testing.assert_allclose(result["q"][0][0]["b"], 2 * tree["b"], rtol=rtol)
    assert jacobian(lambda x: x[:0], mode=mode)(X).shape == (0, 3)
    assert jacobian(lambda x: np.ones(2), mode=mode)(np.zeros(0)).shape == (2, 0)
    assert jacobian(lambda x: x * 2, mode=mode)(3).shape == ()


def test_difference_errors_are_those_of_theory():
    exact = np.diag(np.cos(X))
    for mode, bound in (("forward-difference", 1e-7 * 30), ("central-difference", 1e-9 * 30)):
        assert np.abs(jacobian(np.sin, mode=mode)(X) - exact).max() < bound
    single = X.astype(np.float32)
    assert jacobian(np.sin, mode="central-difference")(single).dtype == np.float32
    assert np.abs(jacobian(np.sin, mode="central-difference")(single) - exact).max() < 1e-2


@pytest.mark.parametrize(
    "lost",
    [np.abs, lambda x: np.real(x) * 2, lambda x: np.abs(x) + 1e3 * x[::-1], lambda x: np.conj(x) * x,
     lambda x: x.real.copy()],
)  # fmt: skip
def test_complex_step_refuses_what_is_not_analytic(lost):
    with pytest.raises(DifferentiationError, match="not analytic"):
        jacobian(lost, mode="complex-step")(X)


def test_complex_step_refuses_what_takes_no_complex_numbers():
    with pytest.raises(DifferentiationError, match="does not take complex numbers"):
        jacobian(lambda x: np.arctan2(x, 2.0), mode="complex-step")(X)
    with pytest.raises(DifferentiationError, match="does not take complex numbers"):
        jacobian(lambda x: x.astype(float) * 2, mode="complex-step")(X)


def test_differences_inside_another_derivative_are_refused():
    with pytest.raises(DifferentiationError, match="outer differentiation"):
        grad(lambda x: jacobian(np.sum, mode="central-difference")(x).sum())(X)


def test_complex_results_are_refused():
    with pytest.raises(DifferentiationError, match="real results"):
        jacobian(lambda x: x * 1j, mode="central-difference")(X)


def test_a_mode_of_ones_own():
    @register_mode("secant of five points")
    def five_points(f, x, chunk_size):
        h = 1e-3
        columns = [
            (f(x - 2 * h * e) - 8 * f(x - h * e) + 8 * f(x + h * e) - f(x + 2 * h * e)) / (12 * h)
            for e in np.eye(x.size)
        ]
        return np.stack(columns, axis=1)

    try:
        np.testing.assert_allclose(
            jacobian(f, mode="secant of five points")(X), jacrev(f)(X), rtol=1e-8, atol=1e-8
        )
        tree = {"a": 1.5, "b": np.array([[1.0, 2.0]])}
        np.testing.assert_allclose(
            jacobian(g, mode="secant of five points")(tree, X)["q"][0]["b"], [[2, 4]], rtol=1e-9
        )
        with pytest.raises(ValueError, match="registered already"):
            register_mode("forward", five_points)
    finally:
        del MODES["secant of five points"]
    register_mode("wrong shape", lambda f, x, chunk_size: np.ones((1, 1)))
    try:
        with pytest.raises(ValueError, match=r"'wrong shape' returned a Jacobian of shape \(1, 1\), not"):
            jacobian(f, mode="wrong shape")(X)
    finally:
        del MODES["wrong shape"]


def test_check_jacobian_says_where():
    check = check_jacobian(f, X)
    assert [row.mode for row in check] == ["reverse", "complex-step", "central-difference"]
    assert check.reference == "forward"
    assert "central-difference" in str(check)
    assert "does not apply" in str(check_jacobian(np.abs, X))
    register_mode("wrong", lambda f, x, chunk_size: jacrev(f)(x) + 0.25 * np.eye(4, 3, -2))
    try:
        with pytest.raises(AssertionError, match=r"wrong +\S+ +\[2, 0\]: .* against"):
            check_jacobian(f, X, modes=("forward", "wrong"))
    finally:
        del MODES["wrong"]
    with pytest.raises(DifferentiationError, match="none of the modes"):
        check_jacobian(lambda x: np.unique(x) * 1j, X)


def test_check_grads():
    check_grads(f, (X,), 2)
    check_grads(g, ({"a": 1.5, "b": np.ones((1, 2))}, X), 2)
    check_grads(np.tanh, (np.float32(0.3),), 1)
    with pytest.raises(AssertionError, match="forward derivative differs"):
        check_grads(np.floor, (np.linspace(-1e-6, 1e-6, 5),), 1, modes=("fwd",))
    with pytest.raises(AssertionError, match="reverse derivative differs"):
        check_grads(np.floor, (np.linspace(-1e-6, 1e-6, 5),), 1, modes=("rev",))
    with pytest.raises(ValueError, match="'fwd' and 'rev'"):
        check_grads(f, (X,), 1, modes="fwd")
    with pytest.raises(ValueError, match="order must be"):
        check_grads(f, (X,), 0)
