"""What the user of a function is told beside the report's findings: what to write, and what counts say."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from reports.schema import Measured, Outcome, Skipped

from . import _counts
from ._modes import forward, reverse
from .workloads import Workload

WIDTH = 80
TRANSFORMATIONS = {"forward": "jacfwd", "reverse": "jacrev"}


def folded(text: str, indent: int = 4) -> list[str]:
    """Return a text in lines that fit a terminal, the names of options and modes in one piece."""
    options: dict[str, Any] = {"break_on_hyphens": False, "break_long_words": False}
    return wrap(text, WIDTH, subsequent_indent=" " * indent, **options)


def labelled(label: str, text: str) -> list[str]:
    """Return lines that begin with a label."""
    return folded(f"{label:11} {text}", 12)


def advice(workload: Workload, outcomes: Sequence[Outcome], named: bool = False) -> list[str]:
    """Return the line of code to paste with what it takes, and what counts say of what was not timed.

    If `named`, they say which cell they are about.
    """
    exact = [o for o in outcomes if isinstance(o, Measured) and o.subject.mode in TRANSFORMATIONS]
    lines = labelled("cell", outcomes[0].subject.cell) if named else []
    if exact:
        best = min(exact, key=lambda row: row.median_seconds)
        lines += [f"{'write':11} {_code(workload, best)}", *labelled("", _times(best, exact))]
    missing = {o.subject.mode for o in outcomes if isinstance(o, Skipped) and o.predicted_seconds}
    if missing & TRANSFORMATIONS.keys() - {row.subject.mode for row in exact}:
        lines += _by_counts(workload)
    return lines


def _by_counts(workload: Workload) -> list[str]:
    """Return what exact counts, free of time, say of forward against reverse; nothing if f is not traced."""
    found = _counts.count(workload)
    if found is None:
        return []
    operations = {mode.name: _counts.of_mode(found, mode).operations or 0 for mode in (forward(), reverse())}
    few, many = sorted(operations, key=operations.__getitem__)
    text = f"by exact counts {few} takes {operations[few]:,} operations, {many} {operations[many]:,}"
    return labelled("untimed", text + (f": use {few}" if operations[few] < operations[many] else ""))


def _code(workload: Workload, best: Measured) -> str:
    name = workload.name if workload.name.isidentifier() else "f"
    chunk = f", chunk_size={best.subject.chunk}" if best.subject.chunk else ""
    point = workload.point
    argnums = f", argnums={point.argnums}" if point.argnums != 0 else ""
    given = ("x" if len(point.args) == 1 else "*args") + (", **kwargs" if point.kwargs else "")
    function = TRANSFORMATIONS[best.subject.mode]
    return f"from modes import {function}; J = {function}({name}{argnums}{chunk})({given})"


def _times(best: Measured, exact: list[Measured]) -> str:
    other = "reverse" if best.subject.mode == "forward" else "forward"
    rivals = [row.median_seconds for row in exact if row.subject.mode == other]
    beside = f"; {other} {seconds(min(rivals))}" if rivals else ""
    return f"takes {seconds(best.median_seconds)}{beside}; f itself {seconds(best.yardstick_seconds)}"


def seconds(value: float) -> str:
    """Return a duration with three digits and its unit."""
    unit, size = next(((u, s) for u, s in (("s", 1.0), ("ms", 1e-3)) if value >= s), ("µs", 1e-6))
    return f"{value / size:.3g} {unit}"
