"""What is measured in a cell: every way to the Jacobian, behind one small interface."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modes import jacobian
from reports.schema import CONTROL, OURS

from .workloads import Workload
from .workloads._workload import Array

SEEDS_OF_ONE_SWEEP = 4096  # with more, modes cuts a vector sweep so that its seeds fit into 128 MiB
EXACT = 1e-9  # the relative error that is allowed where there is no truncation
ROUNDINGS = 1e3  # in units of the precision: as much is allowed where that is more, as it is in float32
LARGEST = 0.1  # an error beyond this is no agreement


class Unsupported(Exception):
    """A mode cannot differentiate this function, which is no fault of the mode."""


@dataclass(frozen=True)
class MeasuredMode:
    """One way to compute a Jacobian.

    Parameters
    ----------
    name : str
        As it stands in the results (``"forward"``, ``"jax-reverse"``).
    library : str
        Who computes it.
    prepare : callable
        Takes a `Workload`, returns a function without arguments that computes its Jacobian, one array or as
        ``modes`` nests it. What is done once for many points (compiling) belongs in here.
    passes : callable
        ``passes(n, m)``: how many tangents or cotangents are carried through f, or evaluations of f made.
    chunk : int or None
        Tangents or cotangents one sweep carries; 1 is the textbook, None all of them in one vector sweep.
    order : int or None
        Order of the truncation error of a difference formula; None for modes that are exact to rounding.
    allowed : float or None
        The largest relative error that passes; None for what `order` promises.
    compiles : bool
        Whether `prepare` compiles, so that its duration is worth a column.
    swept : bool
        Whether it goes through f in sweeps that can be counted.
    foreign_memory : bool
        Whether it allocates where Python's memory tracing cannot see it.
    """

    name: str
    library: str
    prepare: Callable[[Workload], Callable[[], Any]]
    passes: Callable[[int, int], int]
    chunk: int | None = None
    order: int | None = None
    allowed: float | None = None
    compiles: bool = False
    swept: bool = True
    foreign_memory: bool = False

    @property
    def label(self) -> str:
        """A name that is unique in a cell."""
        return self.name if self.chunk is None else f"{self.name}[{self.chunk}]"

    @property
    def is_peer(self) -> bool:
        """Whether another project computes it."""
        return self.library not in OURS

    @property
    def of_values(self) -> bool:
        """Whether it knows nothing of derivatives, only values of f."""
        return self.order is not None

    def sweeps(self, n: int, m: int) -> int | None:
        """Return the sweeps (differences: evaluations of f) of one Jacobian; None if uncountable."""
        if self.is_peer or not self.swept:
            return None
        if self.of_values:
            return self.passes(n, m)
        if self.chunk is None:
            return 1 if self.passes(n, m) <= SEEDS_OF_ONE_SWEEP else None
        return math.ceil(self.passes(n, m) / self.chunk)

    def tolerance(self, workload: Workload, known: Array) -> float:
        """Return the largest relative error that the mode may have on this workload.

        A difference formula of order p takes a step of about ε^(1/(p+1)), and errs by its p-th power and by
        the rounding of f over it, both relative to |f|; the factor in front allows for higher derivatives.
        The other modes are allowed rounding errors only.

        Raises
        ------
        Unsupported
            If differences promise nothing, as J is too small beside f.
        """
        if self.allowed is not None:
            return self.allowed
        if self.order is None:
            return min(max(EXACT, ROUNDINGS * workload.eps), LARGEST)
        step = float(np.finfo(workload.x.dtype).eps) ** (1 / (self.order + 1))
        largest, of_f = (float(np.abs(array).max(initial=0.0)) for array in (known, workload.value))
        conditioning = max(1.0, of_f / (largest or 1.0))
        tolerance = ROUNDINGS * max(step**self.order, workload.eps / step) * conditioning
        if not tolerance <= LARGEST:
            raise Unsupported(
                f"differences cannot resolve this J: its largest entry is {largest:.2g}, that of f "
                f"{of_f:.2g}, rounded to {workload.eps:.2g} of it"
            )
        return tolerance


def of_modes(
    name: str,
    passes: Callable[[int, int], int],
    chunk: int | None = None,
    order: int | None = None,
    **options: Any,
) -> MeasuredMode:
    """Return a mode of the ``modes`` package's registry, with options of its own."""

    def prepare(workload: Workload) -> Callable[[], Any]:
        point = workload.point
        differentiated = jacobian(workload.f, point.argnums, name, chunk, **options)
        return lambda: differentiated(*point.args, **point.kwargs)

    return MeasuredMode(name, "modes", prepare, passes, chunk, order)


def forward(chunk: int | None = None) -> MeasuredMode:
    """Return forward mode with `chunk` tangents a sweep."""
    return of_modes("forward", lambda n, m: n, chunk)


def reverse(chunk: int | None = None) -> MeasuredMode:
    """Return reverse mode with `chunk` cotangents a sweep."""
    return of_modes("reverse", lambda n, m: m, chunk)


def central_difference(**options: Any) -> MeasuredMode:
    """Return central differences, two evaluations of f for each input."""
    return of_modes("central-difference", lambda n, m: 2 * n, order=2, **options)


def forward_difference(**options: Any) -> MeasuredMode:
    """Return forward differences, one evaluation of f for each input and one more."""
    return of_modes("forward-difference", lambda n, m: n + 1, order=1, **options)


def complex_step(**options: Any) -> MeasuredMode:
    """Return the complex step, one complex evaluation of f for each input; its error is but rounding."""
    return replace(of_modes("complex-step", lambda n, m: n, order=2, **options), allowed=EXACT)


def stepped(step: float) -> list[MeasuredMode]:
    """Return the differences and the complex step at a relative step, whatever error they make.

    So the V of truncation against rounding, and its absence for the complex step, can be measured.
    """
    modes = (forward_difference, central_difference, complex_step)
    return [replace(mode(rel_step=step), allowed=np.inf) for mode in modes]


def auto() -> MeasuredMode:
    """Return the mode that ``modes`` chooses by n and m."""
    return of_modes("auto", min)


def cross_country() -> MeasuredMode:
    """Return the mode that multiplies local maps in an order of its own; it has no sweeps to count."""
    return replace(of_modes("cross-country", min), swept=False)


def by_hand(
    name: str, library: str = "ffnn", passes: Callable[[int, int], int] = lambda n, m: m
) -> MeasuredMode:
    """Return the hand-written derivative that a workload brings along under `name`."""
    return MeasuredMode(name, library, lambda w: w.by_hand[name], passes)


def symbolic() -> MeasuredMode:
    """Return the symbolic program that a workload brings along; compiled once, where it can be."""

    def prepare(workload: Workload) -> Callable[[], Any]:
        try:
            workload.by_hand["symbolic"]()
        except (ValueError, ImportError) as error:
            raise Unsupported(str(error)) from error
        return workload.by_hand["symbolic"]

    return MeasuredMode("symbolic", "ffnn", prepare, lambda n, m: 1, compiles=True)


def twin(mode: MeasuredMode) -> MeasuredMode:
    """Return the same mode under a second name: what the two differ by is noise."""
    return replace(mode, name=mode.name + CONTROL)


STANDARD: Sequence[MeasuredMode] = (
    forward(chunk=1),
    reverse(chunk=1),
    forward(),
    reverse(),
    twin(reverse()),
    central_difference(),
)
