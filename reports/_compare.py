"""Two runs side by side: what got faster or slower beyond noise."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from ._analysis import Analysis
from ._read import Results, ResultsError, read
from .statistics import LEVEL, Estimate, by_chance, median, usable

KEY = ["family", "cell", "workload", "series", "library", "n", "m"]
SERIES = ["workload", "series", "library"]
COUNTS = ("sweeps", "operations", "multiplications", "tape_length")
SCALES = ("yardstick", "reference")
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
        """Name all that is slower beyond noise, or larger in an exact count, by more than factor.

        A workload and mode fails as a whole, by the test over its cells or because more of its cells are
        slower than chance would show: one disturbed cell in a long run fails no build.
        """
        found = []
        worse = self.cells[(self.cells["verdict"] == "slower") & (self.cells["change"] > factor)]
        for row in self.series.itertuples():
            same = (worse[name] == getattr(row, name) for name in SERIES)
            mine = worse[np.logical_and.reduce(list(same))]
            if row.verdict == "slower" and row.change > factor:
                found.append(f"{row.workload}, {row.series}: ×{row.change:.2f} over {row.cells} cells")
            elif len(mine) > by_chance(row.cells):
                most = mine.iloc[0]
                at = f"×{most['change']:.2f} at n = {most['n']:.0f}, m = {most['m']:.0f}"
                found.append(f"{row.workload}, {row.series}: {len(mine)} of {row.cells} cells, up to {at}")
        for row in self.counts[self.counts["new"] > factor * self.counts["old"]].itertuples():
            where = f"{row.workload}, {row.series}, n = {row.n:.0f}, m = {row.m:.0f}"
            found.append(f"{where}: {row.count} {row.old:.0f} → {row.new:.0f}")
        return found


def compare(old: str | Path, new: str | Path) -> Comparison:
    """Compare two results files cell by cell.

    Times are compared in evaluations of f and in units of the reference work, divided round by round, so
    that a busier or another machine is no slower program; of the two changes the smaller one counts, and
    how f itself changed is told apart. A cell counts as changed if a Mann–Whitney test at 5 % (false
    discovery rate over all cells) says so, the interval of the change excludes 1, *and* the change
    exceeds the noise between runs: the resolution of either run (A/A) and three times the scatter of the
    changes within its series.

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
    spread = cells.groupby(SERIES)["change"].transform(_scatter)
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
    """Compare one cell on every scale that both runs have; the scale with the smallest change decides."""
    record = {name: row[name] for name in KEY}
    record |= {"old_seconds": row["median_seconds_old"], "new_seconds": row["median_seconds_new"]}
    found = [one for scale in SCALES if (one := _changed(row, scale))]
    found = found or list(filter(None, [_changed(row, None)]))
    found = found or [(Estimate(row["median_seconds_new"] / row["median_seconds_old"]), np.nan)]
    change, _ = min(found, key=lambda one: abs(np.log(one[0].value)))
    agree = len({one.value > 1 for one, _ in found}) == 1
    return record | change.columns("change") | {"p": max(p for _, p in found) if agree else 1.0}


def _changed(row: dict, scale: str | None) -> tuple[Estimate, float] | None:
    """Return new / old of times over a scale, and the p-value of Mann and Whitney's test, if to be had."""
    samples = []
    for run in ("old", "new"):
        taken = row[f"seconds_{run}"]
        over = row[f"{scale}_{run}"] if scale else np.ones_like(taken)
        if len(taken) != len(over):
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            samples.append(usable(taken / over))
    old, new = samples
    if min(len(old), len(new)) < 2:
        return None
    return median(new).over(median(old)), float(stats.mannwhitneyu(new, old).pvalue)


def _scatter(changes: pd.Series) -> float:
    """Return exp of three times the robust scatter of log changes about their median."""
    if len(changes) < FEWEST_CELLS:
        return 1.0
    return float(np.exp(3 * stats.median_abs_deviation(np.log(changes), scale="normal", nan_policy="omit")))


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
    for (workload, series, library), group in cells.groupby(SERIES, sort=False):
        logs = np.log(group["change"].to_numpy())
        change = median(group["change"].to_numpy())
        tested = len(logs) >= FEWEST_CELLS and np.any(logs != 0)
        p = float(stats.wilcoxon(logs).pvalue) if tested else np.nan
        record = {"workload": workload, "series": series, "library": library, "cells": len(group)}
        records.append(record | change.columns("change") | {"p": p})
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
