"""Backpropagation at the speed of a routine written by hand: preallocated arrays, no Python in between."""

# ruff: noqa: E741  (l is the layer, as in the sources)
from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ffnn._activations import ACTIVATIONS, Array
from ffnn._inplace import Calls, keeps_z, steps
from ffnn._network import Network
from ffnn._parameters import Parameters, unflatten
from ffnn._products import product
from ffnn._validation import check_data, check_parameters


class _Layer(NamedTuple):
    """Arrays of shape (n[l], m), D for dA[l] and then dZ[l], and the calls of the layer's activation."""

    Z: Array
    A: Array
    D: Array
    activate: Calls
    pull: Calls


class Workspace:
    """Arrays for the gradient of one network at one batch size, used again at every call.

    The first call with given parameters, X and Y binds them: it checks them and writes out the
    propagations as a list of NumPy calls on fixed arrays. Later calls with the same array objects, whose
    numbers may have changed in place, only run the list.

    Parameters
    ----------
    network : the network.
    m : number of examples in a batch.

    Attributes
    ----------
    theta_gradient : the gradient as one vector, in the order of ``ffnn.flatten``; overwritten by each call.
    gradient_parameters : the same numbers as ``Parameters``: views of it.

    Examples
    --------
    >>> from ffnn import Network, Workspace, initialise
    >>> network = Network((2, 8, 1), hidden="tanh", cost="binary-cross-entropy")
    >>> workspace = Workspace(network, m=4)
    >>> X, Y = np.ones((2, 4)), np.array([0, 1, 1, 0])
    >>> workspace.gradient(initialise(network, 0), X, Y).W[1].shape
    (8, 2)
    """

    def __init__(self, network: Network, m: int) -> None:
        if m < 1:
            raise ValueError(f"m is {m}; a batch has at least one example.")
        self.network, self.m = network, m
        self.theta_gradient = np.empty(network.parameter_count)
        self.gradient_parameters = unflatten(network, self.theta_gradient)
        self._ones = np.ones(m)
        self._slope = np.array(network.cost_function.slope / m)
        self._layers: list[Any] = [None]
        for l in range(1, network.L + 1):
            shape = (network.sizes[l], m)
            A = np.empty(shape)
            # J is computed from Z[L], so the last layer keeps it; hidden layers write A over Z if they can.
            Z = np.empty(shape) if l == network.L or keeps_z(network.activations[l]) else A
            # For one example db[l] = dZ[l], eq. (16): they share their memory.
            D = self.gradient_parameters.b[l][:, None] if m == 1 else np.empty(shape)
            self._layers.append(_Layer(Z, A, D, *steps(network.activations[l], Z, A, D)))
        self._bound: tuple[Any, Any, Any] | None = None
        self._program: Calls = []
        self._Y = np.empty(0)

    def gradient(self, parameters: Parameters, X: Any, Y: Any) -> Parameters:
        """Partial derivatives of the cost: ``gradient_parameters``, overwritten by the next call.

        X has shape (n[0], m); Y has shape (n[L], m), or is a vector of integer labels for the
        multi-class cost. Arrays that are float64 already are bound without a copy.

        Raises
        ------
        ValueError : shapes that do not fit, labels out of range, nan; when the arrays are bound.
        """
        bound = self._bound
        if bound is None or bound[0] is not parameters or bound[1] is not X or bound[2] is not Y:
            self._bind(parameters, X, Y)
        for call in self._program:
            call()
        return self.gradient_parameters

    def value_and_gradient(self, parameters: Parameters, X: Any, Y: Any) -> tuple[float, Parameters]:
        """J and its gradient from one forward and one backward propagation."""
        gradient = self.gradient(parameters, X, Y)
        function, Z = self.network.cost_function, self._layers[-1].Z
        if self.network.matched:
            return float(function.value_from_logits(Z, self._Y)), gradient
        return float(function.value(ACTIVATIONS[self.network.activations[-1]].value(Z), self._Y)), gradient

    def _bind(self, parameters: Parameters, X: Any, Y: Any) -> None:
        """Check the arrays and write the program for them."""
        network, self._bound = self.network, None
        check_parameters(network, parameters)
        checked_X, checked_Y = check_data(network, X, Y)
        if checked_X.shape[1] != self.m:
            raise ValueError(
                f"X has {checked_X.shape[1]} examples, but this workspace was made for m = {self.m}; "
                f"make Workspace(network, {checked_X.shape[1]})."
            )
        self._Y = checked_Y
        self._program = self._forward(parameters, checked_X) + self._backward(
            parameters, checked_X, checked_Y
        )
        # A program on converted copies does not see what is written to the originals later, nor one on
        # lists that an array was put in another's place: such arguments are bound at every call.
        fixed = isinstance(parameters.W, tuple) and isinstance(parameters.b, tuple)
        if fixed and np.may_share_memory(checked_X, X) and np.may_share_memory(checked_Y, Y):
            self._bound = (parameters, X, Y)

    def _forward(self, parameters: Parameters, X: Array) -> Calls:
        """Eq. (5) and (6) for l = 1 … L."""
        program: Calls = []
        A = X
        for l in range(1, self.network.L + 1):
            layer = self._layers[l]
            program += product(parameters.W[l], A, layer.Z)
            program.append(partial(np.add, layer.Z, parameters.b[l][:, None], layer.Z))
            program += layer.activate
            A = layer.A
        return program

    def _backward(self, parameters: Parameters, X: Array, Y: Array) -> Calls:
        """The seed, then eq. (15), (16), (22) and the pullback of (17) for l = L … 1."""
        network, L = self.network, self.network.L
        program: Calls = []
        last = self._layers[L]
        if network.matched:
            program.append(partial(np.subtract, last.A, Y, last.D))
            program.append(partial(np.multiply, last.D, self._slope, last.D))
        else:
            program.append(lambda: np.copyto(last.D, network.cost_function.dA(last.A, Y)))
            program += last.pull
        for l in range(L, 0, -1):
            D, previous = self._layers[l].D, self._layers[l - 1]
            A_previous = X if l == 1 else previous.A
            program.append(partial(D.dot, A_previous.T, self.gradient_parameters.W[l]))
            if self.m > 1:
                program.append(partial(D.dot, self._ones, self.gradient_parameters.b[l]))
            if l > 1:
                program.append(partial(parameters.W[l].T.dot, D, previous.D))
                program += previous.pull
        return program
