"""The sizes of each grid; by themselves, so that whoever only asks for their names waits for no workload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """The sizes of a run, and what a cell of it may take.

    Parameters
    ----------
    powers : sequence of int
        Values of n and of m where one of them varies; also the trace lengths.
    both : sequence of int
        Values of n and of m in the n × m grid.
    fixed : sequence of int
        Values at which the other of n and m is held.
    widths : sequence of int
        Widths w of the network, for (w + 1)(w + 2) parameters.
    batch : sequence of int
        Examples, points and observations.
    steps : sequence of int
        Powers of ten of the difference step.
    tracing : sequence of (int, int)
        n and m of the chain whose modes are measured beside the same by hand.
    cell_seconds : float
        Default of ``--cell-seconds``.
    """

    powers: Sequence[int]
    both: Sequence[int]
    fixed: Sequence[int]
    widths: Sequence[int]
    batch: Sequence[int]
    steps: Sequence[int]
    tracing: Sequence[tuple[int, int]]
    cell_seconds: float


SHAPES = [
    (1, 1), (16, 16), (256, 1), (1, 256), (64, 64),
    (256, 256), (1024, 1024), (4096, 1), (1024, 16), (16, 1024),
]  # fmt: skip
NETWORK_WIDTHS = [2, 9, 31, 99, 315, 999]  # 12, 110, 1056, 10 100, 100 172, 1 001 000 parameters


def powers_of_two(last: int, step: int = 1) -> Sequence[int]:
    """Return 1, 2, 4, … up to 2 to the power `last`, every `step`-th of them."""
    return [2**k for k in range(0, last + 1, step)]


GRIDS = {
    "small": Grid([1, 8, 64], [1, 8, 64], [8], [2, 31], [1, 16], range(-2, -15, -4), SHAPES[:5:4], 0.2),
    "default": Grid(
        powers_of_two(10),
        powers_of_two(10),
        [16],
        NETWORK_WIDTHS,
        powers_of_two(8, 2),
        range(-1, -16, -1),
        SHAPES,
        0.8,
    ),
    "large": Grid(
        powers_of_two(12),
        powers_of_two(12),
        [1, 16, 256],
        NETWORK_WIDTHS,
        powers_of_two(10),
        range(-1, -16, -1),
        SHAPES,
        20.0,
    ),
    "tracing": Grid([], [], [], [], [], [], SHAPES, 9.0),
}
