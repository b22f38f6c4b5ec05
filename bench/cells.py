"""One cell: a workload at one size and the modes that are measured on it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ._modes import MeasuredMode
from .workloads import Workload


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
    modes : sequence of MeasuredMode
        What is measured.
    """

    family: str
    key: str
    build: Callable[[], Workload] = field(compare=False)
    modes: Sequence[MeasuredMode] = field(compare=False)

    @property
    def id(self) -> str:
        """Unique name in a run, of characters that pytest's ``-k`` takes."""
        return f"{self.family}-{self.key}".replace(",", "-").replace("=", "")
