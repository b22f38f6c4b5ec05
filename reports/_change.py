"""What changed between two sets of runs: series of cells, judged with one error rate over all of them.

Two processes of one code differ by more than the rounds of either show: memory is laid out anew, hashes have
another seed, the machine another guest. So a cell has one value a run, and the spread is that *between* runs:

- runs of one side differ from each other: that is seen where a side has several;
- cells of one series change differently: that is always seen, and stands for `PRIOR` runs more;
- it is never taken to be less than `LEAST`.

A series' change is the mean over its cells, but held against the spread of one, for a process may be slower
in all of them. The t-tests are corrected after Holm (1979).
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

PRIOR = 3  # degrees of freedom that the scatter over cells stands for; with fewer a test is more cautious
LEAST = 0.02  # least standard deviation, in logarithms, of a series between two processes
LASTING = 2  # least runs before and after a step
SCATTER = 3  # least cells of a series that have a scatter


def judged(
    cells: pd.DataFrame, logs: np.ndarray, old: int, levels: list[list[str]], error: float, spread: float
) -> pd.DataFrame:
    """Return every series of every level with its change and the verdict: "slower", "faster" or "".

    Parameters
    ----------
    cells
        the columns that levels name, a row for each cell.
    logs
        logarithms of costs, cells × runs.
    old
        how many of the runs, the first ones, are old.
    levels
        which columns make a series; series of the same cells are one.
    error
        the chance that runs of one code show a change anywhere.
    spread
        standard deviation between runs where there are too few cells to see it.
    """
    grouped = [cells.groupby(level, sort=False) for level in levels]
    series = list(dict.fromkeys(tuple(index) for group in grouped for index in group.indices.values()))
    between = max(LEAST, _between(logs, old, grouped[-1].ngroup().to_numpy(), spread))
    tests = pd.DataFrame([_test(logs[list(index)], old, between) for index in series])
    p = 2 * stats.t.sf(np.abs(tests["change"]) / tests["error"], tests["degrees"])
    reach, shown = (tests["error"] * stats.t.isf(q, tests["degrees"]) for q in (0.025, error / 2 / len(p)))
    sign = np.where(tests["change"] > 0, "slower", "faster")
    columns = {name: cells[name].to_numpy() for name in cells}
    return pd.DataFrame([_named(columns, index) for index in series]).assign(
        change=np.exp(tests["change"]),
        change_low=np.exp(tests["change"] - reach),
        change_high=np.exp(tests["change"] + reach),
        shown=np.exp(shown),
        p=p,
        verdict=np.where(holm(p, error), sign, ""),
    )


def steps(logs: np.ndarray, error: float) -> list[int]:
    """Return the runs at which one series took a step; logs are one for each run, in the order of time.

    Binary segmentation: of all places between two runs the one with the smallest p-value is a step if that is
    below the error rate over the number of places; then both parts are searched alike. The spread is that of
    the differences between neighbours, which a step hardly touches; a step has at least `LASTING` runs before
    it and after it.
    """
    runs = len(logs)
    places = np.arange(LASTING, runs - LASTING + 1)
    if not len(places):
        return []
    spread = max(LEAST, float(np.median(np.abs(np.diff(logs)))) / stats.norm.ppf(0.75) / np.sqrt(2))
    change = np.array([logs[place:].mean() - logs[:place].mean() for place in places])
    score = np.abs(change) / (spread * np.sqrt(_weight(runs, places)))
    best = int(score.argmax())
    if 2 * stats.t.sf(score[best], PRIOR + runs - 2) > error / len(places):
        return []
    place = int(places[best])
    return [*steps(logs[:place], error), place, *(place + later for later in steps(logs[place:], error))]


def holm(p: np.ndarray, error: float) -> np.ndarray:
    """Return which differences are told, when any is told wrongly with a chance of at most `error`."""
    order = np.argsort(p)
    stays = p[order] > error / np.arange(len(p), 0, -1)
    told = np.zeros(len(p), bool)
    told[order[: stays.argmax() if stays.any() else len(p)]] = True
    return told


def changes(logs: np.ndarray, old: int) -> np.ndarray:
    """Return the change of each cell between the means of both sides."""
    return logs[:, old:].mean(axis=1) - logs[:, :old].mean(axis=1)


def _test(logs: np.ndarray, old: int, between: float) -> dict[str, float]:
    """Return the change of one series, its standard error and its degrees of freedom."""
    count, runs = logs.shape
    sides = np.split(logs.mean(axis=0), [old])
    squares = sum(float(((side - side.mean()) ** 2).sum()) for side in sides)
    variance = (PRIOR * between**2 + squares) / (PRIOR + runs - 2) * _weight(runs, old)
    change = sides[1].mean() - sides[0].mean()
    return {"change": change, "error": np.sqrt(variance), "degrees": PRIOR + runs - 2 + count - 1}


def _weight(runs: int, old: Any) -> Any:
    """Return the variance of a difference of the two sides' means, in units of a single run's."""
    return 1 / old + 1 / (runs - old)


def _between(logs: np.ndarray, old: int, series: np.ndarray, otherwise: float) -> float:
    """Return what the scatter of cells about their series' change says of the spread between runs."""
    change, count = changes(logs, old), np.bincount(series)[series]
    mean = (np.bincount(series, change) / np.bincount(series))[series]
    several = count >= SCATTER
    apart = (change - mean)[several] * np.sqrt(count[several] / (count[several] - 1))
    if len(apart) < 2 * SCATTER:
        return otherwise
    spread = np.median(np.abs(apart)) / stats.norm.ppf(0.75)
    return float(spread / np.sqrt(_weight(logs.shape[1], old)))


def _named(columns: dict[str, np.ndarray], index: tuple[int, ...]) -> dict[str, object]:
    """Return what the cells of a series have in common ("" where they differ), and how many they are."""
    common = {name: values[index[0]] for name, values in columns.items()}
    same = {name: all(values[i] == common[name] for i in index) for name, values in columns.items()}
    return {name: common[name] if same[name] else "" for name in columns} | {"cells": len(index)}
