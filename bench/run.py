"""One run: measures cells on demand, writes every outcome at once, knows its own resolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ._counts import example_trace
from ._modes import AA
from ._results import Failed, Outcome, ResultsFile, Row, Skipped, environment
from ._sampling import clock_for
from ._statistics import median_interval, spread
from .cells import Cell, Runner
from .grids import GRIDS


@dataclass(frozen=True)
class Noise:
    """What the run could not have told apart: see the results schema for the definitions."""

    aa_median: float | None = None
    aa_low: float | None = None
    aa_high: float | None = None
    drift: float | None = None

    @property
    def resolution(self) -> float | None:
        """Half the range of the A/A ratios, relative: smaller differences between modes mean nothing."""
        if self.aa_low is None or self.aa_high is None:
            return None
        return (self.aa_high - self.aa_low) / 2


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
        self._limit: AbstractContextManager[Any] = threadpool_limits(threads)
        self.peers = peers
        self._runner = Runner(cell_seconds, threads)
        self._measured: dict[Cell, dict[str, Outcome]] = {}
        header = {"clock": clock_for(threads).__name__, "options": dict(options or {}), **environment(peers)}
        self._file = ResultsFile(directory, grid, header)
        if grid in GRIDS:
            self._file.add_trace(example_trace())

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

    @property
    def cells(self) -> Mapping[Cell, Mapping[str, Outcome]]:
        """All cells measured so far, with the outcome of every mode by label."""
        return self._measured

    @property
    def rows(self) -> list[Row]:
        """Everything that was timed."""
        return [o for outcomes in self._measured.values() for o in outcomes.values() if isinstance(o, Row)]

    @property
    def skipped(self) -> list[Skipped]:
        """Everything that was not run."""
        return [o for outs in self._measured.values() for o in outs.values() if isinstance(o, Skipped)]

    @property
    def failed(self) -> list[Failed]:
        """Everything that was wrong."""
        return [o for outs in self._measured.values() for o in outs.values() if isinstance(o, Failed)]

    def noise(self) -> Noise:
        """Return the resolution and the drift of the cells measured so far."""
        pairs: list[NDArray[np.float64]] = []
        for outcomes in self._measured.values():
            for label, second in outcomes.items():
                first = outcomes.get(label.removesuffix(AA))
                if label.endswith(AA) and isinstance(first, Row) and isinstance(second, Row):
                    pairs.append(np.divide(second.seconds, first.seconds))
        references = [
            np.median([row.reference for row in outcomes.values() if isinstance(row, Row)])
            for outcomes in self._measured.values()
            if any(isinstance(row, Row) for row in outcomes.values())
        ]
        drift = None
        if references:
            middle, low, high = spread(references)
            drift = (high - low) / 2 / middle
        if not pairs:
            return Noise(drift=drift)
        aa = spread([np.median(pair) for pair in pairs]) if len(pairs) > 1 else median_interval(pairs[0])
        return Noise(*aa, drift)

    def close(self, status: str) -> None:
        """Write the last line and give the threads back; `status` is ``complete`` or ``interrupted``."""
        noise = self.noise()
        resolution = {"aa_median": noise.aa_median, "aa_low": noise.aa_low, "aa_high": noise.aa_high}
        self._file.close(status, resolution, noise.drift)
        self._limit.__exit__(None, None, None)
