"""Known values and edge cases of reductions, cumulative functions and statistics."""

import numpy as np
import pytest

from modes import DifferentiationError, Dual, hessian, jacfwd, jacobian, jacrev, jvp

BOTH = pytest.mark.parametrize("jac", [jacfwd, jacrev])
X = np.array([3.0, 1.0, 3.0, 2.0])


@BOTH
def test_products_with_zeros(jac):
    assert jac(np.prod)(np.array([2.0, 0.0, 5.0])).tolist() == [0, 10, 0]
    assert jac(np.prod)(np.array([0.0, 0.0, 5.0])).tolist() == [0, 0, 0]
    assert jac(np.cumprod)(np.array([2.0, 0.0, 5.0])).tolist() == [[1, 0, 0], [0, 2, 0], [0, 10, 0]]
    assert hessian(np.prod)(np.array([0.0, 0.0, 5.0])).tolist() == [[0, 5, 0], [5, 0, 0], [0, 0, 0]]
    third = jac(hessian(lambda x: np.cumprod(x)[-1]))(np.zeros(3))
    assert third[0, 1, 2] == third[2, 0, 1] == 1
    assert np.count_nonzero(third) == 6


@BOTH
@pytest.mark.parametrize(
    ("f", "point", "expected"),
    [
        (np.max, X, [0.5, 0, 0.5, 0]),
        (np.min, X, [0, 1, 0, 0]),
        (np.min, np.zeros(4), [0.25] * 4),
        (np.ptp, X, [0.5, -1, 0.5, 0]),
        (lambda x: np.max(x, initial=3.0), X, [0.25, 0, 0.25, 0]),
        (lambda x: np.max(x, initial=9.0), X, [0, 0, 0, 0]),
        (lambda x: np.max(x, initial=0.0, where=[False, True, False, True]), X, [0, 0, 0, 1]),
        (np.nanmax, np.array([np.nan, 1.0, 1.0]), [0, 0.5, 0.5]),
        (np.median, X, [0.5, 0, 0, 0.5]),
        (np.median, np.array([1.0, 5.0, 2.0]), [0, 0, 1]),
        (np.sort, X[:3], [[0, 1, 0], [1, 0, 0], [0, 0, 1]]),
        (np.maximum.accumulate, X[:3], [[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]]),
        (lambda x: np.logaddexp.reduce(x), np.array([0.0, 0.0, -np.inf]), [0.5, 0.5, 0]),
    ],
)
def test_known_derivatives(jac, f, point, expected):
    assert jac(f)(point).tolist() == expected


@BOTH
def test_a_tie_in_a_table_is_split_along_its_row(jac):
    x = np.array([[1.0, 1.0, 0.0], [2.0, 3.0, 3.0]])
    rows = jac(lambda x: np.max(x, axis=1))(x)
    assert rows.tolist() == [[[0.5, 0.5, 0], [0, 0, 0]], [[0, 0, 0], [0, 0.5, 0.5]]]


@BOTH
@pytest.mark.parametrize("f", [np.max, np.min, np.median, np.std, lambda x: np.quantile(x, 0.3)])
def test_nan_gives_nan(jac, f):
    x = np.array([1.0, np.nan, 2.0])
    assert np.isnan(f(x))
    assert np.isnan(jac(f)(x)).any()


@BOTH
def test_what_nan_functions_leave_out_has_no_derivative(jac):
    x = np.array([[1.0, np.nan, 3.0], [np.nan, 4.0, 8.0]])
    for f in (
        np.nansum,
        np.nanprod,
        np.nanmean,
        np.nanvar,
        np.nanstd,
        np.nanmax,
        np.nanmedian,
        np.nancumprod,
    ):
        derivative = jac(f)(x)
        assert np.isfinite(derivative).all()
        assert not derivative[..., np.isnan(x)].any()


@BOTH
def test_all_nan_warns_as_numpy(jac):
    x = np.full(3, np.nan)
    for f in (np.nanmax, np.nanmedian):
        with pytest.warns(RuntimeWarning, match="All-NaN"):
            jac(f)(x)
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"), np.errstate(all="ignore"):
        jac(np.nanmean)(x)


@BOTH
def test_no_spread(jac):
    assert jac(np.std)(np.ones(3)).tolist() == [0, 0, 0]
    assert jac(np.var)(np.ones(3)).tolist() == [0, 0, 0]


@BOTH
def test_numbers_and_empty_arrays(jac):
    for f in (np.sum, np.prod, np.max, np.min, np.mean, np.median, np.cumsum, np.cumprod):
        np.testing.assert_array_equal(np.squeeze(jac(f)(2.0)), 1.0)
    nothing = np.zeros((0, 3))
    assert jac(np.sum)(nothing).shape == (0, 3)
    assert jac(np.prod)(nothing).shape == (0, 3)
    assert jac(lambda x: np.prod(x, axis=0))(nothing).shape == (3, 0, 3)
    assert jac(lambda x: np.cumprod(x, axis=0))(nothing).shape == (0, 3, 0, 3)
    assert jac(lambda x: np.max(x, axis=1))(nothing).shape == (0, 0, 3)
    assert jac(lambda x: np.max(x, axis=0, initial=1.0))(nothing).shape == (3, 0, 3)
    assert jac(lambda x: np.sort(x, axis=0))(nothing).shape == (0, 3, 0, 3)
    with pytest.raises(ValueError, match="zero-size array"):
        jac(np.max)(nothing)


