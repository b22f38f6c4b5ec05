"""Properties over random shapes: broadcasting, indexing, and chains of them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from modes import jacfwd, jacrev, jvp, vjp

SHAPES = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.hypot, np.maximum, np.logaddexp, np.power]
UNARY = [np.sin, np.tanh, np.exp, np.square, np.negative, np.arctan]
PROFILE = settings(max_examples=60, deadline=None, derandomize=True)


def numbers(shape, seed):
    return np.random.default_rng(seed).uniform(0.5, 2.0, shape)


def agree(f, *args):
    """Both modes agree with each other and, by the dot-product test, with the transposed map."""
    every = tuple(range(len(args)))
    forward, reverse = jacfwd(f, every)(*args), jacrev(f, every)(*args)
    for a, b in zip(forward, reverse, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    tangents = tuple(numbers(np.shape(a), i) for i, a in enumerate(args))
    value, pushed = jvp(f, args, tangents)
    cotangent = numbers(np.shape(value), 99)
    pulled = vjp(f, *args)[1](cotangent)
    inner = sum(np.vdot(p, t) for p, t in zip(pulled, tangents, strict=True))
    np.testing.assert_allclose(np.vdot(cotangent, pushed), inner, rtol=1e-10, atol=1e-12)
    for p, a in zip(pulled, args, strict=True):
        assert np.shape(p) == np.shape(a)


@PROFILE
@given(SHAPES, st.sampled_from(BINARY), st.sampled_from(UNARY))
def test_broadcasting(shapes, binary, unary):
    a, b = (numbers(shape, i) for i, shape in enumerate(shapes.input_shapes))
    agree(lambda a, b: unary(binary(a, unary(b) + 2.0)) * a, a, b)


@PROFILE
@given(st.data(), hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
def test_basic_indexing(data, shape):
    key = data.draw(hnp.basic_indices(shape, allow_newaxis=True))
    x = numbers(shape, 0)
    agree(lambda x: x[key] * 2.0, x)

    def assigned(x):
        y = x * x
        y[key] = np.sin(x[key])
        return y + x

    agree(assigned, x)


@PROFILE
@given(st.data(), hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
def test_integer_array_indexing(data, shape):
    key = data.draw(hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=4)))
    x = numbers(shape, 0)
    agree(lambda x: x[key] ** 2, x)

    def assigned(x):
        y = x * 3.0
        y[key] = x[key] ** 2
        return y

    agree(assigned, x)


@PROFILE
@given(hnp.array_shapes(min_dims=0, max_dims=4, max_side=3), st.data())
def test_sums_over_any_axes(shape, data):
    axes = data.draw(
        st.none() | st.lists(st.integers(0, len(shape) - 1), unique=True).map(tuple) if shape else st.none()
    )
    keepdims = data.draw(st.booleans())
    agree(lambda x: np.sum(np.sin(x), axis=axes, keepdims=keepdims), numbers(shape, 0))


@PROFILE
@given(
    hnp.mutually_broadcastable_shapes(signature="(a,b),(b,c)->(a,c)", max_dims=2, max_side=3),
)
def test_stacks_of_products(shapes):
    a, b = (numbers(shape, i) for i, shape in enumerate(shapes.input_shapes))
    agree(lambda a, b: np.tanh(a @ b), a, b)
    agree(lambda a: a @ b, a)
    agree(lambda b: a @ b, b)
