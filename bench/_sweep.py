"""The user's function at growing sizes: cells as those of the grids, which the report fits and draws."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ._cell import Cell
from ._modes import MeasuredMode
from .own import own_workload
from .workloads import Workload
from .workloads._workload import point

FAMILIES = ("n", "m", "depth")


def read_sweep(text: str) -> tuple[str, list[int]]:
    """Return what grows and its sizes: ``n=1..1024`` in powers of two, ``n=10,100`` as they stand.

    Raises
    ------
    ValueError
        If the text is neither.
    """
    name, _, values = text.partition("=")
    first, dots, last = values.partition("..")
    try:
        sizes = _doubled(int(first), int(last)) if dots else sorted({int(part) for part in values.split(",")})
    except ValueError:
        sizes = []
    if name not in FAMILIES or not sizes or sizes[0] < 1:
        raise ValueError(f"--sweep is {text!r}; write n=1..1024 or n=10,100, with n, m or depth")
    return name, sizes


def sweep_cells(
    f: Callable[..., Any], label: str, name: str, sizes: Sequence[int], modes: Sequence[MeasuredMode]
) -> list[Cell]:
    """Return a cell for each size, in ascending order.

    Parameters
    ----------
    f : callable
        With a parameter called `name`, makes for a size the function and its point, ``(f, x)``; else (for n
        only) the function itself, which takes vectors of any length.
    label : str
        Names it in the results.
    name, sizes
        As `read_sweep` returns them.
    modes : sequence of MeasuredMode
        What is measured.

    Raises
    ------
    ValueError
        If `f` has no such parameter and m or depth is to grow.
    """
    makes = name in _parameters(f)
    if not makes and name != "n":
        raise ValueError(f"{label} has no parameter {name}; write a function of it that returns (f, x)")
    make = partial(_made, f) if makes else lambda size: (f, point(size))
    return [
        Cell(name, f"{label},{name}={size}", partial(_workload, make, label, name, size), modes)
        for size in sizes
    ]


def _workload(make: Callable[[int], Any], label: str, name: str, size: int) -> Workload:
    f, x = make(size)
    return replace(own_workload(f, x), name=label, size={"depth": size} if name == "depth" else {})


def _made(maker: Callable[..., Any], size: int) -> Any:
    made = maker(size)
    if not isinstance(made, tuple) or len(made) != 2:
        raise TypeError(f"it returned {made!r}; it must return the function and its point, (f, x)")
    return made


def _parameters(f: Callable[..., Any]) -> Sequence[str]:
    try:
        return [*inspect.signature(f).parameters]
    except ValueError:  # of a function in C
        return []


def _doubled(first: int, last: int) -> list[int]:
    return [first * 2**k for k in range((last // first).bit_length())] if first > 0 else []
