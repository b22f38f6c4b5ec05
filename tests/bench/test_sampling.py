"""Samples are taken in turns, on the right clock, with as much patience as there is time."""

import gc
import time

import numpy as np
import pytest

from bench._sampling import ENOUGH_ROUNDS, MIN_ROUNDS, SLOW, Sampler, Took, clock_for, peak_bytes, probe


@pytest.fixture(scope="module")
def sampler():
    return Sampler(clock_for(1))


def test_one_thread_is_timed_in_processor_time_more_in_wall_clock_time():
    assert clock_for(1) is time.process_time
    assert clock_for(2) is time.perf_counter


def test_a_call_that_waits_is_told_from_one_that_works():
    took = probe(lambda: time.sleep(0.01))
    assert took.processor < 0.005 < took.wall
    assert took.waits
    assert not Took(wall=1.0, processor=0.9).waits
    assert not Took(wall=1.0, processor=0.1, gave_way=False).waits  # others had the processor


def test_a_slow_call_is_made_once():
    calls = []
    probe(lambda: calls.append(time.sleep(SLOW)))
    assert len(calls) == 1


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
    samples = sampler.interleave(calls, {name: probe(call).wall for name, call in calls.items()}, 1.0)
    ratio = np.median(np.divide(samples["twice"].seconds, samples["once"].seconds))
    assert 1.5 < ratio < 2.5
    assert np.median(samples["once"].seconds) < 1e-4


def test_the_collector_is_left_to_the_user_and_what_was_left_behind_is_no_ones_burden(sampler, quick):
    states = []

    def leave_a_circle():
        states.append((gc.isenabled(), gc.get_count()[0] < 300))
        for _ in range(300):
            circle = []
            circle.append(circle)

    sampler.interleave({"a": leave_a_circle}, {"a": 1.0}, 0.0)
    assert all(on and fresh for on, fresh in states)


def test_beyond_the_limit_there_is_no_further_round(sampler):
    samples = sampler.interleave({"a": lambda: time.sleep(0.02)}, {"a": 0.02}, budget=0.0, limit=0.01)
    assert len(samples["a"].seconds) == 1


def test_as_many_rounds_as_are_asked_for(sampler, quick):
    samples = sampler.interleave({"a": lambda: None}, {"a": 1.0}, budget=0.0, rounds=31)
    assert len(samples["a"].seconds) == 31


def test_a_clock_of_its_own_times_the_samples_alone(sampler, quick):
    samples = sampler.interleave(
        {"a": lambda: time.sleep(0.005)}, {"a": 0.005}, budget=0.0, clock=time.perf_counter
    )
    assert min(samples["a"].seconds) >= 0.005


def test_peak_bytes_is_the_most_held_at_a_time():
    def two_arrays_one_after_the_other():
        np.ones(100_000)
        np.ones(100_000)

    assert 800_000 <= peak_bytes(two_arrays_one_after_the_other) < 900_000
