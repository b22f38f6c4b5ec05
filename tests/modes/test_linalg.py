"""Linear algebra: identities of matrix calculus, exact values, and points where there is no derivative."""

import numpy as np
import pytest

from modes import DifferentiationError, grad, hessian, jacfwd, jacrev, jvp, vjp

la = np.linalg
RNG = np.random.default_rng(0)
A = RNG.normal(size=(4, 4)) + 3 * np.eye(4)
S = A @ A.T / 8 + np.eye(4)
UNIT = np.eye(4)

both = pytest.mark.parametrize("jac", [jacfwd, jacrev], ids=["forward", "reverse"])


def close(actual, expected, rtol=1e-12):
    np.testing.assert_allclose(
        actual, expected, rtol=rtol, atol=rtol * max(1.0, np.abs(expected).max(initial=0))
    )


# --- identities (Petersen and Pedersen, The Matrix Cookbook, 2012, by equation) -----------------------------


@both
def test_inverse(jac):  # (60)
    y = la.inv(A)
    close(jac(la.inv)(A), -np.einsum("ij,kl->iljk", y, y))


@both
def test_log_determinant(jac):  # (57)
    close(jac(lambda x: la.slogdet(x)[1])(A), la.inv(A).T)


@both
def test_determinant(jac):  # (49)
    close(jac(la.det)(A), la.det(A) * la.inv(A).T)


def test_second_derivative_of_log_determinant():
    y = la.inv(A)
    close(hessian(lambda x: la.slogdet(x)[1])(A), -np.einsum("li,jk->ijkl", y, y))


@both
def test_trace_of_product(jac):  # (100)
    b = RNG.normal(size=(4, 4))
    close(jac(lambda x: np.trace(x @ b))(A), b.T)


@both
def test_quadratic_form(jac):  # (81)
    x = RNG.normal(size=4)
    close(jac(lambda x: x @ A @ x)(x), (A + A.T) @ x)


@both
def test_trace_of_inverse(jac):  # (64)
    y = la.inv(A)
    close(jac(lambda x: np.trace(la.inv(x)))(A), -(y @ y).T)


@both
def test_trace_of_power(jac):  # (121)
    close(jac(lambda x: np.trace(la.matrix_power(x, 3)))(A), 3 * la.matrix_power(A, 2).T)


@both
def test_eigenvalues(jac):  # (67), for the triangle that is read
    v = la.eigh(S)[1]
    full = np.einsum("ik,jk->kij", v, v)
    expected = np.tril(full) + np.tril(full.swapaxes(1, 2), -1)
    close(jac(la.eigvalsh)(S), expected)
    close(jac(lambda x: la.eigvalsh((x + x.T) / 2))(S), full)


@both
def test_singular_values(jac):
    u, _, vh = la.svd(A)
    close(jac(la.svdvals)(A), np.einsum("ik,kj->kij", u, vh))


@both
def test_frobenius_norm(jac):
    close(jac(la.norm)(A), A / la.norm(A))


@both
def test_nuclear_norm(jac):
    u, _, vh = la.svd(A)
    close(jac(lambda x: la.norm(x, "nuc"))(A), u @ vh)


@both
def test_solution(jac):
    b = RNG.normal(size=4)
    y, x = la.inv(A), la.solve(A, b)
    close(jac(lambda b: la.solve(A, b))(b), y)
    close(jac(lambda a: la.solve(a, b))(A), -np.einsum("ij,k->ijk", y, x))


@both
def test_cholesky_of_two_by_two(jac):
    a, b, c = 4.0, 2.0, 3.0
    root = np.sqrt(c - b * b / a)
    expected = np.zeros((2, 2, 2, 2))
    expected[0, 0, 0, 0] = 1 / (2 * np.sqrt(a))
    expected[1, 0] = [[-b / (2 * a**1.5), 0], [1 / np.sqrt(a), 0]]
    expected[1, 1] = np.array([[b * b / (a * a), 0], [-2 * b / a, 1]]) / (2 * root)
    close(jac(la.cholesky)(np.array([[a, b], [b, c]])), expected)


@both
def test_determinant_of_vandermonde_matrix(jac):
    """A product of differences: ∂ log|det| / ∂x_i = Σ_j 1/(x_i - x_j)."""
    x = np.array([0.5, -1.0, 2.0, 1.3])
    gaps = x[:, None] - x + np.where(np.eye(4), np.inf, 0)
    close(jac(lambda x: la.slogdet(np.vander(x))[1])(x), (1 / gaps).sum(1), rtol=1e-11)


