"""Samples are taken in turns, on the right clock, with as much patience as there is time."""

import gc
import time

import numpy as np
import pytest

from bench._sampling import ENOUGH_ROUNDS, MIN_ROUNDS, Sampler, clock_for, peak_bytes, probe


@pytest.fixture(scope="module")
def sampler():
    return Sampler(clock_for(1))


def test_one_thread_is_timed_in_processor_time_more_in_wall_clock_time():
    assert clock_for(1) is time.process_time
    assert clock_for(2) is time.perf_counter


def test_sleeping_costs_no_processor_time():
    assert (
        probe(lambda: time.sleep(0.01), clock_for(1)) < 0.005 < probe(lambda: time.sleep(0.01), clock_for(2))
    )


def test_rounds_interleave_all_calls(sampler):
    seen = []
    calls = {name: lambda name=name: seen.append(name) for name in "abc"}
    samples = sampler.interleave(calls, dict.fromkeys(calls, 1.0), budget=0.05)
    rounds = [seen[i : i + 3] for i in range(0, 3 * MIN_ROUNDS, 3)]
    assert len({len(s.seconds) for s in samples.values()}) == 1
    # without disturbance a round is a permutation; a sample taken again repeats a name
    assert {"".join(sorted(set(r))) for r in rounds} <= {"abc", "ab", "bc", "ac", "a", "b", "c"}
    assert set(seen) == set("abc")


def test_order_within_a_round_changes(sampler, quick):
    seen = []
    calls = {name: lambda name=name: seen.append(name) for name in "abcd"}
    sampler.interleave(calls, dict.fromkeys(calls, 1.0), budget=0.0)
    orders = {tuple(seen[i : i + 4]) for i in range(0, 4 * MIN_ROUNDS, 4)}
    assert len(seen) == 4 * MIN_ROUNDS  # no time left: no sample is taken again
    assert len(orders) > 1
    assert all(sorted(order) == list("abcd") for order in orders)


def test_out_of_time_there_are_still_enough_rounds_for_an_interval(sampler):
    samples = sampler.interleave({"a": lambda: None}, {"a": 1.0}, budget=-1.0)
    assert len(samples["a"].seconds) == MIN_ROUNDS


def test_no_more_rounds_than_enough(sampler):
    samples = sampler.interleave({"a": lambda: None}, {"a": 1.0}, budget=5.0)
    assert len(samples["a"].seconds) == len(samples["a"].reference) == ENOUGH_ROUNDS
    assert 0 <= samples["a"].quiet <= 1


def test_short_calls_are_repeated_and_reported_by_the_call(sampler):
    x = np.ones(50)
    calls = {"once": lambda: np.tanh(x), "twice": lambda: (np.tanh(x), np.tanh(x))}
    samples = sampler.interleave(
        calls, {name: probe(call, sampler.clock) for name, call in calls.items()}, 1.0
    )
    ratio = np.median(np.divide(samples["twice"].seconds, samples["once"].seconds))
    assert 1.5 < ratio < 2.5
    assert np.median(samples["once"].seconds) < 1e-4


def test_collector_is_off_while_sampling_and_on_again_after_an_error(sampler):
    states = []
    sampler.interleave({"a": lambda: states.append(gc.isenabled())}, {"a": 1.0}, 0.0)
    assert not any(states)
    with pytest.raises(ZeroDivisionError):
        sampler.interleave({"a": lambda: 1 / 0}, {"a": 1.0}, 0.0)
    assert gc.isenabled()


def test_peak_bytes_is_the_most_held_at_a_time():
    def two_arrays_one_after_the_other():
        np.ones(100_000)
        np.ones(100_000)

    assert 800_000 <= peak_bytes(two_arrays_one_after_the_other) < 900_000
