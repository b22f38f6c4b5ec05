"""Checks at the boundary: shapes that name the layer, labels in range, no nan."""

# ruff: noqa: E741  (l is the layer, as in the sources)
from __future__ import annotations

from typing import Any

import numpy as np

from ffnn._activations import Array
from ffnn._network import Network
from ffnn._parameters import Parameters


def check_parameters(network: Network, parameters: Parameters) -> Parameters:
    """The parameters as they are, once every W[l] and b[l] is float64 and of its layer's shape."""
    W, b = parameters
    for name, group in (("W", W), ("b", b)):
        if len(group) != network.L + 1:
            raise ValueError(
                f"parameters.{name} has {len(group)} entries, but a network of {network.L} layers needs "
                f"{network.L + 1}: None for layer 0, then one a layer."
            )
    for l in range(1, network.L + 1):
        n, k = network.sizes[l], network.sizes[l - 1]
        for name, array, shape in (("W", W[l], (n, k)), ("b", b[l], (n,))):
            if np.shape(array) != shape:
                raise ValueError(
                    f"parameters.{name}[{l}] has shape {np.shape(array)}, but layer {l} of sizes "
                    f"{network.sizes} ({k} → {n}) needs shape {shape}."
                )
            if array.dtype != np.float64:
                raise ValueError(f"parameters.{name}[{l}] has dtype {array.dtype}; give float64.")
    return parameters


def check_inputs(network: Network, X: Any) -> Array:
    """X as a float64 array of shape (n[0], m), finite."""
    X = _real("X", X)
    if X.ndim != 2 or X.shape[0] != network.sizes[0] or X.shape[1] == 0:
        hint = " (examples are columns: give X.T)" if X.ndim == 2 and X.shape[1] == network.sizes[0] else ""
        raise ValueError(
            f"X has shape {X.shape}, but layer 0 has {network.sizes[0]} inputs: X needs shape "
            f"({network.sizes[0]}, m), m ≥ 1{hint}."
        )
    if not np.isfinite(X).all():
        j, i = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(f"X[{j}, {i}] is {X[j, i]}; remove or impute the examples that are not finite.")
    return X


def check_targets(network: Network, Y: Any, m: int) -> Array:
    """Y as a float64 array of shape (n[L], m).

    Integer labels of shape (m,) become one-hot columns for the multi-class cost; for one output a
    vector of m targets becomes a row. Raises ValueError for a wrong shape, labels out of range, nan,
    and targets that the cost is not defined for.
    """
    n = network.sizes[-1]
    Y = np.asarray(Y)
    if network.cost == "multi-class-cross-entropy" and Y.shape == (m,) and Y.dtype.kind in "iu":
        return one_hot(Y, n)
    Y = _real("Y", Y)
    if n == 1 and Y.shape == (m,):
        Y = Y.reshape(1, m)
    if Y.shape != (n, m):
        labels = ", or integer labels of shape (m,)" if network.cost == "multi-class-cross-entropy" else ""
        raise ValueError(
            f"Y has shape {Y.shape}, but layer {network.L} gives predictions of shape ({n}, {m}): Y needs "
            f"that shape{labels}."
        )
    low, high = Y.min(), Y.max()  # nan where Y has one
    if not (np.isfinite(low) and np.isfinite(high)):
        j, i = np.argwhere(~np.isfinite(Y))[0]
        raise ValueError(f"Y[{j}, {i}] is {Y[j, i]}; remove the examples whose target is not finite.")
    if network.cost_function.probability and (low < 0 or high > 1):
        raise ValueError(
            f"Y reaches from {low:g} to {high:g}, but cost {network.cost!r} needs targets from 0 to 1."
        )
    if network.cost == "multi-class-cross-entropy":
        total = Y.sum(axis=0)
        worst = int(np.argmax(np.abs(total - 1.0)))
        if abs(total[worst] - 1.0) > 1e-9:
            raise ValueError(
                f"column {worst} of Y adds to {total[worst]:g}, but each column is one distribution over "
                f"the {n} classes and adds to 1; for several labels an example use "
                "cost 'multi-label-cross-entropy'."
            )
    return Y


def check_data(network: Network, X: Any, Y: Any) -> tuple[Array, Array]:
    """X and Y, checked, as float64 arrays of shapes (n[0], m) and (n[L], m)."""
    X = check_inputs(network, X)
    return X, check_targets(network, Y, X.shape[1])


def one_hot(labels: Any, classes: int) -> Array:
    """Columns of the identity: shape (classes, m) from m integer labels 0 … classes − 1."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be a vector of integers; got shape {labels.shape}, {labels.dtype}.")
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"labels reach from {labels.min()} to {labels.max()}, but {classes} classes are labelled 0 to "
            f"{classes - 1}."
        )
    Y = np.zeros((classes, labels.size))
    Y[labels, np.arange(labels.size)] = 1.0
    return Y


def _real(name: str, array: Any) -> Array:
    if np.ma.is_masked(array):
        raise ValueError(f"{name} is a masked array with masked entries; fill or remove them.")
    array = np.asarray(array)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} has dtype {array.dtype}; give real numbers.")
    return np.asarray(array, dtype=np.float64)
