"""Timing that survives a noisy machine: what is compared is sampled in turns, within milliseconds.

Kinds of noise, and the answers:

- *Somebody else gets the core.* With one thread the clock is the processor time of this process, which
  stands still while the scheduler runs others. (With two busy processes beside it on two cores, wall-clock
  medians of samples of 5 ms and more came out 1.5 to 3 times too long, processor time within 3 %.) With
  more threads processor time adds them up, so wall-clock time is used; the results say which.
- *The core itself changes speed* (frequency, a busy sibling thread, caches; on a shared virtual machine by a
  factor of 1.8, for some 20 ms at a time). Everything in a cell is sampled once a round, in an order drawn
  anew, in samples far shorter than that. A fixed piece of work (`reference_work`) is timed before and after
  each sample: a sample begins when the fixed work runs at its full speed, and is taken again if it no longer
  did at the end. So it is decided without looking at what is measured which samples count. The patience for
  this is limited; what the fixed work took around each sample stands in the results, and puts cells measured
  minutes apart on one scale.
- *Python's own*: the garbage collector is on, as users have it (a tape of many objects is gone through by
  it; off, reverse mode came out up to 1.1 times too fast on loops of a thousand steps), but what one
  sample left behind is collected before the next one begins. A sample repeats a short call until it lasts
  `SAMPLE_SECONDS`, after one call to warm the caches, and is the median of its `BLOCKS` parts.
- *f itself waits* (for a disk, a network): processor time does not see that. So where the wall clock shows
  more than `WAITING` times as much, and the process gave the processor away of its own accord, a user's
  function is timed by the wall clock.

How long a call will take is foretold on the clock that times it, which a busy machine does not disturb;
deadlines are wall-clock time, which is what the user waits for.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

import numpy as np

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

SAMPLE_SECONDS = 5e-4
BLOCKS = 5  # of which the median is the sample, so that a disturbance shorter than a sample does not show
MIN_ROUNDS = 6  # the least for which a distribution-free 95 % interval of the median exists
ENOUGH_ROUNDS = 25
QUIET = 1.1  # the machine is quiet while the fixed work takes at most so many times its best
PATIENCE = 3  # seconds spent waiting for quiet moments, at most, for each second of sampling
ATTEMPTS = 3  # at a sample that is quiet from beginning to end
SLOW = 0.05  # seconds from which on one call is enough to know how long it takes
WAITING = 2  # times the processor's time by the wall clock: what other processes may take, and no more

Call = Callable[[], Any]
Clock = Callable[[], float]


def clock_for(threads: int) -> Clock:
    """Return the clock whose seconds belong to this process alone, where there is one."""
    return time.process_time if threads == 1 else time.perf_counter


def once(call: Call, clock: Clock = time.perf_counter) -> tuple[Any, float]:
    """Return the result of one call and how long it took, in seconds."""
    start = clock()
    result = call()
    return result, clock() - start


class Took(NamedTuple):
    """Seconds of one call by the wall clock, and of the processor."""

    wall: float
    processor: float
    gave_way: bool = True

    @property
    def waits(self) -> bool:
        """Whether the call waited of its own accord, rather than for others to leave the processor."""
        return self.gave_way and self.wall > WAITING * self.processor

    def on(self, clock: Clock) -> float:
        """Return the seconds that a clock shows."""
        return self.processor if clock is time.process_time else self.wall


def probe(call: Call) -> Took:
    """Return the rough duration of a call that is warm: the fastest of three, the first if it is slow."""
    taken = []
    for _ in range(3):
        before = _given_away()
        (_, wall), processor = once(lambda: once(call), time.process_time)
        after = _given_away()
        taken.append(Took(wall, processor, after > before or after == 0))  # 0: the system does not count
        if wall >= SLOW:
            break
    return min(taken)


def _given_away() -> int:
    """Return how often this process has given the processor away of its own accord, 0 where nobody counts."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw if resource else 0


@dataclass(frozen=True)
class Samples:
    """Samples of one call, one a round, in seconds.

    `reference` is the mean of what the fixed work took just before and just after each sample, `quiet` the
    share of samples with the machine at its full speed on both sides.
    """

    seconds: list[float]
    reference: list[float]
    quiet: float


