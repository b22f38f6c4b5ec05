"""Functions that go on after a refusal, or keep arrays between their calls: right, or refused in the end."""

import contextlib
import functools
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from modes import DifferentiationError, counts, grad, jacfwd, jacobian, jacrev, jvp, trace

X = np.array([0.5, 2.0, 1.0])
ALL = pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])


def caught(x):
    y = np.zeros(3)
    for i in range(3):
        try:
            y[i] = 1 / x[i]
        except Exception:
            y[i] = 0.0
    return y


def suppressed(x):
    y = np.zeros(3)
    for i in range(3):
        with contextlib.suppress(TypeError, ValueError):
            y[i] = 1 / x[i]
    return y


def left_in_finally(x):
    y = np.zeros(3)
    try:
        y[:] = 1 / x
    finally:
        return y  # noqa: B012


def in_workers(x):
    y = np.zeros(3)

    def work(i):
        y[i] = 1 / x[i]

    with ThreadPoolExecutor(2) as pool:
        for i in range(3):
            pool.submit(work, i)
    return y


def in_a_thread(x):
    y = np.zeros(3)
    worker = threading.Thread(target=lambda: np.copyto(y, 1 / x))
    worker.start()
    worker.join()
    return y


@ALL
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("f", [caught, suppressed, left_in_finally, in_workers, in_a_thread])
def test_refusal_that_f_survives_is_no_loss(jac, f):
    np.testing.assert_allclose(jac(f)(X), np.diag(-1 / X**2))
    np.testing.assert_allclose(jvp(f, (X,), (X,))[0], 1 / X)


class Holder:
    def __init__(self, x):
        self.x = x

    @property
    def step(self):
        return float(self.x.strides[0])


def converted(x):
    try:
        return x * float(x[0])
    except TypeError:
        return x * 0.0


@ALL
@pytest.mark.parametrize("f", [converted, lambda x: x * getattr(Holder(x), "step", 2.0)])
def test_refusal_that_f_survives_is_told_in_the_end(jac, f):
    with pytest.raises(DifferentiationError):
        jac(f)(X)


@pytest.mark.parametrize("look", [trace, counts])
def test_graphs_tell_it_too(look):
    with pytest.raises(DifferentiationError, match="float"):
        look(converted, X)


@ALL
def test_asking_for_what_no_array_has_is_no_refusal(jac):
    f = lambda x: x * (2.0 if hasattr(x, "units") else 3.0) * getattr(x, "scale", 1.0)  # noqa: E731
    np.testing.assert_array_equal(jac(f)(X), 3 * np.eye(3))


def test_refusals_of_an_inner_differentiation_are_its_own():
    def f(x):
        try:
            jacfwd(converted)(x)
        except DifferentiationError:
            return x * 2
        return x

    np.testing.assert_array_equal(jacrev(f)(X), 2 * np.eye(3))


@functools.lru_cache(None)
def workspace(n):
    return np.empty(n)


class Lazy:
    buffer = None

    def __call__(self, x):
        y = np.zeros(3)
        y[0] = x[0]
        if self.buffer is None:
            self.buffer = np.empty(3)
        self.buffer[:] = x * x + y
        return self.buffer


def with_a_workspace(x):
    y = np.zeros(3)
    y[0] = x[0]
    out = workspace(3)
    out[:] = x * x + y
    return out


@ALL
@pytest.mark.parametrize("f", [with_a_workspace, Lazy()])
def test_arrays_that_f_keeps_are_numbers_again(jac, f):
    workspace.cache_clear()
    expected = np.diag(2 * X) + np.diag([1.0, 0, 0])
    for _ in range(2):
        np.testing.assert_allclose(jac(f)(X), expected)
        np.testing.assert_allclose(np.asarray(f(X)), X * X + [X[0], 0, 0])
        np.testing.assert_allclose(jacrev(f)(2 * X), 2 * np.diag(2 * X) + np.diag([1.0, 0, 0]))


@ALL
def test_dict_of_a_kept_array_and_its_part(jac):
    workspace.cache_clear()
    result = jac(lambda x: {"a": with_a_workspace(x), "b": workspace(3)[0]})(X)
    np.testing.assert_allclose(result["a"], np.diag(2 * X) + np.diag([1.0, 0, 0]))
    np.testing.assert_allclose(result["b"], [2 * X[0] + 1, 0, 0])


@ALL
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "maximum"])
def test_ufunc_at_with_numbers_in_a_list(jac, name):
    ufunc = getattr(np, name)

    def f(x, put=lambda part: part):
        y = np.ones(4)
        ufunc.at(y, [0, 1, 0], put([x[0], x[1], x[1]]))
        return y

    expected = jac(lambda x: f(x, np.stack))(X)
    np.testing.assert_array_equal(jac(f)(X), expected)
    assert np.any(expected)


@ALL
def test_what_is_left_is_told_not_the_buffer(jac):
    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        return np.abs(np.fft.fft(y))

    with pytest.raises(DifferentiationError, match=r"np\.fft\.fft.*complex"):
        jac(f)(X)


