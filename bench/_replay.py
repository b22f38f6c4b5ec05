"""How samples taken in turns reach pytest-benchmark, which runs one test after the other.

pytest-benchmark times a function round after round, all rounds of one test before the next test. Interleaved
rounds belong to many tests at once. So the rounds of a cell are taken when its first test runs, and each test
hands its own samples over through pytest-benchmark's public interface: `benchmark.pedantic` with one round a
sample, under a clock (the `timer` of the `benchmark` mark) that shows what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ReplayClock:
    """A clock that advances by recorded durations, and not otherwise."""

    __name__ = "recorded"

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        return self._now

    def feed(self, benchmark: Any, samples: Sequence[float]) -> None:
        """Give `samples` (seconds, one a round) to a pytest-benchmark fixture whose timer is this clock."""
        remaining = iter(samples)

        def rewind() -> None:
            self._now = 0.0  # so that the difference of two readings is the sample to the last bit

        def advance() -> None:
            self._now = next(remaining)

        benchmark.pedantic(advance, setup=rewind, rounds=len(samples))


replay_clock = ReplayClock()
