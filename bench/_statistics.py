"""Medians with intervals, growth laws with an overhead floor, and crossovers."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares


def median_interval(samples: ArrayLike, confidence: float = 0.95) -> tuple[float, float, float]:
    """Return the median and an interval for it that assumes nothing about the noise.

    The interval lies between two order statistics; its coverage is binomial (W. J. Conover, *Practical
    Nonparametric Statistics*, 3rd ed., section 3.2). With fewer than six samples it is the whole range, which
    covers less than 95 %.
    """
    ordered = np.sort(np.asarray(samples, float))
    count = ordered.size
    if count == 0:
        raise ValueError("samples is empty; a median needs at least one")
    tail, rank = 0.0, 0
    while rank < count // 2:
        tail += comb(count, rank) / 2**count
        if 2 * tail > 1 - confidence:
            break
        rank += 1
    rank = max(rank, 1)
    return float(np.median(ordered)), float(ordered[rank - 1]), float(ordered[count - rank])


def spread(values: ArrayLike) -> tuple[float, float, float]:
    """Return the median and the 5th and 95th percentile."""
    low, middle, high = np.percentile(np.asarray(values, float), [5, 50, 95])
    return float(middle), float(low), float(high)


@dataclass(frozen=True)
class Growth:
    """The law cost = floor + factor · sizeᵖ, fitted in the logarithm of the cost.

    `uncertainty` is the standard error of the exponent.
    """

    floor: float
    factor: float
    exponent: float
    uncertainty: float


def fit_growth(sizes: ArrayLike, costs: ArrayLike) -> Growth | None:
    """Fit the growth law by least squares of log(cost); None if fewer than four different sizes are given."""
    size, cost = np.asarray(sizes, float), np.asarray(costs, float)
    if np.unique(size).size < 4 or not (np.all(cost > 0) and np.all(size > 0)):
        return None

    def law(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.logaddexp(p[0], p[1] + p[2] * np.log(size)) - np.log(cost)

    rise = np.polyfit(np.log(size), np.log(cost), 1)[0]
    lowest = float(np.log(cost.min()))
    far_below = lowest - 12  # a floor that no measurement could show
    starts = [(lowest - 0.5, 1.0), (lowest - 6, float(np.clip(rise, -0.4, 3.9)))]
    fits = [
        least_squares(
            law,
            [floor, np.log(cost[size.argmax()]) - p * np.log(size.max()), p],
            bounds=([far_below, -np.inf, -0.5], [np.log(cost.max()), np.inf, 4.0]),
        )
        for floor, p in starts
    ]
    fit = min(fits, key=lambda candidate: candidate.cost)
    free = max(1, size.size - 3)
    covariance = np.linalg.pinv(fit.jac.T @ fit.jac) * (2 * fit.cost / free)
    floor, factor, exponent = fit.x
    return Growth(
        float(np.exp(floor)), float(np.exp(factor)), float(exponent), float(np.sqrt(covariance[2, 2]))
    )


@dataclass(frozen=True)
class Crossover:
    """The size at which two costs are equal; `uncertainty` is its standard error over the size."""

    size: float
    uncertainty: float


def crossover(sizes: ArrayLike, ratios: ArrayLike, errors: ArrayLike) -> Crossover | None:
    """Return where a ratio of costs passes 1, or None if it does not pass it within the range of sizes.

    A straight line in log-log through the two points on either side of the passage and their neighbours,
    weighted, so that one noisy point does not decide; the error is that of the line's root (delta method).

    Parameters
    ----------
    sizes, ratios : array_like, shape (k,)
        The sizes and the ratio at each of them.
    errors : array_like, shape (k,)
        Standard errors of the logarithms of the ratios, all positive.
    """
    order = np.argsort(sizes)
    x, y, error = (np.asarray(values, float)[order] for values in (sizes, ratios, errors))
    x, y = np.log(x), np.log(y)
    signs = np.sign(y)
    passages = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    if passages.size == 0 or signs[0] == signs[-1]:
        return None
    middle = round(float(passages.mean()))
    near = slice(max(0, middle - 1), middle + 3)
    slope, height = line = np.polyfit(x[near], y[near], 1, w=1 / error[near])
    if slope == 0 or not x[0] <= -height / slope <= x[-1]:
        return None
    root = -height / slope
    misfit = np.sqrt(np.mean(((np.polyval(line, x[near]) - y[near]) / error[near]) ** 2))
    design = np.vander(x[near], 2) / error[near][:, None]
    gradient = np.array([root, 1.0]) / slope
    variance = gradient @ np.linalg.inv(design.T @ design) @ gradient
    return Crossover(float(np.exp(root)), float(max(1.0, misfit) * np.sqrt(variance)))