class Sampler:
    """Takes samples in turns, in quiet moments; learns how fast the machine is at its best.

    Parameters
    ----------
    clock : callable
        From `clock_for`.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._references: deque[float] = deque(maxlen=20_000)
        self._quiet_limit = float("inf")
        self._patience = 0.0
        deadline = time.perf_counter() + 0.3  # long enough to have met a quiet moment
        while time.perf_counter() < deadline:
            self._reference()

    def interleave(
        self,
        calls: Mapping[str, Call],
        durations: Mapping[str, float],
        budget: float,
        limit: float = float("inf"),
        rounds: int | None = None,
        clock: Clock | None = None,
    ) -> dict[str, Samples]:
        """Sample all `calls` in turns: round i of every call happens within the same moment.

        Parameters
        ----------
        calls : mapping of name to callable
            What is timed, without arguments.
        durations : mapping of name to float
            Roughly how long one call takes, in seconds: from it follows how often a sample repeats it.
        budget : float
            Seconds of wall-clock time after which there is no more waiting, and no further round once there
            are `MIN_ROUNDS`.
        limit : float
            Seconds of wall-clock time after which there is no further round at all.
        rounds : int, optional
            So many rounds, neither less nor more unless they reach `limit`.
        clock : callable, optional
            Times the samples; by default the sampler's own, which always times the fixed work.
        """
        # A low percentile, not the least: a clock may now and then skip.
        self._quiet_limit = QUIET * float(np.percentile(self._references, 2))
        names = list(calls)
        repeat = {name: max(1, round(SAMPLE_SECONDS / max(durations[name], 1e-9))) for name in names}
        taken: list[dict[str, tuple[float, float, float]]] = []
        order = np.random.default_rng(0)
        self._patience = 0.02  # seconds that may be spent waiting; sampling earns more
        gc.collect()
        now = time.perf_counter()
        deadline, end = now + budget, now + limit
        fewest, most = (MIN_ROUNDS, ENOUGH_ROUNDS) if rounds is None else (rounds, rounds)
        while not taken or (len(taken) < fewest and now < end) or (len(taken) < most and now < deadline):
            shuffled = [names[i] for i in order.permutation(len(names))]
            timed = clock or self.clock
            taken.append(
                {name: self._quiet_sample(calls[name], repeat[name], deadline, timed) for name in shuffled}
            )
            now = time.perf_counter()
        return {name: self._samples([one[name] for one in taken]) for name in names}

    def _samples(self, taken: Sequence[tuple[float, float, float]]) -> Samples:
        quiet = [self._is_quiet(max(before, after)) for _, before, after in taken]
        return Samples(
            [seconds for seconds, _, _ in taken],
            [(before + after) / 2 for _, before, after in taken],
            sum(quiet) / len(quiet),
        )

    def _quiet_sample(
        self, call: Call, repeats: int, deadline: float, clock: Clock
    ) -> tuple[float, float, float]:
        """Return seconds a call, and the reference before and after, of the quietest of a few attempts."""
        attempts: list[tuple[float, float, float]] = []
        for _ in range(ATTEMPTS):
            gc.collect(1)
            before = self._await_quiet(deadline)
            started = time.perf_counter()
            attempts.append((_sample(call, repeats, clock), before, self._reference()))
            self._patience += PATIENCE * (time.perf_counter() - started)
            if self._is_quiet(max(attempts[-1][1:])) or time.perf_counter() > deadline:
                break
        return min(attempts, key=lambda attempt: max(attempt[1:]))

    def _await_quiet(self, deadline: float) -> float:
        """Time the fixed work until the machine is quiet or patience has run out; return the last time."""
        started = time.perf_counter()
        last = min(deadline, started + self._patience)
        before = self._reference()
        while not self._is_quiet(before) and time.perf_counter() < last:
            before = self._reference()
        self._patience -= time.perf_counter() - started
        return before

    def _reference(self) -> float:
        reference_work()
        start = self.clock()
        reference_work()
        seconds = self.clock() - start
        self._references.append(seconds)
        return seconds

    def _is_quiet(self, reference: float) -> bool:
        return reference <= self._quiet_limit


def _sample(call: Call, repeats: int, clock: Clock) -> float:
    """Return seconds a call."""
    if repeats == 1:
        return once(call, clock)[1]
    call()  # the caches and branch predictors still belong to whoever was sampled before
    blocks = min(BLOCKS, repeats)
    block = range(repeats // blocks)
    seconds = []
    for _ in range(blocks):
        start = clock()
        for _ in block:
            call()
        seconds.append((clock() - start) / len(block))
    return median(seconds)


def peak_bytes(call: Call) -> int:
    """Return the most memory that one call held at a time beyond what was held before it, in bytes.

    Counts what Python and NumPy allocate (`tracemalloc`); slows the call, hence never part of a timing.
    """
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


_MATRIX = np.random.default_rng(0).normal(0, 0.25, (16, 16))
_VECTOR = np.ones(16)


def reference_work() -> None:
    """Do the same small amount of interpretation and arithmetic every time (some 0.02 ms)."""
    x = _VECTOR
    for _ in range(16):
        x = np.tanh(_MATRIX @ x)
