"""Nothing silently wrong: for every case, the right Jacobian or an exception that says what to do."""

import contextlib
import math

import numpy as np
import pytest

from modes import (
    DifferentiationError,
    Dual,
    TracedConversionError,
    grad,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
)

X = np.array([0.5, 2.0, 1.0])
OUTSIDE = np.zeros(3)  # made outside of any f
BOTH = pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian], ids=["forward", "reverse", "auto"])


PLAIN = np.zeros(3)  # made outside: what f makes itself takes traced values


def assign_plain(x):
    y = PLAIN
    y[0] = x[1]
    return y


def add_to_plain(x):
    y = PLAIN
    y += x
    return y


def out_plain(x):
    np.multiply(x, x, out=PLAIN)
    return PLAIN


REFUSED = {
    "float()": (lambda x: float(x[0]), TracedConversionError, "np.sin for math.sin"),
    "math.sin": (lambda x: math.sin(x[0]), TracedConversionError, "np.sin for math.sin"),
    "math.floor": (lambda x: math.floor(x[0]), TracedConversionError, "np.floor"),
    "int()": (lambda x: x * int(x[1]), TracedConversionError, r"astype\(int\)"),
    "complex()": (lambda x: complex(x[0]), TracedConversionError, "real and imaginary parts"),
    "range()": (lambda x: [x for _ in range(x[1])], TracedConversionError, r"astype\(int\)"),
    "index": (lambda x: x[x[1]], DifferentiationError, r"astype\(int\)"),
    "item of a plain array": (assign_plain, DifferentiationError, "np.zeros_like"),
    "plain += traced": (add_to_plain, DifferentiationError, r"array = array \+ traced"),
    "out= a plain array": (out_plain, DifferentiationError, "np.zeros_like"),
    "fromiter": (lambda x: np.fromiter((t * t for t in x), float), DifferentiationError, "np.stack"),
    "complex constant": (lambda x: x * 1j, DifferentiationError, "two real arrays"),
    "complex array": (lambda x: x * np.array([1j, 2, 3]), DifferentiationError, "two real arrays"),
    "complex product": (lambda x: np.full((2, 3), 1j) @ x, DifferentiationError, "two real arrays"),
    "astype complex": (lambda x: x.astype(complex), DifferentiationError, "real floating"),
    "fft": (np.fft.fft, DifferentiationError, "complex"),
    "matrix": (lambda x: np.matrix(np.eye(3)) * x, DifferentiationError, "np.asarray"),
    "masked array": (lambda x: np.ma.masked_array(X, [0, 1, 0]) * x, DifferentiationError, "filled"),
    "ufunc where=": (lambda x: np.sin(x, where=X > 0.7), DifferentiationError, "np.where"),
    "ufunc.at": (lambda x: np.add.at(OUTSIDE, [0], x[0]), DifferentiationError, "np.zeros_like"),
    "no rule": (lambda x: np.unique(x), DifferentiationError, "np.sort"),
    "unknown ufunc": (lambda x: np.frompyfunc(abs, 1, 1)(x), DifferentiationError, "no rule"),
    "None": (lambda x: None, DifferentiationError, "return statement"),
    "text": (lambda x: "y", DifferentiationError, "real arrays"),
    "complex result": (lambda x: np.ones(2) * 1j, DifferentiationError, "complex128"),
    "ragged": (
        lambda x: np.array([x[0], x[:2]], dtype=object),
        DifferentiationError,
        "different shapes",
    ),
    "unknown attribute": (lambda x: x.strides, AttributeError, "stop_gradient"),
    "truth of an array": (lambda x: x if x else 0, ValueError, "ambiguous"),
    "pickle": (lambda x: __import__("pickle").dumps(x), DifferentiationError, "stop_gradient"),
}


@BOTH
@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_refused_with_the_way_out(case, jac):
    f, error, way_out = REFUSED[case]
    with pytest.raises(error, match=way_out):
        jac(f)(X)
    assert np.array_equal(jac(np.square)(X), np.diag(2 * X)), "the next call is not spoilt"


