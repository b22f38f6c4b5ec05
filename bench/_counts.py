"""Exact counts, free of noise, from ``modes``: the one place where the two packages meet over them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

from modes import Counts, DifferentiationError, choose_mode, counts
from reports.schema import CONTROL

from ._modes import MeasuredMode
from .workloads import Workload


@dataclass(frozen=True)
class Exact:
    """Exact cost of one Jacobian by one mode, as `modes.counts` counts; None where it is not counted.

    What each field means is said in `reports.schema.FIELDS`.
    """

    operations: int | None = None
    multiplications: int | None = None
    tape_length: int | None = None
    tape_bytes: int | None = None
    yardstick_operations: int | None = None
    tangent_ratio: float | None = None
    gradient_ratio: float | None = None


def count(workload: Workload) -> Counts | None:
    """Return what ``modes`` counts for f at the point, None where it cannot trace f."""
    point = workload.point
    try:
        return counts(partial(workload.f, **point.kwargs), *point.args, argnums=point.argnums)
    except DifferentiationError:
        return None


def chosen(workload: Workload) -> str:
    """Return the mode that ``auto`` takes for f at the point."""
    point = workload.point
    return choose_mode(workload.f, point.argnums)(*point.args, **point.kwargs).mode


def of_mode(found: Counts | None, mode: MeasuredMode) -> Exact:
    """Return the exact cost of `mode` from the counts of f."""
    if found is None or mode.library != "modes":
        return Exact()
    name = mode.name.removesuffix(CONTROL)
    exact = Exact(
        found.of_mode(name, mode.chunk),
        yardstick_operations=found.operations,
        tangent_ratio=_finite(found.tangent_ratio),
        gradient_ratio=_finite(found.gradient_ratio),
    )
    if name == "forward":
        return replace(exact, multiplications=found.forward_jacobian.multiplications)
    if name == "reverse":
        return replace(
            exact,
            multiplications=found.reverse_jacobian.multiplications,
            tape_length=found.tape_length,
            tape_bytes=found.tape_bytes,
        )
    return exact


def _finite(ratio: float) -> float | None:
    return float(ratio) if math.isfinite(ratio) else None
