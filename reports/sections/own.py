"""The user's own function: every mode in one cell, ranked, and which one to use."""

from collections.abc import Iterator

import pandas as pd

from .. import _draw as draw
from .._analysis import Analysis
from .._format import as_factor, interval, number
from .._looks import PAPER, look
from .._section import DataTable, Section
from ..statistics import paired_ratio

SHOWN = [
    "series",
    "median_seconds",
    "seconds_low",
    "seconds_high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "error",
]


def section(analysis: Analysis) -> Section | None:
    """Return, for each of the user's functions, the modes from the fastest on, and which one to use."""
    if not (analysis.rows["family"] == "own").any():
        return None
    text = "Every mode on the same function at the same point, in the same rounds."
    result = Section("own", "Your function", text)
    for count, (at, ranked) in enumerate(functions(analysis), start=1):
        for sentence in advice(analysis, ranked):
            result.claim(f"At {at}: {sentence}.", lead=True)
        _verdict(result, analysis, ranked, at)
        result.figures.append(_figure(ranked, at, draw.slug(f"own {count} {ranked['cell'].iloc[0]}")))
        table = ranked[[*SHOWN, "library", "peak_bytes"]].dropna(axis=1, how="all")
        result.tables.append(DataTable(draw.slug(f"own {count}"), at, table))
    return result


def functions(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each of the user's functions with its sizes, as text, and its modes from the fastest on."""
    rows = analysis.rows[analysis.rows["family"] == "own"]
    for _, group in rows.groupby("cell", sort=False):
        ranked = group.sort_values("median_seconds")
        first = ranked.iloc[0]
        yield f"{first['workload']}, n = {first['n']:.0f}, m = {first['m']:.0f}", ranked


def advice(analysis: Analysis, ranked: pd.DataFrame) -> list[str]:
    """Say which of forward and reverse to use at this n and m, by how much and why; differences only err."""
    exact = ranked[ranked["mode"].isin(["forward", "reverse"])]
    if not len(exact):
        return [f"use {ranked['series'].iloc[0]}; neither forward nor reverse was measured"]
    best = exact.iloc[0]
    other = "reverse" if best["mode"] == "forward" else "forward"
    rivals = exact[exact["mode"] == other]
    if not len(rivals):
        return [f"use {best['series']}; {other} was not measured"]
    gain = paired_ratio(rivals["seconds"].iloc[0], best["seconds"])
    if not analysis.told(gain):
        return [f"use either: forward and reverse are not told apart here ({interval(gain)})"]
    n, m = (number(best[size]) for size in ("n", "m"))
    why = f"forward carries n = {n} tangents, reverse m = {m} cotangents"
    if best["mode"] != ("forward" if best["n"] < best["m"] else "reverse"):
        why += " along a tape that is recorded first"
    said = [f"use {best['series']}: {interval(gain)} times faster than {other} ({why})"]
    first = ranked.iloc[0]
    if first["mode"] not in ("forward", "reverse") and first["error"] > best["error"]:
        said.append(f"{first['mode']} is faster still, with an error of {number(first['error'])}")
    return said


def _verdict(result: Section, analysis: Analysis, ranked: pd.DataFrame, at: str) -> None:
    """Name the modes that cannot be told from the fastest, and what the next one loses."""
    best = ranked.iloc[0]
    ratios = [paired_ratio(seconds, best["seconds"]) for seconds in ranked["seconds"]]
    told = [analysis.told(ratio) for ratio in ratios]
    if len(ranked) < 2:
        return
    ties = [series for series, apart in zip(ranked["series"][1:], told[1:], strict=True) if not apart]
    if ties:
        result.withhold(f"A single fastest mode ({at}): {best['series']} is not told from {'; '.join(ties)}.")
    if any(told):
        first = told.index(True)
        text = f"the next, {ranked['series'].iloc[first]}, takes {as_factor(ratios[first])} the time"
        among = f"{best['series']} is" if not ties else f"{best['series']} and {'; '.join(ties)} are"
        result.claim(f"At {at}, {among} fastest; {text}.")


def _figure(ranked: pd.DataFrame, at: str, name: str) -> draw.Drawing:
    axes = draw.panel(at, "time of a Jacobian (s)", "", height=1.2 + 0.27 * len(ranked))
    axes.set_yscale("linear")
    heights = range(len(ranked))[::-1]
    for height, row in zip(heights, ranked.itertuples(), strict=True):
        seen, hollow = look(str(row.mode)), str(row.series).endswith("all at once")
        axes.hlines(height, row.seconds_low, row.seconds_high, color=seen.light, lw=1.2)
        fill = PAPER[0] if hollow else seen.light
        axes.plot(row.median_seconds, height, seen.marker, color=seen.light, markerfacecolor=fill)
    axes.set_yticks(heights, labels=list(ranked["series"]))
    axes.set_ylim(-0.6, len(ranked) - 0.4)
    draw.unit(axes.xaxis, "s")
    return draw.finish(axes, name, f"Time of every mode with its 95 % interval: {at}.", left=0.4)
