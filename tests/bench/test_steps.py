"""The error of a difference formula against its step is the V that numerical analysis predicts."""

import numpy as np

from bench._check import relative_error
from bench._modes import stepped
from bench.workloads import WORKLOADS


def errors(step):
    w = WORKLOADS["tanh-chain"](n=8, m=8)
    return {mode.name: relative_error(mode.prepare(w)(), w.jacobian()) for mode in stepped(step)}


def test_truncation_falls_by_the_order_and_rounding_grows_by_one():
    def order(name, steps):
        found = [errors(step)[name] for step in steps]
        return np.polyfit(np.log(steps), np.log(found), 1)[0]

    assert abs(order("forward-difference", [1e-2, 1e-3, 1e-4]) - 1) < 0.1
    assert abs(order("central-difference", [1e-1, 1e-2, 1e-3]) - 2) < 0.1
    assert abs(order("complex-step", [1e-1, 1e-2, 1e-3]) - 2) < 0.1
    for name in ("forward-difference", "central-difference"):
        assert abs(order(name, [1e-10, 1e-12, 1e-14]) + 1) < 0.3


def test_complex_step_is_exact_to_rounding():
    assert errors(1e-15)["complex-step"] < 1e-14


def test_evaluations():
    w = WORKLOADS["tanh-chain"](n=8, m=8)
    assert [mode.sweeps(w.n, w.m) for mode in stepped(1e-6)] == [9, 16, 8]
