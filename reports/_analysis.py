"""One run's measurements, and the fits and comparisons that several sections share."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from ._crossing import Crossing, crossing
from ._laws import Growth, fit_growth
from ._read import Results, RunRecord
from ._series import VARIANTS
from .schema import OURS
from .statistics import Estimate, paired_ratio, usable


class Axis(NamedTuple):
    """A size that is varied, the family of cells that varies it, and what is kept fixed."""

    family: str
    column: str
    label: str
    fixed: str | None = None


AXES = (
    Axis("n", "n", "inputs n", "m"),
    Axis("m", "m", "outputs m", "n"),
    Axis("parameters", "n", "network parameters n"),
    Axis("depth", "trace_length", "trace length"),
    Axis("batch", "batch", "examples in the batch"),
)
MEASURES = ("steady_seconds", "ratio", "operations", "peak_bytes")


@dataclass(frozen=True)
class Fit:
    """A growth law of one series of one workload along one axis."""

    axis: Axis
    workload: str
    fixed: float
    series: str
    library: str
    measure: str
    growth: Growth

    @property
    def at(self) -> str:
        """The size that is held fixed, as text."""
        return "" if np.isnan(self.fixed) else f"{self.axis.fixed} = {self.fixed:.0f}"

    @property
    def where(self) -> str:
        """What was fitted, as text."""
        return ", ".join(filter(None, [self.workload, self.at, self.series]))


@dataclass(frozen=True)
class Resolution:
    """How far apart two timings of one and the same mode come out: the A/A control of the run.

    95 % of the `pairs` differ by `factor` at most, `middle` in the median: differences within
    [1/factor, factor] are not told from none.
    """

    factor: float
    middle: float
    pairs: int


class Analysis:
    """The measured rows of one run; A/A twins are apart, and rows without a usable time are left out."""

    def __init__(self, results: Results, run: RunRecord | None = None) -> None:
        self.results = results
        self.run = run or max(results.runs, key=lambda r: str(r.header.get("started") or r.name))
        self.all_rows = results.rows[results.rows["run"] == self.run.name]
        measured = self.all_rows[self.all_rows["status"] == "measured"]
        self.timed = measured[measured["median_seconds"] > 0]
        self.untimed = measured[~(measured["median_seconds"] > 0)]
        self.rows = self.timed[~self.timed["control"]]
        self.ours = self.rows[self.rows["library"].isin(OURS) | (self.rows["library"] == "")]

    def variant(self, mode: str, name: str, rows: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return our rows of a mode in one of the `VARIANTS`."""
        rows = self.ours if rows is None else rows
        chunk = VARIANTS[name]
        at_chunk = rows["chunk"].isna() if np.isnan(chunk) else rows["chunk"] == chunk
        return rows[(rows["mode"] == mode) & at_chunk]

    def along(self, axis: Axis) -> pd.DataFrame:
        """Return the rows that vary the axis, with the other size in ``fixed`` (NaN where it varies too).

        The n × m grid's edge serves workloads that have no such rows.
        """
        rows = self.rows[self.rows["family"] == axis.family]
        if axis.fixed:
            grid = self.rows[(self.rows["family"] == "grid") & ~self.rows["workload"].isin(rows["workload"])]
            edge = grid.groupby("workload")[axis.fixed].transform("min")
            rows = pd.concat([rows, grid[grid[axis.fixed] == edge]]) if len(grid) else rows
            # where every size has its own other size (square workloads), nothing is held fixed
            per = rows.groupby("workload")[["n", "m"]].transform("nunique")
            tied = (per["n"] == per["m"]) & (per["n"] > 1)
            rows = rows.assign(fixed=rows[axis.fixed].mask(tied))
        else:
            rows = rows.assign(fixed=np.nan)
        return rows[rows[axis.column] > 0]

    @cached_property
    def fits(self) -> list[Fit]:
        """Every growth law: axis × workload × series × measure."""
        found = []
        for axis in AXES:
            rows = self.along(axis)
            keys = ["workload", "fixed", "series", "library"]
            for (workload, at, series, library), group in rows.groupby(keys, sort=False, dropna=False):
                for measure in MEASURES:
                    if (group[measure] > 0).any():
                        growth = fit_growth(group[axis.column].to_numpy(), group[measure].to_numpy())
                        found.append(Fit(axis, workload, at, series, library, measure, growth))
        return found

    @cached_property
    def crossings(self) -> pd.DataFrame:
        """Forward against reverse in every cell of the n × m grid, textbook and vector mode."""
        grid = self.ours[self.ours["family"] == "grid"]
        tables = [
            self.paired(self.variant("forward", v, grid), self.variant("reverse", v, grid)).assign(variant=v)
            for v in VARIANTS
        ]
        return pd.concat(tables, ignore_index=True)

    @cached_property
    def crossover(self) -> dict[tuple[str, str, float], Crossing]:
        """(workload, variant, m) → the n at which forward and reverse cost the same."""
        groups = self.crossings.groupby(["workload", "variant", "m"], sort=False)
        return {key: crossing(g["n"].to_numpy(), g["ratio"].to_numpy()) for key, g in groups}

    @staticmethod
    def paired(above: pd.DataFrame, below: pd.DataFrame) -> pd.DataFrame:
        """Return time above / time below, paired round by round, for the cells that hold both."""
        cell = ["run", "family", "cell"]
        both = above.merge(below, on=cell, suffixes=("", "_below"))
        ratios = [paired_ratio(a, b) for a, b in zip(both["seconds"], both["seconds_below"], strict=True)]
        ends = pd.DataFrame(
            ratios, columns=["ratio", "ratio_low", "ratio_high"], index=both.index, dtype=float
        )
        ends["ratio"] = ends["ratio"].fillna(both["median_seconds"] / both["median_seconds_below"])
        names = ("mode", "library", "series")
        kept = [*cell, "workload", "n", "m", "chose", *names, *(f"{name}_below" for name in names)]
        return pd.concat([both[kept], ends], axis=1)

    @cached_property
    def auto(self) -> pd.DataFrame:
        """Time of auto / time of the better of forward and reverse, all at once, cell by cell."""
        rows = self.ours[self.ours["mode"] == "auto"]
        each = [self.paired(rows, self.variant(mode, "all at once")) for mode in ("forward", "reverse")]
        pairs, cell = pd.concat(each, ignore_index=True), ["family", "cell"]
        pairs = pairs[pairs.groupby(cell)["ratio"].transform("size") == 2]
        return pairs.loc[pairs.groupby(cell, sort=False)["ratio"].idxmax()]

    @cached_property
    def resolution(self) -> Resolution | None:
        """The A/A control; None for a run without twins."""
        twins = self.timed[self.timed["control"]]
        pairs = self.paired(twins, self.rows)
        same = (pairs[name] == pairs[f"{name}_below"] for name in ("series", "library"))
        logs = np.log(pairs["ratio"][np.logical_and.reduce(list(same))].to_numpy())
        if not len(logs):
            return None
        worst = np.quantile(np.abs(logs), 0.95, method="higher")
        return Resolution(float(np.exp(worst)), float(np.exp(np.median(logs))), len(logs))

    @cached_property
    def drift(self) -> float | None:
        """Half the range (5th to 95th percentile) of the reference's medians over the cells, relative."""
        cells = self.timed.groupby(["family", "cell"])["reference"]
        samples = [usable(np.concatenate(list(references))) for _, references in cells]
        middles = [np.median(taken) for taken in samples if len(taken)]
        if len(middles) < 2:
            return None
        low, middle, high = np.percentile(middles, [5, 50, 95])
        return float((high - low) / 2 / middle)

    def told(self, ratio: Estimate) -> bool:
        """Whether a ratio differs from 1 beyond its own interval and the run's resolution."""
        return ratio.outside(self.resolution.factor if self.resolution else 1.0)
