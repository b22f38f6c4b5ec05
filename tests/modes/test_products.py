"""Products: `einsum` against NumPy on drawn subscripts, chains, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modes import DifferentiationError, grad, jacfwd, jacrev, jvp, vjp

RNG = np.random.default_rng(0)
PLAIN = np.zeros((2, 2))


@st.composite
def contractions(draw):
    """Subscripts with repeats, ellipses, lone labels and axes of length one, and arrays that fit them."""
    lengths = {label: draw(st.integers(1, 3)) for label in "abcd"}
    stack = draw(st.lists(st.integers(1, 3), max_size=2))
    terms, arrays = [], []
    for _ in range(draw(st.integers(1, 3))):
        term = draw(st.lists(st.sampled_from("abcd"), max_size=3))
        shape = [lengths[label] for label in term]
        if term and term.count(term[0]) == 1 and draw(st.integers(0, 4)) == 0:
            shape[0] = 1  # broadcasts
        if draw(st.booleans()):
            place = draw(st.integers(0, len(term)))
            front = stack[draw(st.integers(0, len(stack))) :]
            shape[place:place] = front
            term.insert(place, "...")
        terms.append("".join(term))
        arrays.append(np.random.default_rng(len(terms)).normal(size=shape))
    text = ",".join(terms)
    if draw(st.booleans()):
        used = sorted({label for label in text if label in "abcd"})
        out = draw(st.permutations(used))[: draw(st.integers(0, len(used)))]
        text += "->" + ("..." if "..." in text else "") + "".join(out)
    return text, arrays, draw(st.sampled_from([False, True, "optimal"]))


@settings(max_examples=150, deadline=None)
@given(contractions())
def test_einsum_of_any_form(case):
    text, arrays, optimize = case
    expected = np.einsum(text, *arrays)

    def call(*operands):
        return np.einsum(text, *operands, optimize=optimize)

    tangents = [np.cos(a) for a in arrays]
    value, pushed = jvp(call, tuple(arrays), tuple(tangents))
    assert np.shape(value) == expected.shape
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)
    swapped = [[*arrays[:i], t, *arrays[i + 1 :]] for i, t in enumerate(tangents)]
    np.testing.assert_allclose(
        pushed, sum(np.einsum(text, *each) for each in swapped), rtol=1e-11, atol=1e-11
    )
    cotangent = np.sin(np.arange(expected.size) + 1.0).reshape(expected.shape)
    pulled = vjp(call, *arrays)[1](cotangent)
    inner = sum(np.vdot(p, t) for p, t in zip(pulled, tangents, strict=True))
    np.testing.assert_allclose(np.vdot(cotangent, pushed), inner, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.einsum("ij,jk->il", x, x), "output"),
        (lambda x: np.einsum("i->ii", x[0]), "output"),
        (lambda x: np.einsum("ij,jk", x, np.eye(3)), "lengths 2 and 3"),
        (lambda x: np.einsum("ii", x[:1] * np.ones((1, 2))), "lengths 1 and 2"),
        (lambda x: np.einsum("ij", x, x), "2 operands"),
        (lambda x: np.einsum("ijk", x), "axes"),
        (lambda x: np.einsum("i$", x), "letters"),
        (lambda x: np.einsum("i...->i", x), "ellipsis"),
        (lambda x: np.einsum(x, [0, 77]), "0 to 51"),
        (lambda x: np.einsum("ij->ji", x, out=PLAIN), "out"),
        (lambda x: np.einsum("ij,jk", x, np.eye(2) * 1j), "complex"),
        (lambda x: np.dot(x, np.ones(3)), "mismatch"),
        (lambda x: np.tensordot(x, np.ones((3, 3))), "mismatch"),
        (lambda x: np.matvec(x, np.ones(2), axes=[(0, 1), 0, 0]), "np.moveaxis"),
        (lambda x: np.cross(np.ones(4), x[0]), "2 or 3"),
        (lambda x: np.linalg.cross(x[0], x[1]), "3 entries"),
        (lambda x: np.linalg.outer(x, x), "vectors"),
        (lambda x: np.linalg.multi_dot([x]), "two"),
        (lambda x: np.linalg.matrix_power(x, 1.5), "integer"),
        (lambda x: np.diagonal(x[0]), "two axes"),
        (lambda x: np.diagonal(x, 0, 1, 1), "same"),
        (lambda x: np.fill_diagonal(PLAIN, x), "plain array"),
        (lambda x: np.convolve(x[0], x[1], "some"), "mode"),
        (lambda x: np.polymul(x[0] - x[0], x[1]), "leading coefficient"),
        (lambda x: np.polydiv(x[0], x[1]), "lstsq"),
        (lambda x: np.polyfit(x[0], x[1], 1, full=True), "full"),
    ],
)
def test_refused(call, message):
    for transform in (jacfwd, jacrev):
        with pytest.raises((DifferentiationError, ValueError, TypeError), match=message):
            transform(call)(np.array([[1.0, 2.0], [3.0, 5.0]]))


def test_chain_with_a_vector():
    """A chain with a vector in front multiplies vectors by matrices only."""
    x = RNG.normal(size=300)
    rest = [RNG.normal(size=(300, 300)) / 17 for _ in range(12)]
    expected = x
    for matrix in rest:
        expected = expected @ matrix
    value, tangent = jvp(lambda x: np.linalg.multi_dot([x, *rest]), (x,), (x,))
    np.testing.assert_allclose(value, expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(tangent, expected, rtol=1e-10, atol=1e-10)


def test_diagonals_and_triangles_are_selections():
    """Not products with zeros, which would turn an infinite (co)tangent into NaN elsewhere."""
    x = np.ones((2, 2))
    tangent = np.array([[1.0, np.inf], [np.nan, 2.0]])
    assert jvp(np.trace, (x,), (tangent,))[1] == 3
    assert jvp(lambda x: np.einsum("ii", x), (x,), (tangent,))[1] == 3
    np.testing.assert_array_equal(jvp(np.triu, (x,), (tangent,))[1], [[1, np.inf], [0, 2]])
    pulled = vjp(np.diagonal, x)[1](np.array([np.inf, np.nan]))[0]
    np.testing.assert_array_equal(pulled, [[np.inf, 0], [0, np.nan]])
    np.testing.assert_array_equal(jvp(np.diag, (x[0],), (tangent[0],))[1], [[1, 0], [0, np.inf]])


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) >= "2.5.0", reason="NumPy takes three entries from then on"
)
@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize("shapes", [((2,), (2,)), ((2,), (3,)), ((4, 3), (2,))])
def test_cross_of_vectors_of_two(shapes):
    a, b = (RNG.normal(size=shape) for shape in shapes)
    value, tangent = jvp(np.cross, (a, b), (a, b))
    np.testing.assert_allclose(value, np.cross(a, b), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(tangent, 2 * np.cross(a, b), rtol=1e-13, atol=1e-14)
    pulled = vjp(np.cross, a, b)[1](value)
    inner = np.vdot(pulled[0], a) + np.vdot(pulled[1], b)
    assert inner == pytest.approx(np.vdot(value, tangent), rel=1e-13)


def test_convolution_with_a_long_signal():
    """The derivative with respect to a signal is a correlation with the filter, not a matrix of all pairs."""
    signal, taps = RNG.normal(size=100_000), RNG.normal(size=7)
    gradient = grad(lambda s: np.sum(np.convolve(s, taps, "same")[:50_000]))(signal)
    assert gradient[100] == pytest.approx(taps.sum(), rel=1e-12)
    assert not gradient[50_010:].any()


def test_polynomial_derivative_is_polyder():
    p, x = np.array([2.0, -1.0, 0.5, 3.0]), 0.7
    assert grad(lambda x: np.polyval(p, x))(x) == pytest.approx(np.polyval(np.polyder(p), x), rel=1e-14)
    np.testing.assert_allclose(grad(lambda p: np.polyval(p, x))(p), x ** np.array([3, 2, 1, 0]), rtol=1e-14)


def test_line_through_points():
    """Slope of a fitted line: ∂/∂y_i = (x_i - mean) / Σ (x_j - mean)²."""
    x, y = np.array([0.0, 1.0, 2.0, 4.0]), RNG.normal(size=4)
    centred = x - x.mean()
    np.testing.assert_allclose(
        jacrev(lambda y: np.polyfit(x, y, 1)[0])(y), centred / (centred @ centred), rtol=1e-12
    )


def test_object_arrays_and_lists_of_traced_numbers():
    weights = np.array([[1.0, 2.0], [3.0, 4.0]])
    for make in (list, np.array, np.stack):
        value = jacrev(lambda x, make=make: np.dot(weights, make([x[0] * x[1], x[1]])))(np.array([2.0, 3.0]))
        np.testing.assert_allclose(value, weights @ [[3.0, 2.0], [0.0, 1.0]], rtol=1e-15)


def test_views_of_a_diagonal_are_written_through():
    def f(x):
        y = x * 1.0
        np.einsum("ii->i", y)[...] = x[0] * 2
        return y

    derivative = jacrev(f)(np.ones((2, 2)))
    np.testing.assert_array_equal(derivative[1, 1], [[0, 2], [0, 0]])
    np.testing.assert_array_equal(derivative[0, 1], [[0, 1], [0, 0]])
