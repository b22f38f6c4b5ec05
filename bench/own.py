"""Any function of the user's as a workload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from modes import jacobian

from ._modes import STANDARD, MeasuredMode
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
    point = np.asarray(x)
    if point.dtype.kind not in "fiub":
        raise TypeError(f"x holds {point.dtype}; it must hold real numbers")
    point = np.array(point, float)
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
    f: Callable[[Any], Any], x: ArrayLike, modes: Sequence[MeasuredMode] = STANDARD, key: str | None = None
) -> Cell:
    """Return the cell, named `key`, that measures f at x. Raises as `own_workload` does."""
    workload = own_workload(f, x)
    return Cell("own", key or f"{workload.name},n={workload.n},m={workload.m}", lambda: workload, modes)
