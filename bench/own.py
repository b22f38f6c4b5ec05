"""Any function of the user's as a workload."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modes import jacobian

from ._cell import Cell
from ._check import relative_error
from ._modes import STANDARD, MeasuredMode
from ._point import Point, entries, leaves, point_of
from ._sampling import MIN_ROUNDS
from .workloads import Workload

ROUNDING = 16  # units in the last place by which a second evaluation may differ: BLAS promises no order


def own_workload(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Workload:
    """Return f at a point as a workload; f is measured as it is called here.

    There is no Jacobian by hand, so the one that ``mode="auto"`` computes is taken as known: the other modes
    must agree with it to rounding, and it must agree with differences, which know nothing of derivatives.

    Parameters
    ----------
    f : callable
        Returns real numbers: an array, a scalar, or nested tuples, lists and dicts of them; plain NumPy.
    *args, **kwargs
        What f is called with. A single argument is where to differentiate; of several, all those that hold
        floating-point numbers. Keyword arguments are constants, as everywhere in ``modes``.

    Raises
    ------
    TypeError, ValueError
        If `f` cannot be called, changes its argument, gives another result the next time or none of real
        numbers, or the point holds nothing or something not finite.
    """
    if not callable(f):
        raise TypeError(f"f is {f!r}; it must be a function")
    point = point_of(args, kwargs)
    x = point.array if point.array is not None else entries(point.inputs)

    def known() -> np.ndarray:
        found = jacobian(f, point.argnums, mode="auto")(*point.args, **point.kwargs)
        return np.reshape(point.matrix(found), (workload.m, workload.n))

    name = getattr(f, "__name__", type(f).__name__)
    workload = Workload(name, f, x, known, known_by='mode="auto"', independent=False, point=point)
    _refuse_unsteady(workload)
    return workload


def own_cell(
    f: Callable[..., Any],
    *args: Any,
    modes: Sequence[MeasuredMode] = STANDARD,
    key: str | None = None,
    rounds: int | None = None,
    **kwargs: Any,
) -> Cell:
    """Return the cell, named `key`, that measures f at a point in so many rounds; see `own_workload`.

    Raises
    ------
    TypeError, ValueError
        As `own_workload`, or if `rounds` are too few for an interval.
    """
    if rounds is not None and not rounds >= MIN_ROUNDS:
        raise ValueError(f"rounds is {rounds!r}; an interval of 95 % needs {MIN_ROUNDS} at least")
    workload = own_workload(f, *args, **kwargs)
    name = key or f"{workload.name},n={workload.n},m={workload.m}"
    return Cell("own", name, lambda: workload, modes, rounds)


def chosen_modes(
    modes: Sequence[MeasuredMode], names: Collection[str] | None, tolerance: float | None
) -> list[MeasuredMode]:
    """Return those of `modes` whose name or label is among `names`, all with one tolerance if it is given."""
    known = [known for mode in modes for known in (mode.name, mode.label)]
    unknown = [name for name in names or () if name not in known]
    if unknown or (names is not None and not names):
        raise ValueError(f"modes is {names!r}; it must hold some of {', '.join(dict.fromkeys(known))}")
    if tolerance is not None and not tolerance >= 0:
        raise ValueError(f"tolerance is {tolerance!r}; it must be a relative error, 0 or more")
    chosen = [mode for mode in modes if names is None or mode.name in names or mode.label in names]
    return chosen if tolerance is None else [replace(mode, allowed=tolerance) for mode in chosen]


def _refuse_unsteady(workload: Workload) -> None:
    """Raise unless f returns real numbers, the same ones twice, and leaves its arguments as they are."""
    point = workload.point
    before = _bytes(point)
    try:
        result = workload.evaluate()
        kinds = {np.asarray(leaf).dtype.kind for leaf in leaves(result)}
    except Exception as error:
        where = f"an x of shape {point.array.shape}" if point.array is not None else "these arguments"
        raise ValueError(f"f cannot be evaluated at {where}: {type(error).__name__}: {error}") from error
    first = entries(result)
    if not kinds <= set("fiu") or first.size == 0:
        raise TypeError(f"f returned {result!r}; it must return real numbers to have a Jacobian")
    if _bytes(point) != before:
        raise ValueError("f changes its argument in place; write x = x.copy() in its first line")
    if not _same(first, workload.value, workload.eps):
        raise ValueError("f returns something else when it is called again: it is random or keeps state")


def _bytes(point: Point) -> list[bytes]:
    given = leaves((point.args, dict(point.kwargs)))
    return [leaf.tobytes() for leaf in given if isinstance(leaf, np.ndarray)]


def _same(one: np.ndarray, other: np.ndarray, eps: float) -> bool:
    if one.shape != other.shape:
        return False
    return np.array_equal(one, other, equal_nan=True) or relative_error(one, other) <= ROUNDING * eps
