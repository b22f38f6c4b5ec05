"""Runs of an old and of a new version side by side: what got faster or slower beyond noise."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ._analysis import Analysis
from ._change import changes, judged
from ._format import counted
from ._read import ResultsError, RunRecord, read
from .statistics import usable

Paths = str | Path | Iterable[str | Path]
KEY = ["family", "cell", "workload", "series", "library", "n", "m"]
SERIES = ["family", "workload", "series", "library", "scale"]
LEVELS = [["series", "library"], ["family", "workload", "series", "library"]]
COUNTS = ("sweeps", "operations", "multiplications", "tape_length")
F, WORK = "f itself", "reference work"
ERROR = 0.01  # the chance that runs of one code show any change: half of it for f, half for the modes
UNDISTURBED = 0.25  # of a Jacobian's rounds the lower quartile counts: what else runs there only adds


@dataclass(frozen=True)
class Comparison:
    """The cells that all runs hold, with new / old of time and of exact counts.

    ``series`` holds f itself and each mode, over all cells and in each family and workload: ``change`` (with
    its 95 % interval), ``scale`` (what time was measured in; "" where cells differ), ``shown`` (the least
    change that is told), ``p`` and ``verdict``: "slower", "faster" or "". ``cells`` holds the change of each
    cell, ``counts`` the exact counts that changed.
    """

    old: str
    new: str
    cells: pd.DataFrame
    series: pd.DataFrame
    counts: pd.DataFrame
    unmatched: int
    speed: float
    """how the time of the reference work changed: median of new / old"""
    differ: list[str]
    """in what machine and versions the sides differ"""

    def failures(self, factor: float) -> list[str]:
        """Name all that is slower beyond noise, or larger in an exact count, by more than factor."""
        found = []
        worse = self.series[(self.series["verdict"] == "slower") & (self.series["change"] > factor)]
        for row in worse.itertuples():
            where = place(row.family, row.workload)
            found.append(f"{row.series}, {where}: ×{row.change:.2f} over {counted(row.cells, 'cell')}")
        for row in self.counts[self.counts["new"] > factor * self.counts["old"]].itertuples():
            where = f"{row.workload}, {row.series}, n = {row.n:.0f}, m = {row.m:.0f}"
            found.append(f"{where}: {row.count} {row.old:.0f} → {row.new:.0f}")
        return found


def place(family: str, workload: str) -> str:
    """Return where a series lies, as text: "tanh-chain (grid)", or "everywhere"."""
    return f"{workload} ({family})" if family and workload else workload or family or "everywhere"


def compare(old: Paths, new: Paths) -> Comparison:
    """Compare the runs of two sides, series by series.

    Several runs a side, taken in turns, show smaller changes: how two processes of one code differ (the
    layout of memory, the seed of hashes, the machine's other guests) a single one cannot see.

    Times of f are compared in units of the reference work, times of Jacobians in evaluations of f, divided
    round by round, so that a busier machine is no slower program; where f itself changed, its Jacobians are
    compared in units of the reference work. How changes are told is said in `reports._change`.

    Raises
    ------
    ResultsError
        if a file cannot be read or the runs have no cell in common.
    """
    sides = [[Analysis(read(path)) for path in _each(paths)] for paths in (old, new)]
    runs, first = [run for side in sides for run in side], len(sides[0])
    titles = [", ".join(run.run.name for run in side) for side in sides]
    tables, unmatched = aligned(runs)
    spread = max(np.log(run.resolution.factor) if run.resolution else 0.0 for run in runs) / 2
    f_cells, f_series, changed = _f(tables, first, spread)
    cells, series = _modes(tables, first, spread, changed)
    return Comparison(
        titles[0],
        titles[1],
        pd.concat([f_cells, cells], ignore_index=True),
        pd.concat([f_series, series], ignore_index=True),
        _counts(tables[0], tables[first]),
        unmatched,
        _speed(tables, first),
        _differ([run.run for run in sides[0]], [run.run for run in sides[1]]),
    )


def aligned(runs: list[Analysis]) -> tuple[list[pd.DataFrame], int]:
    """Return a table for each run, all with the same cells in the same rows, and how many cells some lack."""
    tables = []
    for run in runs:
        rows = run.rows.drop_duplicates(KEY)
        tables.append(rows.set_index(pd.MultiIndex.from_frame(rows[KEY].fillna({"n": -1, "m": -1}))))
    common = tables[0].index[np.logical_and.reduce([tables[0].index.isin(table.index) for table in tables])]
    if not len(common):
        names = ", ".join(run.run.name for run in runs)
        raise ResultsError(f"{names} have no measured cell in common")
    unmatched = len(set().union(*(table.index for table in tables))) - len(common)
    return [table.loc[common].reset_index(drop=True) for table in tables], unmatched


def _each(paths: Paths) -> list[str | Path]:
    return [paths] if isinstance(paths, (str, Path)) else list(paths)


def _f(tables: list[pd.DataFrame], old: int, spread: float) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Return f's own cells and series, and for each row of the tables whether f changed there."""
    logs = times(tables, "yardstick", "reference")
    changed = np.zeros(len(logs), bool)
    once = ~tables[0].duplicated(["family", "cell"]).to_numpy() & np.isfinite(logs).all(axis=1)
    rows = tables[0][once].assign(series=F, library="", scale=WORK)
    cells = _cells(rows, [table["yardstick_seconds"][once] for table in tables], logs[once], old)
    if not once.any():
        return cells, pd.DataFrame(columns=[*SERIES, "cells", "change", "verdict"]), changed
    series = judged(rows[SERIES], logs[once], old, LEVELS, ERROR / 2, spread)
    told = series[series["verdict"] != ""][["family", "workload"]]
    single = told[(told != "").all(axis=1)]
    for row in (single if len(single) else told).to_dict("records"):
        changed |= within(tables[0], row)
    return cells, series, changed


def _modes(
    tables: list[pd.DataFrame], old: int, spread: float, f_changed: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the modes' cells and series, in evaluations of f where f is known and the same."""
    seconds = [table["median_seconds"] for table in tables]
    logs, scale = np.log(np.column_stack(seconds)), np.full(len(f_changed), "seconds", object)
    for name, over, fit in ((WORK, "reference", True), ("f", "yardstick", ~f_changed)):
        scaled = times(tables, "seconds", over, UNDISTURBED)
        better = np.isfinite(scaled).all(axis=1) & fit
        logs[better], scale[better] = scaled[better], name
    rows = tables[0].assign(scale=scale)
    return _cells(rows, seconds, logs, old), judged(rows[SERIES], logs, old, LEVELS, ERROR / 2, spread)


def _speed(tables: list[pd.DataFrame], old: int) -> float:
    """Return new / old of the reference work's own time."""
    each = [usable(np.concatenate(list(table["reference"]))) for table in tables]
    before, after = (np.concatenate(side) for side in (each[:old], each[old:]))
    return float(np.median(after) / np.median(before)) if len(before) and len(after) else np.nan


def within(cells: pd.DataFrame, series: dict[str, Any]) -> np.ndarray:
    """Return which cells belong to a series; "" stands for all."""
    return np.logical_and.reduce([cells[name].eq(value) | (value == "") for name, value in series.items()])


def times(tables: list[pd.DataFrame], above: str, below: str, share: float = 0.5) -> np.ndarray:
    """Return logarithms, cells × runs, of a quantile over rounds of above / below (NaN without samples)."""
    return np.column_stack(
        [
            [_quantile(a, b, share) for a, b in zip(table[above], table[below], strict=True)]
            for table in tables
        ]
    )


def _quantile(above: np.ndarray, below: np.ndarray, share: float) -> float:
    if len(above) != len(below):
        return np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = usable(above / below)
    return float(np.log(np.quantile(ratios, share))) if len(ratios) else np.nan


def _cells(rows: pd.DataFrame, seconds: list[pd.Series], logs: np.ndarray, old: int) -> pd.DataFrame:
    before, after = (np.median(np.column_stack(side), axis=1) for side in (seconds[:old], seconds[old:]))
    change = np.exp(changes(logs, old))
    return rows[[*KEY, "scale"]].assign(old_seconds=before, new_seconds=after, change=change)


def _counts(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the exact counts that changed; the runs of one side agree in them."""
    changed = []
    for name in COUNTS:
        rows = old[KEY].assign(count=name, old=old[name], new=new[name])
        changed.append(rows[rows["old"].notna() & rows["new"].notna() & (rows["old"] != rows["new"])])
    return pd.concat(changed, ignore_index=True)


def _differ(old: list[RunRecord], new: list[RunRecord]) -> list[str]:
    """Return the facts of machine and versions that are not the same on both sides."""
    before, after = ([_facts(run) for run in side] for side in (old, new))
    names = dict.fromkeys(name for facts in (*before, *after) for name in facts)
    sides = {
        name: [sorted({facts.get(name, "–") for facts in side}) for side in (before, after)] for name in names
    }
    return [f"{name} {', '.join(a)} → {', '.join(b)}" for name, (a, b) in sides.items() if a != b]


def _facts(run: RunRecord) -> dict[str, str]:
    groups = {name: run.header.get(name) for name in ("machine", "blas", "versions")}
    return {
        f"{group} {name}": str(value)
        for group, facts in groups.items()
        if isinstance(facts, dict)
        for name, value in facts.items()
    }
