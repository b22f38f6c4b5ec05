"""Activation functions: the value A = g(Z), and the pullback dZ from dA.

Values are plain NumPy, so that every mode of differentiation runs through them (complex step
included: no ``abs``, and comparisons look at the real part). Pullbacks are derived by hand; the
equation numbers are those of J. Lalin, *Feedforward Neural Networks in Depth, Part 2: Activation
Functions* (2021). Arrays have shape (n[l], m), one example a column. Nothing here overflows for
|z| ≤ 1e4. At a kink the derivative is the left one: relu'(0) = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modes import stop_gradient

Array = NDArray[np.float64]

LEAK = 0.01  # slope of the leaky ReLU for z ≤ 0 (Maas, Hannun & Ng 2013)
GELU_SCALE, GELU_CUBIC = np.sqrt(2 / np.pi), 0.044715  # Hendrycks & Gimpel 2016, tanh form


@dataclass(frozen=True)
class Activation:
    """One activation function g.

    Attributes
    ----------
    value : ``A = value(Z)``, plain NumPy.
    pullback : ``dZ = pullback(dA, Z, A)``.
    initialiser : name of the initialiser whose variance suits it, ``"he"`` or ``"glorot"``.
    probability : whether every entry of A lies in (0, 1), as the cross-entropies ask of A[L].
    """

    value: Callable[[Array], Array]
    pullback: Callable[[Array, Array, Array], Array]
    initialiser: str = "glorot"
    probability: bool = False


def positive(Z: Array) -> NDArray[np.bool_]:
    """I(Z > 0), a constant to every mode; complex step's imaginary parts do not count."""
    return Z.real > 0


def minus_magnitude(Z: Array) -> Array:
    """−|Z|, with the derivative 1 at 0 (a product, because ``abs`` loses the imaginary part)."""
    return Z * (1.0 - 2.0 * positive(Z))


def relu(Z: Array) -> Array:
    """max(0, Z), eq. (1).

    Written as a product, every mode gives it the derivative 0 at 0 and nan stays nan; it also runs at
    several times the speed of ``where``, whose branches are hard to predict.
    """
    return Z * positive(Z)


def _relu_pullback(dA: Array, Z: Array, A: Array) -> Array:
    """Eq. (2): dA ⊙ I(Z > 0)."""
    return dA * positive(Z)


def leaky_relu(Z: Array) -> Array:
    """Z where positive, 0.01 Z elsewhere."""
    return Z * (LEAK + (1.0 - LEAK) * positive(Z))


def _leaky_relu_pullback(dA: Array, Z: Array, A: Array) -> Array:
    return dA * (LEAK + (1.0 - LEAK) * positive(Z))


def sigmoid(Z: Array) -> Array:
    """1 / (1 + exp(−Z)), eq. (3), as exp(min(Z, 0)) / (1 + exp(−|Z|)): no exponent is positive."""
    return np.exp(Z * ~positive(Z)) / (1.0 + np.exp(minus_magnitude(Z)))


def _sigmoid_pullback(dA: Array, Z: Array, A: Array) -> Array:
    """Eq. (4): dA ⊙ A ⊙ (1 − A)."""
    return dA * A * (1.0 - A)


def tanh(Z: Array) -> Array:
    """Hyperbolic tangent, eq. (5)."""
    return np.tanh(Z)


def _tanh_pullback(dA: Array, Z: Array, A: Array) -> Array:
    """Eq. (6): dA ⊙ (1 − A ⊙ A)."""
    return dA * (1.0 - A * A)


def softmax(Z: Array) -> Array:
    """exp(Z) over its sum down each column, eq. (7), after the column's largest entry is taken off.

    What is taken off cancels, so it is a constant to every mode.
    """
    E = np.exp(Z - stop_gradient(Z).max(axis=0))
    return E / E.sum(axis=0)


def _softmax_pullback(dA: Array, Z: Array, A: Array) -> Array:
    """A ⊙ (dA − broadcast(column sums of dA ⊙ A)), eq. (8): each column is coupled."""
    return A * (dA - (dA * A).sum(axis=0))


def identity(Z: Array) -> Array:
    """Z itself."""
    return Z


def _identity_pullback(dA: Array, Z: Array, A: Array) -> Array:
    return dA


def softplus(Z: Array) -> Array:
    """log(1 + exp(Z)), as max(0, Z) + log(1 + exp(−|Z|))."""
    return relu(Z) + np.log1p(np.exp(minus_magnitude(Z)))


def _softplus_pullback(dA: Array, Z: Array, A: Array) -> Array:
    return dA * sigmoid(Z)


def gelu(Z: Array) -> Array:
    """Gaussian error linear unit in its tanh form (Hendrycks & Gimpel 2016; ``jax.nn.gelu``'s default).

    Z (1 + tanh(u)) / 2 with u = √(2/π) (Z + 0.044715 Z³), written as Z ⊙ sigmoid(2u), which keeps its
    digits for negative Z.
    """
    return Z * sigmoid(2.0 * GELU_SCALE * (Z + GELU_CUBIC * Z * Z * Z))


def _gelu_pullback(dA: Array, Z: Array, A: Array) -> Array:
    S = sigmoid(2.0 * GELU_SCALE * (Z + GELU_CUBIC * Z * Z * Z))
    return dA * (S + A * (1.0 - S) * 2.0 * GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * Z * Z))


def silu(Z: Array) -> Array:
    """Z ⊙ sigmoid(Z) (Elfwing, Uchibe & Doya 2018; "swish")."""
    return Z * sigmoid(Z)


def _silu_pullback(dA: Array, Z: Array, A: Array) -> Array:
    S = sigmoid(Z)
    return dA * (S + A * (1.0 - S))


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(relu, _relu_pullback, "he"),
    "leaky-relu": Activation(leaky_relu, _leaky_relu_pullback, "he"),
    "sigmoid": Activation(sigmoid, _sigmoid_pullback, probability=True),
    "tanh": Activation(tanh, _tanh_pullback),
    "softmax": Activation(softmax, _softmax_pullback, probability=True),
    "identity": Activation(identity, _identity_pullback),
    "softplus": Activation(softplus, _softplus_pullback, "he"),
    "gelu": Activation(gelu, _gelu_pullback, "he"),
    "silu": Activation(silu, _silu_pullback, "he"),
}
"""Every activation by name; add one here and every method of differentiation knows it."""
