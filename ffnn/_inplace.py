"""Activations as bound NumPy calls on preallocated arrays: what a ``Workspace`` runs.

Each function here takes Z, A and D of shape (n, m) and gives two lists of calls: the first writes
A = g(Z) (A may be Z itself), the second turns D from dA into dZ and may destroy A. They say again,
without a temporary, what ``ffnn._activations`` says in formulas; the tests hold the two together. An
activation that is not named here runs by its formula.

A ufunc spends about a microsecond on a Python scalar, so constants are arrays; ``maximum`` is twice as
fast against a full array of zeros as against one zero.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ffnn._activations import ACTIVATIONS, Array

Calls = list[Callable[[], object]]
ONE, ZERO = np.array(1.0), np.array(0.0)


def steps(name: str, Z: Array, A: Array, D: Array) -> tuple[Calls, Calls]:
    """Calls that write A from Z, and calls that turn D from dA into dZ."""
    if name in _STEPS:
        return _STEPS[name](Z, A, D)
    activation = ACTIVATIONS[name]

    def forward() -> None:
        A[...] = activation.value(Z)

    def backward() -> None:
        D[...] = activation.pullback(D, Z, A)

    return [forward], [backward]


def keeps_z(name: str) -> bool:
    """Whether the pullback reads Z, which must then not share its array with A."""
    return name not in _STEPS


def _relu(Z: Array, A: Array, D: Array) -> tuple[Calls, Calls]:
    positive = np.empty(A.shape, dtype=bool)
    return (
        [partial(np.maximum, Z, np.zeros(A.shape), out=A)],
        [partial(np.greater, A, ZERO, positive), partial(np.multiply, D, positive, D)],
    )


def _sigmoid(Z: Array, A: Array, D: Array) -> tuple[Calls, Calls]:
    floor = np.full(A.shape, -709.0)  # exp(709) is finite, exp(710) is not
    return (
        [
            partial(np.maximum, Z, floor, out=A),
            partial(np.negative, A, A),
            partial(np.exp, A, A),
            partial(np.add, A, ONE, A),
            partial(np.reciprocal, A, A),
        ],
        [partial(np.multiply, D, A, D), partial(np.subtract, ONE, A, A), partial(np.multiply, D, A, D)],
    )


def _tanh(Z: Array, A: Array, D: Array) -> tuple[Calls, Calls]:
    return (
        [partial(np.tanh, Z, A)],
        [partial(np.multiply, A, A, A), partial(np.subtract, ONE, A, A), partial(np.multiply, D, A, D)],
    )


def _softmax(Z: Array, A: Array, D: Array) -> tuple[Calls, Calls]:
    n, m = A.shape
    row, ones, product = np.empty(m), np.ones(n), np.empty(A.shape)
    return (
        [
            partial(np.maximum.reduce, Z, 0, None, row),
            partial(np.subtract, Z, row, A),
            partial(np.exp, A, A),
            partial(ones.dot, A, row),
            partial(np.divide, A, row, A),
        ],
        [
            partial(np.multiply, D, A, product),
            partial(ones.dot, product, row),
            partial(np.subtract, D, row, D),
            partial(np.multiply, D, A, D),
        ],
    )


def _identity(Z: Array, A: Array, D: Array) -> tuple[Calls, Calls]:
    return ([] if A is Z else [partial(np.copyto, A, Z)]), []


_STEPS = {"relu": _relu, "sigmoid": _sigmoid, "tanh": _tanh, "softmax": _softmax, "identity": _identity}
