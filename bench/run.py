"""One run: measures cells on demand, and writes every outcome at once."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

import reports
from reports.schema import Outcome

from . import _peers
from ._environment import environment
from ._example import example_trace
from ._results_file import ResultsFile
from ._runner import Runner
from ._sampling import clock_for
from .cells import Cell
from .grids import GRIDS


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
            self._runner = Runner(cell_seconds, threads)
            self._limit = undo.pop_all()

    @property
    def path(self) -> Path:
        """The results file."""
        return self._file.path

    def measure(self, cell: Cell) -> dict[str, Outcome]:
        """Return the outcome of every mode of `cell` by its label; measured and written on first demand."""
        if cell not in self._measured:
            outcomes = self._runner.measure(cell)
            for outcome in outcomes:
                self._file.add(outcome)
            labels = [mode.label for mode in cell.modes]
            self._measured[cell] = dict(zip(labels, outcomes, strict=True))
        return self._measured[cell]

    def close(self, status: str) -> None:
        """Write the last line and give the threads back; `status` is ``complete`` or ``interrupted``."""
        with self._limit:
            found = self._analysis()
            resolution = found.resolution and asdict(found.resolution)
            self._file.close(status, {"resolution": resolution, "drift": found.drift})

    def closing_lines(self) -> list[str]:
        """Return what the run found, as the report would say it, and where the results are."""
        lines = reports.closing_lines(self._analysis())
        if self.peers:
            missing = [name for name in _peers.NAMES if name not in self.peers]
            note = f"; not installed: {', '.join(missing)}" if missing else ""
            lines.append(f"peers       {', '.join(self.peers)}{note}")
        shown = self.path.relative_to(Path.cwd()) if self.path.is_relative_to(Path.cwd()) else self.path
        return [*lines, f"results     {shown}", f"report      python -m reports {shown}"]

    def _analysis(self) -> reports.Analysis:
        return reports.Analysis(reports.read(self.path))
