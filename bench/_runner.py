"""Measures cells: every mode is checked first, then timed in turns with the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from functools import cached_property

from reports.schema import Failed, Measured, Outcome, Skipped, Subject
from reports.statistics import summary

from . import _counts
from ._cell import Cell
from ._check import Checked, Refuted, WrongJacobian, check, deny, known_jacobian
from ._modes import MeasuredMode, Unsupported
from ._sampling import MIN_ROUNDS, SAMPLE_SECONDS, WAITING, Clock, Sampler, clock_for, once, peak_bytes, probe
from .workloads import Workload
from .workloads._workload import Array

YARDSTICK = "f(x)"
FIRST_GUESS = 10.0  # a sweep in units of f(x) before anything is known: interpretation on small functions
TRACING_SLOWDOWN = 4  # tracemalloc on code that allocates all the time


@dataclass
class Setup:
    """A cell that is being measured: its workload, the known Jacobian, and what f takes."""

    cell: Cell
    workload: Workload
    known: Array
    known_seconds: float
    yardstick: float
    clock: Clock
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    checked: dict[str, Checked] = field(default_factory=dict)

    def subject(self, mode: MeasuredMode) -> Subject:
        """Return what a line about `mode` is about."""
        return _subject(self.cell, mode, self.workload)

    @property
    def rounds(self) -> int:
        """The fewest rounds that are taken."""
        return self.cell.rounds or MIN_ROUNDS

    def least(self, seconds: float) -> float:
        """Return the seconds that the fewest rounds of a call take."""
        return self.rounds * max(seconds, SAMPLE_SECONDS)

    @property
    def judged(self) -> bool:
        """Whether a mode that knows values of f alone has been run."""
        skipped = {label for label, outcome in self.outcomes.items() if isinstance(outcome, Skipped)}
        return any(mode.of_values and mode.label not in skipped for mode in self.cell.modes)

    @property
    def deciding(self) -> Collection[str]:
        """The labels of the faster entry of forward and of reverse."""
        groups = (
            [e for e in self.checked.values() if e.mode.name == name] for name in ("forward", "reverse")
        )
        return [min(group, key=lambda entry: entry.seconds).mode.label for group in groups if group]


@dataclass
class Runner:
    """Measures cells one after the other and learns from each how long the next will take.

    Parameters
    ----------
    cell_seconds : float
        Seconds that the rounds of a cell may take; modes without which they would keep to it are skipped. A
        third, in wall-clock time, is for waiting and for more rounds than the least. Rounds end when the
        wall clock, where it times the cell, shows all of it; else when it shows `WAITING` times as much.
    threads : int
        Threads that BLAS has been limited to; decides on the clock.
    tell : callable
        Is told in a few words of each step.
    """

    cell_seconds: float
    threads: int = 1
    tell: Callable[[str], None] = lambda text: None
    waiting: list[str] = field(default_factory=list, init=False)
    """The keys of the cells that were timed by the wall clock as f waits in them."""
    _learnt: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict, init=False)

    @cached_property
    def _sampler(self) -> Sampler:
        return Sampler(clock_for(self.threads))

    def measure(self, cell: Cell) -> list[Outcome]:
        """Check every mode of `cell`, then time those that passed in turns; one outcome a mode, in order."""
        started = time.perf_counter()
        setup = self._check(cell)
        if isinstance(setup, Setup):
            self._drop_beyond_budget(setup)
            if setup.checked:
                spent = time.perf_counter() - started
                self.tell(f"timing {', '.join(setup.checked)} in turns")
                self._time(setup, self.cell_seconds / 3 - spent)
            return [setup.outcomes[mode.label] for mode in cell.modes]
        return setup

    def check(self, cell: Cell) -> list[Checked | Outcome]:
        """Run every mode of `cell` once; one result a mode, in order: checked, or why not."""
        setup = self._check(cell)
        if isinstance(setup, Setup):
            found = {**setup.checked, **setup.outcomes}
            return [found[mode.label] for mode in cell.modes]
        return [*setup]

    def _check(self, cell: Cell) -> Setup | list[Outcome]:
        setup = self._set_up(cell)
        if not isinstance(setup, Setup):
            return setup
        refuted = ""
        for mode in cell.modes:
            try:
                self._check_mode(setup, mode)
            except WrongJacobian as error:
                self.tell(f"{mode.label}: failed")
                setup.outcomes[mode.label] = Failed(setup.subject(mode), str(error))
                refuted = str(error) if isinstance(error, Refuted) else refuted
            except Unsupported as error:
                self.tell(f"{mode.label}: skipped")
                setup.outcomes[mode.label] = Skipped(setup.subject(mode), str(error))
        if setup.checked and not setup.workload.independent and not setup.judged:
            try:
                deny(setup.workload, setup.known)
            except Refuted as error:
                refuted = str(error)
        if refuted:
            _refute(setup, refuted)
        return setup

    def _set_up(self, cell: Cell) -> Setup | list[Outcome]:
        try:
            workload = cell.build()
            self.tell(f"{workload.name}: n = {workload.n}, m = {workload.m}")  # f's first call, to warm up
            took = probe(workload.evaluate)
            waits = took.waits and not workload.independent  # a grid's works: there the machine is busy
            clock = time.perf_counter if waits else clock_for(self.threads)
            self.tell(f"f: {took.wall:.2g} s; next the Jacobian {workload.known_by}, to compare with")
            known, seconds = once(lambda: known_jacobian(workload), clock)
        except Exception as error:  # the workload's outcome, not the run's end
            reason = f"{cell.key} cannot be set up: {type(error).__name__}: {error}"
            return [Failed(_subject(cell, mode), reason) for mode in cell.modes]
        if waits:
            self.waiting.append(cell.key)
        return Setup(cell, workload, known, seconds, took.on(clock), clock)

    def _check_mode(self, setup: Setup, mode: MeasuredMode) -> None:
        workload = setup.workload
        work = mode.passes(workload.n, workload.m) * setup.yardstick
        kin = (setup.cell.key if setup.cell.family == "own" else workload.name, mode.label)
        learnt = self._learnt.get(kin)
        if learnt is None:  # one call is foretold, after which more is known
            call = self._guess(setup, mode, work)
            predicted, rounds = call, setup.rounds * (call + setup.yardstick)
        else:  # seconds over `work`, and what the first call took longer (compiling)
            predicted = rounds = setup.rounds * learnt[0] * work + learnt[1]
        if predicted > self.cell_seconds:
            self._skip(setup, mode, rounds)
            return
        result = setup.checked[mode.label] = check(mode, workload, setup.known, setup.clock)
        self.tell(f"{mode.label}: {result.seconds:.2g} s")
        self._learnt[kin] = result.seconds / work, result.first_seconds - result.seconds

    def _guess(self, setup: Setup, mode: MeasuredMode, work: float) -> float:
        """Return what one call of a mode not yet seen may take, at best from what the known Jacobian took."""
        if mode.of_values:
            return work
        guess = FIRST_GUESS * work
        if setup.workload.independent:
            return guess
        n, m = setup.workload.n, setup.workload.m
        of_known = setup.known_seconds * mode.passes(n, m) / min(n, m)
        return max(min(guess, of_known), (mode.sweeps(n, m) or 1) * setup.yardstick)

    def _skip(self, setup: Setup, mode: MeasuredMode, predicted: float, beside: str = "") -> None:
        reason = (
            f"{setup.rounds} rounds are predicted to take {predicted:.2g} s{beside}; "
            f"--cell-seconds is {self.cell_seconds:g}"
        )
        self.tell(f"{mode.label}: skipped")
        setup.outcomes[mode.label] = Skipped(setup.subject(mode), reason, predicted)

    def _drop_beyond_budget(self, setup: Setup) -> None:
        """Skip modes without which the fewest rounds of the others and of f fit, the slowest first.

        With a user's function those that decide, the faster one forward and in reverse, stay before others
        of like duration.
        """
        taken = {label: setup.least(entry.seconds) for label, entry in setup.checked.items()}
        deciding: Collection[str] = taken if setup.workload.independent else setup.deciding
        left = self.cell_seconds - setup.least(setup.yardstick)
        for label in sorted(taken, key=lambda label: -taken[label] * (1 if label in deciding else 2)):
            if sum(taken.values()) <= left:
                break
            mode, predicted = setup.checked.pop(label).mode, taken.pop(label)
            beside = " beside the cell's faster modes" if taken else ""
            self._skip(setup, mode, predicted + setup.least(setup.yardstick), beside)

    def _time(self, setup: Setup, budget: float) -> None:
        """Time the modes that passed, and write their rows among the outcomes."""
        workload = setup.workload
        wall = setup.clock is time.perf_counter
        memory = {label: self._peak_bytes(entry) for label, entry in setup.checked.items()}
        calls = {label: entry.call for label, entry in setup.checked.items()}
        durations = {label: entry.seconds for label, entry in setup.checked.items()}
        samples = self._sampler.interleave(
            {**calls, YARDSTICK: workload.evaluate},
            {**durations, YARDSTICK: setup.yardstick},
            budget,
            limit=self.cell_seconds * (1 if wall else WAITING),
            rounds=setup.cell.rounds,
            clock=setup.clock,
        )
        found = _counts.count(workload)
        base = samples.pop(YARDSTICK).seconds
        for label, sampled in samples.items():
            entry = setup.checked[label]
            setup.outcomes[label] = Measured(
                setup.subject(entry.mode),
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

    def _peak_bytes(self, entry: Checked) -> int | None:
        """Return the mode's peak memory; None where it cannot be seen or would take too long to see."""
        if entry.mode.foreign_memory or TRACING_SLOWDOWN * entry.seconds > self.cell_seconds / 4:
            return None
        return peak_bytes(entry.call)


def _refute(setup: Setup, by: str) -> None:
    """Fail every mode that agrees with a known Jacobian that values of f deny."""
    failed = {label for label, outcome in setup.outcomes.items() if isinstance(outcome, Failed)}
    modes = [mode for mode in setup.cell.modes if mode.label in failed or mode.label in setup.checked]
    agreed = all(mode.of_values for mode in modes if mode.label in failed)
    reason = (
        f"{'the modes agree with each other but' if agreed else f'{setup.workload.known_by} agrees'} not "
        f"with {by}: a custom rule is wrong, f is random or not smooth here, or works in single precision"
    )
    for mode in modes:
        if mode.of_values or mode.label not in failed:
            setup.checked.pop(mode.label, None)
            setup.outcomes[mode.label] = Failed(setup.subject(mode), reason)


def _subject(cell: Cell, mode: MeasuredMode, workload: Workload | None = None) -> Subject:
    """Return what a line about `mode` in `cell` is about, as far as it is known without the workload."""
    name, n, m, size = cell.key.split(",")[0], None, None, {}
    if workload is not None:
        name, n, m, size = workload.name, workload.n, workload.m, dict(workload.size)
    return Subject(cell.family, cell.key, name, mode.name, mode.chunk, n, m, size)
