"""The figure that several sections draw: a cost against a size, with fits and theory."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from . import _draw as draw
from ._analysis import Analysis, Axis, Fit
from ._looks import MUTED
from .schema import OURS

UNITS = {"steady_seconds": ("time of a Jacobian", "s"), "peak_bytes": ("peak memory", "B")}
LEGEND = (
    "Points are medians with 95 % intervals; lines are the fitted laws with their 95 % bands, thin where "
    "the data do not support the exponent."
)
"""What holds for every such figure; each section that shows some says it once."""
BOUNDS = (
    "Hatched: the theory's bounds in operations times the measured f, one sweep at a time (Griewank & "
    "Walther, ch. 3 and 4); what lies above them is the cost of interpretation."
)


def cost_figures(analysis: Analysis, axis: Axis, measure: str = "steady_seconds") -> list[draw.Drawing]:
    """Return one figure for each workload (and fixed size) along the axis that has at least three sizes."""
    rows = analysis.along(axis)
    rows = rows[(rows["library"].isin(OURS) | (rows["library"] == "")) & (rows["mode"] != "auto")]
    figures = []
    for (workload, fixed), group in rows.groupby(["workload", "fixed"], sort=False, dropna=False):
        if group[group[measure] > 0][axis.column].nunique() >= 3:
            figures.append(_figure(analysis, axis, measure, str(workload), float(fixed), group))
    return figures


def _figure(
    analysis: Analysis, axis: Axis, measure: str, workload: str, fixed: float, rows: pd.DataFrame
) -> draw.Drawing:
    what, unit = UNITS[measure]
    at = "" if np.isnan(fixed) else f", {axis.fixed} = {fixed:.0f}"
    if axis.fixed and np.isnan(fixed):
        at = f", {axis.fixed} grows with {axis.column}"
    axes = draw.panel(f"{workload}{at}", axis.label, f"{what} ({unit})")
    timing = measure == "steady_seconds"
    if timing and axis.fixed:
        _theory(axes, axis, rows)
    for label, points in rows.groupby("series", sort=False):
        laws = [
            fit
            for fit in analysis.fits
            if fit.growth.fit and _same(fit, axis, workload, fixed, str(label), measure)
        ]
        draw.marks(axes, points, axis.column, measure, str(label), joined=not laws)
        for fit in laws:
            draw.law(
                axes, points[axis.column].to_numpy(), fit.growth, str(points["mode"].iloc[0]), str(label)
            )
    if timing:
        f = _yardstick(axis, rows)
        axes.plot(f.index, f, color=MUTED[0], lw=1, ls="-.", label="f itself")
    draw.sizes(axes.xaxis, rows[axis.column].to_numpy())
    draw.unit(axes.yaxis, unit)
    name = draw.slug(f"{'cost' if timing else 'memory'} {axis.family} {workload} {at}")
    caption = f"{what[0].upper()}{what[1:]} against {axis.label}: {workload}{at}."
    return draw.finish(axes, name, caption)


def _same(fit: Fit, axis: Axis, workload: str, fixed: float, series: str, measure: str) -> bool:
    same = (fit.axis, fit.workload, fit.series, fit.measure) == (axis, workload, series, measure)
    return same and (fit.fixed == fixed or np.isnan(fixed))


def _yardstick(axis: Axis, rows: pd.DataFrame) -> pd.Series:
    """Return the time of f at each size, on the scale of steady_seconds."""
    f = (rows["steady_seconds"] / rows["ratio"]).groupby(rows[axis.column]).median()
    return f.dropna()


def _theory(axes: Axes, axis: Axis, rows: pd.DataFrame) -> None:
    """Draw what the theory's bounds allow one sweep at a time, from the measured time of f."""
    f, sizes = _yardstick(axis, rows), rows.groupby(axis.column)[["n", "m"]].median()
    for mode, sweeps, (low, high) in (("forward", "n", (2, 2.5)), ("reverse", "m", (3, 4))):
        base = (sizes.loc[f.index, sweeps] * f).to_numpy()
        if len(f):
            draw.theory(
                axes, f.index.to_numpy(), low * base, high * base, mode, f"theory: {sweeps} × {low}–{high} f"
            )
