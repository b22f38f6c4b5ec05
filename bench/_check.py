"""Correct before timed: run a mode once and compare its Jacobian with the known one."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ._modes import MeasuredMode, Unsupported, central_difference
from ._point import entries
from ._sampling import SLOW, Call, Clock, once
from .workloads import Workload
from .workloads._workload import Array

STEPS = 4.0 ** -np.arange(8)  # of the widest step: rounding leaves four digits at the last
GROSS = 1e-3  # error along a direction that differences of many inputs at once may have


class WrongJacobian(ArithmeticError):
    """A mode computed something else than the known Jacobian, or raised."""


class Refuted(WrongJacobian):
    """Values of f deny a known Jacobian that is itself computed by ``modes``."""


@dataclass(frozen=True)
class Checked:
    """A mode that computed the known Jacobian.

    `seconds` is the time of one call, `first_seconds` that of the first one with whatever came before it,
    `compile_seconds` the time of compiling alone (None where nothing is compiled).
    """

    mode: MeasuredMode
    call: Call
    seconds: float
    first_seconds: float
    error: float
    compile_seconds: float | None


def known_jacobian(workload: Workload) -> Array:
    """Return the known Jacobian; raises WrongJacobian if it is not one of f's shape, or not finite."""
    known, shape = workload.jacobian(), (workload.m, workload.n)
    if known.shape != shape:
        raise WrongJacobian(f"the Jacobian {workload.known_by} has shape {known.shape}; f needs {shape}")
    if not np.all(np.isfinite(known)):
        raise WrongJacobian(f"the Jacobian {workload.known_by} is not finite; choose another x")
    return known


def check(mode: MeasuredMode, workload: Workload, known: Array, clock: Clock = time.perf_counter) -> Checked:
    """Run `mode` on `workload`, under a clock, and compare.

    Raises
    ------
    WrongJacobian
        If the result has another shape or deviates by more than the mode's tolerance, or if a mode of this
        project raises; `Refuted` if rather the known one is in doubt.
    Unsupported
        If a peer library raises, or the mode itself says so.
    """
    tolerance = mode.tolerance(workload, known)
    try:
        with quiet_peer(mode):
            call, prepared = once(lambda: mode.prepare(workload), clock)
            result, first = once(call, clock)
            J = workload.point.matrix(result)
    except Unsupported:
        raise
    except Exception as error:  # whatever f or the library raises is this mode's outcome, not the run's end
        reason = f"{mode.name} raised {type(error).__name__}: {_first_line(error)}"
        raise (Unsupported if mode.is_peer else WrongJacobian)(reason) from error
    if J.size != known.size:
        raise WrongJacobian(f"{mode.name} gave shape {J.shape}; the Jacobian has shape {known.shape}")
    J = J.reshape(known.shape)
    deviation = relative_error(J, known)
    if not deviation <= tolerance:  # also refuses nan
        raise _objection(mode, workload, J, known, deviation, tolerance)
    seconds = min(first, once(call, clock)[1]) if first < SLOW else first
    return Checked(mode, call, seconds, prepared + first, deviation, prepared if mode.compiles else None)


@contextmanager
def quiet_peer(mode: MeasuredMode) -> Iterator[None]:
    """Leave the warnings of another project about itself aside."""
    with warnings.catch_warnings():
        if mode.is_peer:
            warnings.simplefilter("ignore")
        yield


def relative_error(J: Array, known: Array) -> float:
    """Return the largest deviation of an entry over the largest entry of the known Jacobian."""
    deviation = float(np.abs(J - known).max(initial=0.0))
    scale = float(np.abs(known).max(initial=0.0))
    return deviation / scale if scale else deviation


def _objection(
    mode: MeasuredMode, workload: Workload, J: Array, known: Array, deviation: float, tolerance: float
) -> Exception:
    """Return what a deviation means: a wrong mode, one that is no judge here, or a wrong known Jacobian."""
    worst = np.unravel_index(np.argmax(np.nan_to_num(np.abs(J - known), nan=np.inf)), known.shape)
    where = (
        f"entry [{worst[0]}, {worst[1]}] is {J[worst]:.9g}, {workload.known_by} {known[worst]:.9g} "
        f"(relative error {deviation:.2g}, allowed {tolerance:.2g})"
    )
    if workload.independent or not mode.of_values:
        return WrongJacobian(f"{mode.name} gave a wrong Jacobian: {where}")
    column = int(worst[1])
    allowed = tolerance * (float(np.abs(known).max()) or 1.0)
    if _differs(workload, known[:, column], np.eye(1, workload.n, column)[0], allowed) is None:
        return Unsupported(f"{mode.name} takes too wide a step here: {where}, which closer ones do not deny")
    return Refuted(f"{mode.name}: {where}")


def deny(workload: Workload, known: Array) -> None:
    """Raise Refuted where differences along one direction, two values of f or a few, deny the known Jacobian.

    For where no mode of values is there to judge; finds what is grossly wrong.
    """
    try:
        tolerance = max(GROSS, central_difference().tolerance(workload, known))
    except Unsupported:
        return
    along = np.random.default_rng(0).choice([-1.0, 1.0], workload.n)
    rise = known @ along
    allowed = tolerance * (np.abs(known).sum(axis=1).max() or 1.0)
    found = _differs(workload, rise, along, allowed)
    if found is not None:
        row = int(np.argmax(np.abs(found - rise)))
        raise Refuted(
            f"differences along one direction: output {row} rises by {found[row]:.9g}, {workload.known_by} "
            f"by {rise[row]:.9g} (allowed {allowed:.2g})"
        )


def _differs(workload: Workload, rise: Array, along: Array, allowed: float) -> Array | None:
    """Return central differences along a direction, None if those of some step agree with `rise`.

    Smaller steps may agree where f curves. Where f has no values around x, they cannot tell.
    """
    f, x = workload.point.of_vector(workload.f), entries(workload.point.inputs)
    widest = float(np.finfo(x.dtype).eps) ** (1 / 3) * max(1.0, float(np.abs(x[along != 0]).max()))
    found = rise
    for step in widest * STEPS:
        up, down = (x + sign * (step * along).astype(x.dtype) for sign in (1, -1))
        run = (up - down).astype(float) @ along / (along @ along)
        try:
            with np.errstate(all="ignore"):
                found = (np.asarray(f(up), float) - np.asarray(f(down), float)) / run
        except Exception:  # f refuses what lies outside of its domain
            return None
        if np.abs(found - rise).max() <= allowed:
            return None
    return found if np.all(np.isfinite(found)) else None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200]
