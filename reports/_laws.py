"""Growth laws of a cost: overhead + factor·xᵖ in one variable, c₀ + c₁·n + c₂·m + c₃·n·m in two."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from .statistics import UNKNOWN, Estimate, LogFit, fit_logs, student

FEWEST_SIZES = 4
SHORTEST_SPAN = 8  # largest size / smallest size
WIDEST_INTERVAL = 0.3  # half the width of an exponent's interval that still says something
WORST_MISS = 1.35  # a law that misses its data by more than this factor is not their law
LEAST_GROWTH = 2  # largest cost / smallest: below this overhead and growth cannot be told apart


@dataclass(frozen=True)
class Growth:
    """y = overhead + factor·xᵖ, fitted in logarithms.

    ``reason`` is empty where the data support the exponent, else it says why they do not.
    """

    exponent: Estimate = UNKNOWN
    overhead: Estimate = UNKNOWN
    span: float = np.nan
    """largest cost / smallest cost"""
    sizes: int = 0
    reason: str = ""
    fit: LogFit | None = None
    scale: tuple[float, float] = (1.0, 1.0)

    def curve(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the fitted cost at x with the ends of its 95 % band (delta method)."""
        assert self.fit is not None
        parameters, covariance, at = self.fit.parameters, self.fit.covariance, x / self.scale[0]
        value = _power(at, *parameters)
        growth = _power(at, *parameters[:2])
        partials = np.stack([growth, growth * np.log(at), np.ones_like(at)])[: len(parameters)] / value
        spread = np.sqrt(np.einsum("ix,ij,jx->x", partials, covariance, partials))
        reach = np.exp(student(self.fit.degrees) * spread)
        return value * self.scale[1], value / reach * self.scale[1], value * reach * self.scale[1]


def _power(x: np.ndarray, log_factor: float, exponent: float, overhead: float = 0.0) -> np.ndarray:
    return np.exp(log_factor) * x**exponent + overhead


def fit_growth(x: np.ndarray, y: np.ndarray) -> Growth:
    """Fit y = overhead + factor·xᵖ to positive costs y at sizes x, with Student's t intervals.

    The interval comes from the scatter of the points about the law, so that a law that holds only
    roughly gets a wide one. Where the costs stay within a factor of 2 of each other an overhead and a
    slow growth are one and the same curve: a line is drawn, and no exponent is claimed.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    good = np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)
    x, y = x[good], y[good]
    sizes = len(np.unique(x))
    if sizes < FEWEST_SIZES:
        return Growth(sizes=sizes, reason=f"{sizes} sizes, {FEWEST_SIZES} needed")
    span = float(y.max() / y.min())
    if x.max() / x.min() < SHORTEST_SPAN:
        return Growth(sizes=sizes, span=span, reason=f"sizes span less than a factor {SHORTEST_SPAN}")
    scale = float(np.exp(np.log(x).mean())), float(np.exp(np.log(y).mean()))
    at, cost = x / scale[0], y / scale[1]
    grows = span >= LEAST_GROWTH
    slope = float(np.polyfit(np.log(at), np.log(cost), 1)[0])
    if grows:
        start = [np.log(0.5), max(slope, 0.3), 0.5 * float(cost.min())]
        fit = fit_logs(_power, at, cost, start, ([-np.inf, -4, 0], [np.inf, 6, np.inf]))
    else:
        fit = fit_logs(_power, at, cost, [0.0, slope], ([-np.inf, -4], [np.inf, 6]))
    if fit is None or not np.all(np.isfinite(fit.covariance)):
        return Growth(sizes=sizes, span=span, reason="overhead and growth cannot be told apart")
    exponent = fit.interval(1)
    overhead = Estimate(*(max(0.0, v) * scale[1] for v in fit.interval(2))) if grows else UNKNOWN
    reason = ""
    if not grows:
        reason = f"costs differ by ×{span:.2f} at most: overhead hides the growth"
    elif fit.miss > WORST_MISS:
        reason = f"no power law: it misses the data by ×{fit.miss:.2f}"
    elif (exponent.high - exponent.low) / 2 > WIDEST_INTERVAL:
        reason = f"interval too wide: {exponent.low:.2f} to {exponent.high:.2f}"
    return Growth(exponent, overhead, span, sizes, reason, fit, scale)


@dataclass(frozen=True)
class Bilinear:
    """y = c₀ + c₁·n + c₂·m + c₃·n·m, with c ≥ 0, fitted in logarithms."""

    coefficients: tuple[Estimate, ...] = (UNKNOWN,) * 4
    cells: int = 0
    reason: str = ""
    fit: LogFit | None = None


def fit_bilinear(n: np.ndarray, m: np.ndarray, y: np.ndarray) -> Bilinear:
    """Fit y = c₀ + c₁·n + c₂·m + c₃·n·m to positive costs; coefficients keep the unit of y."""
    n, m, y = (np.asarray(v, float) for v in (n, m, y))
    good = np.isfinite(y) & (y > 0)
    n, m, y = n[good], m[good], y[good]
    if len(np.unique(n)) < 3 or len(np.unique(m)) < 3 or len(y) < 8:
        return Bilinear(cells=len(y), reason="needs at least 3 × 3 sizes and 8 cells")
    design = np.stack([np.ones_like(n), n, m, n * m])
    scale = np.exp(np.log(design).mean(axis=1))  # makes the four columns comparable
    height = float(np.exp(np.log(y).mean()))
    columns, y = design / scale[:, None], y / height

    def law(at: np.ndarray, *c: float) -> np.ndarray:
        return np.asarray(c) @ at

    start, _ = optimize.nnls((columns / y).T, np.ones_like(y))
    fit = fit_logs(law, columns, y, list(np.maximum(start, 1e-9)), bounds=(0, np.inf))
    if fit is None or not np.all(np.isfinite(fit.covariance)):
        return Bilinear(cells=len(y), reason="the four terms cannot be told apart")
    unit = height / scale
    estimates = tuple(Estimate(*(max(0.0, v) * unit[i] for v in fit.interval(i))) for i in range(4))
    reason = f"no such law: it misses the data by ×{fit.miss:.2f}" if fit.miss > WORST_MISS else ""
    return Bilinear(estimates, len(y), reason, fit)
