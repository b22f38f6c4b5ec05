"""Exact counts, free of noise, from ``modes``: the one place where the two packages meet over them."""

from __future__ import annotations

from dataclasses import dataclass

from modes import Counts, DifferentiationError, counts

from ._modes import AA, Mode
from .workloads import Workload


@dataclass(frozen=True)
class Exact:
    """Exact cost of one Jacobian by one mode; None where it is not counted.

    `operations` are scalar operations, f included. `multiplications` are those of all sweeps, without f and
    without evaluating the local partials: what the sources count. `tape_length` and `tape_bytes` are the
    array operations on the tape and what they keep alive. The convention is that of `modes.counts`.
    """

    operations: int | None = None
    multiplications: int | None = None
    tape_length: int | None = None
    tape_bytes: int | None = None


def count(workload: Workload) -> Counts | None:
    """Return what ``modes`` counts for f at x, None where it cannot trace f."""
    try:
        return counts(workload.f, workload.x)
    except DifferentiationError:
        return None


def of_mode(found: Counts | None, mode: Mode) -> Exact:
    """Return the exact cost of `mode` from the counts of f."""
    if found is None or mode.library != "modes":
        return Exact()
    name = mode.name.removesuffix(AA)
    operations = found.of_mode(name, mode.chunk)
    if name == "forward":
        return Exact(operations, found.forward_jacobian.multiplications)
    if name == "reverse":
        multiplications = found.reverse_jacobian.multiplications
        return Exact(operations, multiplications, found.tape_length, found.tape_bytes)
    return Exact(operations)
