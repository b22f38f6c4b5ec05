"""The price of tracing: the modes over the same accumulation written by hand in NumPy."""

import pandas as pd

from .._analysis import Analysis
from .._format import as_factor
from .._section import DataTable, Section
from ..statistics import Estimate

KEYS = ["family", "cell", "n", "m"]
RATIOS = {mode: f"{mode}/by hand" for mode in ("forward", "reverse")}
AUTO = "auto/better mode"


def section(analysis: Analysis) -> Section | None:
    """Return what each mode takes over its accumulation by hand, and auto over the better mode."""
    table = prices(analysis)
    if not len(table):
        return None
    text = (
        "The same Jacobian, accumulated in the same order by NumPy written by hand: what a mode takes "
        "beyond it is the price of tracing. Ratios are medians over rounds of times taken side by side."
    )
    result = Section("tracing", "The price of tracing", text)
    for column in [column for column in (*RATIOS.values(), AUTO) if column in table]:
        ordered = table.dropna(subset=column).sort_values(column)
        ends = [
            f"{as_factor(Estimate.of(row, column))} (n = {row['n']:.0f}, m = {row['m']:.0f})"
            for _, row in ordered.iloc[[0, -1] if len(ordered) > 1 else [0]].iterrows()
        ]
        what = column.partition("/")[0].capitalize()
        unit = "the better mode" if column == AUTO else "the same by hand"
        result.claim(f"{what} takes {' to '.join(ends)} the time of {unit}.", lead=column != AUTO)
    result.tables.append(
        DataTable("tracing", "Time over the same by hand, and of auto over the better", table)
    )
    return result


def prices(analysis: Analysis) -> pd.DataFrame:
    """Return forward/by hand, reverse/by hand and auto/better mode, a row for each cell of the family."""
    rows = analysis.ours[analysis.ours["family"] == "tracing"]
    pairs = {
        column: analysis.paired(
            analysis.variant(mode, "all at once", rows), rows[rows["mode"] == f"by-hand-{mode}"]
        )
        for mode, column in RATIOS.items()
    }
    pairs[AUTO] = analysis.auto[analysis.auto["family"] == "tracing"]
    table = rows[KEYS].drop_duplicates()
    for column, found in pairs.items():
        if len(found):
            names = {f"ratio{end}": f"{column}{end}" for end in ("", "_low", "_high")}
            table = table.merge(found[[*KEYS, *names]].rename(columns=names), "left", KEYS)
    return table[table.columns[2:]].dropna(thresh=3)