@both
def test_pseudo_inverse_is_a_projection(jac):
    """A A⁺ of a wide matrix is I, so its derivative is 0; A⁺ A A⁺ = A⁺."""
    wide = RNG.normal(size=(2, 4))
    close(jac(lambda x: x @ la.pinv(x))(wide), np.zeros((2, 2, 2, 4)))
    close(jac(lambda x: la.pinv(x) @ x @ la.pinv(x))(wide), jac(la.pinv)(wide), rtol=1e-11)


@both
def test_decompositions_multiply_to_the_matrix(jac):
    identity = np.eye(12).reshape(4, 3, 4, 3)
    tall = RNG.normal(size=(4, 3))

    def from_svd(x):
        u, s, vh = la.svd(x, full_matrices=False)
        return (u * s) @ vh

    close(jac(from_svd)(tall), identity, rtol=1e-11)
    close(jac(lambda x: np.matmul(*la.qr(x)))(tall), identity, rtol=1e-11)
    close(jac(lambda x: np.matmul(*la.qr(x.T)))(tall).transpose(1, 0, 2, 3), identity, rtol=1e-11)


@both
def test_least_squares_is_linear_in_the_right_hand_side(jac):
    tall, b = RNG.normal(size=(5, 3)), RNG.normal(size=5)
    close(jac(lambda b: la.lstsq(tall, b)[0])(b), la.pinv(tall))
    close(jac(lambda b: la.lstsq(tall, b)[1])(b), 2 * (b - tall @ la.pinv(tall) @ b)[None])


# --- determinants of singular matrices, exactly -------------------------------------------------------------


@both
def test_adjugate_of_singular_matrix(jac):
    a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]])
    close(jac(la.det)(a), np.array([[3.0, -6.0, 3.0], [3.0, -6.0, 3.0], [-3.0, 6.0, -3.0]]), rtol=1e-13)


@both
def test_determinant_at_zero(jac):
    close(jac(la.det)(np.zeros((2, 2))), np.zeros((2, 2)))
    close(jac(la.det)(np.zeros((1, 1))), np.ones((1, 1)))
    close(jac(la.det)(np.diag([0.0, 2.0, 3.0])), np.diag([6.0, 0.0, 0.0]))


def test_second_derivative_of_determinant_at_rank_one():
    a = np.outer([1.0, 2.0], [3.0, -1.0])
    expected = np.zeros((2, 2, 2, 2))
    expected[0, 0, 1, 1] = expected[1, 1, 0, 0] = 1
    expected[0, 1, 1, 0] = expected[1, 0, 0, 1] = -1
    close(hessian(la.det)(a), expected)


def test_third_derivative_of_determinant_at_zero():
    """A determinant of three rows is a sum of signed products: its third derivative holds the signs."""
    third = jacfwd(hessian(la.det))(np.zeros((3, 3)))
    assert third[0, 0, 1, 1, 2, 2] == pytest.approx(1)
    assert third[0, 1, 1, 0, 2, 2] == pytest.approx(-1)
    assert np.count_nonzero(np.abs(third) > 1e-9) == 36


def test_determinant_that_underflows():
    close(grad(la.det)(1e-200 * np.eye(2)) * 1e200, np.eye(2))


@both
def test_determinant_of_nearly_singular_matrix(jac):
    """[[1, 1], [1, 1 + e]]: the cofactors are exact, whatever the condition."""
    a = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-14]])
    close(jac(la.det)(a), np.array([[a[1, 1], -1.0], [-1.0, 1.0]]), rtol=1e-14)


# --- ties and zeros -----------------------------------------------------------------------------------------


@both
def test_equal_eigenvalues_share(jac):
    close(jac(lambda x: la.eigvalsh(x)[0])(np.eye(2)), np.eye(2) / 2)
    rotation = la.qr(RNG.normal(size=(3, 3)))[0]
    a = (rotation * [1.0, 1.0, 2.0]) @ rotation.T  # equal up to rounding only
    projector = rotation[:, :2] @ rotation[:, :2].T / 2
    values = jac(lambda x: la.eigvalsh((x + x.T) / 2))(a)
    close(values[0], projector)
    close(values[1], projector)
    close(jac(lambda x: np.sum(la.eigvalsh((x + x.T) / 2) ** 2))(a), 2 * a)


@both
def test_vectors_of_equal_eigenvalues_have_no_derivative(jac):
    rotation = la.qr(RNG.normal(size=(3, 3)))[0]
    for a in (np.eye(3), (rotation * [1.0, 1.0, 2.0]) @ rotation.T):
        assert np.isnan(jac(lambda x: la.eigh(x)[1][:, 0])(a)[:, np.tri(3, dtype=bool)]).all()
        assert np.isnan(jac(lambda x: la.svd(x)[0][:, -1])(a)).all()


