"""One cell: a workload at one size, under all its modes, checked first and timed in turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from . import _counts
from ._check import Checked, Unsupported, WrongJacobian, check, known_jacobian
from ._modes import Mode
from ._results import Failed, Outcome, Place, Row, Skipped
from ._sampling import (
    MIN_ROUNDS,
    SAMPLE_SECONDS,
    Sampler,
    clock_for,
    peak_bytes,
    probe,
)
from ._statistics import median_interval
from .workloads import Workload

YARDSTICK = "f(x)"
FIRST_GUESS = 10.0  # a sweep in units of f(x) before anything is known: interpretation on small functions
TRACING_SLOWDOWN = 4  # tracemalloc on code that allocates all the time


@dataclass(frozen=True)
class Cell:
    """What is measured together: a workload at one size and the modes.

    Parameters
    ----------
    family : str
        The sweep of sizes that the cell belongs to (see the results schema).
    key : str
        Names the workload and its sizes; unique in the family.
    build : callable
        Returns the `Workload`; called when the cell is measured, not before.
    modes : sequence of Mode
        What is measured.
    along : mapping
        The sizes that vary through this cell (``n``, ``m`` or a key of the workload's `size`), each with what
        is held meanwhile: ``{"n": "m=16"}``.
    """

    family: str
    key: str
    build: Callable[[], Workload] = field(compare=False)
    modes: Sequence[Mode] = field(compare=False)
    along: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def id(self) -> str:
        """Unique name in a run, of characters that pytest's ``-k`` takes."""
        return f"{self.family}-{self.key}".replace(",", "-").replace("=", "")


@dataclass
class Runner:
    """Measures cells one after the other and learns from each how long the next will take.

    Parameters
    ----------
    cell_seconds : float
        Seconds that a cell may take; modes without which it would keep to that are skipped. A third of it, in
        wall-clock time, is for waiting and for more rounds than the least.
    threads : int
        Threads that BLAS has been limited to; decides on the clock.
    """

    cell_seconds: float
    threads: int = 1
    _learnt: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict, init=False)
    _sampler: Sampler = field(init=False)

    def __post_init__(self) -> None:
        self._sampler = Sampler(clock_for(self.threads))

    def measure(self, cell: Cell) -> list[Outcome]:
        """Check every mode of `cell`, then time those that passed in turns; one outcome a mode, in order."""
        started = perf_counter()
        try:
            workload = cell.build()
            n, m, known = workload.n, workload.m, known_jacobian(workload)
        except Exception as error:  # the workload's outcome, not the run's end
            reason = f"{cell.key} cannot be set up: {type(error).__name__}: {error}"
            name = cell.key.split(",")[0]
            return [
                Failed(Place(cell.family, cell.key, name, mode.name, mode.chunk, None, None, {}), reason)
                for mode in cell.modes
            ]
        clock = self._sampler.clock
        yardstick = probe(lambda: workload.f(workload.x), clock)
        outcomes: dict[str, Outcome] = {}
        checked: dict[str, Checked] = {}
        places = {
            mode.label: Place(
                cell.family, cell.key, workload.name, mode.name, mode.chunk, n, m, dict(workload.size)
            )
            for mode in cell.modes
        }
        for mode in cell.modes:
            place, passes = places[mode.label], mode.passes(n, m)
            predicted = self._predict(workload.name, mode.label, passes * yardstick)
            if predicted > self.cell_seconds:
                outcomes[mode.label] = self._skipped(place, predicted, "")
                continue
            try:
                result = checked[mode.label] = check(mode, workload, known, clock)
            except WrongJacobian as error:
                outcomes[mode.label] = Failed(place, str(error))
            except Unsupported as error:
                outcomes[mode.label] = Skipped(place, str(error))
            else:
                self._learnt[workload.name, mode.label] = (
                    result.seconds / (passes * yardstick),
                    result.first_seconds - result.seconds,
                )

        for label, predicted in self._beyond_budget(checked).items():
            outcomes[label] = self._skipped(places[label], predicted, " beside the cell's faster modes")
            del checked[label]
        if checked:
            budget = self.cell_seconds / 3 - (perf_counter() - started)
            rows = self._rows(workload, checked, places, yardstick, budget)
            outcomes.update(rows)
        return [outcomes[mode.label] for mode in cell.modes]

    def _predict(self, workload: str, label: str, work: float) -> float:
        """Return the seconds that the rounds of a mode will take, `work` being its passes times f(x).

        From the last cell of the workload: seconds over `work`, and what the first call took longer
        (compiling). Of a mode not yet seen only one call is foretold; it will be seen then.
        """
        if (workload, label) not in self._learnt:
            return FIRST_GUESS * work
        unit, first = self._learnt[workload, label]
        return MIN_ROUNDS * unit * work + first

    def _skipped(self, place: Place, predicted: float, beside: str) -> Skipped:
        reason = f"predicted to take {predicted:.2g} s{beside}; --cell-seconds is {self.cell_seconds:g}"
        return Skipped(place, reason, predicted)

    def _beyond_budget(self, checked: dict[str, Checked]) -> dict[str, float]:
        """Return the slowest modes without which `MIN_ROUNDS` of the others fit, and what they would take."""
        rounds = {label: MIN_ROUNDS * max(entry.seconds, SAMPLE_SECONDS) for label, entry in checked.items()}
        dropped = {}
        for label in sorted(rounds, key=rounds.__getitem__, reverse=True):
            if sum(rounds.values()) <= self.cell_seconds:
                break
            dropped[label] = rounds.pop(label)
        return dropped

    def _rows(
        self,
        workload: Workload,
        checked: dict[str, Checked],
        places: dict[str, Place],
        yardstick: float,
        budget: float,
    ) -> dict[str, Row]:
        memory = {label: self._peak_bytes(entry) for label, entry in checked.items()}
        calls = {label: entry.call for label, entry in checked.items()}
        durations = {label: entry.seconds for label, entry in checked.items()}
        samples = self._sampler.interleave(
            {**calls, YARDSTICK: lambda: workload.f(workload.x)},
            {**durations, YARDSTICK: yardstick},
            budget,
        )
        found = _counts.count(workload)
        base = samples.pop(YARDSTICK).seconds
        rows = {}
        for label, sampled in samples.items():
            entry, seconds = checked[label], sampled.seconds
            ratio, low, high = median_interval(np.divide(seconds, base))
            exact = _counts.of_mode(found, entry.mode)
            rows[label] = Row(
                places[label],
                library=entry.mode.library,
                sweeps=entry.mode.sweeps(workload.n, workload.m),
                operations=exact.operations,
                multiplications=exact.multiplications,
                tape_length=exact.tape_length,
                tape_bytes=exact.tape_bytes,
                yardstick_operations=exact.yardstick_operations,
                tangent_ratio=exact.tangent_ratio,
                gradient_ratio=exact.gradient_ratio,
                chose=_counts.chosen(workload) if entry.mode.name == "auto" else None,
                peak_bytes=memory[label],
                yardstick_seconds=float(np.median(base)),
                median_seconds=float(np.median(seconds)),
                min_seconds=min(seconds),
                ratio=ratio,
                ratio_low=low,
                ratio_high=high,
                error=entry.error,
                threads=self.threads,
                dtype=str(workload.x.dtype),
                compile_seconds=entry.compile_seconds,
                seconds=seconds,
                yardstick=base,
                reference=sampled.reference,
                quiet=sampled.quiet,
            )
        return rows

    def _peak_bytes(self, entry: Checked) -> int | None:
        """Return the mode's peak memory; None where it cannot be seen or would take too long to see."""
        if entry.mode.foreign_memory or TRACING_SLOWDOWN * entry.seconds > self.cell_seconds / 4:
            return None
        return peak_bytes(entry.call)
