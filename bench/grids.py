"""Which workloads are measured at which sizes.

A family varies one size and holds the others: ``n``, ``m``, ``grid`` (both), ``parameters`` (of the network),
``depth`` (of the trace), ``batch``, ``chunk``, ``step`` (of differences). Sizes ascend, so that each cell's
duration is foretold from the one before. ``tracing`` holds the cells that price the tracing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ._modes import STANDARD, MeasuredMode, auto, by_hand, cross_country, forward, reverse, stepped, twin
from .cells import Cell
from .workloads import WORKLOADS, Workload

NETWORK: Sequence[MeasuredMode] = (*STANDARD, by_hand("backpropagation"))
WAIST: Sequence[MeasuredMode] = (*STANDARD, cross_country())
CHOICE: Sequence[MeasuredMode] = (*STANDARD, auto())
TRACING: Sequence[MeasuredMode] = (
    by_hand("by-hand-forward", "bench", lambda n, m: n),
    by_hand("by-hand-reverse", "bench"),
    forward(),
    reverse(),
    auto(),
    twin(reverse()),
)


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


def cells(grid: Grid) -> list[Cell]:
    """Return all cells of `grid`, each family in ascending sizes."""
    return [*_varying_n(grid), *_varying_m(grid), *_both(grid), *_varying_more(grid)]


def cell(family: str, workload: str, modes: Sequence[MeasuredMode] = STANDARD, **sizes: Any) -> Cell:
    """Return the cell of a workload at `sizes`."""
    key = ",".join([workload, *(f"{name}={value}" for name, value in sizes.items())])
    return Cell(family, key, partial(WORKLOADS[workload], **sizes), modes)


def _varying_n(grid: Grid) -> Iterator[Cell]:
    for workload in ("elementwise", "speelpenning", "rosenbrock", "broyden"):
        for n in grid.powers:
            if n >= 2:
                yield cell("n", workload, n=n)
    for blocks in grid.powers:
        yield cell("n", "sources", blocks=blocks)
    for m in grid.fixed:
        for n in grid.powers:
            yield cell("n", "bottleneck", WAIST, n=n, m=m)
            yield cell("n", "tanh-chain", n=n, m=m, width=n)


def _varying_m(grid: Grid) -> Iterator[Cell]:
    for n in grid.fixed:
        for m in grid.powers:
            yield cell("m", "bottleneck", WAIST, n=n, m=m)
            yield cell("m", "tanh-chain", n=n, m=m, width=256)


def _both(grid: Grid) -> Iterator[Cell]:
    for n in grid.both:
        for m in grid.both:
            yield cell("grid", "tanh-chain", CHOICE, n=n, m=m)


def _varying_more(grid: Grid) -> Iterator[Cell]:
    for depth in grid.powers:
        yield cell("depth", "iterated-map", n=4, depth=depth)
    for batch in grid.batch:
        yield cell("batch", "gmm", instance="gmm_1k_d2_K5", points=batch)
        yield cell("batch", "bundle-adjustment", observations=batch)
        yield cell("batch", "network", NETWORK, width=31, batch=batch)
    for width in grid.widths:
        yield cell("parameters", "network", NETWORK, width=width)
    for n in grid.both[-1:]:
        chunks = powers_of_two(n.bit_length() - 1)
        modes = [mode(chunk) for chunk in chunks for mode in (forward, reverse)]
        yield cell("chunk", "tanh-chain", modes, n=n, m=n, width=64)
    for exponent in grid.steps:
        yield _step(10.0**exponent)
    for n, m in grid.tracing:
        yield cell("tracing", "tanh-chain", TRACING, n=n, m=m, width=64)


def _step(step: float) -> Cell:
    def build() -> Workload:
        workload = WORKLOADS["tanh-chain"](n=8, m=8)
        return replace(workload, size={**workload.size, "step": step})

    modes = [*stepped(step), forward(), reverse(), twin(reverse())]
    return Cell("step", f"tanh-chain,step={step:.0e}", build, modes)
