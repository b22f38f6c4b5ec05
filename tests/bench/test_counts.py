"""The exact counts in the rows are the counts by hand."""

import pytest

from bench import _counts
from bench._modes import central_difference, forward, reverse, twin
from bench.workloads import WORKLOADS


@pytest.fixture
def sources():
    return _counts.count(WORKLOADS["sources"]())


def test_multiplications_of_the_sources_example_are_those_by_hand(sources):
    # u₃ has one partial that is not ±1, u₄ and u₅ two each: five multiplications a sweep, forward; backward
    # as many. Three sweeps forward, two in reverse.
    assert _counts.of_mode(sources, forward(1)).multiplications == 3 * 5
    assert _counts.of_mode(sources, reverse(1)).multiplications == 2 * 5
    assert _counts.of_mode(sources, reverse()).multiplications == 2 * 5


def test_operations_of_the_sources_example(sources):
    # f has five: two differences, a logarithm, two products
    assert _counts.of_mode(sources, central_difference()).operations == 6 * 5 + 2 * 3 * 2


def test_multiplications_grow_as_n_forward_and_as_m_in_reverse():
    def multiplications(mode, n, m):
        return _counts.of_mode(_counts.count(WORKLOADS["bottleneck"](n, m)), mode).multiplications

    per_sweep = {
        (n, m): (multiplications(forward(1), n, m) / n, multiplications(reverse(1), n, m) / m)
        for n, m in [(4, 9), (40, 9), (4, 90)]
    }
    for (n, m), (one_forward, one_reverse) in per_sweep.items():
        assert one_forward == one_reverse == n + 4 * n + 4 + 4 * m + m  # sin, A, tanh, B, tanh


def test_only_reverse_has_a_tape(sources):
    assert _counts.of_mode(sources, forward()).tape_length is None
    for mode in (reverse(), reverse(1), twin(reverse())):
        exact = _counts.of_mode(sources, mode)
        assert (exact.tape_length or 0) > 0
        assert (exact.tape_bytes or 0) > 0


def test_tape_grows_with_the_trace():
    def length(depth):
        return _counts.of_mode(_counts.count(WORKLOADS["iterated-map"](4, depth)), reverse()).tape_length

    lengths = [length(depth) for depth in (10, 20, 40)]
    assert lengths[2] - lengths[1] == 2 * (lengths[1] - lengths[0]) > 0


def test_what_cannot_be_counted_is_left_open(sources):
    assert _counts.of_mode(None, forward()) == _counts.Exact()
    peer = type(forward())("jax-forward", "jax", lambda w: w.jacobian, lambda n, m: n)
    assert _counts.of_mode(sources, peer) == _counts.Exact()
