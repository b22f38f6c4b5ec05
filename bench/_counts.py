"""Exact counts, free of noise, from ``modes``: the one place where the two packages meet over them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modes import Counts, DifferentiationError, choose_mode, counts, example, trace

from ._modes import AA, Mode
from .workloads import Workload


@dataclass(frozen=True)
class Exact:
    """Exact cost of one Jacobian by one mode; None where it is not counted.

    `operations` are scalar operations, f included. `multiplications` are those of all sweeps, without f and
    without evaluating the local partials: what the sources count. `tape_length` and `tape_bytes` are the
    array operations on the tape and what they keep alive. `yardstick_operations` are those of one f(x);
    `tangent_ratio` and `gradient_ratio` the cost of a tangent sweep and of a gradient over that of f, in
    Griewank and Walther's measure, in which their bounds hold. The convention is that of `modes.counts`.
    """

    operations: int | None = None
    multiplications: int | None = None
    tape_length: int | None = None
    tape_bytes: int | None = None
    yardstick_operations: int | None = None
    tangent_ratio: float | None = None
    gradient_ratio: float | None = None


def count(workload: Workload) -> Counts | None:
    """Return what ``modes`` counts for f at x, None where it cannot trace f."""
    try:
        return counts(workload.f, workload.x)
    except DifferentiationError:
        return None


def chosen(workload: Workload) -> str:
    """Return the mode that ``auto`` takes for f at x."""
    return choose_mode(workload.f)(workload.x).mode


def of_mode(found: Counts | None, mode: Mode) -> Exact:
    """Return the exact cost of `mode` from the counts of f."""
    if found is None or mode.library != "modes":
        return Exact()
    name = mode.name.removesuffix(AA)
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


def example_trace() -> dict[str, Any]:
    """Return the evaluation trace of the sources' example as the ``trace`` line of a results file."""
    x = np.array([0.5, 2.0, 1.0])
    found = trace(example.f, x)
    rows = found.to_frame().to_dict("records")
    names = [row["name"] for row in rows]
    nodes = [
        {
            "name": row["name"],
            "operation": row["operation"],
            "operands": [
                operand for operand in row["operands"] if operand in names
            ],  # constants have no partial
            "partials": [float(partial) for partial in row["partials"]],
            "value": float(row["value"]),
        }
        for row in rows
    ]
    outputs = [names[i] for i in found.outputs]
    return {"kind": "trace", "workload": "example", "at": x.tolist(), "nodes": nodes, "outputs": outputs}
