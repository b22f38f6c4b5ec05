"""The few lines at the end of a run, at most 80 columns wide."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TypeVar

import numpy as np

from . import _peers
from ._modes import AA
from ._results import Outcome, Row
from ._statistics import crossover, fit_growth, median_interval
from .cells import Cell
from .own import advice
from .run import Run

T = TypeVar("T")
WIDTH = 80
FLAT = 1.3  # a cost that grows by less over the whole range is called flat
UNCERTAIN = 0.2  # an exponent with a larger standard error is not printed
COLUMNS = {
    "forward[1]": "fwd/1",
    "reverse[1]": "rev/1",
    "forward": "forward",
    "reverse": "reverse",
    "central-difference": "central",
}
EXAMPLES = 3  # slices of the n × m grid that are printed
Line = tuple[list[float], list[Row]]  # sizes and rows of one mode along one varying size


def summary(run: Run) -> list[str]:
    """Return the fitted growth, the crossovers, the noise, what was left out, and where the results are."""
    lines: list[str] = []
    if run.rows:
        speed = on_one_scale(run.rows)
        series = _series(run.cells)
        lines += [*_growth(series, speed), *_crossovers(series)]
    for cell, outcomes in run.cells.items():
        if cell.family == "own":
            lines += advice(outcomes)
    lines += [*_noise(run), *_left_out(run)]
    shown = run.path.relative_to(Path.cwd()) if run.path.is_relative_to(Path.cwd()) else run.path
    return [*lines, f"results     {shown}", f"report      python -m reports {shown}"]


def on_one_scale(rows: Iterable[Row]) -> dict[int, float]:
    """Return by ``id(row)`` the median seconds at the machine's usual speed.

    Every sample is scaled by what the fixed reference work took in its round, so that cells measured while
    the machine was slow can be compared with the others.
    """
    rows = list(rows)
    usual = float(np.median([np.median(row.reference) for row in rows]))
    return {id(row): float(np.median(np.divide(row.seconds, row.reference))) * usual for row in rows}


def _series(cells: Mapping[Cell, Mapping[str, Outcome]]) -> dict[str, dict[str, Line]]:
    """Return sizes and rows by what varies (``"tanh-chain in n, m=16"``) and by label of the mode."""
    found: dict[str, dict[str, Line]] = defaultdict(lambda: defaultdict(lambda: ([], [])))
    for cell, outcomes in cells.items():
        for label, row in outcomes.items():
            if not isinstance(row, Row) or label.endswith(AA):
                continue
            place = row.place
            for size, held in cell.along.items():
                sizes, rows = found[f"{place.workload} in {size}" + (f", {held}" if held else "")][label]
                sizes.append(place.size[size] if size in place.size else getattr(place, size))
                rows.append(row)
    return found


def _growth(series: Mapping[str, Mapping[str, Line]], speed: Mapping[int, float]) -> Iterator[str]:
    table = []
    for title, by_mode in _some(series).items():
        cells = []
        for label in COLUMNS:
            sizes, rows = by_mode.get(label, ([], []))
            cells.append(f"{_exponent(sizes, [speed[id(row)] for row in rows]):>9}")
        if any(text.strip() for text in cells):
            table.append(f"{title:35}" + "".join(cells))
    if table:
        yield "growth of time as floor + c · size^p: p ± its standard error (/1: one a sweep)"
        yield f"{'':35}" + "".join(f"{title:>9}" for title in COLUMNS.values())
        yield from table


def _exponent(sizes: Sequence[float], seconds: Sequence[float]) -> str:
    """Return the fitted exponent as text; a cost that hardly grows has none worth printing."""
    if len(seconds) < 3:
        return ""
    if max(seconds) < FLAT * min(seconds):
        return "flat"
    fit = fit_growth(sizes, seconds)
    if fit is None or fit.uncertainty > UNCERTAIN:
        return f"×{max(seconds) / min(seconds):.2g}"
    return f"{fit.exponent:.2f}±{fit.uncertainty:.2f}".replace("±0", "±")


def _crossovers(series: Mapping[str, Mapping[str, Line]]) -> Iterator[str]:
    table = []
    for title, by_mode in _some(series).items():
        found = [
            _crossing(by_mode.get(f"forward{chunk}"), by_mode.get(f"reverse{chunk}")) for chunk in ("[1]", "")
        ]
        if any(found):
            table.append(f"{title:35}" + "".join(f"{text:>20}" for text in found).rstrip())
    if table:
        yield f"{'size at which forward = reverse':35}{'one a sweep':>20}{'vector':>20}"
        yield from table


def _crossing(first: Line | None, second: Line | None) -> str:
    """Return the size at which two modes cost the same, as text, from ratios paired by round."""
    if first is None or second is None:
        return ""
    other = dict(zip(*second, strict=True))
    pairs = [(size, row, other[size]) for size, row in zip(*first, strict=True) if size in other]
    if len(pairs) < 3:
        return ""
    medians, lows, highs = zip(
        *(median_interval(np.divide(a.seconds, b.seconds)) for _, a, b in pairs), strict=True
    )
    errors = np.maximum(np.log(np.divide(highs, lows)) / (2 * 1.96), 1e-3)
    found = crossover([size for size, _, _ in pairs], medians, errors)
    if found is None:
        return ""
    return f"{found.size:.3g} ±{found.uncertainty:.0%}" if found.uncertainty < 0.5 else "unclear"


def _some(series: Mapping[str, T]) -> dict[str, T]:
    """Return `series` with but a few of the slices that differ only in what is held."""
    slices: dict[str, list[str]] = defaultdict(list)
    for title in series:
        slices[re.sub(r"=\d+", "", title)].append(title)
    chosen = {}
    for titles in slices.values():
        picks = np.unique(np.linspace(0, len(titles) - 1, EXAMPLES + 2).round().astype(int))
        inner = picks[1:-1] if len(titles) > EXAMPLES else range(len(titles))
        chosen.update({titles[i]: series[titles[i]] for i in inner})
    return chosen


def _noise(run: Run) -> Iterator[str]:
    noise = run.noise()
    if noise.resolution is None or noise.drift is None:
        return
    yield (
        f"resolution  ±{noise.resolution:.1%}: A/A ratio {noise.aa_median:.3f} in the median, "
        f"{noise.aa_low:.3f} to {noise.aa_high:.3f}"
    )
    yield f"drift       ±{noise.drift:.1%}: the same work, over the run"
    if noise.drift > noise.resolution:
        yield "WARNING     the machine drifted by more than the resolution: compare ratios, not"
        yield "            seconds of different cells (growth above is put on one scale)"


def _left_out(run: Run) -> Iterator[str]:
    if run.peers:
        missing = [name for name in _peers.NAMES if name not in run.peers]
        yield f"peers       {', '.join(run.peers)}" + (
            f"; not installed: {', '.join(missing)}" if missing else ""
        )
    yield f"measured    {len(run.rows)} rows in {len(run.cells)} cells"
    for word, outcomes in (("skipped", run.skipped), ("FAILED", run.failed)):
        if outcomes:
            by_mode = Counter(outcome.place.mode for outcome in outcomes)
            counts = ", ".join(f"{mode} {count}" for mode, count in by_mode.most_common())
            yield from wrap(
                f"{word:11} {len(outcomes)} (reasons in the results file): {counts}",
                WIDTH,
                subsequent_indent=" " * 12,
            )
