"""Against theory: the cost of one sweep in evaluations of f, in operations and in time."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .. import _draw as draw
from .._analysis import Analysis
from .._format import interval, listed, span
from .._looks import LOOKS, PAPER
from .._section import DataTable, Section
from ..statistics import Estimate

TEXT = (
    "Bounds hold for elementary operations in Griewank and Walther's measure, which counts memory accesses "
    "too (Baur & Strassen 1983; Griewank & Walther, ch. 3 and 4). Plain operations, which may lie outside, "
    "are set beside them only where a run has no count in that measure; backpropagation's 3 counts matrix "
    "products. What is above them in operations is the mode's doing, what is above them only in time is the "
    "cost of interpretation (and of moving memory)."
)


class Bound(NamedTuple):
    """A bound of the theory on the cost of one sweep, in evaluations of f."""

    name: str
    mode: str
    low: float
    high: float
    most: float
    counted: str | None = None
    """the column with this cost as counted in the bound's own measure"""


BOUNDS = (
    Bound("one tangent sweep", "forward", 2, 2.5, 2.5, "tangent_ratio"),
    Bound("a gradient by one reverse sweep", "reverse", 3, 4, 5, "gradient_ratio"),
    Bound("a gradient by backpropagation", "backpropagation", 3, 3, 3),
)


def section(analysis: Analysis) -> Section | None:
    """Return sweep / f beside the bounds, for each workload."""
    result = Section("theory", "Against theory: what one sweep costs", TEXT)
    records = []
    for bound in BOUNDS:
        rows = _sweeps(analysis, bound)
        if len(rows):
            mine = [
                _record(bound, str(workload), group)
                for workload, group in rows.groupby("workload", sort=False)
            ]
            records += mine
            result.figures.append(_figure(bound, pd.DataFrame(mine)))
            _verdict(result, bound, pd.DataFrame(mine))
    if not records:
        return None
    note = "operations: smallest and largest over the sizes; time: at the smallest and at the largest f"
    result.tables.append(
        DataTable("theory", "Cost of one sweep in evaluations of f", pd.DataFrame(records), note)
    )
    return result


def _sweeps(analysis: Analysis, bound: Bound) -> pd.DataFrame:
    """Return rows of the bound's mode, with time and operations of one sweep in evaluations of f."""
    rows = analysis.ours[analysis.ours["mode"] == bound.mode]
    if bound.mode != "backpropagation":
        rows = analysis.variant(bound.mode, "one by one")
    if bound.mode == "reverse":
        rows = rows[rows["m"] == 1]
    sweeps = rows["sweeps"].where(rows["sweeps"] > 0, 1) if bound.mode == "forward" else 1
    costs = {name: rows[name] / sweeps for name in ("ratio", "ratio_low", "ratio_high")}
    plain = rows["operations"] / (sweeps * rows["yardstick_operations"])
    counted = rows[bound.counted].fillna(plain) if bound.counted else plain
    rows = rows.assign(counted=counted, **costs)
    return rows[rows["ratio"] > 0]


def _record(bound: Bound, workload: str, rows: pd.DataFrame) -> dict:
    rows = rows.sort_values("yardstick_seconds")
    small, large = rows.iloc[0], rows.iloc[-1]
    return {
        "quantity": bound.name,
        "workload": workload,
        "bound": span(bound.low, bound.high),
        "least operations": rows["counted"].min(),
        "most operations": rows["counted"].max(),
        **Estimate.of(small, "ratio").columns("time at small f"),
        **Estimate.of(large, "ratio").columns("time at large f"),
        "large f_seconds": large["yardstick_seconds"],
        "overhead ×": large["ratio"] / large["counted"],
    }


def _figure(bound: Bound, table: pd.DataFrame) -> draw.Drawing:
    axes = draw.panel(f"{bound.name}", "cost in evaluations of f", "", height=1.3 + 0.27 * len(table))
    axes.set_yscale("linear")
    rows, look = np.arange(len(table))[::-1], LOOKS[bound.mode]
    axes.axvspan(
        bound.low / 1.01, bound.most * 1.01, color=look.light, alpha=0.2, lw=0, label="theory's bounds"
    )
    axes.hlines(rows, table["time at large f_low"], table["time at large f_high"], color=look.light, lw=1.2)
    axes.plot(table["time at large f"], rows, look.marker, color=look.light, label="time, largest f")
    style: dict[str, Any] = {"markerfacecolor": PAPER[0], "color": look.light}
    axes.plot(table["time at small f"], rows, look.marker, label="time, smallest f", **style)
    if table["most operations"].notna().any():
        axes.plot(
            table["most operations"], rows, "|", color=look.light, ms=11, mew=2, label="operations, most"
        )
    axes.set_yticks(rows, labels=list(table["workload"]))
    axes.set_ylim(-0.6, len(table) - 0.4)
    axes.set_xlim(left=1)
    draw.unit(axes.xaxis, factor=True)
    caption = f"Cost of {bound.name} in evaluations of f, by workload, beside the theory's bounds (shaded)."
    return draw.finish(axes, draw.slug(f"theory {bound.mode}"), caption, left=0.36)


def _verdict(result: Section, bound: Bound, table: pd.DataFrame) -> None:
    counted = table.dropna(subset="most operations")
    text = f"{bound.name[0].upper()}{bound.name[1:]} takes"
    if len(counted):
        low, high = counted["least operations"].min(), counted["most operations"].max()
        over = list(counted[counted["most operations"] > bound.most * (1 + 1e-9)]["workload"])
        kept = (
            f"above the bound of {bound.most:g} on {listed(over)}" if over else "within the bound everywhere"
        )
        text += f" {span(low, high)} f in operations ({kept}),"
    ends = table.sort_values("time at large f").iloc[[0, -1] if len(table) > 1 else [0]]
    costs = [
        f"{interval(Estimate.of(row, 'time at large f'))} f ({row['workload']})" for _, row in ends.iterrows()
    ]
    text += f" {' to '.join(costs)} in time at the largest f"
    theory = "" if len(counted) else f"; theory, in operations: {span(bound.low, bound.most)}"
    result.claim(f"{text}{theory}.", lead=True)
