"""Cost functions J = f(A[L], Y): the value, dA[L], and the fused dZ[L].

Equation numbers are those of J. Lalin, *Feedforward Neural Networks in Depth, Part 3: Cost
Functions* (2021). Y and A[L] have shape (n[L], m); a cost adds over the outputs and averages over
the m examples. Each cost has an output activation that it matches: then J is computed from the
logits Z[L], finite however far a prediction saturates, and dZ[L] = (A[L] − Y) / m needs no division
by a prediction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ffnn._activations import Array, minus_magnitude, positive
from modes import stop_gradient


@dataclass(frozen=True)
class Cost:
    """One cost function.

    Attributes
    ----------
    output : name of the activation of layer L that the cost matches.
    value : ``J = value(A, Y)`` from predictions; infinite where a prediction is certain and wrong.
    value_from_logits : ``J = value_from_logits(Z, Y)`` for the matching activation.
    dA : ``dA[L] = dA(A, Y)``, shape (n[L], m).
    slope : the fused ``dZ[L] = slope · (A[L] − Y) / m`` for the matching activation.
    probability : whether A[L] and Y have to lie between 0 and 1.
    """

    output: str
    value: Callable[[Array, Array], Array]
    value_from_logits: Callable[[Array, Array], Array]
    dA: Callable[[Array, Array], Array]
    slope: float = 1.0
    probability: bool = True

    def dZ(self, A: Array, Y: Array) -> Array:
        """Fused dZ[L] of the cost and its matching activation, eq. (3), (6), (9)."""
        return (self.slope / A.shape[1]) * (A - Y)


def _times_log(Y: Array, A: Array) -> Array:
    """Y ⊙ log(A) with 0 · log(0) = 0, and no derivative where Y is 0."""
    absent = Y == 0
    return np.where(absent, 0.0, Y * np.log(np.where(absent, 1.0, A)))


def _over(Y: Array, A: Array) -> Array:
    """Y / A with 0 / 0 = 0; a certain and wrong prediction gives inf."""
    with np.errstate(divide="ignore"):
        return np.divide(Y, A, out=np.zeros_like(A), where=Y != 0)


def _binary(A: Array, Y: Array) -> Array:
    """−(1/m) Σ [Y ⊙ log(A) + (1 − Y) ⊙ log(1 − A)], eq. (1) and (7)."""
    return -(_times_log(Y, A) + _times_log(1.0 - Y, 1.0 - A)).sum() / Y.shape[1]


def _binary_from_logits(Z: Array, Y: Array) -> Array:
    """(1/m) Σ [log(1 + exp(Z)) − Y ⊙ Z], which is eq. (1) and (7) with A = sigmoid(Z).

    As Σ [max(0, Z) − Y ⊙ Z + log(1 + exp(−|Z|))]: nothing overflows, and nothing large cancels.
    """
    return (Z * (positive(Z) - Y) + np.log1p(np.exp(minus_magnitude(Z)))).sum() / Y.shape[1]


def _binary_dA(A: Array, Y: Array) -> Array:
    """(1/m) [(1 − Y) / (1 − A) − Y / A], eq. (2) and (8)."""
    return (_over(1.0 - Y, 1.0 - A) - _over(Y, A)) / Y.shape[1]


def _multi_class(A: Array, Y: Array) -> Array:
    """−(1/m) Σ Y ⊙ log(A), eq. (4)."""
    return -_times_log(Y, A).sum() / Y.shape[1]


def _multi_class_from_logits(Z: Array, Y: Array) -> Array:
    """(1/m) Σ_i [log Σ_j exp(z_ji) − Σ_j y_ji z_ji], which is eq. (4) with A = softmax(Z), Σ_j y_ji = 1.

    The largest z_ji of a column is taken off twice and cancels, so it is a constant to every mode.
    """
    D = Z - stop_gradient(Z).max(axis=0)
    return (np.log(np.exp(D).sum(axis=0)) - (Y * D).sum(axis=0)).sum() / Y.shape[1]


def _multi_class_dA(A: Array, Y: Array) -> Array:
    """−(1/m) Y / A, eq. (5)."""
    return -_over(Y, A) / Y.shape[1]


def _squared(A: Array, Y: Array) -> Array:
    """(1/m) Σ (A − Y)²: squared over the outputs of an example, averaged over the examples."""
    D = A - Y
    return (D * D).sum() / Y.shape[1]


def _squared_dA(A: Array, Y: Array) -> Array:
    """(2/m) (A − Y)."""
    return (2.0 / Y.shape[1]) * (A - Y)


COSTS: dict[str, Cost] = {
    "binary-cross-entropy": Cost("sigmoid", _binary, _binary_from_logits, _binary_dA),
    "multi-class-cross-entropy": Cost("softmax", _multi_class, _multi_class_from_logits, _multi_class_dA),
    "multi-label-cross-entropy": Cost("sigmoid", _binary, _binary_from_logits, _binary_dA),
    "mean-squared-error": Cost("identity", _squared, _squared, _squared_dA, slope=2.0, probability=False),
}
"""Every cost by name. The binary one is the multi-label one of a single output."""
