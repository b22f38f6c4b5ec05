"""Exact counts, free of noise, from ``modes``: the one place where the two packages meet over them."""

from __future__ import annotations

from dataclasses import dataclass

import modes

from ._modes import Mode
from .workloads import Workload


@dataclass(frozen=True)
class Counts:
    """Exact cost of one Jacobian by one mode; None where it cannot be counted.

    `operations` and `multiplications` are scalar operations, `tape_length` elementary operations recorded,
    `tape_bytes` what the tape holds.
    """

    operations: int | None = None
    multiplications: int | None = None
    tape_length: int | None = None
    tape_bytes: int | None = None


def exact_counts(workload: Workload, mode: Mode) -> Counts:
    """Return the exact counts of `mode` on `workload`, as far as the installed ``modes`` counts it."""
    count = getattr(modes, "count_operations", None)
    if count is None or mode.library != "modes":
        return Counts()
    return Counts(**count(workload.f, workload.x, mode=mode.name, chunk_size=mode.chunk))
