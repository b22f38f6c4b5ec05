"""The runs of one machine in the order of time: the course of every mode, and the steps in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from . import _draw as draw
from ._analysis import Analysis
from ._change import steps
from ._compare import ERROR, UNDISTURBED, F, aligned, times
from ._format import counted, number
from ._looks import INK, look
from ._read import ResultsError, read

FEWEST = 4  # runs
DRAWN = 6  # series


@dataclass(frozen=True)
class History:
    """Each mode, and f itself, over the runs of one machine and grid.

    ``course`` holds a row for each series and a column for each run: its time in units of the reference work,
    over all cells that every run holds, as a multiple of the first run's. ``steps`` holds at which run a
    series stepped, and by how much.
    """

    course: pd.DataFrame
    steps: pd.DataFrame
    cells: pd.Series
    left_out: int


def history(paths: list[str | Path]) -> History:
    """Follow every mode through runs of the latest one's machine and grid.

    A step is where `reports._change.steps` finds one, with one error rate over all series.

    Raises
    ------
    ResultsError
        if a file cannot be read, or fewer than four runs belong together.
    """
    runs = sorted((Analysis(read(path)) for path in paths), key=lambda a: (_started(a), a.run.name))
    mine = [run for run in runs if _kind(run) == _kind(runs[-1])]
    if len(mine) < FEWEST:
        raise ResultsError(f"{counted(len(mine), 'run')} of one machine and grid; a history needs {FEWEST}")
    tables, _ = aligned(mine)
    once = ~tables[0].duplicated(["family", "cell"]).to_numpy()
    labels = np.concatenate([np.full(once.sum(), F, object), tables[0]["series"].to_numpy()])
    logs = np.concatenate(
        [times(tables, "yardstick", "reference")[once], times(tables, "seconds", "reference", UNDISTURBED)]
    )
    known = np.isfinite(logs).all(axis=1)
    series = {name: logs[known & (labels == name)].mean(axis=0) for name in pd.unique(labels[known])}
    names = [run.run.name for run in mine]
    course = {name: np.exp(each - each[0]) for name, each in series.items()}
    found = [
        record for name, each in series.items() for record in _steps(name, each, names, ERROR / len(series))
    ]
    return History(
        pd.DataFrame.from_dict(course, orient="index", columns=names),
        pd.DataFrame(found, columns=["series", "at", "change", "verdict"]),
        pd.Series(labels[known]).value_counts()[list(series)],
        len(runs) - len(mine),
    )


def _started(analysis: Analysis) -> str:
    return str(analysis.run.header.get("started") or "")


def _kind(analysis: Analysis) -> tuple[str, str]:
    machine = analysis.run.header.get("machine")
    cpu = machine.get("cpu") if isinstance(machine, dict) else None
    return str(cpu), str(analysis.run.header.get("grid"))


def _steps(name: str, logs: np.ndarray, runs: list[str], error: float) -> Iterator[dict[str, object]]:
    """Yield the steps of one series, each with the change of the mean over the runs up to the next one."""
    places = steps(logs, error)
    ends = [0, *places, len(logs)]
    means = [logs[a:b].mean() for a, b in pairwise(ends)]
    for place, (before, after) in zip(places, pairwise(means), strict=True):
        verdict = "slower" if after > before else "faster"
        yield {"series": name, "at": runs[place], "change": np.exp(after - before), "verdict": verdict}


def history_lines(found: History) -> Iterator[str]:
    """Yield the course of every series in a line, and the steps."""
    runs = list(found.course)
    others = f"; {found.left_out} of others left out" if found.left_out else ""
    yield f"{counted(len(runs), 'run')} of one machine and grid, {runs[0]} to {runs[-1]}{others}."
    table = pd.DataFrame(
        {
            "series": found.course.index,
            "cells": found.cells.to_numpy(),
            "least": [number(v) for v in found.course.min(axis=1)],
            "most": [number(v) for v in found.course.max(axis=1)],
            "last": [number(v) for v in found.course.iloc[:, -1]],
            "course": [_bars(row) for row in found.course.to_numpy()],
        }
    )
    yield "\nTime in units of the reference work, as a multiple of the first run's"
    yield table.to_string(index=False)
    for row in found.steps.itertuples():
        yield f"{row.series} became {row.verdict} at {row.at}: ×{row.change:.2f}"
    if not len(found.steps):
        yield "No step beyond noise."


def _bars(values: np.ndarray) -> str:
    """Return a course as a line of small bars, the least to the most."""
    levels = "▁▂▃▄▅▆▇█"
    span = np.ptp(np.log(values)) or 1.0
    heights = (np.log(values) - np.log(values).min()) / span * (len(levels) - 1)
    return "".join(levels[round(height)] for height in heights)


def figure(found: History) -> draw.Drawing:
    """Return the course of what stepped, else of what has the most cells, with a line at each step."""
    stepped = set(found.steps["series"])
    most = found.cells.sort_values(ascending=False, kind="stable").index
    names = [name for name in most if name in stepped or not stepped][:DRAWN]
    axes = draw.panel("Course of the runs", "run", "time / the first run's")
    axes.set_xscale("linear")
    axes.set_yscale("linear")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"×{v:g}"))
    at = np.arange(1, len(found.course.columns) + 1)
    for name in names:
        seen = look(name.partition(",")[0])
        axes.plot(
            at, found.course.loc[name], color=seen.light, marker=seen.marker, ls=draw.dashes(name), label=name
        )
    for run in found.steps["at"].unique():
        axes.axvline(list(found.course).index(run) + 0.5, color=INK[0], lw=1, ls=":")
    return draw.finish(axes, "history", "Time of each mode, run by run; dotted: a step.")
