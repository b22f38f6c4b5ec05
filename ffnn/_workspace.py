"""Backpropagation at the speed of a routine written by hand: preallocated arrays, no Python in between."""

# ruff: noqa: E741  (l is the layer, as in the sources)
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ffnn._activations import ACTIVATIONS, Array
from ffnn._inplace import Calls, keeps_z, steps
from ffnn._network import Network
from ffnn._parameters import Parameters, unflatten
from ffnn._products import product
from ffnn._validation import check_data, check_parameters


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
        self._Z: list[Any] = [None]
        self._A: list[Any] = [None]
        self._D: list[Any] = [None]
        self._activate: list[Any] = [None]
        self._pull: list[Any] = [None]
        for l in range(1, network.L + 1):
            shape = (network.sizes[l], m)
            A = np.empty(shape)
            # J is computed from Z[L], so the last layer keeps it; hidden layers write A over Z if they can.
            Z = np.empty(shape) if l == network.L or keeps_z(network.activations[l]) else A
            # For one example db[l] = dZ[l], eq. (16): they share their memory.
            D = self.gradient_parameters.b[l][:, None] if m == 1 else np.empty(shape)
            activate, pull = steps(network.activations[l], Z, A, D)
            for group, item in (
                (self._Z, Z),
                (self._A, A),
                (self._D, D),
                (self._activate, activate),
                (self._pull, pull),
            ):
                group.append(item)
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
        function, Z = self.network.cost_function, self._Z[-1]
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
        # A converted copy would not see what is written to the original later, so it is not kept.
        if np.may_share_memory(checked_X, X) and np.may_share_memory(checked_Y, Y):
            self._bound = (parameters, X, Y)

    def _forward(self, parameters: Parameters, X: Array) -> Calls:
        """Eq. (5) and (6) for l = 1 … L."""
        program: Calls = []
        A = X
        for l in range(1, self.network.L + 1):
            Z = self._Z[l]
            program += product(parameters.W[l], A, Z)
            program.append(partial(np.add, Z, parameters.b[l][:, None], Z))
            program += self._activate[l]
            A = self._A[l]
        return program

    def _backward(self, parameters: Parameters, X: Array, Y: Array) -> Calls:
        """The seed, then eq. (15), (16), (22) and the pullback of (17) for l = L … 1."""
        network, L = self.network, self.network.L
        program: Calls = []
        A_last, D_last = self._A[L], self._D[L]
        if network.matched:
            program.append(partial(np.subtract, A_last, Y, D_last))
            program.append(partial(np.multiply, D_last, self._slope, D_last))
        else:
            program.append(lambda: np.copyto(D_last, network.cost_function.dA(A_last, Y)))
            program += self._pull[L]
        for l in range(L, 0, -1):
            D, A_previous = self._D[l], X if l == 1 else self._A[l - 1]
            program.append(partial(D.dot, A_previous.T, self.gradient_parameters.W[l]))
            if self.m > 1:
                program.append(partial(D.dot, self._ones, self.gradient_parameters.b[l]))
            if l > 1:
                program.append(partial(parameters.W[l].T.dot, D, self._D[l - 1]))
                program += self._pull[l - 1]
        return program
