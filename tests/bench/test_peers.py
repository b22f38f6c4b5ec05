"""Peers get the same function with their library in NumPy's place; a missing one is no error."""

import math

import numpy as np
import pytest

from bench import _peers
from bench._cell import Cell
from bench._runner import Runner
from bench.workloads import WORKLOADS
from reports.schema import Measured, Skipped


@pytest.fixture(autouse=True)
def fresh():
    _peers.modes.cache_clear()
    yield
    _peers.modes.cache_clear()


class Doubling:
    """A library in which everything is twice as large."""

    @staticmethod
    def tanh(x):
        return 2 * np.tanh(x)


W = np.eye(2)


def layer(x):
    return np.tanh(x)


def countdown(x, k=3):
    return x if k == 0 else countdown(np.tanh(x), k - 1)


def test_library_replaces_numpy_in_functions_that_are_called_too_and_leaves_f_alone():
    moved = _peers.with_library(lambda x: layer(x) + math.pi, Doubling, lambda array: array)
    assert moved(1.0) == 2 * np.tanh(1.0) + math.pi
    assert layer(1.0) == np.tanh(1.0)


def test_recursion_and_defaults_survive():
    moved = _peers.with_library(countdown, Doubling, lambda array: array)
    assert moved(0.1, k=1) == 2 * np.tanh(0.1)
    assert moved(0.1) == 2 * np.tanh(2 * np.tanh(2 * np.tanh(0.1)))


def test_captured_and_global_arrays_are_converted():
    captured = [np.ones(2), np.ones(2)]
    moved = _peers.with_library(lambda x: (W, captured, x), np, lambda array: array.tolist())
    assert moved(3) == ([[1, 0], [0, 1]], [[1, 1], [1, 1]], 3)


@pytest.mark.parametrize("peer", _peers.NAMES)
def test_installed_peer_computes_the_known_jacobian(peer, monkeypatch):
    pytest.importorskip(peer)
    monkeypatch.setattr(_peers, "NAMES", (peer,))
    modes = _peers.modes(threads=1)
    workload = WORKLOADS["tanh-chain"](n=4, m=3)
    outcomes = Runner(cell_seconds=2.0).measure(Cell("n", "tanh-chain", lambda: workload, modes))
    assert outcomes
    for outcome in outcomes:
        assert isinstance(outcome, Measured)
        assert outcome.library == peer
        assert outcome.sweeps is None
        assert (outcome.compile_seconds is not None) == (peer in ("jax", "casadi"))


def test_missing_peers_are_left_out(monkeypatch):
    monkeypatch.setattr(_peers, "NAMES", ("no_such_library", "scipy"))
    assert _peers.installed() == ("scipy",)
    assert [mode.library for mode in _peers.modes(1)] == ["scipy"]


def test_what_a_peer_cannot_run_is_skipped_with_its_words():
    pytest.importorskip("autograd")
    mode = next(mode for mode in _peers.modes(1) if mode.library == "autograd")
    workload = WORKLOADS["elementwise"](3)
    refused = type(workload)(
        "refused", lambda x: np.asarray(x, float) ** 2, workload.x, lambda: np.diag(2 * workload.x)
    )
    (outcome,) = Runner(cell_seconds=1.0).measure(Cell("n", "refused", lambda: refused, [mode]))
    assert isinstance(outcome, Skipped)
    assert outcome.reason.startswith("autograd-reverse raised ")
