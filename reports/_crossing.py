"""Where two costs are equal: the point with its interval, and the curve through such points."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .statistics import UNKNOWN, Estimate, student

WINDOW = np.log(8) + 0.1  # points within this factor of the crossing decide where it lies
WIDEST = 4.0  # an interval whose ends are further apart than this factor is not worth a claim


@dataclass(frozen=True)
class Crossing:
    """The size x at which log(ratio) changes from negative to positive.

    ``side`` is "inside" where it lies among the measured sizes, "below" ("above") where the ratio is
    positive (negative) at all of them; ``reason`` is empty where the data support what is said.
    """

    at: Estimate
    side: str
    reason: str = ""


def crossing(x: np.ndarray, ratio: np.ndarray) -> Crossing:
    """Find where ratio, which grows with x, passes 1.

    The place is first found between two sizes so that the points on the wrong side weigh least; then
    log(ratio) is regressed on log(x) over the points within a factor 8 of it, and the interval is
    Fieller's: all x at which the regression line cannot be told from 0 at 95 %.
    """
    order = np.argsort(x)
    x, logs = np.log(np.asarray(x, float)[order]), np.log(np.asarray(ratio, float)[order])
    if len(x) < 4:
        return Crossing(UNKNOWN, "inside", f"{len(x)} sizes, 4 needed")
    # what the k smallest sizes weigh if they should be negative, and all others if they should be positive
    small, large = np.maximum(logs, 0).cumsum(), np.maximum(-logs, 0)[::-1].cumsum()[::-1]
    wrong = np.append(0, small) + np.append(large, 0)
    split = int(wrong.argmin())
    if split == 0:
        return Crossing(UNKNOWN, "below")
    if split == len(x):
        return Crossing(UNKNOWN, "above")
    start = (x[split - 1] + x[split]) / 2
    near = np.argsort(np.abs(x - start), kind="stable")
    near = near[: max(4, int((np.abs(x - start) <= WINDOW).sum()))]
    at = _fieller(x[near], logs[near])
    if not np.isfinite(at.high - at.low):
        return Crossing(at, "inside", "the ratio does not clearly grow with size here")
    if at.high / at.low > WIDEST:
        return Crossing(at, "inside", f"interval too wide: {at.low:.3g} to {at.high:.3g}")
    return Crossing(at, "inside")


def _fieller(x: np.ndarray, y: np.ndarray) -> Estimate:
    """Return exp of the root of the line through (x, y) with Fieller's interval (Fieller 1954)."""
    line, middle = stats.linregress(x, y), x.mean()
    degrees = len(x) - 2
    square = student(degrees) ** 2
    residuals = y - line.intercept - line.slope * x
    variance = float(residuals @ residuals) / degrees
    # (level + slope·d)² ≤ t²·(variance/k + variance·d²/Sxx), d = x − middle: a quadratic in d
    level, spread = float(y.mean()), float(((x - middle) ** 2).sum())
    a = line.slope**2 - square * variance / spread
    b = line.slope * level
    c = level**2 - square * variance / len(x)
    root = middle - level / line.slope if line.slope > 0 else np.nan
    if a <= 0 or line.slope <= 0:
        return Estimate(float(np.exp(root)))
    reach = np.sqrt(max(b * b - a * c, 0.0)) / a
    return Estimate(*(float(np.exp(v)) for v in (root, middle - b / a - reach, middle - b / a + reach)))


@dataclass(frozen=True)
class Curve:
    """n = factor·mˢ through the crossings; ``reason`` is empty where the data support it."""

    factor: Estimate
    exponent: Estimate
    points: int
    reason: str = ""


def curve(m: np.ndarray, at: np.ndarray) -> Curve:
    """Fit n = factor·mˢ to crossings n at outputs m: factor is the mean of n/m, s the slope in logs."""
    m, at = np.log(np.asarray(m, float)), np.log(np.asarray(at, float))
    if len(m) < 4:
        return Curve(UNKNOWN, UNKNOWN, len(m), f"{len(m)} of the 4 crossings needed")
    line = stats.linregress(m, at)
    reach = student(len(m) - 2) * float(line.stderr)
    exponent = Estimate(float(line.slope), float(line.slope - reach), float(line.slope + reach))
    offsets = at - m
    spread = student(len(m) - 1) * float(offsets.std(ddof=1)) / np.sqrt(len(m))
    middle = float(offsets.mean())
    factor = Estimate(*(float(np.exp(v)) for v in (middle, middle - spread, middle + spread)))
    wide = factor.high / factor.low > WIDEST
    return Curve(factor, exponent, len(m), "the crossings scatter too much" if wide else "")
