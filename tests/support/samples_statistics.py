"""Samples of averages, order statistics, correlations and histograms."""

import numpy as np
from rulecheck import Sample
from samples_reductions import MASK, A, B, with_nan

_RNG = np.random.default_rng(3)
V = _RNG.normal(size=7)
W = _RNG.uniform(0.5, 1.5, 7)
WEIGHTS = _RNG.uniform(0.5, 1.5, (2, 3, 4))
POINTS = _RNG.normal(size=(3, 6))
EDGES = np.array([-3.0, -0.4, 0.3, 3.0])

_AXES = ({}, {"axis": 1}, {"axis": (0, -1), "keepdims": True}, {"where": MASK, "axis": 2})
_METHODS = (
    "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen weibull linear "
    "median_unbiased normal_unbiased lower higher midpoint nearest"
).split()
_MOVING = "interpolated_inverted_cdf hazen weibull linear median_unbiased normal_unbiased".split()

SAMPLES = [
    *(
        Sample(f, lambda x, f=f, k=k: f(x, **k), (B,), str(list(k.items())[:2])[:40])
        for f in (np.mean, np.var, np.std)
        for k in _AXES
    ),
    Sample(np.mean, lambda x: x.mean(0, None, None, True), (B,), "by position"),
    Sample(np.var, lambda x: np.var(x, axis=1, ddof=1), (B,), "ddof"),
    Sample(np.var, lambda x, m: np.var(x, axis=1, mean=m), (A, A[:, :1] * 1.1), "mean"),
    Sample(np.std, lambda x: np.std(x, correction=1), (B,), "correction"),
    Sample(np.average, np.average, (B,)),
    Sample(np.average, lambda x, w: np.average(x, weights=w), (B, WEIGHTS), "weights"),
    Sample(np.average, lambda x, w: np.average(x, (2, 0), w.T), (B, WEIGHTS[:, 0]), "weights of two axes"),
    Sample(
        np.average, lambda x, w: np.average(x, 1, w, True, keepdims=True), (B, WEIGHTS[0, :, 0]), "returned"
    ),
    Sample(np.average, lambda w: np.average(B, axis=-1, weights=w), (WEIGHTS[0, 0],), "weights only"),
    *(
        Sample(f, lambda x, f=f, k=k: f(x, **k), (B,), str(k))
        for f in (np.median, np.nanmedian)
        for k in ({}, {"axis": 1}, {"axis": (0, 2), "keepdims": True})
    ),
    *(
        Sample(np.quantile, lambda x, m=m: np.quantile(x, [0.13, 0.5, 0.77], axis=-1, method=m), (B,), m)
        for m in _METHODS
    ),
    *(
        Sample(
            np.quantile, lambda x, q, m=m: np.quantile(x, q, axis=-1, method=m), (B, [0.3, 0.55]), m + ", q"
        )
        for m in _MOVING
    ),
    Sample(np.quantile, lambda x, q: np.quantile(x, q), (V, 0.4), "all, q a number"),
    Sample(np.quantile, lambda q: np.quantile(V, q), (np.array([[0.4, 0.2]]),), "q only"),
    Sample(
        np.quantile, lambda x: np.quantile(x, [0.4, 0.7], axis=(1, 2), keepdims=True), (B,), "axes, keepdims"
    ),
    Sample(
        np.quantile,
        lambda x: np.quantile(x, [0.4, 0.7], axis=-1, method="inverted_cdf", weights=WEIGHTS[0, 0]),
        (B,),
        "weights",
    ),
    Sample(
        np.quantile,
        lambda x: np.quantile(x, 0.4, axis=(0, 1), method="inverted_cdf", weights=WEIGHTS),
        (B,),
        "weights of the array",
    ),
    Sample(np.percentile, lambda x, q: np.percentile(x, q, axis=0), (B, [15.0, 80.0])),
    Sample(np.percentile, lambda x: np.percentile(x, 30), (B,), "number"),
    Sample(np.nanquantile, lambda x: np.nanquantile(with_nan(x), [0.3, 0.8], axis=2), (B,)),
    Sample(np.nanquantile, lambda x, q: np.nanquantile(with_nan(x), q, axis=2), (B, [0.3, 0.8]), "q"),
    Sample(np.nanpercentile, lambda x: np.nanpercentile(with_nan(x), 35, axis=(0, 1), keepdims=True), (B,)),
    *(
        Sample(np.sort, lambda x, axis=axis: np.sort(x, axis=axis), (B,), f"axis {axis}")
        for axis in (-1, 0, 1, None)
    ),
    Sample(np.sort, lambda x: _sorted_in_place(x), (B,), "method"),
    Sample(np.partition, lambda x: np.partition(x, 2), (B,)),
    Sample(np.partition, lambda x: np.partition(x, (1, 2), axis=1), (B,), "axis"),
    Sample(np.partition, lambda x: np.partition(x, 5, axis=None), (B,), "flat"),
    Sample(np.cov, np.cov, (POINTS,)),
    Sample(
        np.cov, lambda x, y: np.cov(x, y, rowvar=False), (POINTS.T, POINTS[1] ** 2), "columns and one more"
    ),
    Sample(np.cov, lambda x: np.cov(x, bias=True), (V,), "one variable"),
    Sample(
        np.cov, lambda x, w: np.cov(x, aweights=w, fweights=[1, 2, 1, 1, 3, 1]), (POINTS, W[:6]), "weights"
    ),
    Sample(np.cov, lambda x, w: np.cov(x, aweights=w, ddof=0), (POINTS, W[:6]), "weights, ddof"),
    Sample(np.corrcoef, np.corrcoef, (POINTS,)),
    Sample(np.corrcoef, np.corrcoef, (V, W), "two"),
    Sample(np.bincount, lambda w: np.bincount([3, 1, 1, 0, 3, 3, 1], w, 6), (W,)),
    Sample(np.histogram_bin_edges, np.histogram_bin_edges, (V,)),
    Sample(np.histogram_bin_edges, lambda x: np.histogram_bin_edges(x, "sturges"), (V,), "named"),
    Sample(np.histogram, lambda x, w: np.histogram(x, 4, weights=w), (V, W), "weights"),
    Sample(np.histogram, lambda x, w: np.histogram(x, 4, weights=w, density=True), (V, W), "density"),
    Sample(np.histogram, lambda x: np.histogram(x, "fd"), (V,), "named"),
    Sample(np.histogram, lambda e: np.histogram(V, e, density=True), (EDGES,), "edges"),
    Sample(np.histogram2d, lambda x, y, w: np.histogram2d(x, y, (2, 3), weights=w), (V, V[::-1] ** 2, W)),
    Sample(
        np.histogramdd,
        lambda x, w: _flat(np.histogramdd(x, (2, EDGES), density=True, weights=w)),
        (POINTS[:2].T, W[:6]),
    ),
]


def _sorted_in_place(x):
    y = np.copy(x)
    y.sort(1)
    return y


def _flat(result):
    counts, edges = result
    return counts, *edges
