"""One cell: a workload at one size and the modes that are measured on it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ._modes import MeasuredMode
from .workloads import Workload


@dataclass(frozen=True)
class Cell:
    """What is measured together: a workload at one size and the modes.

    Two cells are equal if they name the same and build by the same function: a name alone says nothing of
    what a user's function computes.

    Parameters
    ----------
    family : str
        The sweep of sizes that the cell belongs to (see the results schema).
    key : str
        Names the workload and its sizes; where a run meets the name of another cell again, it adds a number.
    build : callable
        Returns the `Workload`; called when the cell is measured, not before.
    modes : sequence of MeasuredMode
        What is measured.
    rounds : int, optional
        How many rounds are taken; by default as many as there is time for.
    """

    family: str
    key: str
    build: Callable[[], Workload]
    modes: Sequence[MeasuredMode] = field(compare=False)
    rounds: int | None = field(default=None, compare=False)

    @property
    def id(self) -> str:
        """Unique name in a run, of characters that pytest's ``-k`` takes."""
        return f"{self.family}-{self.key}".replace(",", "-").replace("=", "")
