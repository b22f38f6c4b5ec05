"""The last lines of a run on the terminal, at most 80 columns wide: the report's own findings, in short."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from textwrap import wrap

import numpy as np
import pandas as pd

from ._analysis import Analysis, Fit
from ._crossing import Crossing
from ._format import brief, counted, interval, shown
from ._series import VARIANTS
from .sections import own, run, tracing

WIDTH = 80
SERIES = {
    "forward, one by one": "fwd/1",
    "reverse, one by one": "rev/1",
    "forward, all at once": "forward",
    "reverse, all at once": "reverse",
    "central-difference": "central",
}
EXAMPLES = 3  # crossovers of one workload that are printed
FLAT = 1.3  # a cost that grows by less over the whole range is called flat


def closing_lines(analysis: Analysis) -> list[str]:
    """Return growth, crossovers, the price of tracing, advice, noise and what was left out."""
    return [
        *_growth([f for f in analysis.fits if f.measure == "steady_seconds" and f.series in SERIES]),
        *_crossovers(analysis),
        *_table("price of tracing: time over the same by hand", tracing.prices(analysis)),
        *_own(analysis),
        *_noise(analysis),
        *_counts(analysis),
    ]


def _growth(fits: list[Fit]) -> Iterator[str]:
    lines: dict[str, dict[str, str]] = defaultdict(dict)
    for fit in fits:
        title = ", ".join(filter(None, [f"{fit.axis.family}: {fit.workload}", fit.at]))
        lines[title][fit.series] = _exponent(fit)
    if any(text for cells in lines.values() for text in cells.values()):
        yield "growth of time as overhead + c · size^p: p ± its 95 % interval (/1: one a sweep)"
        yield f"{'':24}" + "".join(f"{title:>11}" for title in SERIES.values())
        for title, cells in lines.items():
            if any(cells.values()):
                yield f"{title:24}" + "".join(f"{cells.get(series, ''):>11}" for series in SERIES)
        yield "(×: how much the cost grows where the report says why no exponent is claimed)"


def _exponent(fit: Fit) -> str:
    """Return the exponent, or how much the cost grows where none is claimed."""
    growth = fit.growth
    if not growth.reason:
        return brief(growth.exponent)
    if np.isnan(growth.span):
        return ""
    return "flat" if growth.span < FLAT else f"×{growth.span:.2g}"


def _crossovers(analysis: Analysis) -> Iterator[str]:
    if analysis.crossings["n"].nunique() <= 3:
        return
    lines: dict[str, dict[float, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for (workload, variant, m), found in analysis.crossover.items():
        lines[workload][m][variant] = _passage(found)
    if lines:
        yield f"{'n at which forward = reverse':32}" + "".join(f"{variant:>24}" for variant in VARIANTS)
    for workload, by_m in lines.items():
        inner = np.linspace(0, len(by_m) - 1, EXAMPLES + 2).round().astype(int)[1:-1]
        for m in [m for i, m in enumerate(sorted(by_m)) if len(by_m) <= EXAMPLES or i in inner]:
            yield f"{f'{workload}, m = {m:.0f}':32}" + "".join(f"{by_m[m].get(v, ''):>24}" for v in VARIANTS)


def _passage(found: Crossing) -> str:
    sides = {"below": "reverse wins", "above": "forward wins", "inside": "unclear"}
    return sides[found.side] if found.side != "inside" or found.reason else interval(found.at)


def _table(title: str, table: pd.DataFrame) -> Iterable[str]:
    return [title, *shown(table).to_string(index=False).splitlines()] if len(table) else []


def _own(analysis: Analysis) -> Iterator[str]:
    wanted = analysis.all_rows["family"] == "own"
    if wanted.any() and not (analysis.rows["family"] == "own").any():
        yield "nothing could be measured, so there is nothing to advise"
    for _, ranked in own.functions(analysis):
        name, n, m = (ranked[column].iloc[0] for column in ("workload", "n", "m"))
        title = f"{name}: n = {n:.0f} inputs, m = {m:.0f} outputs; ratio: cost in units of f(x)"
        yield from _table(title, ranked[own.SHOWN])
        for sentence in own.advice(analysis, ranked):
            yield from wrap(sentence, WIDTH, subsequent_indent="    ")


def _noise(analysis: Analysis) -> Iterator[str]:
    for label, verdict in zip(("resolution", "drift"), run.noise(analysis), strict=False):
        yield from _labelled(label, verdict.text)


def _counts(analysis: Analysis) -> Iterator[str]:
    rows = analysis.all_rows
    measured = rows[rows["status"] == "measured"]
    cells = measured.groupby(["family", "cell"]).ngroups
    yield f"measured    {counted(len(measured), 'row')} in {counted(cells, 'cell')}"
    for status, label in (("skipped", "skipped"), ("failed", "FAILED")):
        modes = rows["mode"][rows["status"] == status].value_counts()
        if len(modes):
            each = ", ".join(f"{mode} {count}" for mode, count in modes.items())
            yield from _labelled(label, f"{modes.sum()} (reasons in the results file): {each}")


def _labelled(label: str, text: str) -> list[str]:
    return wrap(f"{label:11} {text}", WIDTH, subsequent_indent=" " * 12)