@BOTH
def test_axis_mistakes_are_numpys(jac):
    for f in (np.max, np.prod, np.cumsum, np.mean, np.median, np.sort, np.logaddexp.reduce):
        with pytest.raises(np.exceptions.AxisError):
            jac(lambda x, f=f: f(x, axis=2))(X)
    with pytest.raises(ValueError, match="needs initial"):
        jac(lambda x: np.max(x, where=x > 1))(X)
    with pytest.raises(ValueError, match="does not broadcast"):
        jac(lambda x: np.sum(x, where=np.ones((2, 4), bool)))(X)


NUMBER = np.empty(())  # made outside


def test_out_is_found_by_position_and_by_name():
    def by_position(x):
        y = np.zeros_like(x)
        np.cumsum(x, 0, None, y)
        return y

    np.testing.assert_array_equal(jacfwd(by_position)(X), np.tri(4))
    np.testing.assert_array_equal(jacfwd(lambda x: np.cumsum(x, out=None))(X), np.tri(4))
    with pytest.raises(DifferentiationError, match="out=array"):
        jacrev(lambda x: np.max(x, 0, NUMBER))(X)
    with pytest.raises(DifferentiationError, match="out=array"):
        jacrev(lambda x: np.add.reduce(x, out=NUMBER))(X)
    np.testing.assert_array_equal(jacrev(lambda x: np.add.reduce(x, out=np.empty(())))(X), np.ones(4))


def test_a_quantile_moves_with_q():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert jacfwd(lambda q: np.quantile(x, q))(0.5) == 6.0  # 3 pieces, this one from 2 to 4
    assert jacrev(lambda q: np.percentile(x, q))(100.0) == pytest.approx(3 * 4 / 100)
    assert jacrev(lambda q: np.quantile(x, q, method="nearest"))(0.5) == 0
    with pytest.raises(ValueError, match="range"):
        jacfwd(lambda x: np.quantile(x, 1.2))(x)


def test_infinite_entries_among_sorted_values():
    x = np.array([-np.inf, 1.0, np.inf])
    value, tangent = jvp(np.median, (x,), (np.array([1.0, 2.0, 3.0]),))
    assert (value, tangent) == (1.0, 2.0)


@BOTH
def test_histograms_keep_the_derivatives_of_weights_and_edges(jac):
    data = np.array([0.1, 0.2, 0.9, 0.95, 0.3])
    counted = jac(lambda w: np.histogram(data, 2, weights=w)[0])(np.ones(5))
    assert counted.tolist() == [[1, 1, 0, 0, 1], [0, 0, 1, 1, 0]]
    assert jac(lambda w: np.bincount([2, 0, 2], weights=w))(np.ones(3)).tolist() == [
        [0, 1, 0],
        [0, 0, 0],
        [1, 0, 1],
    ]
    edges = jac(lambda x: np.histogram(x, 2)[1])(data)
    np.testing.assert_array_equal(edges[:, [0, 3]], [[1, 0], [0.5, 0.5], [0, 1]])
    assert not edges[:, [1, 2, 4]].any()
    assert not jac(lambda x: np.histogram(x, 2)[0])(data).any()
    inside = jac(lambda w: np.histogram(data, 2, range=(0, 0.5), weights=w)[0])(np.ones(5))
    assert inside.sum() == 3


@BOTH
def test_weights_that_do_not_fit(jac):
    with pytest.raises(ZeroDivisionError, match="sum to zero"):
        jac(lambda w: np.average(X, weights=w))(np.array([1.0, -1.0, 1.0, -1.0]))
    with pytest.raises(ValueError, match="weights of shape"):
        jac(lambda w: np.average(X[:, None], axis=0, weights=w))(np.ones(3))
    with pytest.raises(ValueError, match="same length"):
        jac(lambda w: np.bincount([1, 2], w))(np.ones(3))


def test_covariance_of_one_observation_warns():
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"), np.errstate(all="ignore"):
        jacfwd(np.cov)(np.ones((2, 1)))


def test_perfect_correlation_has_no_kink():
    x = np.array([1.0, 2.0, 4.0])
    first = jacobian(lambda x: np.corrcoef(x, 2 * x)[0, 1])(x)
    np.testing.assert_allclose(first, 0, atol=1e-15)


def test_duals_by_hand():
    x = Dual(np.array([2.0, 0.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    assert np.prod(x).tangent == 6.0
    assert np.mean(x).tangent == 1.0
    assert [float(t) for t in (x.max().tangent, x.min().tangent, x.std().tangent)] == [1, 1, 0]
