"""Forward and backward propagation, in the names, shapes and equations of the sources.

Equation numbers are those of J. Lalin, *Feedforward Neural Networks in Depth, Part 1: Forward and
Backward Propagations* (2021). Examples are columns: X = A[0] has shape (n[0], m), Z[l] and A[l]
(n[l], m), W[l] (n[l], n[l−1]), b[l] (n[l],). Collections are tuples indexed by l, with None where the
sources define nothing for layer 0.
"""

# ruff: noqa: E741  (l is the layer, as in the sources)
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ffnn._activations import ACTIVATIONS, Array
from ffnn._network import Network
from ffnn._parameters import Parameters
from ffnn._validation import check_data, check_inputs, check_parameters, check_targets


class Cache(NamedTuple):
    """What layer l leaves behind for backward propagation: A[l−1], W[l], Z[l] and A[l]."""

    A_previous: Array
    W: Array
    Z: Array
    A: Array


class Gradients(NamedTuple):
    """Partial derivatives of the cost, each tuple indexed by layer.

    ``dW[l]``, ``db[l]``, ``dZ[l]``, ``dA[l]`` for l = 1 … L have the shapes of W[l], b[l], Z[l], A[l];
    ``dA[0]`` is dX where it was asked for, otherwise None. Entry 0 of the others is None.
    """

    dW: tuple[Any, ...]
    db: tuple[Any, ...]
    dZ: tuple[Any, ...]
    dA: tuple[Any, ...]


def _linear(W: Array, b: Array, A_previous: Array) -> Array:
    """Z[l] = W[l] A[l−1] + broadcast(b[l]), eq. (5)."""
    return W @ A_previous + b[:, None]


def forward_propagation(network: Network, parameters: Parameters, X: Array) -> tuple[Array, tuple[Any, ...]]:
    """Predictions Ŷ = A[L], shape (n[L], m), and one cache a layer, ``caches[l]``; eq. (5)–(8).

    Raises
    ------
    ValueError : parameters or X of the wrong shape (the layer and both shapes are named), nan in X.
    """
    check_parameters(network, parameters)
    return forward(network, parameters, check_inputs(network, X))


def forward(network: Network, parameters: Parameters, X: Array) -> tuple[Array, tuple[Any, ...]]:
    """``forward_propagation`` of arguments that have been checked."""
    A = X
    caches: list[Any] = [None]
    for l in range(1, network.L + 1):
        A_previous, W = A, parameters.W[l]
        Z = _linear(W, parameters.b[l], A_previous)
        A = ACTIVATIONS[network.activations[l]].value(Z)  # (6)
        caches.append(Cache(A_previous, W, Z, A))
    return A, tuple(caches)


def cost(network: Network, parameters: Parameters, X: Array, Y: Array) -> float:
    """J = f(A[L], Y), eq. (9), averaged over the m examples.

    Where the output activation matches the cost, J is computed from Z[L] and is finite however far
    a prediction saturates. Y: shape (n[L], m), or integer labels (m,) for the multi-class cost.

    Raises
    ------
    ValueError : shapes that do not fit, labels out of range, nan.
    """
    check_parameters(network, parameters)
    return float(cost_of(network, *check_data(network, X, Y))(parameters))


def cost_of(network: Network, X: Array, Y: Array) -> Callable[[Parameters], Any]:
    """J as a function of the parameters alone, in plain NumPy: what the modes differentiate.

    X and Y have been checked and are float64 of shapes (n[0], m) and (n[L], m).
    """

    def J(parameters: Parameters) -> Any:
        A = X
        for l in range(1, network.L + 1):
            Z = _linear(parameters.W[l], parameters.b[l], A)
            if l == network.L and network.matched:
                return network.cost_function.value_from_logits(Z, Y)
            A = ACTIVATIONS[network.activations[l]].value(Z)
        return network.cost_function.value(A, Y)

    return J


def backward_propagation(
    network: Network, caches: tuple[Any, ...], Y: Array, *, dX: bool = False, fused: bool = True
) -> Gradients:
    """Gradient of the cost with respect to every W[l], b[l], Z[l] and A[l]; eq. (15)–(22).

    Parameters
    ----------
    network : Network
        The layers and the cost.
    caches : tuple of Cache
        From ``forward_propagation``.
    Y : array, shape (n[L], m)
        Targets, or integer labels of shape (m,) for the multi-class cost.
    dX : bool
        Whether to go on to dX = dA[0], the partial derivative that is usually ignored.
    fused : bool
        Whether dZ[L] comes from cost and activation at once, where they match (Part 3, eq. (3), (6),
        (9)); otherwise, and where they do not match, from the seed dA[L] through the activation (17).
        Only the fused form is right where a prediction saturates.

    Raises
    ------
    ValueError : Y of the wrong shape, labels out of range, nan.
    """
    Y = check_targets(network, Y, caches[network.L].A.shape[1])
    return backward(network, caches, Y, dX=dX, fused=fused)


def backward(
    network: Network, caches: tuple[Any, ...], Y: Array, *, dX: bool = False, fused: bool = True
) -> Gradients:
    """``backward_propagation`` of arguments that have been checked."""
    L = network.L
    A = caches[L].A
    dW: list[Any] = [None] * (L + 1)
    db, dZ, dA = dW.copy(), dW.copy(), dW.copy()
    dA[L] = network.cost_function.dA(A, Y)
    for l in range(L, 0, -1):
        A_previous, W, Z, A = caches[l]
        if l == L and fused and network.matched:
            dZ[l] = network.cost_function.dZ(A, Y)
        else:
            dZ[l] = ACTIVATIONS[network.activations[l]].pullback(dA[l], Z, A)  # (17)–(20)
        dW[l] = dZ[l] @ A_previous.T  # (15)
        db[l] = dZ[l].sum(axis=1)  # (16)
        if l > 1 or dX:
            dA[l - 1] = W.T @ dZ[l]  # (22)
    return Gradients(tuple(dW), tuple(db), tuple(dZ), tuple(dA))
