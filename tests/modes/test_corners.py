"""Corners of NumPy's functions: keywords, empty arrays, methods, operators, each with its right Jacobian."""

import copy
import math
import warnings

import numpy as np
import pytest

from modes import (
    DifferentiationError,
    Dual,
    TracedConversionError,
    accumulate,
    check_grads,
    check_jacobian,
    counts,
    grad,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    stop_gradient,
    trace,
    vjp,
)

V, M = np.array([0.5, 2.0, 1.25]), np.array([[4.0, 1.0, 0.5], [2.0, 3.0, 2.5]])
TALL = np.arange(1.0, 7.0).reshape(3, 2) ** 1.5
EVEN = np.array([True, False, True])
OUTSIDE = np.zeros(3)  # made outside of any f


def put(x, at, values, mode="raise"):
    y = np.zeros_like(x)
    np.put(y, at, values, mode)
    return y


def cleaned_in_place(x):
    y = x * 1.0
    np.nan_to_num(y, copy=False)
    return y


def reduced_into(x):
    total = np.zeros_like(x[0])
    np.add.reduce(x, axis=0, out=total)
    return total


def part_sorted(x):
    y = x * 1.0
    y.partition(1)
    return y


def filled_of_integers(x):
    return x * np.ones_like(x, dtype=int) + np.full_like(x, 2, dtype=int)


def shallow_and_deep(x):
    one, other = copy.copy(x), copy.deepcopy(x)
    one[0] = other[1] = 7.0
    return np.concatenate([one, other, x])


