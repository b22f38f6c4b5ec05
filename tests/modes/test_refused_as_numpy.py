"""What NumPy refuses of a plain array is refused of a traced one, by an exception of the same kind."""

import numpy as np
import pytest

from modes import counts, jacfwd, jacrev, trace

V, M, T = np.array([0.5, 2.0, 1.0]), np.array([[4.0, 1.0], [2.0, 3.0]]), np.ones((2, 2, 2))


def fill_diagonal(x):
    y = np.zeros_like(x)
    np.fill_diagonal(y, x[0])
    return y


def put(x, at, values, mode="raise"):
    y = np.zeros_like(x)
    np.put(y, at, values, mode)
    return y


def returned(_):
    """A function of a reduced axis that returns another shape than one entry or one axis of length 1."""
    return lambda a, axis: np.stack([np.sum(a, axis)] * 2)[None]


REFUSED = {
    "apply_along_axis of no rows": (lambda x: np.apply_along_axis(np.sum, 1, x), np.ones((0, 3))),
    "apply_over_axes of another shape": (lambda x: np.apply_over_axes(returned(x), x, 0), M),
    "vecdot of unequal lengths": (lambda x: np.vecdot(x, x[:2]), V),
    "multi_dot of arrays of three axes": (lambda x: np.linalg.multi_dot([x, x, x]), T),
    "cumulative_sum of a matrix without axis": (np.cumulative_sum, M),
    "cumulative_prod of a matrix without axis": (np.cumulative_prod, M),
    "put of no values": (lambda x: np.place(x * 1, x > 0, np.array([])), V),
    "put outside": (lambda x: put(x, [3], x[:1]), V),
    "put before the first": (lambda x: put(x, [-4], x[:1]), V),
    "bincount of unequal lengths": (lambda x: np.bincount([0, 1], x), V),
    "histogram of weights with automatic bins": (lambda x: np.histogram(x, "auto", weights=x)[0], V),
    "histogram of another number of weights": (lambda x: np.histogram(x, weights=x[:2])[0], V),
    "histogramdd of another number of bins": (lambda x: np.histogramdd(x, [3, 3, 3])[0], M),
    "histogram2d of unequal lengths": (lambda x: np.histogram2d(x, x[:2])[0], V),
    "stack of nothing": (lambda x: np.stack([]) + x, V),
    "stack of unequal shapes": (lambda x: np.stack([x, x[:2]]), V),
    "split into unequal parts": (lambda x: np.split(x, 2)[0], V),
    "tensorinv of no axes": (lambda x: np.linalg.tensorinv(x, 0), M),
    "lstsq of unequal rows": (lambda x: np.linalg.lstsq(x, x[:1])[0], M),
    "diag of three axes": (np.diag, T),
    "diag of no axes": (lambda x: np.diag(x[0]), V),
    "fill_diagonal of a vector": (fill_diagonal, V),
    "fill_diagonal of unequal axes": (fill_diagonal, np.ones((2, 2, 3))),
    "nanmax of a mask without initial": (lambda x: np.nanmax(x, where=x > 0), V),
    "norm of a matrix of an unknown order": (lambda x: np.linalg.norm(x, 3), M),
    "diff of a negative order": (lambda x: np.diff(x, -1), V),
    "gradient of an unknown order": (lambda x: np.gradient(x, edge_order=3), V),
    "interp between rows": (lambda x: np.interp(0.5, x, x), M),
    "interp with a period of 0": (lambda x: np.interp(x, V, V, period=0), V),
    "linspace of a negative number": (lambda x: np.linspace(x, 1.0, -1), V),
    "geomspace from zero": (lambda x: np.geomspace(x, 0.0, 3), V),
    "quantile of nothing": (lambda x: np.quantile(x[:0], 0.5), V),
    "quantile of other weights": (
        lambda x: np.quantile(x, 0.5, axis=1, method="inverted_cdf", weights=np.ones(3)),
        M,
    ),
    "pad of a broken width": (lambda x: np.pad(x, 1.5), V),
    "pad of a negative width": (lambda x: np.pad(x, -1), V),
    "pad by the maximum of nothing": (lambda x: np.pad(x, 1, "maximum", stat_length=0), V),
    "pad by an unknown mode": (lambda x: np.pad(x, 1, "bogus"), V),
    "vander of a matrix": (np.vander, M),
    "polyint of a negative order": (lambda x: np.polyint(x, -1), V),
    "polyder of a negative order": (lambda x: np.polyder(x, -1), V),
    "polyint of too few constants": (lambda x: np.polyint(x, 3, [1.0, 2.0]), V),
    "polyfit of a matrix of places": (lambda x: np.polyfit(x, V[:2], 1), M),
    "polyfit of unequal lengths": (lambda x: np.polyfit(x, V[:2], 1), V),
    "repeat a negative number of times": (lambda x: np.repeat(x, -1), V),
    "resize to a negative length": (lambda x: np.resize(x, (-1, 2)), V),
    "meshgrid of an unknown indexing": (lambda x: np.meshgrid(x, x, indexing="bogus")[0], V),
    "ix_ of a matrix": (lambda x: np.ix_(x)[0], M),
    "select of unequal lists": (lambda x: np.select([x > 0], [x, x]), V),
    "select of nothing": (lambda x: np.select([], []) + x, V),
    "select by numbers": (lambda x: np.select([np.ones(3)], [x]), V),
    "choose by numbers": (lambda x: np.choose(np.ones(3), [x, x]), V),
    "var of ddof and correction": (lambda x: np.var(x, ddof=1, correction=1), V),
    "average of other weights without axis": (lambda x: np.average(x, weights=np.ones(2)), M[:, :1]),
    "average of weights that do not fit": (lambda x: np.average(x, axis=0, weights=np.ones(3)), M),
    "average of weights that sum to zero": (lambda x: np.average(x, weights=[1.0, -1.0, 0.0]), V),
    "cov of three axes": (np.cov, T),
    "cov of a broken ddof": (lambda x: np.cov(x, ddof=0.5), V),
    "cov of broken frequencies": (lambda x: np.cov(x, fweights=[0.5, 1.0, 1.0]), V),
    "cov of a negative frequency": (lambda x: np.cov(x, fweights=[-1, 1, 1]), V),
    "cov of a negative weight": (lambda x: np.cov(x, aweights=[-1.0, 1.0, 1.0]), V),
    "moveaxis of unequal numbers": (lambda x: np.moveaxis(x, [0, 1], [0]), M),
    "squeeze of a longer axis": (lambda x: np.squeeze(x, 0), V),
    "reshape in an unknown order": (lambda x: np.reshape(x, (3, 1), order="bogus"), V),
    "reduce of nothing without identity": (lambda x: np.subtract.reduce(x[:0]), V),
    "matmul with a number": (lambda x: np.matmul(x, x[0]), V),
    "sine of two": (lambda x: np.sin(x, x, x), V),
    "maximum of one": (lambda x: np.maximum(x), V),
    "item of many": (lambda x: x.item(), V),
    "length of a number": (lambda x: len(x[0]), V),
    "entries of a number": (lambda x: list(x[0]), V),
    "einsum of a negative label": (lambda x: np.einsum(x, [-1]), V),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("watched", [jacfwd, jacrev], ids=["forward", "reverse"])
def test_refused_as_numpy_refuses(watched, case):
    f, x = REFUSED[case]
    with pytest.raises(Exception) as plain:  # noqa: PT011 (its type is what the other must have)
        f(x)
    with pytest.raises(plain.type):
        watched(f)(x)


@pytest.mark.parametrize(
    "case", ["matmul with a number", "stack of unequal shapes", "squeeze of a longer axis"]
)
def test_traces_and_counts_refuse_the_same(case):
    f, x = REFUSED[case]
    for watched in (trace, counts):
        with pytest.raises(ValueError):  # noqa: PT011 (NumPy's, whatever it says)
            watched(f, x)
