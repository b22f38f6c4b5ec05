"""Timing that survives a noisy machine: what is compared is sampled in turns, within milliseconds.

Three kinds of noise, three answers:

- *Somebody else gets the core.* With one thread the clock is the processor time of this process, which
  stands still while the scheduler runs others. (With two busy processes beside it on two cores, wall-clock
  medians of samples of 5 ms and more came out 1.5 to 3 times too long, processor time within 3 %.) With
  more threads processor time adds them up, so wall-clock time is used; the results say which.
- *The core itself changes speed* (frequency, a busy sibling thread, caches): every call that is to be
  compared is sampled once a round, in an order drawn anew, so that ratios are taken within a round and the
  position in the round averages out. A fixed piece of work (`reference_work`) is sampled along, so that
  cells measured minutes apart can be put on one scale.
- *Python's own*: the garbage collector is off while samples are taken; a sample repeats a short call until it
  lasts `SAMPLE_SECONDS`.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

SAMPLE_SECONDS = 1e-3
MIN_ROUNDS = 6  # the least for which a distribution-free 95 % interval of the median exists
MAX_ROUNDS = 25

Call = Callable[[], Any]
Clock = Callable[[], float]


def clock_for(threads: int) -> Clock:
    """Return the clock whose seconds belong to this process alone, where there is one."""
    return time.process_time if threads == 1 else time.perf_counter


def once(call: Call, clock: Clock) -> tuple[Any, float]:
    """Return the result of one call and how long it took, in seconds."""
    start = clock()
    result = call()
    return result, clock() - start


def probe(call: Call, clock: Clock) -> float:
    """Return the rough duration of a short call, in seconds: the fastest of three, after one to warm up."""
    return min(once(call, clock)[1] for _ in range(4))


@contextmanager
def collector_off() -> Iterator[None]:
    """Collect garbage now and not again inside the block."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def interleave(
    calls: Mapping[str, Call], durations: Mapping[str, float], budget: float, clock: Clock
) -> dict[str, list[float]]:
    """Sample all `calls` in turns: round i of every call happens within the same moment.

    Parameters
    ----------
    calls : mapping of name to callable
        What is timed, without arguments.
    durations : mapping of name to float
        Roughly how long one call takes, in seconds: from it follows how often a sample repeats it.
    budget : float
        Seconds of wall-clock time after which no further round starts (but `MIN_ROUNDS` are always taken).
    clock : callable
        From `clock_for`.

    Returns
    -------
    dict of name to list of float
        Seconds a call, one sample a round, lists of equal length.
    """
    repeat = {name: max(1, round(SAMPLE_SECONDS / max(durations[name], 1e-9))) for name in calls}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    order = np.random.default_rng(0)
    names = list(calls)
    deadline = time.perf_counter() + budget
    with collector_off():
        for done in range(MAX_ROUNDS):
            if done >= MIN_ROUNDS and time.perf_counter() > deadline:
                break
            for i in order.permutation(len(names)):
                call, times = calls[names[i]], range(repeat[names[i]])
                start = clock()
                for _ in times:
                    call()
                samples[names[i]].append((clock() - start) / len(times))
    return samples


def peak_bytes(call: Call) -> int:
    """Return the most memory that one call held at a time beyond what was held before it, in bytes.

    Counts what Python and NumPy allocate (`tracemalloc`); slows the call, hence never part of a timing.
    """
    with collector_off():
        tracemalloc.start()
        try:
            call()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


_MATRIX = np.random.default_rng(0).normal(0, 0.25, (16, 16))
_VECTOR = np.ones(16)


def reference_work() -> None:
    """Do the same small amount of interpretation and arithmetic every time (some 0.1 ms)."""
    x = _VECTOR
    for _ in range(32):
        x = np.tanh(_MATRIX @ x)
