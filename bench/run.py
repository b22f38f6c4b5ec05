"""One run: measures cells on demand, and writes every outcome at once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

import reports
from reports.schema import Outcome

from . import _peers
from ._advice import advice, labelled
from ._cell import Cell
from ._check import Checked
from ._environment import environment
from ._example import example_trace
from ._results_file import ResultsFile
from ._runner import Runner
from ._sampling import clock_for
from .sizes import GRIDS


class Run:
    """A run of the benchmark and its results file.

    Parameters
    ----------
    directory : Path
        Where the results file goes.
    grid : str
        Name of the grid, or of what else is measured; part of the file's name.
    cell_seconds : float
        Wall-clock seconds that the rounds of a cell may take.
    threads : int
        BLAS is limited to so many threads until `close`.
    peers : sequence of str
        Peer libraries that are measured as well; their versions are recorded.
    options : mapping
        What else the reader should know of how the run was started.
    tell : callable
        Is told in a few words of each step.

    Raises
    ------
    OSError
        If the results file cannot be written.
    """

    def __init__(
        self,
        directory: Path,
        grid: str,
        cell_seconds: float,
        threads: int = 1,
        peers: Sequence[str] = (),
        options: Mapping[str, Any] | None = None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.peers = peers
        self._measured: dict[Cell, dict[str, Outcome]] = {}
        with ExitStack() as undo:
            undo.enter_context(threadpool_limits(threads))
            clock = clock_for(threads).__name__
            header = {"clock": clock, "options": dict(options or {}), **environment(peers)}
            self._file = ResultsFile(directory, grid, header)
            if grid in GRIDS:
                self._file.add_trace(example_trace())
            gc.collect()
            gc.freeze()  # what is loaded by now stays: no collection between samples looks through it again
            undo.callback(gc.unfreeze)
            self._runner = Runner(cell_seconds, threads, tell)
            self._limit = undo.pop_all()

    @property
    def path(self) -> Path:
        """The results file."""
        return self._file.path

    def measure(self, cell: Cell) -> dict[str, Outcome]:
        """Return the outcome of every mode of `cell` by its label; measured and written on first demand."""
        if cell not in self._measured:
            outcomes = self._runner.measure(self._named(cell))
            for outcome in outcomes:
                self._file.add(outcome)
            labels = [mode.label for mode in cell.modes]
            self._measured[cell] = dict(zip(labels, outcomes, strict=True))
        return self._measured[cell]

    def _named(self, cell: Cell) -> Cell:
        """Return `cell` under a key of its own: rows of one key are taken for one cell."""
        before = sum((other.family, other.key) == (cell.family, cell.key) for other in self._measured)
        return replace(cell, key=f"{cell.key},#{before + 1}") if before else cell

    def close(self, status: str) -> None:
        """Write the last line and give the threads back; `status` is ``complete`` or ``interrupted``."""
        with self._limit:
            found = self._analysis()
            resolution = found.resolution and asdict(found.resolution)
            noise = {"resolution": resolution, "drift": found.drift}
            waiting = {"wall_clock_cells": self._runner.waiting} if self._runner.waiting else {}
            self._file.close(status, {**noise, **waiting})

    def closing_lines(self) -> list[str]:
        """Return what the run found, as the report would say it, and where the results are."""
        if not self._file.outcomes:
            return ["nothing was measured"]
        lines = reports.closing_lines(self._analysis())
        own = {cell: outcomes for cell, outcomes in self._measured.items() if cell.family == "own"}
        for cell, outcomes in own.items():
            lines += advice(cell.build(), [*outcomes.values()], named=len(own) > 1)
        if self._runner.waiting:
            lines += labelled("clock", f"the wall clock, as f waits, for {', '.join(self._runner.waiting)}")
        if self.peers:
            missing = [name for name in _peers.NAMES if name not in self.peers]
            note = f"; not installed: {', '.join(missing)}" if missing else ""
            lines += labelled("peers", f"{', '.join(self.peers)}{note}")
        shown = self.path.relative_to(Path.cwd()) if self.path.is_relative_to(Path.cwd()) else self.path
        return [*lines, f"results     {shown}", f"report      python -m reports {shown}"]

    def _analysis(self) -> reports.Analysis:
        return reports.Analysis(reports.read(self.path))


class Checks:
    """What is left of a run where nothing is timed: every mode is run once and checked.

    Parameters
    ----------
    cell_seconds : float
        Modes that are predicted to take longer are skipped.
    """

    def __init__(self, cell_seconds: float) -> None:
        self._runner = Runner(cell_seconds)
        self._checked: dict[Cell, dict[str, Checked | Outcome]] = {}

    def of(self, cell: Cell) -> dict[str, Checked | Outcome]:
        """Return the check of every mode of `cell`, or why it failed, by its label; on first demand."""
        if cell not in self._checked:
            labels = [mode.label for mode in cell.modes]
            self._checked[cell] = dict(zip(labels, self._runner.check(cell), strict=True))
        return self._checked[cell]
