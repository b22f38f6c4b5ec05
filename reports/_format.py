"""Numbers as a person reads them: three digits, units, intervals in brackets."""

import math

import pandas as pd

from .statistics import Estimate

_PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}


def number(value: float) -> str:
    """Return value with three significant digits, whole numbers below ten million in full."""
    if not math.isfinite(value):
        return "–"
    if value == round(value) and abs(value) < 1e7:
        return f"{value:.0f}"
    if value and not 1e-3 <= abs(value) < 1e6:
        return f"{value:.2e}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:.{digits}f}"


def _prefix(value: float) -> int:
    """Return the power of ten of the metric prefix for value."""
    power = 3 * math.floor(math.log10(abs(value)) / 3 + 1e-9) if value else 0
    return min(max(power, min(_PREFIXES)), max(_PREFIXES))


def interval(estimate: Estimate, unit: str = "") -> str:
    """Return "1.02 [0.98–1.06]" or "12.3 [11.9–12.8] µs", or the bare value where there is no interval.

    Decimals follow the interval's width: what noise does not settle is not printed, and an
    interval too narrow to print is left out.
    """
    value, low, high = estimate
    if not math.isfinite(value):
        return "–"
    power = _prefix(value) if unit else 0
    value, low, high = (v / 10.0**power for v in estimate)
    unit = f" {_PREFIXES[power]}{unit}" if unit else ""
    half = (high - low) / 2
    if not math.isfinite(half):
        return f"{number(value)}{unit}"
    if half <= 5e-5 * abs(value):
        return f"{number(value)}{unit}"
    if abs(value) >= 1e6 or 0 < abs(value) < 1e-3:
        return f"{number(value)} [{number(low)}–{number(high)}]{unit}"
    digits = _digits(half)
    return f"{value:.{digits}f} [{low:.{digits}f}–{high:.{digits}f}]{unit}"


def with_unit(value: float, unit: str) -> str:
    """Return value with a metric prefix and its unit, such as "12.3 µs" or "3.4 MB"."""
    return interval(Estimate(value), unit)


def as_factor(estimate: Estimate) -> str:
    """Return "×380 [340–420]"."""
    return f"×{interval(estimate)}"


def brief(estimate: Estimate) -> str:
    """Return "0.959±.024": the value and half its interval, in the digits of `interval` or fewer."""
    half = (estimate.high - estimate.low) / 2
    digits = _digits(half) if half > 0 else 3
    return f"{estimate.value:.{min(digits, 3)}f}±{half:.{min(digits, 3)}f}".replace("±0.", "±.")


def _digits(half: float) -> int:
    """Return how many decimals an interval of half this width leaves worth printing."""
    return min(max(0, -math.floor(math.log10(half / 3))), 4)


def span(low: float, high: float) -> str:
    """Return "2–2.5", or one number where both are the same."""
    return f"{low:.3g}" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g}–{high:.3g}"


def listed(names: list[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def counted(count: int, noun: str) -> str:
    """Return "1 cell" or "3 cells"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as text: x, x_low, x_high become one column; units follow the column's name."""
    text = {}
    ends = {f"{_stem(name)}_{end}" for name in table for end in ("low", "high")}
    for name in (c for c in table if c not in ends):
        column, stem = table[name], _stem(name)
        unit = "s" if name.endswith("_seconds") else "B" if name.endswith("_bytes") else ""
        if pd.api.types.is_bool_dtype(column):
            cells = ["yes" if v else "no" for v in column]
        elif f"{stem}_low" in table:
            triples = zip(column, table[f"{stem}_low"], table[f"{stem}_high"], strict=True)
            cells = [interval(Estimate(*v), unit) for v in triples]
        elif pd.api.types.is_numeric_dtype(column):
            cells = [with_unit(float(v), unit) for v in column]
        else:
            cells = ["" if pd.isna(v) else str(v) for v in column]
        text[name.removesuffix("_seconds").removesuffix("_bytes").replace("_", " ")] = cells
    return pd.DataFrame(text)


def _stem(name: str) -> str:
    """Return the name that _low and _high are added to: median_seconds goes with seconds_low."""
    return name.removeprefix("median_")
