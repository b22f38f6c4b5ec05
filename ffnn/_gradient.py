"""The full gradient of the cost, by every road."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ffnn._activations import Array
from ffnn._network import Network
from ffnn._parameters import Parameters
from ffnn._propagation import backward, cost_of, forward
from ffnn._symbolic import symbolic_gradient
from ffnn._validation import check_data, check_parameters
from ffnn._workspace import Workspace
from modes import grad, jacobian

Method = Callable[[Network, Parameters, Array, Array, int], Parameters]


def _backpropagation(
    network: Network, parameters: Parameters, X: Array, Y: Array, chunk_size: int
) -> Parameters:
    _, caches = forward(network, parameters, X)
    gradients = backward(network, caches, Y)
    return Parameters(gradients.dW, gradients.db)


def _reverse(network: Network, parameters: Parameters, X: Array, Y: Array, chunk_size: int) -> Parameters:
    return grad(cost_of(network, X, Y))(parameters)


def _by(mode: str) -> Method:
    def method(network: Network, parameters: Parameters, X: Array, Y: Array, chunk_size: int) -> Parameters:
        return jacobian(cost_of(network, X, Y), mode=mode, chunk_size=chunk_size)(parameters)

    return method


def _symbolic(network: Network, parameters: Parameters, X: Array, Y: Array, chunk_size: int) -> Parameters:
    return symbolic_gradient(network, parameters, X, Y)


METHODS: dict[str, Method] = {
    "backpropagation": _backpropagation,
    "reverse": _reverse,
    "forward": _by("forward"),
    "central-difference": _by("central-difference"),
    "forward-difference": _by("forward-difference"),
    "complex-step": _by("complex-step"),
    "symbolic": _symbolic,
}
"""Every method of ``gradient``, by name."""


def gradient(
    network: Network,
    parameters: Parameters,
    X: Any,
    Y: Any,
    method: str = "backpropagation",
    *,
    chunk_size: int = 64,
    workspace: Workspace | None = None,
) -> Parameters:
    """Partial derivatives of the cost with respect to every weight and bias.

    Parameters
    ----------
    network : Network
        The layers and the cost.
    parameters : Parameters
        The point, float64.
    X : array, shape (n[0], m)
        Inputs; examples are columns.
    Y : array, shape (n[L], m)
        Targets, or integer labels of shape (m,) for the multi-class cost.
    method : str
        One of

        - ``"backpropagation"``: derived by hand, eq. (15)–(22) of the sources
        - ``"reverse"``: ``modes`` in reverse, one sweep
        - ``"forward"``: ``modes`` forward, one tangent a parameter, ``chunk_size`` of them in a sweep
        - ``"central-difference"``, ``"forward-difference"``: two costs (one more) a parameter; relative
          error about ε^(2/3) = 4e−11 (ε^(1/2) = 1e−8) of the curvature's scale
        - ``"complex-step"``: one complex cost a parameter; exact to rounding (Squire & Trapp 1998)
        - ``"symbolic"``: a SymPy program, for networks of a few dozen parameters; needs the extra
          ``symbolic``

    chunk_size : int
        Tangents in one forward sweep, which bounds its memory: about chunk_size × (the memory of one
        forward propagation + of the parameters).
    workspace : Workspace, optional
        Preallocated arrays for ``"backpropagation"``; the result is then overwritten by the next call
        with the same workspace.

    Returns
    -------
    Parameters : ``W[l]`` holds ∂J/∂W[l], shape (n[l], n[l−1]); ``b[l]`` holds ∂J/∂b[l], shape (n[l],).

    Raises
    ------
    ValueError : an unknown method, shapes that do not fit (the layer and both shapes are named), labels
        out of range, nan in X, a chunk_size below 1, a network too large for ``"symbolic"``.
    """
    if workspace is not None:
        if method != "backpropagation" or not (workspace.network is network or workspace.network == network):
            raise ValueError(
                f"workspace is one for 'backpropagation' in {workspace.network}; got method {method!r} "
                f"and {network}."
            )
        return workspace.gradient(parameters, X, Y)
    check_method(method, chunk_size)
    check_parameters(network, parameters)
    X, Y = check_data(network, X, Y)
    return _as_float64(METHODS[method](network, parameters, X, Y, chunk_size))


def check_method(method: str, chunk_size: int) -> None:
    """Raise ValueError for an unknown method, or a sweep that carries nothing."""
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose one of {', '.join(map(repr, METHODS))}.")
    if chunk_size < 1:
        raise ValueError(f"chunk_size is {chunk_size}; a sweep carries at least one tangent.")


def _as_float64(gradients: Parameters) -> Parameters:
    return Parameters(*(tuple(g if g is None else np.asarray(g) for g in group) for group in gradients))
