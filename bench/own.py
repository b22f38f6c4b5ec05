"""Any function of the user's as a workload, and which mode to use for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from modes import jacobian

from ._modes import AA, STANDARD, Mode
from ._results import Outcome, Row
from ._statistics import median_interval
from .cells import Cell
from .workloads import Workload


def own_workload(f: Callable[[Any], Any], x: ArrayLike) -> Workload:
    """Return f at x as a workload.

    There is no Jacobian by hand, so the one that ``mode="auto"`` computes is taken as known: the other modes
    must agree with it to rounding, and differences, which know nothing of derivatives, to their accuracy.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x`, returns an array of any shape or a scalar; plain NumPy.
    x : array_like
        Where to differentiate, any shape; converted to float64.

    Raises
    ------
    TypeError, ValueError
        If `f` cannot be called, does not return real numbers, or `x` holds nothing or something not finite.
    """
    if not callable(f):
        raise TypeError(f"f is {f!r}; it must be a function of one array")
    point = np.array(x, float)
    if point.size == 0 or not np.all(np.isfinite(point)):
        raise ValueError(f"x is {point}; it must hold at least one number, all of them finite")
    try:
        value = np.asarray(f(point))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"f cannot be evaluated at an x of shape {point.shape}: {reason}") from error
    if value.dtype.kind not in "fiu" or value.size == 0:
        raise TypeError(f"f returned {value!r}; it must return real numbers to have a Jacobian")

    def flat(v):
        return np.ravel(f(np.reshape(v, point.shape)))

    return Workload(
        getattr(f, "__name__", type(f).__name__),
        flat,
        point.ravel(),
        lambda: np.reshape(jacobian(flat, mode="auto")(point.ravel()), (value.size, point.size)),
        known_by='mode="auto"',
    )


def own_cell(
    f: Callable[[Any], Any], x: ArrayLike, modes: Sequence[Mode] = STANDARD, key: str | None = None
) -> Cell:
    """Return the cell, named `key`, that measures f at x. Raises as `own_workload` does."""
    workload = own_workload(f, x)
    return Cell("own", key or f"{workload.name},n={workload.n},m={workload.m}", lambda: workload, modes)


def advice(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Say in a few lines which of the measured modes to use at this n and m, and why."""
    rows = [o for o in outcomes.values() if isinstance(o, Row) and not o.place.mode.endswith(AA)]
    if not rows:
        return ["nothing could be measured, so there is nothing to advise"]
    n, m = rows[0].place.n, rows[0].place.m
    assert n is not None  # a row that was measured has sizes
    assert m is not None
    rows.sort(key=lambda row: row.ratio)
    lines = [f"{rows[0].place.workload}: n = {n} inputs, m = {m} outputs; costs in units of f(x)"]
    lines += [
        f"  {_title(row):26} {row.ratio:9.3g}  [{row.ratio_low:.3g}, {row.ratio_high:.3g}]"
        f"  error {row.error:.0e}"
        for row in rows
    ]
    best = next((row for row in rows if row.place.mode in ("forward", "reverse")), rows[0])
    other = "reverse" if best.place.mode == "forward" else "forward"
    rival = next((row for row in rows if row.place.mode == other), None)
    if rival is None:
        return [*lines, f"use {_title(best)}; no other accumulation mode was measured"]
    gain, low, high = median_interval(np.divide(rival.seconds, best.seconds))
    if low <= 1 <= high:
        same = f"{gain:.2f} [{low:.2f}, {high:.2f}]"
        return [*lines, f"use either: forward and reverse cost the same here ({same})"]
    verdict = f"use {_title(best)}: {gain:.3g} [{low:.3g}, {high:.3g}] times faster than {other};"
    lines += [verdict, _reason(best.place.mode, n, m)]
    if rows[0].place.mode not in ("forward", "reverse"):
        lines.append(f"  ({rows[0].place.mode} is faster still, with an error of {rows[0].error:.0e})")
    return lines


def _reason(best: str, n: int, m: int) -> str:
    """Say why `best` wins at its n and m."""
    counts = f"  forward carries n = {n} tangents, reverse m = {m} cotangents"
    if best == ("forward" if n < m else "reverse"):
        return counts
    return f"{counts} along a tape that is recorded first"


def _title(row: Row) -> str:
    chunk = row.place.chunk
    return row.place.mode if chunk is None else f"{row.place.mode}, {chunk} a sweep"
