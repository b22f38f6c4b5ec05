"""A cell reports every mode: measured, skipped or failed."""

from dataclasses import replace

import numpy as np
import pytest

from bench._cell import Cell
from bench._modes import STANDARD, MeasuredMode, forward, reverse
from bench._runner import Runner
from bench.workloads import WORKLOADS, Workload
from reports.schema import Failed, Measured, Skipped


def cell_of(workload, modes=STANDARD):
    return Cell("n", workload.name, lambda: workload, modes)


@pytest.fixture(scope="module")
def runner():
    return Runner(cell_seconds=0.3)


def test_every_mode_has_one_outcome_in_order(runner):
    outcomes = runner.measure(cell_of(WORKLOADS["tanh-chain"](n=5, m=3)))
    assert [(o.subject.mode, o.subject.chunk) for o in outcomes] == [
        (mode.name, mode.chunk) for mode in STANDARD
    ]
    assert all(isinstance(o, Measured) for o in outcomes)


def test_reference_and_yardstick_belong_to_the_same_rounds(runner):
    rows = runner.measure(cell_of(WORKLOADS["tanh-chain"](n=5, m=3)))
    assert len({tuple(row.yardstick) for row in rows}) == 1
    assert len({len(row.seconds) for row in rows} | {len(row.reference) for row in rows}) == 1
    for row in rows:
        assert row.ratio == np.median(np.divide(row.seconds, row.yardstick))


def test_slow_modes_are_skipped_with_a_prediction_not_dropped():
    outcomes = Runner(cell_seconds=0.05).measure(cell_of(WORKLOADS["tanh-chain"](n=256, m=1)))
    kinds = {(o.subject.mode, o.subject.chunk): type(o) for o in outcomes}
    assert kinds["forward", 1] is Skipped
    assert kinds["reverse", None] is Measured
    skipped = next(o for o in outcomes if isinstance(o, Skipped))
    assert skipped.predicted_seconds
    assert skipped.predicted_seconds > 0
    assert "--cell-seconds is 0.05" in skipped.reason


def test_prediction_learns_from_smaller_cells():
    calls = 0

    def prepare(w):
        def call():
            nonlocal calls
            calls += 1
            for _ in range(3000):
                w.f(w.x)
            return w.jacobian()

        return call

    slow = MeasuredMode("reverse", "modes", prepare, lambda n, m: 1)
    runner = Runner(cell_seconds=0.5)
    first = runner.measure(cell_of(WORKLOADS["elementwise"](4), [slow]))
    assert isinstance(first[0], Measured | Skipped)
    before = calls
    second = Runner.measure(replace_budget(runner, 0.01), cell_of(WORKLOADS["elementwise"](5), [slow]))
    assert isinstance(second[0], Skipped)
    assert calls == before  # foretold, not tried


def replace_budget(runner, seconds):
    runner.cell_seconds = seconds
    return runner


def test_wrong_mode_fails_and_the_others_are_measured(runner):
    wrong = replace(forward(1), prepare=lambda w: lambda: 2 * w.jacobian())
    outcomes = runner.measure(cell_of(WORKLOADS["elementwise"](3), [wrong, reverse()]))
    assert isinstance(outcomes[0], Failed)
    assert "forward gave a wrong Jacobian" in outcomes[0].reason
    assert isinstance(outcomes[1], Measured)


def broken(f=np.sin, jacobian=None):
    x = np.ones(3)
    return Workload("broken", f, x, jacobian or (lambda: np.diag(np.cos(x))))


@pytest.mark.parametrize(
    ("workload", "message"),
    [
        (
            broken(f=lambda x: x / [1, 2]),
            "broken cannot be set up: ValueError: operands could not be broadcast",
        ),
        (broken(jacobian=lambda: np.eye(2)), r"by hand has shape \(2, 2\); f needs \(3, 3\)"),
        (broken(jacobian=lambda: np.full((3, 3), np.nan)), "by hand is not finite; choose another x"),
    ],
)
def test_workload_that_is_wrong_itself_fails_every_mode(runner, workload, message):
    outcomes = runner.measure(cell_of(workload))
    assert len(outcomes) == len(STANDARD)
    for outcome in outcomes:
        assert isinstance(outcome, Failed)
        with pytest.raises(ValueError, match=message):
            raise ValueError(outcome.reason)


def test_f_that_disagrees_with_its_jacobian_fails_every_mode(runner):
    outcomes = runner.measure(cell_of(broken(f=np.cos)))
    assert all(isinstance(outcome, Failed) for outcome in outcomes)


def test_peak_memory_of_reverse_grows_with_the_trace_that_of_forward_does_not():
    peaks, runner = {}, Runner(cell_seconds=1.5)
    for depth in (20, 200):
        rows = runner.measure(cell_of(WORKLOADS["iterated-map"](4, depth), [forward(1), reverse(1)]))
        peaks[depth] = [row.peak_bytes or 0 for row in rows if isinstance(row, Measured)]
    assert peaks[200][0] < 1.5 * peaks[20][0]
    assert peaks[200][1] > 5 * peaks[20][1]