@ALL
def test_sparse_product_beside_a_buffer(jac):
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_array(np.array([[1.0, 2, 0], [0, 1, 0], [3, 0, 1]]))

    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        return matrix @ x + y

    np.testing.assert_allclose(jac(f)(X), matrix.toarray() + np.diag([1.0, 0, 0]))


@ALL
@pytest.mark.parametrize(
    "make",
    [lambda: np.arange(4.0), lambda: np.tile([1.0, 2.0], 2), lambda: np.repeat([1.0, 2.0], 2),
     lambda: np.outer([1.0], np.ones(4))[0], lambda: np.kron([1.0, 2.0], [1.0, 1.0])],
)  # fmt: skip
def test_other_arrays_that_f_makes(jac, make):
    def f(x):
        y = make()
        y[1:3] = x[:2]
        return y

    np.testing.assert_array_equal(jac(f)(X), np.eye(4, 3, -1) * [1, 1, 0])


@ALL
def test_stranger_on_the_right_is_refused_in_words(jac):
    class Stranger:
        def __rmul__(self, other):
            return other + 1

    with pytest.raises(DifferentiationError, match="a Stranger met a traced value"):
        jac(lambda x: x[0] * Stranger())(X)


@ALL
def test_precision_is_that_of_the_array_that_is_filled(jac):
    def f(x):
        y = np.zeros(3)
        y[:] = x
        return y * 1e30

    x = X.astype(np.float32)
    for _ in range(2):
        jacobian_ = jac(f)
        result = jacobian_(x)
        np.testing.assert_allclose(np.asarray(result, float), 1e30 * np.eye(3), rtol=1e-6)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: np.exp(x)[0], [0.0, 800.0], [1.0, 0.0]),
        (lambda x: np.exp(x)[x < 10].sum(), [0.0, 800.0], [1.0, 0.0]),
        (lambda x: (1 / (1 + np.exp(-x)))[0], [0.0, -800.0], [0.25, 0.0]),
        (lambda x: np.cosh(x)[0] + np.sinh(x)[0] + np.expm1(x)[0] + np.exp2(2 * x)[0], [0.0, 800.0],
         [2 + 2 * np.log(2), 0.0]),
    ],
)  # fmt: skip
def test_overflow_elsewhere_is_nobodys_derivative(f, x, expected):
    with np.errstate(all="ignore"):
        for derivative in (grad(f), jacfwd(f), jacrev(f, chunk_size=1), jacobian(f, mode="cross-country")):
            np.testing.assert_allclose(derivative(np.array(x)), expected, atol=1e-15)


@ALL
def test_partials_warn_of_nothing_that_f_does_not_warn_of(jac):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = jac(lambda x: np.where(x > 0, np.sqrt(x), x**2))(np.array([0.0, 1.0]))
    np.testing.assert_allclose(result, [[0, 0], [0, 0.5]])


class Memo:
    """Remembers its last point: no function of its argument."""

    x = None

    def __call__(self, x):
        if self.x is None or not np.array_equal(x, self.x):
            self.x = np.array(x)
            self.value = np.zeros(3)
            self.value[:] = x * x
        return self.value


class WarmStart:
    """The square root by Newton's steps, from where it stopped."""

    z = np.ones(3)

    def __call__(self, x):
        z = np.array(self.z)
        while np.max(np.abs(z * z - x)) > 1e-12:
            z[:] = 0.5 * (z + x / z)
        self.z = z
        return z


@ALL
@pytest.mark.parametrize("make", [Memo, WarmStart])
def test_what_f_remembers_of_another_run_is_not_read(jac, make):
    f = make()
    with pytest.raises(DifferentiationError, match=r"must not remember its last point"):
        jac(f)(X)


@ALL
def test_workspaces_that_are_written_first_are_read(jac):
    def ping_pong(x):
        y = np.zeros(3)
        y[0] = 0.0 * x[0]
        one, two = workspace(3), workspace(4)[:3]
        one[:] = x
        for _ in range(3):
            np.multiply(one, x, out=two)
            two += y
            one[0], one[1:] = two[0], two[1:]
        return one * 1.0

    workspace.cache_clear()
    for _ in range(3):
        np.testing.assert_allclose(jac(ping_pong)(X), np.diag(4 * X**3))


class Model:
    def loss(self, w):
        p = np.zeros(3)
        p[:] = w**2
        self.total = p.sum()
        return self.total


def with_a_side_value(x):
    model = Model()
    gradient = grad(model.loss)(x)
    return gradient * model.total


def outer_array_filled_inside(x):
    out = np.zeros(3)

    def inner(y):
        out[:] = y * y
        return np.sum(out)

    return grad(inner)(x) * out


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
@pytest.mark.parametrize("f", [with_a_side_value, outer_array_filled_inside])
def test_side_values_of_an_inner_differentiation_are_no_constants(jac, f):
    with pytest.raises(DifferentiationError, match=r"had returned|inner"):
        jac(f)(X)


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_buffers_of_an_inner_differentiation(jac):
    def loss(w):
        p = np.zeros(3)
        for i in range(3):
            p[i] = w[i] ** 3
        return p.sum()

    for _ in range(2):
        np.testing.assert_allclose(jac(grad(loss))(X), np.diag(6 * X))
        np.testing.assert_allclose(jac(lambda x: grad(loss)(x) * x)(X), np.diag(9 * X**2))