def out_traced(x):
    y = np.zeros_like(x)
    np.multiply(x, x, out=y)
    return y


def loop_of_scalars(x):
    product = 1.0
    for xi in x:
        product *= xi
    return product


def recursion(x, depth=3):
    return x if depth == 0 else recursion(x * x, depth - 1)


D = np.diag
ODD = np.array([0.1, 0.2, 0.3], np.float32)
PIXELS, U200 = np.array([200, 100, 0], np.uint8), np.uint8(200)
RIGHT = {
    "asarray": (lambda x: np.asarray(x) * 2, 2 * np.eye(3)),
    "array of a traced array": (lambda x: np.array(x) ** 2, D(2 * X)),
    "array of scalars": (lambda x: np.array([x[0] * x[1], np.log(x[2])]), [[2, 0.5, 0], [0, 0, 1]]),
    "nested lists": (lambda x: np.array([[x[0], 1.0], [0.0, x[2]]]) @ np.ones(2), [[1, 0, 0], [0, 0, 1]]),
    "plain matrix @ array of scalars": (lambda x: np.ones((1, 2)) @ np.array([x[0], x[2]]), [[1, 0, 1]]),
    "ufunc of scalars": (lambda x: np.exp(np.array([x[0], x[2]])), [[np.exp(0.5), 0, 0], [0, 0, np.e]]),
    "list with a list met by traced": (lambda x: x * [1.0, 2.0, 3.0], D([1.0, 2, 3])),
    "mean of a list": (lambda x: np.mean([x[0], x[1] ** 2]), [0.5, 2, 0]),
    "variance of a list": (lambda x: np.var([x[0], x[1]]), [-0.75, 0.75, 0]),
    "deviation of a list": (lambda x: np.std([x[0], x[1]]), [-0.5, 0.5, 0]),
    "norm of a list": (lambda x: np.linalg.norm([3 * x[1], 4 * x[1]]), [0, 5, 0]),
    "products of lists": (lambda x: np.dot([x[0], x[1]], [2.0, x[2]]) + np.prod([x[0], x[2]]), [3, 1, 2.5]),
    "sum()": (sum, [1, 1, 1]),
    "max()": (max, [0, 1, 0]),
    "unpacking": (lambda x: (lambda a, b, c: a * b * c)(*x), [2, 0.5, 1]),
    "loop": (loop_of_scalars, [2, 0.5, 1]),
    "recursion": (recursion, D(8 * X**7)),
    "branch": (lambda x: x[0] if x[0] < x[1] else x[2], [1, 0, 0]),
    "membership": (lambda x: x[1] if x[0] in [0.5] else x[2], [0, 1, 0]),
    "comparison as mask": (lambda x: x[x > 0.7], [[0, 1, 0], [0, 0, 1]]),
    "mask times value": (lambda x: (x > 0.7) * x, D([0, 1.0, 1])),
    "round()": (lambda x: round(x[1]) + x[0], [1, 0, 0]),
    "floor": (lambda x: np.floor(x) * x, D(np.floor(X))),
    "astype(int) as index": (lambda x: x[x.astype(int)][1], [0, 0, 1]),
    "stop_gradient": (lambda x: x * stop_gradient(x), D(X)),
    "format": (lambda x: (f"{x[0]:.2f}", x)[1], np.eye(3)),
    "out= a traced array": (out_traced, D(2 * X)),
    "np.float64 on the left": (lambda x: np.float64(2.0) * x[0] + np.float64(1.0) - x[1], [2, -1, 0]),
    "python int power": (lambda x: x**3, D(3 * X**2)),
    "reflected power": (lambda x: 2**x, D(np.log(2) * 2**X)),
    "reflected division": (lambda x: 1 / x, D(-1 / X**2)),
    "divmod": (lambda x: divmod(x, 0.3)[1], np.eye(3)),
    "constant": (lambda x: np.ones(2), np.zeros((2, 3))),
    "integer result": (lambda x: np.argmax(x), np.zeros(3)),
    "identity": (lambda x: x, np.eye(3)),
    "same operand twice": (lambda x: x * x + x / x - x, D(2 * X - 1)),
    "scalar 0-d result": (lambda x: np.array(x[0] * 2), [2, 0, 0]),
    "vectorize": (lambda x: np.vectorize(lambda t: t * t)(x), D(2 * X)),
    "tolist": (lambda x: np.stack(x.tolist()), np.eye(3)),
    "item": (lambda x: x[1:2].item() * x, [[2, 0.5, 0], [0, 4, 0], [0, 1, 2]]),
    "untaken root": (lambda x: np.where(x > 0.5, np.sqrt(x - 0.5), 0.0), D([0, 0.5 / 1.5**0.5, 0.5**0.5])),
    "untaken root, moved": (
        lambda x: np.where(x[:, None] > 0.5, np.sqrt(x - 0.5)[:, None], 0.0).T.ravel(),
        D([0, 0.5 / 1.5**0.5, 0.5**0.5]),
    ),
    "sum of a number along its axis": (lambda x: x[1].sum(axis=0) * x[0].max(axis=-1), [2, 0.5, 0]),
    "untaken logarithm": (lambda x: np.where(x > 0.5, np.log(x - 0.5), x), D([1, 1 / 1.5, 2])),
    "masks and pixels": (lambda x: x * (X > 0.7) + x * (X > 0) + x * PIXELS * PIXELS, D([40001, 10002, 2.0])),
    "small integers": (lambda x: x * 3 * PIXELS + x * U200 + x * U200, D([1000.0, 700, 400])),
    "product of pixels": (lambda x: D(PIXELS) @ (D(PIXELS) @ x), D([40000.0, 10000, 0])),
    "sums of masks": (lambda x: np.ones((3, 3), bool) @ (np.ones((3, 3), bool) @ x), np.full((3, 3), 3)),
    "angle to pixels": (lambda x: np.arctan2(x, U200) * 40000.25, D(40000.25 * 200 / (X**2 + 40000))),
    "power of pixels": (lambda x: PIXELS[:1] ** x[0], [[200**0.5 * np.log(200), 0, 0]]),
    "cumulative of a scalar": (lambda x: np.cumsum(x[0], axis=-1) * np.cumprod(x[1], 0), [[2, 0.5, 0]]),
    "single precision": (lambda x: x * 0.3 * ODD * np.float32(1.5), D(0.45 * ODD.astype(float))),
    "single matrices": (lambda x: np.diag(ODD) @ (np.diag(ODD) @ x), D(ODD.astype(float) ** 2)),
    "scalar by a mask": (lambda x: x[0][x[0] > 0] * x[1], [[2, 0.5, 0]]),
    "compress": (lambda x: x.compress([True, False, True]), [[1, 0, 0], [0, 0, 1]]),
    "truncation of a product": (lambda x: np.trunc(x * 3) + x, np.eye(3)),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("case", RIGHT)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_right(case, jac):
    f, expected = RIGHT[case]
    np.testing.assert_allclose(jac(f)(X), expected, rtol=1e-14, atol=1e-15)


KINKS = {
    "abs": (np.abs, 0.0, 0.0),
    "maximum": (lambda x: np.maximum(x, 0.0), 0.0, 0.5),
    "minimum": (lambda x: np.minimum(0.0, x), 0.0, 0.5),
    "clip": (lambda x: np.clip(x, 0.0, 1.0), 0.0, 0.5),
    "sqrt": (np.sqrt, 0.0, np.inf),
    "cbrt": (np.cbrt, 0.0, np.inf),
    "power of half": (lambda x: x**0.5, 0.0, np.inf),
    "square at zero": (lambda x: x**2, 0.0, 0.0),
    "power zero at zero": (lambda x: x**0, 0.0, 0.0),
    "power one at zero": (lambda x: x**1.0, 0.0, 1.0),
    "exponent of zero": (lambda x: 0.0**x, 2.0, 0.0),
    "negative base": (lambda x: x**3, -2.0, 12.0),
    "nan through maximum": (lambda x: np.maximum(x, 1.0), np.nan, np.nan),
    "nan through sin": (np.sin, np.nan, np.nan),
    "inf through exp": (np.exp, np.inf, np.inf),
    "division by zero": (lambda x: x / 0, 1.0, np.inf),
}


@BOTH
@pytest.mark.parametrize("case", KINKS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_kinks_and_special_values(case, jac):
    f, at, expected = KINKS[case]
    np.testing.assert_equal(jac(f)(at), expected)


# Pairs of numbers, and the partials of each function by the first of them and by the second.
PAIRS = np.array([
    [2, 1, 1, -0.0, np.nan, 1, np.nan, np.inf, -np.inf],
    [1, 2, 1, 0.0, 1, np.nan, np.nan, np.inf, np.inf],
])  # fmt: skip
NO = np.nan
EXTREMES = {
    np.maximum: ([1, 0, 0.5, 0.5, NO, NO, NO, 0.5, 0], [0, 1, 0.5, 0.5, NO, NO, NO, 0.5, 1]),
    np.minimum: ([0, 1, 0.5, 0.5, NO, NO, NO, 0.5, 1], [1, 0, 0.5, 0.5, NO, NO, NO, 0.5, 0]),
    np.fmax: ([1, 0, 0.5, 0.5, 0, 1, 1, 0.5, 0], [0, 1, 0.5, 0.5, 1, 0, 1, 0.5, 1]),
    np.fmin: ([0, 1, 0.5, 0.5, 0, 1, 1, 0.5, 1], [1, 0, 0.5, 0.5, 1, 0, 1, 0.5, 0]),
}


@BOTH
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("function", EXTREMES, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_extremes_split_ties_and_know_nan(function, dtype, jac):
    a, b = PAIRS.astype(dtype)
    for position, known in enumerate(EXTREMES[function]):
        of_arrays = jac(function, position)
        for part in (slice(None), slice(2)):  # with ties, and without
            expected = np.diag(np.array(known[part], dtype))
            np.testing.assert_array_equal(of_arrays(a[part], b[part]), expected, strict=True)
        for i, partial in enumerate(known):
            assert of_arrays(a[i], b[i]).dtype == dtype
            np.testing.assert_equal(of_arrays(a[i], b[i]), dtype(partial))


@BOTH
def test_extremes_of_a_number_and_an_array(jac):
    others = np.array([1.0, np.nan, 2.0, 3.0])
    assert jac(lambda x: np.sum(np.fmax(x, others)))(2.0) == 1.0 + 1.0 + 0.5
    assert jac(lambda x: np.sum(np.fmin(others, x)))(2.0) == 1.0 + 0.5 + 1.0
    np.testing.assert_array_equal(jac(lambda x: np.maximum(x, 0))(others[[0, 2]] - 2.0), [[0, 0], [0, 0.5]])


@BOTH
@pytest.mark.parametrize(
    ("point", "dtype"),
    [
        (3, np.float64), (True, np.float64), (np.int32(3), np.float64), (np.array([1, 2]), np.float64),
        (np.array([True, False]), np.float64), (np.float32(1.5), np.float32),
        (np.array([1.5], np.float32), np.float32),
        (np.array(2.0), np.float64), (np.array([1.5], np.float16), np.float16), ([1, 2.0][1], np.float64),
    ],
)  # fmt: skip
def test_points_keep_value_and_precision(point, dtype, jac):
    result = jac(lambda x: 2.5 * np.tanh(x) ** 2 + x)(point)
    assert result.dtype == dtype
    value = np.asarray(point).astype(float)
    expected = 5.0 * np.tanh(value) * (1 - np.tanh(value) ** 2) + 1
    np.testing.assert_allclose(
        result, np.diag(expected) if value.ndim else expected, rtol=4 * np.finfo(dtype).eps
    )


@BOTH
@pytest.mark.parametrize(
    "point",
    [1j, np.ones(2) * 1j, "a", None, np.array(["a"]), object(), np.datetime64("2020-01-01"), np.ma.ones(2)],
)
def test_points_that_are_refused(point, jac):
    with pytest.raises(DifferentiationError, match="argument 0"):
        jac(lambda x: x)(point)


def test_derivatives_of_integers_are_floats():
    for jac in (jacfwd, jacrev, jacobian):
        largest, twice = jac(lambda x: (np.argmax(x), np.tile(x, 2)))(X)
        assert largest.dtype == twice.dtype == float


def test_leaked_values_are_refused_later():
    for jac in (jacfwd, jacrev, lambda f: lambda x: jvp(f, (x,), (x,)), lambda f: lambda x: linearize(f, x)):
        leak = []
        jac(lambda x, leak=leak: leak.append(x) or x * 2)(X)
        with pytest.raises(DifferentiationError, match="had returned"):
            jac(lambda x, leak=leak: x * leak[0])(X)


def test_a_level_is_not_spoilt_by_an_exception():
    def fails(x):
        with contextlib.suppress(TypeError):
            grad(lambda y: y * x * "a")(2.0)
        return x * grad(lambda y: y * y * x)(3.0)

    for derivative in (grad, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]):
        assert derivative(fails)(5.0) == 2 * 5.0 * 6.0


def test_perturbations_are_not_confused():
    d = [grad, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]]
    for outer in d:
        for inner in d:
            assert outer(lambda x, inner=inner: x * inner(lambda y: x + y)(1.0))(2.0) == 1.0
            assert outer(lambda x, inner=inner: x * inner(lambda y: x * y * y)(3.0))(2.0) == 24.0
            assert inner(lambda x, o=outer: o(lambda y: y * x)(x) * x)(3.0) == 6.0
            for third in d:
                value = outer(lambda x, i=inner, t=third: i(lambda y: t(lambda z: x * y**2 * z**3)(y))(x))(
                    2.0
                )
                assert value == 48 * 2.0**3  # d/dx of 12 x⁴, which is d/dy of 3 x y⁴ at y = x


def test_constants_changed_after_they_were_recorded():
    for size in (3, 20_000):  # small operands are copied; large ones are locked for the time of the call
        scale = np.full(size, 2.0)

        def f(x, scale=scale):
            y = (x * scale).sum()
            scale[0] = 99.0
            return y

        at = np.ones(size)
        if size == 3:
            np.testing.assert_array_equal(grad(f)(at), np.full(3, 2.0))
        else:
            with pytest.raises(DifferentiationError, match="changed in place"):
                grad(f)(at)
        assert scale.flags.writeable


def test_an_inner_differentiation_does_not_unlock_what_the_outer_one_holds():
    scale, at = np.full(20_000, 2.0), np.ones(20_000)

    def f(x):
        inner = grad(lambda z: (scale * z * x).sum())(at)  # both tapes hold `scale`
        scale[0] = 99.0
        return inner.sum()

    with pytest.raises(DifferentiationError, match="changed in place"):
        grad(f)(at)
    assert scale.flags.writeable
    assert scale[0] == 2.0


def test_locks_are_taken_off_in_every_case():
    theta = np.arange(40_000.0)
    views = theta[:20_000], theta[20_000:].reshape(200, 100)
    frozen = np.ones(20_000)
    frozen.flags.writeable = False
    at = np.ones(20_000)
    assert grad(lambda x: (x * views[0] * frozen).sum() + (views[1] @ x[:100]).sum())(at).shape == at.shape
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: (x * views[0]).sum() * (views[1] @ x[:100]).sum() / (1 // 0))(at)
    assert theta.flags.writeable
    assert all(view.flags.writeable for view in views)
    assert not frozen.flags.writeable


def test_a_pullback_survives_changes_of_everything_it_came_from():
    for size in (3, 20_000):
        x, w = np.full(size, 2.0), np.full(size, 3.0)
        y, pullback = vjp(lambda x, w=w: np.exp(x * w) * w, x)
        value, pushforward = linearize(lambda x, w=w: np.exp(x * w) * w, x)
        expected = 9.0 * np.exp(6.0) * np.ones(size)
        x[:], w[:], y[:], value[:] = 0, 0, 0, 0
        np.testing.assert_allclose(pullback(np.ones(size))[0], expected)
        np.testing.assert_allclose(pushforward(np.ones(size)), expected)


def test_constants_and_auxiliary_results_are_nobody_elses():
    def f(x):
        y = x * x
        z = stop_gradient(x)
        z *= 0.0
        return y

    for jac in (jacfwd, jacrev, jacobian, lambda f: jacobian(f, mode="central-difference")):
        np.testing.assert_allclose(jac(f)(X), np.diag(2 * X), rtol=1e-9)
    for jac in (jacfwd, jacrev, jacobian):
        stopped = jac(lambda x: x[0] * sum(stop_gradient({"a": [x[0]], "b": np.array([x[1], x[2]])})["b"]))(X)
        np.testing.assert_array_equal(stopped, [3.0, 0, 0])
    _, pullback, (e, entries) = vjp(
        lambda x: (lambda e: (e * e, (e, np.array([e[0]]))))(np.exp(x)), X, has_aux=True
    )
    assert entries.dtype == float
    e[:] = 0
    np.testing.assert_allclose(pullback(np.ones(3))[0], 2 * np.exp(2 * X))


def test_results_can_be_changed_without_harm():
    w = np.arange(12.0).reshape(3, 4)
    for jac in (jacfwd, jacrev, jacobian):
        result = jac(lambda x: w @ x)(np.ones(4))
        result *= 0
        assert w.sum() == 66
        for result in jac(lambda x: (w @ x, (2 * w) @ x, w @ x))(np.ones(4)):
            result *= 0
        assert w.sum() == 66
    for weights in (np.ones(4), np.ones((4, 5))):
        ga, gb = grad(lambda a, b: (a + b).sum(), (0, 1))(weights, weights)
        ga += 1
        np.testing.assert_array_equal(gb, np.ones_like(weights))
    v = np.ones(3)
    (g,) = vjp(lambda x: x, X)[1](v)
    g += 1
    t = jvp(lambda x: (x, x, np.broadcast_to(x, (2, 3))), (X,), (v,))[1]
    for part in t:
        part += 1
        np.testing.assert_array_equal(part, np.full_like(part, 2))
    np.testing.assert_array_equal(v, np.ones(3))


def test_objects_met_by_a_function_that_takes_none_are_explained():
    make = np.array  # not looked up while f runs
    for f in (lambda x: np.sin(make([x[0], 1.0])), lambda x: np.hypot([x[0], 1.0], 2.0)):
        with pytest.raises(DifferentiationError, match=r"np\.stack"):
            jacfwd(f)(X)


def test_gradients_of_more_than_one_number_are_refused():
    for f in (lambda x: x, lambda x: x[:1], lambda x: (x[0], x[1])):
        with pytest.raises(DifferentiationError, match="jacrev"):
            grad(f)(X)
    with pytest.raises(TypeError, match=r"pair \(result, aux\)"):
        value_and_grad(lambda x: x.sum(), has_aux=True)(X)


def test_dual_numbers_by_hand():
    assert repr(np.sin(Dual(0.0, 1.0)) * 2) == "Dual(0.0, 2.0)"
    assert (Dual(3.0, 1.0) ** 2).tangent == 6.0
    both = Dual([1.0, 2.0], np.eye(2)) * Dual([3.0, 4.0], 0 * np.eye(2))
    np.testing.assert_array_equal(both.tangent, np.diag([3.0, 4.0]))
    second = Dual(Dual(3.0, 1.0), 1.0) ** 3  # two different perturbations: value, first and second derivative
    assert (second.value.value, second.value.tangent, second.tangent.tangent) == (27.0, 27.0, 18.0)
    derivatives = grad, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]
    for derivative in derivatives:
        for inner in derivatives:  # the inner derivative by y is the dual number itself

            def f(x, inner=inner):
                by_hand = Dual(x, 1.0)
                by_y = inner(lambda y: y * by_hand)(2.0)
                return x * by_y.value + by_y.tangent

            assert derivative(f)(3.0) == 6.0
    with pytest.raises(ValueError, match="last axes must be the value's"):
        Dual(np.ones(3), np.ones(2))
    with pytest.raises(TypeError, match="real numbers"):
        Dual("a", 1.0)
