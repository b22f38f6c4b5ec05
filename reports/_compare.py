"""Two runs side by side: what got faster or slower beyond noise."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from ._analysis import Analysis
from ._read import Results, ResultsError, read
from ._statistics import LEVEL, Estimate, median, usable

KEY = ["family", "cell", "workload", "series", "library", "n", "m"]
COUNTS = ("sweeps", "operations", "multiplications", "tape_length")
FEWEST_CELLS = 6  # below this the scatter over the cells of a series says nothing


@dataclass(frozen=True)
class Comparison:
    """The cells of two runs that are the same, with new / old of time, memory and counts.

    ``cells`` holds ``change`` (new / old, with its interval), ``p`` (Mann–Whitney, corrected for the
    number of cells after Benjamini and Hochberg), ``noise`` (the factor that a change must exceed) and
    ``verdict``: "slower", "faster" or "". ``series`` sums up each workload and mode (Wilcoxon's test over its
    cells). ``counts`` holds the exact counts that changed.
    """

    old: str
    new: str
    cells: pd.DataFrame
    series: pd.DataFrame
    counts: pd.DataFrame
    unmatched: int
    yardstick: float
    """how the time of f itself changed: median of new / old"""

    def failures(self, factor: float) -> list[str]:
        """Name all that is slower beyond noise, or larger in an exact count, by more than factor."""
        cells, series, counts = self.cells, self.series, self.counts
        cells = cells[(cells["verdict"] == "slower") & (cells["change"] > factor)]
        series = series[(series["verdict"] == "slower") & (series["change"] > factor)]
        counts = counts[counts["new"] > factor * counts["old"]]
        found = [
            f"{r.workload}, {r.series}, n = {r.n:.0f}, m = {r.m:.0f}: ×{r.change:.2f}"
            for r in cells.itertuples()
        ]
        found += [
            f"{r.workload}, {r.series}, over {r.cells} cells: ×{r.change:.2f}" for r in series.itertuples()
        ]
        return found + [
            f"{r.workload}, {r.series}, n = {r.n:.0f}, m = {r.m:.0f}: {r.count} {r.old:.0f} → {r.new:.0f}"
            for r in counts.itertuples()
        ]


def compare(old: str | Path, new: str | Path) -> Comparison:
    """Compare two results files cell by cell.

    Times are compared in evaluations of f, divided round by round, so that a busier or another machine
    is no slower program; how f itself changed is told apart. A cell counts as changed if a Mann–Whitney
    test at 5 % (false discovery rate over all cells) says so, the interval of the change excludes 1, *and*
    the change exceeds the noise between runs: the resolution of either run (A/A) and twice the scatter of
    the changes within its series.

    Raises
    ------
    ResultsError
        if a file cannot be read or the two have no cell in common.
    """
    before, after = (_rows(path) for path in (old, new))
    both = before[0].merge(after[0], on=KEY, suffixes=("_old", "_new"))
    if not len(both):
        raise ResultsError(f"{old} and {new} have no measured cell in common")
    noise = max((a.resolution.factor for a in (before[1], after[1]) if a.resolution), default=1.0)
    cells = pd.DataFrame([_cell(row) for row in both.to_dict("records")])
    spread = cells.groupby(["workload", "series", "library"])["change"].transform(_scatter)
    cells["noise"] = np.maximum(noise, spread)
    cells["p"] = _corrected(cells["p"])
    cells["verdict"] = _verdicts(cells, cells["noise"])
    return Comparison(
        before[1].run.name,
        after[1].run.name,
        cells.sort_values("change", ascending=False, ignore_index=True),
        _series(cells, noise),
        _counts(both),
        len(before[0]) + len(after[0]) - 2 * len(both),
        float((both["yardstick_seconds_new"] / both["yardstick_seconds_old"]).median()),
    )


def _rows(path: str | Path) -> tuple[pd.DataFrame, Analysis]:
    results: Results = read(path)
    analysis = Analysis(results)
    return analysis.rows.drop_duplicates(KEY), analysis


def _cell(row: dict) -> dict:
    old, new = (_scaled(row[f"seconds_{run}"], row[f"yardstick_{run}"]) for run in ("old", "new"))
    record = {name: row[name] for name in KEY}
    record |= {"old_seconds": row["median_seconds_old"], "new_seconds": row["median_seconds_new"]}
    plain = Estimate(row["median_seconds_new"] / row["median_seconds_old"])
    tested = min(len(old), len(new)) > 1
    change = median(new).over(median(old)) if tested else plain
    record |= dict(zip(("change", "change_low", "change_high"), change, strict=True))
    return record | {"p": float(stats.mannwhitneyu(new, old).pvalue) if tested else np.nan}


def _scaled(times: np.ndarray, yardstick: np.ndarray) -> np.ndarray:
    if len(times) != len(yardstick):
        return usable(times)
    with np.errstate(divide="ignore", invalid="ignore"):
        return usable(times / yardstick)


def _scatter(changes: pd.Series) -> float:
    """Return exp of twice the robust scatter of log changes about their median."""
    if len(changes) < FEWEST_CELLS:
        return 1.0
    return float(np.exp(2 * stats.median_abs_deviation(np.log(changes), scale="normal", nan_policy="omit")))


def _corrected(p: pd.Series) -> pd.Series:
    known = p.dropna()
    return pd.Series(stats.false_discovery_control(known), known.index).reindex(p.index) if len(known) else p


def _verdicts(table: pd.DataFrame, noise: pd.Series | float) -> np.ndarray:
    """Say slower or faster where the test, the size of the change and its interval agree."""
    told = (table["p"] < 1 - LEVEL) & (np.abs(np.log(table["change"])) > np.log(noise))
    slower, faster = told & (table["change_low"] > 1), told & (table["change_high"] < 1)
    return np.select([slower, faster], ["slower", "faster"], "")


def _series(cells: pd.DataFrame, noise: float) -> pd.DataFrame:
    """Sum up each workload and mode over its cells, which vary from run to run independently."""
    records = []
    for (workload, series, library), group in cells.groupby(["workload", "series", "library"], sort=False):
        logs = np.log(group["change"].to_numpy())
        change = median(group["change"].to_numpy())
        tested = len(logs) >= FEWEST_CELLS and np.any(logs != 0)
        p = float(stats.wilcoxon(logs).pvalue) if tested else np.nan
        record = {"workload": workload, "series": series, "library": library, "cells": len(group)}
        record |= dict(zip(("change", "change_low", "change_high"), change, strict=True))
        records.append(record | {"p": p})
    table = pd.DataFrame(records)
    table["p"] = _corrected(table["p"])
    table["verdict"] = _verdicts(table, noise)
    return table.sort_values("change", ascending=False, ignore_index=True)


def _counts(both: pd.DataFrame) -> pd.DataFrame:
    changed = []
    for name in COUNTS:
        old, new = both[f"{name}_old"], both[f"{name}_new"]
        rows = both[old.notna() & new.notna() & (old != new)]
        changed.append(rows[KEY].assign(count=name, old=rows[f"{name}_old"], new=rows[f"{name}_new"]))
    return pd.concat(changed, ignore_index=True)