@ALL
@pytest.mark.parametrize("kind", [RuntimeError, KeyError, OSError, ValueError])
def test_refusal_in_the_words_of_f(jac, kind):
    def f(x):
        y = np.zeros(3)
        try:
            y[:] = x * x
        except Exception as error:
            raise kind("mine") from error
        return y

    np.testing.assert_allclose(jac(f)(X), np.diag(2 * X))


@ALL
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * len({x[0], x[1]}),
        lambda x: x * {0.5: 10.0}.get(x[0], 0.0),
        lambda x: x * functools.lru_cache(None)(lambda t: 2.0)(x[0]),
    ],
)
def test_hash_of_a_number_is_refused_also_where_f_catches_it(jac, f):
    def survives(x):
        try:
            return f(x)
        except TypeError:
            return x * 0

    for g in (f, survives):
        with pytest.raises(DifferentiationError, match=r"hash.*stop_gradient"):
            jac(g)(X)


def test_refusals_in_other_threads_are_theirs():
    done = threading.Event()

    def disturb():
        while not done.is_set():
            with contextlib.suppress(DifferentiationError):
                jacfwd(converted)(X)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: contextlib.suppress(TypeError).__enter__())

    other = threading.Thread(target=disturb)
    other.start()
    try:
        for _ in range(100):
            np.testing.assert_allclose(jacrev(lambda x: np.sin(x) * x)(X), np.diag(np.sin(X) + X * np.cos(X)))
    finally:
        done.set()
        other.join()


@ALL
def test_what_is_drawn_beside_a_buffer_that_is_not_always_there(jac):
    rng = np.random.default_rng(0)

    def f(x, filled):
        if filled:
            y = np.zeros(3)
            y[:] = x
            return y
        return x * rng.normal() / rng.normal() * 0.0 + x

    derivative = jac(f)
    for filled in (False, True, False, True):
        np.testing.assert_allclose(derivative(X, filled), np.eye(3))


def _kept(make):
    """A function that returns a workspace, made by `make` of x, which it writes whole."""

    def f(x):
        if not hasattr(f, "buffer"):
            f.buffer = make(x)
        filled = np.zeros(1)
        filled[0] = x[0] * x[1]
        f.buffer[...] = x * filled[0]
        return f.buffer

    return f


@pytest.mark.parametrize("make", [np.zeros_like, np.empty_like, lambda x: x * 0, lambda x: np.zeros(3)])
@pytest.mark.parametrize("part", [lambda b: b, lambda b: b[1:], lambda b: {"a": b[0], "b": b.reshape(3, 1)}])
def test_a_kept_array_that_is_returned_is_not_changed_by_another_run(make, part):
    def same(x):
        return part(x * (x[0] * x[1]))

    for jac in (jacfwd, jacrev, jacobian):
        f = _kept(make)
        found, expected = jac(lambda x, f=f: part(f(x)))(X), jac(same)(X)
        for key in expected if isinstance(expected, dict) else [...]:
            np.testing.assert_allclose(found[key], expected[key])
    value, pushed = jvp(_kept(make), (X,), (X,))
    np.testing.assert_allclose(value, X * X[0] * X[1])
    np.testing.assert_allclose(pushed, 3 * X * X[0] * X[1])


def test_what_a_first_run_has_kept_is_of_no_use_to_the_second():
    kept = []

    def f(x):
        if not kept:
            kept.append(x * 1.0)
        y = np.zeros(3)
        y[:] = x
        return y * kept[0]

    with pytest.raises(DifferentiationError, match="had returned"):
        jacrev(f)(X)


@ALL
@pytest.mark.parametrize("read", [lambda w: w.reshape(3), lambda w: w.ravel(), lambda w: w.T, lambda w: w[:]])
def test_entries_that_are_not_written_this_time_are_not_read(jac, read):
    every = [True]
    workspace.cache_clear()

    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        w = workspace(3)
        for i in range(3 if every else 2):
            w[i] = y[0] * x[i]
        return read(w) * 1.0

    jac(f)(X)
    every.clear()
    with pytest.raises(DifferentiationError, match="kept from an earlier call"):
        jac(f)(X)


@pytest.mark.parametrize("part", [lambda w: w, lambda w: w[1:]])
def test_kept_arrays_of_objects_are_returned_with_their_derivative(part):
    def same(x):
        return part(x**2)

    for jac in (jacfwd, jacrev, jacobian):
        kept = {}
        scope = {"np": np, "kept": kept, "part": part}  # code that no run has seen yet
        exec(
            "def f(x):\n"
            "    w = kept.setdefault('w', np.array([x[0], x[1], x[2]]))\n"
            "    w[:] = x**2\n"
            "    return part(w)",
            scope,
        )
        np.testing.assert_allclose(jac(scope["f"])(X), jac(same)(X))