@both
def test_vector_of_single_eigenvalue_among_equal_ones(jac):
    derivative = jac(lambda x: la.eigh((x + x.T) / 2)[1][:, 2])(np.diag([1.0, 1.0, 3.0]))
    expected = np.zeros((3, 3, 3))
    expected[0, 0, 2] = expected[0, 2, 0] = expected[1, 1, 2] = expected[1, 2, 1] = 1 / 4
    close(derivative * la.eigh(np.diag([1.0, 1.0, 3.0]))[1][2, 2], expected)


@both
def test_spectral_norm(jac):
    close(jac(lambda x: la.norm(x, 2))(np.outer([3.0, 0.0], [0.0, 1.0, 0.0])), [[0, 1, 0], [0, 0, 0]])
    close(jac(lambda x: la.norm(x, 2))(np.eye(2)), np.eye(2) / 2)
    for ord in (2, "nuc", "fro"):
        assert not jac(lambda x, ord=ord: la.norm(x, ord))(np.zeros((2, 2))).any()


@both
def test_vectors_of_zero_singular_value_have_no_derivative(jac):
    at = np.diag([3.0, 2.0, 0.0])
    assert np.isnan(jac(lambda x: la.svd(x).U[:, 2])(at)).all()
    assert np.isfinite(jac(lambda x: la.svd(x).U[:, 0])(at)).all()


def test_second_derivative_at_equal_eigenvalues_is_not_a_number():
    assert np.isnan(hessian(lambda x: la.eigvalsh(x)[0])(np.eye(2))).any()


@both
def test_zero_singular_value(jac):
    close(jac(lambda x: la.norm(x, "nuc"))(np.diag([2.0, 0.0])), np.diag([1.0, 0.0]))


@both
@pytest.mark.parametrize("ord", [None, 2, 3, 1, np.inf])
def test_norm_at_zero(jac, ord):
    assert not jac(lambda x: la.norm(x, ord))(np.zeros(3)).any()


@both
def test_norm_of_rows_of_which_one_is_zero(jac):
    rows = jac(lambda x: la.norm(x, axis=1))(np.array([[0.0, 0.0], [3.0, 4.0]]))
    close(rows[1, 1], [0.6, 0.8])
    assert not rows[0].any()


def test_norm_of_order_zero_is_constant():
    value, slope = jvp(lambda x: la.norm(x, 0), (np.array([0.0, 2.0, 3.0]),), (np.ones(3),))
    assert (value, slope) == (2, 0)


# --- only one triangle is read ------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("function", "lower"),
    [
        (la.cholesky, True),
        (lambda x: la.cholesky(x, upper=True), False),
        (la.eigvalsh, True),
        (lambda x: la.eigvalsh(x, UPLO="U"), False),
        (la.eigh, True),
        (lambda x: la.eigh(x, "U"), False),
    ],
)
def test_other_triangle_counts_for_nothing(jac, function, lower):
    other = np.triu(np.ones((4, 4), bool), 1) if lower else np.tril(np.ones((4, 4), bool), -1)
    at = np.where(other, np.nan, S)
    for derivative, same in zip(leaves(jac(function)(at)), leaves(jac(function)(S)), strict=True):
        np.testing.assert_array_equal(derivative, same)
        assert not derivative[..., other].any()


def leaves(result):
    return list(result) if isinstance(result, tuple) else [result]


# --- refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "point", "message"),
    [
        (lambda x: la.slogdet(x)[1], np.ones((2, 2)), "singular"),
        (la.cond, np.zeros((2, 2)), "singular"),
        (la.pinv, np.ones((3, 2)), "rank"),
        (lambda x: la.lstsq(x, np.ones(3))[0], np.ones((3, 2)), "rank"),
        (la.qr, np.ones((3, 2)), "linearly dependent"),
        (lambda x: la.qr(x, mode="complete"), np.eye(3)[:, :2], "mode"),
        (lambda x: la.qr(x, mode="raw"), np.eye(3), "mode"),
        (la.eig, np.eye(2), "eigh"),
        (lambda x: la.inv(x + 0), np.ones((2, 3)), "square"),
        (lambda x: la.eigvalsh(x, "Q"), np.eye(2), "UPLO"),
        (lambda x: la.norm(x, "nuc"), np.ones(3), "nuc"),
        (lambda x: la.norm(x, 2), np.ones((2, 2, 2)), "axis"),
        (lambda x: la.pinv(x, 1e-3, rtol=1e-3), np.eye(2), "both"),
        (lambda x: la.tensorsolve(x, np.ones(2)), np.ones((2, 3)), "square"),
        (lambda x: la.solve(x, x[0] * 1j), np.eye(2), "complex"),
    ],
)
def test_refused(call, point, message):
    for transform in (jacfwd, jacrev):
        with pytest.raises((DifferentiationError, ValueError, la.LinAlgError), match=message):
            transform(call)(point)


