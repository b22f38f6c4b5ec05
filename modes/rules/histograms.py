"""Counts of entries in bins: constants, but for the weights counted and for edges set by the data's range."""

from typing import Any

import numpy as np

from modes.core.operands import as_array
from modes.core.primitive import linear
from modes.core.registry import rule
from modes.core.traced import Traced, primal, strip
from modes.maps.indexing import Index
from modes.maps.linear import Pair


def _weighted_map(y, weights, positions, length):
    index = Index(positions, (length,))
    return Pair(index.transpose, index.apply)


def _weighted(weights, positions, length):
    if isinstance(weights, Traced):
        return _WEIGHTED(weights, positions, length)
    return np.bincount(positions, weights, length)


_WEIGHTED = linear(_weighted, _weighted_map, name="np.bincount")


@rule(np.bincount)
def bincount(x, /, weights=None, minlength=0):
    positions = primal(x)
    if not isinstance(weights, Traced):
        return np.bincount(positions, weights, minlength)
    positions = np.asarray(positions)
    if positions.shape != weights.shape:
        raise ValueError("The weights and list don't have the same length.")
    length = np.bincount(positions, minlength=minlength).size
    return np.astype(_WEIGHTED(weights, positions, length), float)


@rule(np.histogram_bin_edges)
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    if np.ndim(bins) == 1:
        np.histogram_bin_edges([], strip(bins))  # NumPy's checks
        return as_array(bins, "np.histogram_bin_edges")
    edges = np.histogram_bin_edges(primal(a), bins, strip(range), strip(weights))
    if range is not None:
        low, high = range
    elif not np.size(primal(a)):
        return edges
    else:
        low, high = np.min(a), np.max(a)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, len(edges))


def _histogramdd(columns, bins, ranges, density, weights, count_type=None):
    """Counts in a grid of bins, and its edges, as traced values where they are."""
    edges = [histogram_bin_edges(c, b, r) for c, b, r in zip(columns, bins, ranges, strict=True)]
    cells, inside = [], np.ones(np.shape(columns[0]), bool)
    for column, edge in zip(columns, map(primal, edges), strict=True):
        column = primal(column)
        cell = np.searchsorted(edge, column, side="right") - 1
        cell = np.where(column == edge[-1], len(edge) - 2, cell)  # the last bin has both its ends
        inside = inside & (cell >= 0) & (cell < len(edge) - 1)
        cells.append(cell)
    shape = tuple(len(edge) - 1 for edge in edges)
    chosen = np.flatnonzero(inside)
    places = np.ravel_multi_index([cell[chosen] for cell in cells], shape)
    weights = None if weights is None else np.reshape(as_array(weights, "np.histogramdd"), -1)[chosen]
    counts: Any = np.reshape(np.bincount(places, weights, int(np.prod(shape))), shape)
    counts = np.astype(counts, count_type or counts.dtype)
    if density:
        counts = counts / np.sum(counts)
        for axis, edge in enumerate(edges):
            counts = counts / np.reshape(
                np.astype(np.diff(edge), float), (-1,) + (1,) * (len(edges) - 1 - axis)
            )
    return counts, edges


def _cut_out(counts):
    """As NumPy's: the inner part of an array that has bins for outliers, too."""
    return np.pad(counts, 1)[(slice(1, -1),) * counts.ndim]


@rule(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None):
    a = np.reshape(as_array(a, "np.histogram"), -1)
    if isinstance(bins, str):
        if weights is not None:
            raise TypeError("Automated estimation of the number of bins is not supported for weighted data")
        bins = len(np.histogram_bin_edges(primal(a), bins, strip(range))) - 1
    if weights is not None:
        weights = np.reshape(as_array(weights, "np.histogram"), -1)
        if weights.shape != a.shape:
            raise ValueError("weights should have the same shape as a.")
    count_type = None if weights is None else weights.dtype
    counts, (edges,) = _histogramdd([a], [bins], [range], density, weights, count_type)
    return counts, edges


@rule(np.histogramdd)
def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    if isinstance(sample, list | tuple):
        columns = [as_array(column, "np.histogramdd") for column in sample]
    else:
        columns = list(np.unstack(np.atleast_2d(sample.T), axis=0))
    bins = list(bins) if hasattr(bins, "__len__") else [bins] * len(columns)
    if len(bins) != len(columns):
        raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
    ranges = [None] * len(columns) if range is None else list(range)
    counts, edges = _histogramdd(columns, bins, ranges, density, weights)
    counts = counts if isinstance(counts, Traced) else counts.astype(float)
    return (counts if density else _cut_out(counts)), tuple(edges)


@rule(np.histogram2d)
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    if np.shape(x) != np.shape(y):
        raise ValueError("x and y must have the same length.")
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [bins, bins]
    counts, edges = np.histogramdd([x, y], bins, range, density, weights)
    return counts, *edges
