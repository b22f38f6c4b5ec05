"""The report's topics in order, each a function Analysis → Section (None without data for it)."""

from collections.abc import Callable

from .._analysis import Analysis
from .._section import Section
from . import accuracy, chunks, crossover, growth, memory, network, own, peers, run, theory, trace, tracing

SECTIONS: tuple[Callable[[Analysis], Section | None], ...] = (
    own.section,
    crossover.section,
    growth.section,
    tracing.section,
    theory.section,
    network.section,
    memory.section,
    chunks.section,
    accuracy.section,
    peers.section,
    trace.section,
    run.section,
)
