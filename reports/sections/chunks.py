"""Chunks: time and memory against how many tangents or cotangents a sweep carries."""

import pandas as pd

from .. import _draw as draw
from .._analysis import Analysis
from .._format import as_factor, number
from .._section import Section
from .._table import STEADY
from ..statistics import Estimate, paired_ratio


def section(analysis: Analysis) -> Section | None:
    """Return time and peak memory against chunk size, and what the best chunk gains over one by one."""
    rows = analysis.ours[analysis.ours["family"] == "chunk"]
    sweeps = rows["n"].where(rows["mode"] == "forward", rows["m"])
    rows = rows.assign(chunk=rows["chunk"].fillna(sweeps), series=rows["mode"])
    rows = rows[rows["mode"].isin(["forward", "reverse"])]
    if rows["chunk"].nunique() < 2:
        return None
    text = (
        "Larger chunks spread the cost of interpretation over more tangents, and hold more of them in memory."
    )
    result = Section("chunks", "Chunk size: time against memory", text)
    for (workload, n, m), group in rows.groupby(["workload", "n", "m"], sort=False):
        at = f"{workload}, n = {n:.0f}, m = {m:.0f}"
        for measure, label, unit in (
            ("steady_seconds", "time (s)", "s"),
            ("peak_bytes", "peak memory (B)", "B"),
        ):
            if not (group[measure] > 0).any():
                continue
            axes = draw.panel(at, "tangents or cotangents a sweep", label, height=2.8)
            for mode, points in group.groupby("series", sort=False):
                draw.marks(axes, points, "chunk", measure, str(mode), joined=True)
            draw.sizes(axes.xaxis, group["chunk"].to_numpy())
            draw.unit(axes.yaxis, unit)
            what = label.partition(" (")[0]
            name = draw.slug(f"chunk {what} {at}")
            result.figures.append(draw.finish(axes, name, f"{what.capitalize()} against chunk size ({at})."))
        for mode, points in group.groupby("mode", sort=False):
            _verdict(result, analysis, str(mode), at, points.sort_values("chunk"))
    return result


def _verdict(result: Section, analysis: Analysis, mode: str, at: str, points: pd.DataFrame) -> None:
    """Compare the fastest chunk with one by one; paired where they were timed in the same rounds."""
    first, best = points.iloc[0], points.loc[points["steady_seconds"].idxmin()]
    if first["chunk"] != 1 or best["chunk"] == 1:
        return
    factor = Estimate(*first[STEADY]).over(Estimate(*best[STEADY]))
    if first["cell"] == best["cell"]:
        factor = paired_ratio(first["seconds"], best["seconds"])
    text = f"{mode} in chunks of {number(best['chunk'])} is {as_factor(factor)} faster than one by one ({at})"
    if analysis.told(factor):
        result.claim(f"{text[0].upper()}{text[1:]}.", lead=True)
    else:
        result.withhold(f"{text[0].upper()}{text[1:]}: not beyond noise.")
