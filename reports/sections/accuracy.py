"""Accuracy: error against the difference step, and the error of every mode over the run."""

import numpy as np
import pandas as pd

from .. import _draw as draw
from .._analysis import Analysis
from .._format import number
from .._looks import INK
from .._section import DataTable, Section

EPSILON = 2.0**-52
FLOOR = EPSILON / 16  # where an error of exactly 0 is drawn on a logarithmic axis
STEPPED = ("forward-difference", "central-difference", "complex-step")


def section(analysis: Analysis) -> Section | None:
    """Return the V-shaped curves and the largest error of every mode."""
    rows = analysis.all_rows[(analysis.all_rows["status"] == "measured") & analysis.all_rows["error"].notna()]
    rows = rows[~rows["control"]]
    if not len(rows):
        return None
    text = (
        "Error: largest deviation from the Jacobian known independently, relative to its largest entry. "
        "A difference of step h errs by truncation, O(h) or O(h²), and by cancellation, O(ε/h); "
        "the complex step cancels nothing; the accumulation modes have no step at all."
    )
    result = Section("accuracy", "Accuracy", text)
    steps = rows[rows["family"] == "step"]
    if "size_step" in steps and (steps["size_step"] > 0).sum() >= 3:
        for workload, group in steps.groupby("workload", sort=False):
            result.figures.append(_figure(str(workload), group))
            _verdict(result, str(workload), group)
    regular = rows[rows["family"] != "step"] if (rows["family"] != "step").any() else rows
    table = (
        regular.groupby(["mode", "library"], sort=False)["error"].agg(["size", "median", "max"]).reset_index()
    )
    table = table.rename(columns={"size": "Jacobians", "median": "median error", "max": "largest error"})
    result.tables.append(DataTable("errors", "Error of every mode over the run", table))
    return result


def _figure(workload: str, rows: pd.DataFrame) -> draw.Drawing:
    axes = draw.panel(f"{workload}: error against step", "difference step h", "largest relative error")
    rows = rows.assign(error=rows["error"].clip(lower=FLOOR))
    steps = rows["size_step"][rows["size_step"] > 0]
    for mode, points in rows.groupby("mode", sort=False):
        if mode in STEPPED:
            draw.marks(axes, points, "size_step", "error", str(mode), joined=True)
        else:
            level = points["error"].max()
            colour, style = draw.look(str(mode)).light, "-" if mode == "forward" else "--"
            axes.axhline(level, color=colour, ls=style, lw=1.6, label=f"{mode} (no step)")
    best = EPSILON ** (2 / 3)
    axes.axhline(best, color=INK[0], ls=":", lw=1, label="theory: central, ε^(2/3)")
    axes.set_xlim(steps.min() / 2, steps.max() * 2)
    draw.decades(axes.xaxis)
    draw.decades(axes.yaxis)
    caption = (
        f"Error against difference step on {workload}: truncation falls with h, cancellation rises; "
        f"automatic differentiation lies at the bottom (an error of 0 is drawn at {number(FLOOR)})."
    )
    return draw.finish(axes, draw.slug(f"error {workload}"), caption)


def _verdict(result: Section, workload: str, rows: pd.DataFrame) -> None:
    exact = rows[rows["mode"].isin(["forward", "reverse"])]
    stepped = rows[rows["mode"].isin(["forward-difference", "central-difference"]) & (rows["size_step"] > 0)]
    if not len(exact) or not len(stepped):
        return
    best, worst = stepped.loc[stepped["error"].idxmin()], float(exact["error"].max())
    step, error = number(best["size_step"]), number(best["error"])
    said = f"The best {best['mode']} on {workload} (h = {step}) errs by {error}"
    if worst > 0:
        more = np.format_float_positional(best["error"] / worst, 2, fractional=False, trim="-")
        result.claim(
            f"{said}, {more} times the error of forward and reverse accumulation ({number(worst)}).",
            lead=True,
        )
    else:
        result.claim(f"{said}; forward and reverse accumulation are exact to the last bit there.", lead=True)
    complex_rows = rows[(rows["mode"] == "complex-step") & (rows["size_step"] > 0)]
    if len(complex_rows):
        small = complex_rows.loc[complex_rows["size_step"].idxmin()]
        result.claim(
            f"The complex step errs by {number(small['error'])} at h = {number(small['size_step'])}."
        )
