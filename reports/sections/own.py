"""The user's own function: every mode in one cell, ranked."""

import pandas as pd

from .. import _draw as draw
from .._analysis import Analysis
from .._format import times
from .._names import PAPER, look
from .._page import Section, Table
from .._statistics import Estimate, paired_ratio

SHOWN = [
    "series",
    "library",
    "median_seconds",
    "seconds_low",
    "seconds_high",
    "ratio",
    "ratio_low",
    "ratio_high",
]


def section(analysis: Analysis) -> Section | None:
    """Return, for each of the user's functions, the modes from the fastest on, and whether that is told."""
    rows = analysis.rows[analysis.rows["family"] == "own"]
    if not len(rows):
        return None
    text = "Every mode on the same function at the same point, in the same rounds."
    result = Section("own", "Your function", text)
    for number, (cell, group) in enumerate(rows.groupby("cell", sort=False), start=1):
        ranked = group.sort_values("median_seconds")
        best = ranked.iloc[0]
        at = f"{best['workload']}, n = {best['n']:.0f}, m = {best['m']:.0f}"
        _verdict(result, analysis, ranked, at)
        result.figures.append(_figure(ranked, at, draw.slug(f"own {number} {cell}")))
        table = ranked[[*SHOWN, "peak_bytes", "error"]].dropna(axis=1, how="all")
        result.tables.append(Table(draw.slug(f"own {number}"), at, table))
    return result


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
        text = f"the next, {ranked['series'].iloc[first]}, takes {times(Estimate(*ratios[first]))} the time"
        among = f"{best['series']} is" if not ties else f"{best['series']} and {'; '.join(ties)} are"
        result.claim(f"At {at}, {among} fastest; {text}.", lead=True)


def _figure(ranked: pd.DataFrame, at: str, name: str) -> draw.Drawing:
    axes = draw.panel(at, "time of a Jacobian (s)", "", height=1.2 + 0.27 * len(ranked))
    axes.set_yscale("linear")
    places = range(len(ranked))[::-1]
    for place, row in zip(places, ranked.itertuples(), strict=True):
        seen, hollow = look(str(row.mode)), str(row.series).endswith("all at once")
        axes.hlines(place, row.seconds_low, row.seconds_high, color=seen.light, lw=1.2)
        fill = PAPER[0] if hollow else seen.light
        axes.plot(row.median_seconds, place, seen.marker, color=seen.light, markerfacecolor=fill)
    axes.set_yticks(places, labels=list(ranked["series"]))
    axes.set_ylim(-0.6, len(ranked) - 0.4)
    draw.unit(axes.xaxis, "s")
    drawing = draw.finish(axes, name, f"Time of every mode with its 95 % interval: {at}.")
    drawing.figure.subplots_adjust(left=0.4)
    return drawing
