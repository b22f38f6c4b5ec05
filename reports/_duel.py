"""Who wins, forward or reverse, along one size while the other is at its smallest."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ._analysis import Analysis, Axis
from ._format import counted, interval
from .statistics import Estimate


def winner(analysis: Analysis, pairs: pd.DataFrame, column: str) -> tuple[str, float, Estimate] | None:
    """Return who wins at the largest size, from which size on, and by how much there; None if not told.

    The sizes are tested from the largest down until one is not told apart: a fixed-sequence test, which
    needs no correction for the number of sizes.
    """
    pairs = pairs.sort_values(column)
    first, best, name = np.nan, Estimate(np.nan), ""
    for row in reversed(list(pairs.itertuples(index=False))):
        ratio = Estimate(row.ratio, row.ratio_low, row.ratio_high)
        here = "reverse" if ratio.value > 1 else "forward"
        if not analysis.told(ratio) or (name and here != name):
            break
        if not name:
            name, best = here, ratio if here == "reverse" else ratio.inverse
        first = getattr(row, column)
    return (name, float(first), best) if name else None


class Duel(NamedTuple):
    """Forward against reverse along an axis, the other size at its smallest: one output, or one input."""

    axis: Axis
    fixed: float
    workload: str
    """the widest-ranging workload, of which the sentences speak"""
    largest: pd.Series
    """its pair at the largest size"""
    winners: dict[str, tuple[str, float, Estimate] | None]

    @property
    def named(self) -> tuple[str, float, Estimate] | None:
        """Who wins on the workload, from which size on, and by how much at the largest."""
        return self.winners[self.workload]


def duel_along(analysis: Analysis, axis: Axis, variant: str) -> Duel | None:
    """Return the duel along an axis in one of the `VARIANTS`, if there are at least two sizes of it."""
    rows = analysis.ours[analysis.ours["family"].isin(["n", "m", "grid"])]
    rows = rows[rows[axis.fixed] == rows[axis.fixed].min()]
    forward, reverse = (analysis.variant(mode, variant, rows) for mode in ("forward", "reverse"))
    pairs = analysis.paired(forward, reverse)
    families = [
        g for _, g in pairs.groupby(["workload", "family"], sort=False) if g[axis.column].nunique() > 1
    ]
    groups = {g["workload"].iloc[0]: g for g in sorted(families, key=len)}
    if not groups:
        return None
    lead = max(groups, key=lambda w: (len(groups[w]), groups[w][axis.column].max()))
    found = {w: winner(analysis, g, axis.column) for w, g in groups.items()}
    largest = groups[lead].sort_values(axis.column).iloc[-1]
    return Duel(axis, float(rows[axis.fixed].min()), lead, largest, found)


def headline(duels: list[Duel]) -> str:
    """Say in plain words who wins where, by how much and how sure that is; "" where nobody is told to."""
    said = []
    for duel in duels:
        if not duel.named:
            continue
        name, first, factor = duel.named
        fixed, varied = ("output", "input") if duel.axis.column == "n" else ("input", "output")
        at, first_at = counted(int(duel.fixed), fixed), counted(int(first), varied)
        largest = counted(int(duel.largest[duel.axis.column]), varied)
        value, _, ends = interval(factor).partition(" [")
        sure = f" (95 % sure: {ends[:-1]})" if ends else ""
        said.append(
            f"With {at}, {name} accumulation is faster from {first_at} on: {value} times{sure} at {largest}, "
            f"on {duel.workload}."
        )
    return " ".join(said)
