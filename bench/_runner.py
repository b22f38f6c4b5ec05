"""Measures cells: every mode is checked first, then timed in turns with the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from time import perf_counter

from reports.schema import Failed, Measured, Outcome, Skipped, Subject
from reports.statistics import summary

from . import _counts
from ._check import Checked, WrongJacobian, check, known_jacobian
from ._modes import MeasuredMode, Unsupported
from ._sampling import MIN_ROUNDS, SAMPLE_SECONDS, Sampler, clock_for, peak_bytes, probe
from .cells import Cell
from .workloads import Workload

YARDSTICK = "f(x)"
FIRST_GUESS = 10.0  # a sweep in units of f(x) before anything is known: interpretation on small functions
TRACING_SLOWDOWN = 4  # tracemalloc on code that allocates all the time


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
            return [Failed(_subject(cell, mode), reason) for mode in cell.modes]
        clock = self._sampler.clock
        yardstick = probe(lambda: workload.f(workload.x), clock)
        outcomes: dict[str, Outcome] = {}
        checked: dict[str, Checked] = {}
        for mode in cell.modes:
            subject, passes = _subject(cell, mode, workload), mode.passes(n, m)
            predicted = self._predict(workload.name, mode.label, passes * yardstick)
            if predicted > self.cell_seconds:
                outcomes[mode.label] = self._skipped(subject, predicted, "")
                continue
            try:
                result = checked[mode.label] = check(mode, workload, known, clock)
            except WrongJacobian as error:
                outcomes[mode.label] = Failed(subject, str(error))
            except Unsupported as error:
                outcomes[mode.label] = Skipped(subject, str(error))
            else:
                self._learnt[workload.name, mode.label] = (
                    result.seconds / (passes * yardstick),
                    result.first_seconds - result.seconds,
                )

        for label, predicted in self._beyond_budget(checked).items():
            subject = _subject(cell, checked.pop(label).mode, workload)
            outcomes[label] = self._skipped(subject, predicted, " beside the cell's faster modes")
        if checked:
            budget = self.cell_seconds / 3 - (perf_counter() - started)
            outcomes.update(self._rows(cell, workload, checked, yardstick, budget))
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

    def _skipped(self, subject: Subject, predicted: float, beside: str) -> Skipped:
        reason = f"predicted to take {predicted:.2g} s{beside}; --cell-seconds is {self.cell_seconds:g}"
        return Skipped(subject, reason, predicted)

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
        self, cell: Cell, workload: Workload, checked: dict[str, Checked], yardstick: float, budget: float
    ) -> dict[str, Measured]:
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
            entry = checked[label]
            rows[label] = Measured(
                _subject(cell, entry.mode, workload),
                library=entry.mode.library,
                sweeps=entry.mode.sweeps(workload.n, workload.m),
                **asdict(_counts.of_mode(found, entry.mode)),
                chose=_counts.chosen(workload) if entry.mode.name == "auto" else None,
                peak_bytes=memory[label],
                **summary(sampled.seconds, base),
                error=entry.error,
                threads=self.threads,
                dtype=str(workload.x.dtype),
                compile_seconds=entry.compile_seconds,
                yardstick=base,
                **asdict(sampled),
            )
        return rows

    def _peak_bytes(self, entry: Checked) -> int | None:
        """Return the mode's peak memory; None where it cannot be seen or would take too long to see."""
        if entry.mode.foreign_memory or TRACING_SLOWDOWN * entry.seconds > self.cell_seconds / 4:
            return None
        return peak_bytes(entry.call)


def _subject(cell: Cell, mode: MeasuredMode, workload: Workload | None = None) -> Subject:
    """Return what a line about `mode` in `cell` is about, as far as it is known without the workload."""
    name, n, m, size = cell.key.split(",")[0], None, None, {}
    if workload is not None:
        name, n, m, size = workload.name, workload.n, workload.m, dict(workload.size)
    return Subject(cell.family, cell.key, name, mode.name, mode.chunk, n, m, size)