def test_null_space_of_full_svd():
    tall = RNG.normal(size=(4, 2))
    with pytest.raises(DifferentiationError, match="full_matrices=False"):
        vjp(lambda x: la.svd(x)[0], tall)[1](np.ones((4, 4)))
    tangent = jvp(lambda x: la.svd(x)[0], (tall,), (tall,))[1]
    assert np.isnan(tangent[:, 2:]).all()
    assert np.isfinite(tangent[:, :2]).all()


def test_singular_matrix_raises_as_in_numpy():
    for call in (la.inv, lambda x: la.solve(x, np.ones(2))):
        with pytest.raises(la.LinAlgError, match="Singular"):
            jacrev(call)(np.ones((2, 2)))


# --- stacks, types, emptiness -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function", [la.inv, la.det, la.pinv, la.cholesky, la.eigvalsh, la.svdvals, lambda x: la.slogdet(x)[1]]
)
def test_stack_is_each_matrix_alone(function):
    stack = np.stack([S, S + np.eye(4), 2 * S]).reshape(3, 1, 4, 4)
    rows = jacrev(function)(stack)
    for i in range(3):
        alone = jacrev(function)(stack[i, 0])
        close(rows[(i, 0)][..., i, 0, :, :], alone, rtol=1e-13)
        assert not np.delete(rows[(i, 0)], i, axis=-4).any()


def test_solve_takes_b_for_a_vector_only_with_one_axis():
    stack, b = np.stack([A, S]), RNG.normal(size=(2, 4, 3))
    assert jacrev(la.solve, 1)(stack, b).shape == (2, 4, 3, 2, 4, 3)
    assert jacrev(la.solve, 1)(stack, b[0, :, 0]).shape == (2, 4, 4)
    assert jacrev(la.solve, 1)(A, b[0]).shape == (4, 3, 4, 3)


@pytest.mark.parametrize("function", [la.inv, la.det, la.cholesky, la.eigvalsh, la.svdvals, la.norm, la.pinv])
def test_single_precision_stays(function):
    at = S.astype(np.float32)
    assert jacfwd(function)(at).dtype == np.float32
    assert jacrev(function)(at).dtype == np.float32


def test_empty_matrices():
    assert grad(la.det)(np.zeros((0, 0))).shape == (0, 0)
    assert grad(lambda x: la.norm(x, "nuc"))(np.zeros((0, 3))).shape == (0, 3)
    assert grad(lambda x: la.norm(x, np.inf))(np.zeros(0)).shape == (0,)
    assert jacrev(la.inv)(np.zeros((2, 0, 0))).shape == (2, 0, 0, 2, 0, 0)


def test_nan_propagates():
    a = np.array([[1.0, np.nan], [0.0, 1.0]])
    with np.errstate(all="ignore"):
        assert np.isnan(grad(la.det)(a)).any()
        assert np.isnan(grad(la.norm)(a)).all()
        assert np.isnan(jacrev(la.inv)(a)).any()


def test_results_keep_their_names():
    def names(x):
        assert la.eigh(x)._fields == ("eigenvalues", "eigenvectors")
        assert la.slogdet(x)._fields == ("sign", "logabsdet")
        assert la.svd(x)._fields == ("U", "S", "Vh")
        assert la.qr(x)._fields == ("Q", "R")
        assert la.slogdet(x).sign == 1
        return la.matrix_rank(x) * x[0, 0]

    assert grad(names)(S)[0, 0] == 4


@pytest.mark.parametrize("order", [(jacfwd, jacrev), (jacrev, jacfwd), (jacfwd, jacfwd), (jacrev, jacrev)])
@pytest.mark.parametrize("shapes", [((2, 0), (0, 3)), ((0, 3), (3, 3)), ((0, 2), (2, 0))])
def test_products_with_empty_matrices_twice(order, shapes):
    one, other = order

    def f(x):
        a, b = (np.resize(x, shape) if np.prod(shape) else np.reshape(x[:0], shape) for shape in shapes)
        return np.concatenate([np.ravel(a @ b), x**2])

    x = np.arange(1.0, 10.0)
    expected = 2 * np.einsum("ij,jk->ijk", np.eye(9), np.eye(9))
    np.testing.assert_array_equal(one(other(f))(x)[-9:], expected)
