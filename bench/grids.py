"""Which workloads are measured at which sizes.

A family varies one size and holds the others: ``n``, ``m``, ``grid`` (both), ``parameters`` (of the network),
``depth`` (of the trace), ``batch``, ``chunk``, ``step`` (of differences). Sizes ascend, so that each cell's
duration is foretold from the one before. ``tracing`` holds the cells that price the tracing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ._cell import Cell
from ._modes import STANDARD, MeasuredMode, auto, by_hand, cross_country, forward, reverse, stepped, twin
from .sizes import GRIDS, Grid, powers_of_two
from .workloads import WORKLOADS, Workload

__all__ = ["GRIDS", "Grid", "cells"]

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
