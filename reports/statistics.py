"""Medians, paired ratios and least squares in logarithms, each with its 95 % interval.

The one statistics of the project, the benchmark's too; SciPy is loaded when first used.
"""

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

LEVEL = 0.95
FEWEST_ROUNDS = 6  # below this no order statistics enclose the median with 95 % confidence


class Estimate(NamedTuple):
    """A value with the ends of its 95 % interval (NaN where there is none)."""

    value: float
    low: float = np.nan
    high: float = np.nan

    @classmethod
    def of(cls, row: Any, name: str) -> "Estimate":
        """Return the estimate that stands in a row's columns name, name_low and name_high."""
        return cls(row[name], row[f"{name}_low"], row[f"{name}_high"])

    def columns(self, name: str) -> dict[str, float]:
        """Return the columns of which `of` makes it again."""
        return dict(zip((name, f"{name}_low", f"{name}_high"), self, strict=True))

    @property
    def inverse(self) -> "Estimate":
        """The estimate of 1 / value."""
        return Estimate(1 / self.value, 1 / self.high, 1 / self.low)

    def over(self, other: "Estimate") -> "Estimate":
        """Return self / other for two that were not measured in the same rounds (a wide interval)."""
        return Estimate(self.value / other.value, self.low / other.high, self.high / other.low)

    def outside(self, factor: float) -> bool:
        """Whether the whole interval lies outside [1/factor, factor] (False where there is no interval)."""
        return self.low > factor or self.high < 1 / factor


UNKNOWN = Estimate(np.nan)


def usable(samples: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the finite, positive samples as a float array: the ones that have a logarithm."""
    samples = np.asarray(samples, float)
    return samples[np.isfinite(samples) & (samples > 0)]


def median(samples: Sequence[float] | np.ndarray) -> Estimate:
    """Return the median of positive samples with its 95 % interval.

    From six samples on the interval is between order statistics (sign test), which assumes no
    distribution; from two to five it is Student's t on logarithms; below that there is none.
    """
    samples = np.sort(usable(samples))
    count = len(samples)
    if count == 0:
        return UNKNOWN
    middle = float(np.median(samples))
    if count >= FEWEST_ROUNDS:
        rank = _rank(count)
        return Estimate(middle, float(samples[rank - 1]), float(samples[count - rank]))
    if count >= 2:
        logs = np.log(samples)
        reach = student(count - 1) * logs.std(ddof=1) / np.sqrt(count)
        with np.errstate(over="ignore"):
            return Estimate(middle, float(np.exp(logs.mean() - reach)), float(np.exp(logs.mean() + reach)))
    return Estimate(middle)


@cache
def _rank(count: int) -> int:
    """Return r with P(fewer than r of count samples lie below the median) < 2.5 %."""
    from scipy import stats

    return int(stats.binom.ppf((1 - LEVEL) / 2, count, 0.5))


def paired_ratio(above: Sequence[float] | np.ndarray, below: Sequence[float] | np.ndarray) -> Estimate:
    """Return the median over rounds of above[i] / below[i]; sample i of both was taken in round i."""
    rounds = min(len(above), len(below))
    above, below = np.asarray(above[:rounds], float), np.asarray(below[:rounds], float)
    good = np.isfinite(above) & np.isfinite(below) & (above > 0) & (below > 0)
    return median(above[good] / below[good])


def summary(seconds: Sequence[float] | np.ndarray, yardstick: Sequence[float] | np.ndarray) -> dict[str, Any]:
    """Return what a row says of its samples, by the schema's names, as far as the samples go."""
    taken, unit = usable(seconds), usable(yardstick)
    found = {}
    if len(taken):
        found = dict(zip(("median_seconds", "seconds_low", "seconds_high"), median(taken), strict=True))
        found["min_seconds"] = float(taken.min())
        if len(unit):
            found["yardstick_seconds"] = float(np.median(unit))
            found |= paired_ratio(seconds, yardstick).columns("ratio")
    return found


@cache
def student(degrees: int) -> float:
    """Return the two-sided 95 % quantile of Student's t."""
    from scipy import stats

    return float(stats.t.ppf((1 + LEVEL) / 2, degrees))


def by_chance(cells: int) -> int:
    """Return how many of so many comparisons without a difference may still look like one (95 % bound)."""
    from scipy import stats

    return int(stats.binom.ppf(LEVEL, cells, (1 - LEVEL) / 2))


class LogFit(NamedTuple):
    """Least squares of log(y): parameters, their covariance, and how well they fit."""

    parameters: np.ndarray
    covariance: np.ndarray
    degrees: int
    miss: float
    """typical factor between data and law: exp of the residual standard deviation"""
    r_squared: float

    def interval(self, index: int) -> Estimate:
        """Return one parameter with its 95 % interval."""
        value = float(self.parameters[index])
        reach = student(self.degrees) * float(np.sqrt(self.covariance[index, index]))
        return Estimate(value, value - reach, value + reach)


def fit_logs(
    law: Callable[..., np.ndarray], x: np.ndarray, y: np.ndarray, start: list[float], bounds: tuple
) -> LogFit | None:
    """Fit log(y) = log(law(x, *parameters)) + noise: noise of timings is relative, not absolute.

    Returns None where there are no degrees of freedom left or the solver does not converge.
    """
    from scipy import optimize

    logs = np.log(y)
    degrees = len(y) - len(start)
    if degrees < 1:
        return None

    def log_law(at: np.ndarray, *parameters: float) -> np.ndarray:
        return np.log(np.maximum(law(at, *parameters), np.finfo(float).tiny))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optimize.OptimizeWarning)  # covariance then is infinite: see interval
        try:
            parameters, covariance = optimize.curve_fit(log_law, x, logs, start, bounds=bounds)
        except RuntimeError:
            return None
    residuals = logs - log_law(x, *parameters)
    total = float(np.sum((logs - logs.mean()) ** 2))
    squares = float(np.sum(residuals**2))
    r_squared = 1 - squares / total if total > 0 else np.nan
    return LogFit(parameters, covariance, degrees, float(np.exp(np.sqrt(squares / degrees))), r_squared)
