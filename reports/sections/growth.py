"""Growth: cost against n and m, the exponents with their intervals, and the two-variable law."""

import pandas as pd

from .._analysis import AXES, MEASURES, Analysis, Fit
from .._cost_figures import BOUNDS, LEGEND, cost_figures
from .._format import counted, interval, span
from .._laws import fit_bilinear
from .._section import DataTable, Section

NAMES = {
    "steady_seconds": "time (s)",
    "ratio": "time / f",
    "operations": "operations",
    "peak_bytes": "peak memory (B)",
}
TEXT = (
    "The law is overhead + factor · size^p, by least squares in logarithms, with Student's t intervals. "
    "An exponent is claimed only where its interval is narrow, the law misses the data by little, and growth "
    f"stands out from the overhead. {LEGEND} {BOUNDS}"
)


def section(analysis: Analysis) -> Section | None:
    """Return figures along n and m, the table of all fits, the two-variable laws, and what they say."""
    if not analysis.fits:
        return None
    result = Section("growth", "Growth with n inputs and m outputs", TEXT)
    for axis in AXES[:2]:
        result.figures += cost_figures(analysis, axis)
    _verdict(result, analysis, "n", "forward, one by one")
    _verdict(result, analysis, "m", "reverse, one by one")
    result.tables.append(DataTable("exponents", "Exponents", growth_table(analysis.fits)))
    laws = bilinear_table(analysis)
    if len(laws):
        note = "Coefficients ≥ 0; one whose interval starts at 0 is not told from 0."
        result.tables.append(DataTable("two-variable-law", "cost = c₀ + c₁·n + c₂·m + c₃·n·m", laws, note))
    return result


def growth_table(fits: list[Fit]) -> pd.DataFrame:
    """Return every growth law as a row; exponents of time first."""
    records = []
    for fit in sorted(fits, key=lambda f: MEASURES.index(f.measure)):
        g = fit.growth
        records.append(
            {
                "measure": NAMES[fit.measure],
                "against": fit.axis.label.partition(" (")[0],
                "workload": fit.workload,
                "fixed": fit.at,
                "series": fit.series,
                **g.exponent.columns("exponent"),
                **g.overhead.columns("overhead"),
                "R²": g.fit.r_squared if g.fit else float("nan"),
                "misses by ×": g.fit.miss if g.fit else float("nan"),
                "sizes": g.sizes,
                "supported": not g.reason,
                "why not": g.reason,
            }
        )
    return pd.DataFrame(records)


def bilinear_table(analysis: Analysis) -> pd.DataFrame:
    """Return the two-variable law of every series over the n × m grid, in time, operations and memory."""
    grid = analysis.rows[analysis.rows["family"] == "grid"]
    records = []
    for (workload, series), rows in grid.groupby(["workload", "series"], sort=False):
        for measure in ("steady_seconds", "operations", "peak_bytes"):
            if not (rows[measure] > 0).any():
                continue
            law = fit_bilinear(rows["n"].to_numpy(), rows["m"].to_numpy(), rows[measure].to_numpy())
            record = {"measure": NAMES[measure], "workload": workload, "series": series}
            for name, value in zip(("c₀", "c₁", "c₂", "c₃"), law.coefficients, strict=True):
                record |= value.columns(name)
            fit = law.fit
            record |= {
                "R²": fit.r_squared if fit else float("nan"),
                "misses by ×": fit.miss if fit else float("nan"),
            }
            records.append(record | {"cells": law.cells, "supported": not law.reason, "why not": law.reason})
    return pd.DataFrame(records)


def _verdict(result: Section, analysis: Analysis, family: str, series: str) -> None:
    """Set the exponent of the textbook's mode in its own variable beside the theory's 1 (in sweeps of f)."""
    fits = [f for f in analysis.fits if (f.axis.family, f.series, f.measure) == (family, series, "ratio")]
    good = [f for f in fits if not f.growth.reason]
    what = f"The cost of {series.replace(',', '')} in evaluations of f"
    if not good:
        if fits:
            result.withhold(f"{what} against {family}: {fits[0].growth.reason} ({fits[0].workload}).")
        return
    lead = min(good, key=lambda f: f.growth.exponent.high - f.growth.exponent.low)
    inside = lead.growth.exponent.low <= 1 <= lead.growth.exponent.high
    text = (
        f"{what} grows as {family}^{interval(lead.growth.exponent)} on {lead.workload}: the theory's 1 "
        f"lies {'inside' if inside else 'outside'} the interval"
    )
    if len(good) > 1:
        values = sorted(f.growth.exponent.value for f in good)
        text += f"; {span(values[0], values[-1])} over {counted(len(good), 'workload')}"
    if len(fits) > len(good):
        text += f" (not supported on {len(fits) - len(good)} more)"
    result.claim(f"{text}.", lead=True)
