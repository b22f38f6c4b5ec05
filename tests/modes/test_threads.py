"""Differentiations in several threads, and what they do to the arrays of the caller."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from modes import DifferentiationError, grad, hessian, jacrev

SIZE = 20_000  # entries: such an array is not copied, but made read-only while a tape refers to it
X = np.array([0.3, 0.9])


@pytest.fixture
def open_tape():
    """Run a gradient in another thread and stop inside its function, after it has used some arrays."""
    threads = []

    def start(*arrays):
        inside, go_on = threading.Event(), threading.Event()

        def f(x):
            total = sum(np.sum(array * x[0]) for array in arrays)
            inside.set()
            assert go_on.wait(20)
            return total

        result = []
        thread = threading.Thread(target=lambda: result.append(grad(f)(X)))
        thread.start()
        assert inside.wait(20)

        def finish():
            go_on.set()
            thread.join(20)
            return result[0]

        threads.append(finish)
        return finish

    yield start
    for finish in threads:
        finish()


def test_threads_do_not_meet():
    results = {}

    def work(k):
        scale = np.full(SIZE, float(k))
        for _ in range(5):
            results[k] = hessian(lambda x: np.sum(np.sin(x * k)) * np.mean(scale * x[0]) / (k * x[0]))(X)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    for k, result in results.items():
        np.testing.assert_allclose(result, np.diag(-(k**2) * np.sin(X * k)), atol=1e-11)


def test_an_open_tape_elsewhere_keeps_nothing_that_it_does_not_need(open_tape):
    theirs, mine = np.ones(SIZE), np.ones(SIZE)
    open_tape(theirs)
    grad(lambda x: np.sum(mine * x[0]))(X)
    assert mine.flags.writeable
    assert not theirs.flags.writeable
    mine[0] = 2.0


def test_an_array_that_two_tapes_need_is_given_back_by_the_last(open_tape):
    shared = np.arange(float(SIZE))
    finish = open_tape(shared)
    np.testing.assert_allclose(grad(lambda x: np.sum(shared * x[0]))(X)[0], shared.sum())
    with pytest.raises(ValueError, match="read-only"):
        shared[0] = 1.0
    np.testing.assert_allclose(finish()[0], shared.sum())
    shared[0] = 1.0


@pytest.mark.parametrize("part", [slice(100, None), (slice(None), None)])
def test_views_are_given_back_with_their_owner(open_tape, part):
    owner = np.ones(2 * SIZE)
    view, other = owner[part], owner[:-1]
    finish = open_tape(other)
    grad(lambda x: np.sum(view * x[0]))(X)
    assert not owner.flags.writeable
    finish()
    assert owner.flags.writeable
    assert view.flags.writeable
    assert other.flags.writeable


def test_a_tape_inside_another_one_keeps_back_what_the_outer_needs():
    weights = np.ones(SIZE)

    def f(x):
        y = np.sum(weights * x[0])
        inner = grad(lambda z: np.sum(weights * z[0]))(np.ones(2))
        weights[0] = 5.0
        return y * inner[0]

    with pytest.raises(DifferentiationError, match=r"copy\(\)"):
        grad(f)(X)
    assert weights.flags.writeable


def stopping_at(step, action):
    """A trace function that runs `action` before the given line of the tape's modules, counted from here."""
    lines = iter(range(1, step + 1))

    def trace(frame, event, argument):
        if "tape" not in Path(frame.f_code.co_filename).name and "holds" not in frame.f_code.co_filename:
            return None
        if event == "line" and next(lines, None) == step:
            action()
        return trace

    return trace


def test_no_array_is_writable_while_a_tape_needs_it():
    """One thread closes its tape; before each line of that, another one starts to use the same array."""
    for step in range(1, 200):
        shared = np.ones(SIZE)
        started, inside, go_on = [], threading.Event(), threading.Event()

        def theirs(x, shared=shared, inside=inside, go_on=go_on):
            y = np.sum(shared * x[0])
            inside.set()
            assert go_on.wait(20)
            return y

        def start(started=started, theirs=theirs, inside=inside):
            started.append(threading.Thread(target=grad(theirs), args=(X,)))
            started[0].start()
            inside.wait(0.05)  # it may have to wait for this thread

        def mine(x, shared=shared, step=step, start=start):
            y = np.sum(shared * x[0])
            sys.settrace(stopping_at(step, start))
            return y

        before = sys.gettrace()
        try:
            grad(mine)(X)
        finally:
            sys.settrace(before)
        if not started:
            assert step > 10
            break
        assert inside.wait(20)
        assert not shared.flags.writeable
        go_on.set()
        started[0].join(20)
        assert shared.flags.writeable


@pytest.mark.parametrize("failing", ["f", "aux", "operand"])
def test_arrays_are_given_back_whatever_goes_wrong(failing):
    weights = np.ones(SIZE)

    class Odd:
        __array_ufunc__ = None

    def f(x):
        y = weights * x[0]
        if failing == "f":
            raise KeyboardInterrupt
        if failing == "operand":
            y = y * Odd()
        return np.sum(y)  # and no auxiliary result

    with pytest.raises((KeyboardInterrupt, TypeError, ValueError)):
        jacrev(f, has_aux=failing == "aux")(X)
    assert weights.flags.writeable