VALUES = {
    "cumsum in another type": (lambda x: np.cumsum(x, dtype=np.float64), V),
    "cumprod in another type": (lambda x: np.cumprod(x, dtype=np.float64), V),
    "prod in another type": (lambda x: np.prod(x, dtype=np.float64), V),
    "logaddexp.reduce in another type": (lambda x: np.logaddexp.reduce(x, dtype=np.float64), V),
    "multiply in another type": (lambda x: np.multiply(x, x, dtype=np.float64), V),
    "einsum in another type": (lambda x: np.einsum("i,i->i", x, x, dtype=np.float64), V),
    "var in another type": (lambda x: np.var(x, dtype=np.float64), V),
    "sum from a number on": (lambda x: np.sum(x, initial=2.0), V),
    "linspace in another type": (lambda x: np.linspace(x, 3.0, 4, dtype=np.float64), V),
    "linspace of whole numbers": (lambda x: np.linspace(x + 0.1, 9.2, 4, dtype=int) + x, V),
    "geomspace of no numbers": (lambda x: np.geomspace(x, 3.0, 0), V),
    "geomspace of one number": (lambda x: np.geomspace(x, 3.0, 1), V),
    "apply_over_axes of all axes": (lambda x: np.apply_over_axes(np.sum, x, (0, 1)), M),
    "apply_over_axes keeping them": (
        lambda x: np.apply_over_axes(lambda a, axis: np.max(a, axis, keepdims=True), x, (0, 1)),
        M,
    ),
    "put, wrapping around": (lambda x: put(x, [4, -1], x[:2], "wrap"), V),
    "put, clipped": (lambda x: put(x, [9, -4], x[:2], "clip"), V),
    "put, cycled": (lambda x: put(x, [0, 1, 2], x[:2] * 2), V),
    "bincount of constants": (lambda x: np.bincount((x > 1).astype(int), [1.0, 2.0, 3.0]) * x[0], V),
    "histogram edges of equal values": (lambda x: np.histogram_bin_edges(x[:1], 4), V),
    "histogram edges of no values": (lambda x: np.histogram_bin_edges(x[:0], 4) * x[0], V),
    "histogram2d, the same edges for both": (
        lambda x: np.histogram2d(V, V, bins=np.array([0.0, 1.0, 2.0, 3.0]), weights=x)[0],
        V,
    ),
    "take_along_axis without axis": (lambda x: np.take_along_axis(x, np.array([4, 0, 4]), None), M),
    "vander without columns": (lambda x: np.vander(x, 0), V),
    "resize of nothing": (lambda x: np.concatenate([np.resize(x[:0], 2), np.resize(x, 0), x]), V),
    "where of constants": (lambda x: np.where(x > 1, 1.0, 2.0) * x, V),
    "where without choices": (lambda x: x[np.where(x > 1)], V),
    "nan_to_num in place": (cleaned_in_place, V),
    "median of nothing": (lambda x: np.concatenate([np.median(x[:, :0], axis=0), x[0]]), M),
    "extreme of nothing along a longer axis": (lambda x: np.max(x[:, :0], axis=1, initial=3.0) * x[:, 0], M),
    "extreme without entries left": (lambda x: np.max(x[:0], axis=1, initial=3.0).sum() + x, M),
    "std of single values": (lambda x: np.std(x[:, None], axis=1), V),
    "reduce without a rule, from a number on": (lambda x: np.hypot.reduce(x, axis=0, initial=2.0), M),
    "reduce without a rule, keeping the axis": (lambda x: np.subtract.reduce(x, axis=1, keepdims=True), M),
    "reduce into a traced array": (reduced_into, M),
    "outer product": (np.multiply.outer, (V, V[:2])),
    "outer difference with a constant": (lambda x: np.subtract.outer(M, x), V),
    "partition in place": (part_sorted, V[::-1].copy()),
    "sums of shapes given by hand": (filled_of_integers, V),
    "copies are their own": (shallow_and_deep, V),
    "remainder of a number": (lambda x: 7.3 % x, V),
    "quotient of whole steps": (lambda x: 7.3 // x + x // 0.7 + x, V),
    "divmod": (lambda x: np.stack(divmod(x, 0.7)), V),
    "divmod of a number": (lambda x: np.stack(divmod(7.3, x)), V),
    "plus and abs": (lambda x: abs(+x - 1.0), V),
    "unequal": (lambda x: np.where(x != V[0] + 1.0, x * x, 0.0), V),
    "entries one by one": (lambda x: np.stack([entry * entry for entry in x.flat]), M),
    "its real part": (lambda x: x.real * (1.0 + x.imag), V),
    "its size in memory": (lambda x: x * (x.itemsize + x.nbytes + x.size + x.ndim), M),
    "rounded by Python": (lambda x: round(x[1] * 1.1) + round(x[0] * 1.1234, 2) + x, V),
    "a subclass of ndarray beside it": (lambda x: x + V.view(np.recarray) * x, V),
    "array of arrays as a mask": (lambda x: x * np.any(np.array([x[0], x[1]]) > 1), V),
    "an outer product of a mask": (lambda x: np.where((x > 1)[:, None], np.sin(x), 0.0), V),
    "det next to singular": (np.linalg.det, np.array([[1.0, 2.0], [0.5, 1.0 + 1e-13]])),
    "det of zeros": (np.linalg.det, np.zeros((2, 2))),
    "where of its own zeros": (lambda x: x[np.where(x)] * 2.0, V),
    "median of no axes": (lambda x: np.median(x, axis=()) * 2.0, V),
    "a polynomial's integral from constants": (lambda x: np.polyint(x, 2, [1.0, 2.0]), V),
    "corrcoef of single observations": (lambda x: np.corrcoef(x) * x[0], V),
    "cov with weights of both kinds": (
        lambda x: np.cov(x, fweights=[1, 2, 1], aweights=[0.5, 1.0, 2.0]),
        V,
    ),
}


@pytest.mark.parametrize("case", VALUES)
def test_value_and_jacobian(case):
    f, args = VALUES[case]
    args = args if isinstance(args, tuple) else (args,)
    argnums = tuple(range(len(args)))
    plain = f(*args)
    forward, _ = jvp(f, args, tuple(np.ones_like(a) for a in args))
    for value in (forward, vjp(f, *args)[0]):
        np.testing.assert_allclose(value, plain, rtol=1e-14)
        assert (value.shape, value.dtype) == (plain.shape, plain.dtype)
    differences = jacobian(f, mode="central-difference", argnums=argnums)(*args)
    for modes_jacobian in (jacfwd, jacrev):
        found = modes_jacobian(f, argnums)(*args)
        for mine, expected in zip(found, differences, strict=True):
            np.testing.assert_allclose(mine, expected, rtol=1e-7, atol=1e-8)


BOTH = pytest.mark.parametrize("jac", [jacfwd, jacrev], ids=["forward", "reverse"])
WARNED = {
    "var without degrees of freedom": (lambda x: np.var(x[:1], ddof=1), "Degrees of freedom <= 0"),
    "cov without degrees of freedom": (lambda x: np.cov(x[:1]), "Degrees of freedom <= 0"),
    "median of nothing": (lambda x: np.median(x[:0]) + x[0], "Mean of empty slice"),
    "mean of nothing": (lambda x: np.mean(x[:0]) + x[0], "Mean of empty slice"),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_numpy_warns_of_is_warned_of(case):
    f, message = WARNED[case]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.filterwarnings("ignore", "invalid value|divide by zero")
        with pytest.warns(RuntimeWarning, match=message):
            plain = f(V)
        with pytest.warns(RuntimeWarning, match=message):
            value, _ = jvp(f, (V,), (np.ones(3),))
        with pytest.warns(RuntimeWarning, match=message):
            pulled, _ = vjp(f, V)
    assert np.isnan([plain, value, pulled]).all()


REFUSED = {
    "a power of a traced number of times": (
        lambda x: np.linalg.matrix_power(np.outer(x, x), x[0]),
        "exponent is an int",
    ),
    "least squares with their covariance": (lambda x: np.polyfit(x, V, 1, cov=True), "normal equations"),
    "a polynomial of a polynomial": (lambda x: np.polyval(x, np.poly1d([1.0, 2.0])), "give x as an array"),
    "weighted quantiles among NaN": (
        lambda x: np.nanquantile(
            np.concatenate([x, [np.nan]]), 0.5, method="inverted_cdf", weights=np.ones(4)
        ),
        "take those out first",
    ),
    "ufunc.at on a plain array": (lambda x: np.add.at(OUTSIDE, [0, 1, 1], x), "np.zeros_like"),
    "a reduction without a rule, by a mask": (
        lambda x: np.hypot.reduce(x, where=EVEN, initial=0.0),
        "leave the keyword out",
    ),
    "a reduction without a rule, of all axes": (lambda x: np.hypot.reduce(x, axis=None), "one axis"),
    "an outer product with keywords": (lambda x: np.multiply.outer(x, x, dtype=float), "no rule"),
    "indexing by itself": (lambda x: x[x[0]], "np.argmax"),
    "a masked array": (lambda x: x + np.ma.masked_array(V, EVEN), "filled"),
    "an attribute that arrays do not have": (lambda x: x.bogus, "has no attribute 'bogus'"),
}


@BOTH
@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_what_to_write_instead(jac, case):
    f, message = REFUSED[case]
    with pytest.raises((DifferentiationError, AttributeError), match=message):
        jac(f)(V)


@BOTH
@pytest.mark.parametrize("name", ["ceil", "trunc", "floor"])
def test_python_rounding_names_numpys(jac, name):
    with pytest.raises(TracedConversionError, match=rf"np\.{name}"):
        jac(lambda x: getattr(math, name)(x[0]))(V)


@BOTH
def test_an_operand_with_operators_of_its_own_is_asked(jac):
    class Shifted:
        """Adds by its own rule, as a quantity with units would."""

        __array_ufunc__ = None

        def __radd__(self, other):
            return other * 3.0

        def __rmod__(self, other):
            return other * 5.0

    assert jac(lambda x: x + Shifted())(V).tolist() == np.diag([3.0] * 3).tolist()
    assert jac(lambda x: x % Shifted())(V).tolist() == np.diag([5.0] * 3).tolist()
    with pytest.raises(TypeError, match="unsupported operand"):
        jac(lambda x: x % type("Alone", (), {"__array_ufunc__": None})())(V)
    exact = np.diag([3.0] * 3)
    np.testing.assert_array_equal(accumulate(trace(lambda x: x + Shifted(), V)).jacobian, exact)
    with pytest.raises(TypeError, match="unsupported operand"):
        trace(lambda x: type("Alone", (), {"__array_ufunc__": None})() - x, V)


@BOTH
def test_a_determinant_of_many_rows_next_to_singular_is_not_differentiated_twice(jac):
    small, large = np.zeros((3, 3)), np.zeros((25, 25))
    small[0, 0] = 1.0  # the second derivative by the entries of the other corner is the sign of their minor
    second = jac(jac(np.linalg.det))(small)
    assert second[1, 1, 2, 2] == 1.0
    assert second[1, 2, 2, 1] == -1.0
    with pytest.raises(DifferentiationError, match="at most 24 rows"):
        jac(jac(lambda x: np.linalg.det(large * x)))(1.0)


def test_cotangents_and_tangents_take_the_type_of_what_they_belong_to():
    x = V.astype(np.float32)
    value, pullback = vjp(lambda x: x * x, x)
    (pulled,) = pullback(np.ones(3))  # float64 for a float32 value
    assert value.dtype == pulled.dtype == np.float32
    np.testing.assert_array_equal(pulled, 2 * x)
    assert jvp(lambda x: x * x, (x,), (np.ones(3),))[1].dtype == np.float32


def test_duals_print_what_they_are():
    assert repr(Dual(0.5, 2.0)) == "Dual(0.5, 2.0)"
    assert "0.5" in f"{Dual(0.5, 2.0):.1f}"
    assert repr(Dual(np.array([0.5]), np.array([2.0]))) == "Dual(array([0.5]), array([2.]))"


# --- what watches a run: counts, traces and their elimination ---


WATCHED = {
    "a branch": (lambda x: x * x if x[0] else x, V),
    "methods of ufuncs on arrays of objects": (lambda x: np.sum(np.sin(np.array([x[0], x[1]])) * x[2]), V),
    "a running sum in another type": (lambda x: np.cumsum(x, dtype=float), V),
    "a running sum of nothing": (lambda x: np.concatenate([np.cumsum(x[:0]), x * x]), V),
    "a mean in another type": (lambda x: np.mean(x, dtype=float) * x, V),
    "a masked sum": (lambda x: np.sum(x * x, where=EVEN), V),
    "the largest of a mask": (lambda x: np.max(x, where=EVEN, initial=0.0) * x, V),
    "an inner product of stacks": (lambda x: np.inner(x, np.ones((2, 2, 3))), V),
    "an inner product with a number": (lambda x: np.inner(x, x[0]), V),
    "a dot product with a number": (lambda x: np.dot(x[0], x), V),
    "a dot product with a stack": (lambda x: np.dot(x, np.ones((2, 3, 2))), V),
    "a power of a constant": (lambda x: 2.0**x - 0.0 - x / -2.0, V),
    "a norm and a root": (lambda x: np.sqrt(x) + np.linalg.norm(x), V),
    "an operation of many entries": (lambda x: np.linalg.inv(x), np.array([[4.0, 1.0], [2.0, 3.0]])),
    "a constant result": (lambda x: np.stack([x[0] * x[1], 7.0 + 0.0 * x[2]]), V),
    "an inner differentiation": (lambda x: jacfwd(lambda z: z * z * x)(x), V),
    "a product inside a differentiation": (lambda x: jacrev(lambda z: (M @ z) * np.sum(x))(x * 2.0), V),
}


@pytest.mark.parametrize("case", WATCHED)
def test_counts_traces_and_eliminations_of_what_is_unusual(case):
    f, x = WATCHED[case]
    exact = jacfwd(f)(x).reshape(-1, x.size)
    written = trace(f, x)
    np.testing.assert_allclose(np.ravel(written.values), np.ravel(f(x)), rtol=1e-14)
    for order in ("forward", "reverse", "markowitz", "min-fill"):
        found = accumulate(written, order)
        np.testing.assert_allclose(found.jacobian, exact, rtol=1e-12, atol=1e-12)
    crossed = jacobian(f, mode="cross-country")(x)
    np.testing.assert_allclose(crossed.reshape(-1, x.size), exact, rtol=1e-12, atol=1e-12)
    found = counts(f, x)
    assert (found.n, found.m) == (x.size, exact.shape[0])
    assert written.to_latex()
    assert str(written)


def test_traces_tables_and_accumulations_print_what_they_are():
    written = trace(lambda x: np.array([x[0] * np.sin(x[1]) + x[2]]), V)
    graph = written.graph()
    assert "3 inputs, 1 outputs" in repr(graph)
    assert f"{len(graph.intermediates)} intermediates" in repr(graph)
    accumulation = accumulate(graph)
    assert f"{accumulation.multiplications} multiplications" in repr(accumulation)
    assert "1×3 Jacobian" in repr(accumulation)


def test_a_trace_in_scalars_has_a_limit():
    with pytest.raises(DifferentiationError, match="too large to write out in scalars"):
        trace(lambda x: np.linalg.inv(x), np.eye(60))


@pytest.mark.parametrize("modes", [("fwd",), ("rev",), ("fwd", "rev")], ids="+".join)
def test_check_grads_checks_the_modes_asked_for_to_any_order(modes):
    check_grads(lambda x: np.sin(x) * x[0], (V,), modes=modes, order=3)

    with pytest.raises(AssertionError):  # half of the derivative is kept from the modes
        check_grads(lambda x: x * stop_gradient(x), (V,), modes=modes, order=1)


def test_check_jacobian_goes_by_entries_where_a_part_has_none():
    rows = check_jacobian(lambda x: {"none": x[:0], "all": x * x}, V)
    assert [row.difference < 1e-6 for row in rows] == [True] * 3
    assert all("all" in row.entry for row in rows)


def test_the_trace_of_unusual_formulas_to_the_last_symbol():
    def f(x):
        return np.stack([0.0 - x[0], 2.0 ** x[1], x[0] / -x[1], 3.0 - (-x[0]), np.sqrt(x[1]) * 4.0])

    lines = [line.rstrip() for line in str(trace(f, np.array([0.5, 2.0]))).splitlines()]
    formulas = [line.split(" = ")[1].strip() for line in lines[2:]]
    assert formulas == ["−u₀", "−u₋₁", "sqrt(u₀)", "0 − u₋₁", "2**u₀", "u₋₁/u₁", "3 − u₂", "u₃·4"]
    written = trace(f, np.array([0.5, 2.0]))
    assert r"u_3 &= \sqrt{u_0}, \\" in written.to_latex()
    assert r"u_8 &= u_3 \cdot 4 = y_5." in written.to_latex()
    # the partials of the quotient are those of u/v: 1/v and -(u/v)/v, at u = 0.5, v = -2
    (quotient,) = [line for line in lines if "u₋₁/u₁" in line]
    assert "∂u₆/∂u₋₁ = 1/u₁ = −0.5" in quotient


def test_a_table_of_partials_prints_its_title_and_every_row():
    written = trace(lambda x: np.array([x[0] * np.sin(x[1])]), np.array([0.5, 2.0]))
    table = written.forward_table(1)
    assert str(table).splitlines()[0] == table.title
    assert repr(table) == f"<Table of {len(table)} partials: {table.title}>"
    assert len(str(table).splitlines()) >= len(table) + 1


def test_a_constant_output_is_noted_in_a_trace():
    written = trace(lambda x: np.array([x[0] * x[0], 7.0]), np.array([0.5]))
    assert "y₂ = 7 does not depend on the inputs." in str(written)
    assert accumulate(written).jacobian.tolist() == [[1.0], [0.0]]


def test_has_aux_asks_for_a_pair():
    for transform in (grad, jacrev, jacfwd):
        with pytest.raises((TypeError, ValueError), match="aux"):
            transform(lambda x: x * x, has_aux=True)(V)


@pytest.mark.parametrize("dtype", [complex, "datetime64[s]", str])
def test_arguments_that_are_no_real_numbers_are_named(dtype):
    arguments = {"right": V, "wrong": [V.astype(int).astype(dtype)]}
    for transform in (jacfwd, jacrev):
        with pytest.raises(DifferentiationError, match="wrong"):
            transform(lambda point: point["right"])(arguments)
        with pytest.raises(DifferentiationError, match="type"):
            transform(lambda x: V.astype(int).astype(dtype))(V)
