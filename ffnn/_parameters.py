"""Parameters: one weight matrix and one bias vector a layer, views of one vector θ."""

# ruff: noqa: E741  (l is the layer, as in the sources)
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ffnn._activations import ACTIVATIONS, Array
from ffnn._network import Network


class Parameters(NamedTuple):
    """Weights and biases, or their partial derivatives, indexed by layer as in the sources.

    A pytree: a named tuple of two tuples. ``W[l]`` has shape (n[l], n[l−1]) and ``b[l]`` shape
    (n[l],), l = 1 … L. Layer 0 has neither: ``W[0]`` and ``b[0]`` are None, which is no leaf.
    """

    W: tuple[Any, ...]
    b: tuple[Any, ...]


def unflatten(network: Network, theta: Array) -> Parameters:
    """Parameters that are views of the vector θ = (W[1], …, W[L], b[1], …, b[L]); nothing is copied.

    Each W[l] lies in θ row by row. Raises ValueError where θ has not ``network.parameter_count``
    entries.
    """
    if theta.shape != (network.parameter_count,):
        raise ValueError(
            f"theta has shape {theta.shape}, but a network of sizes {network.sizes} has "
            f"{network.parameter_count} parameters: shape ({network.parameter_count},)."
        )
    W: list[Any] = [None]
    b: list[Any] = [None]
    start = 0
    for k, n in zip(network.sizes, network.sizes[1:], strict=False):
        W.append(theta[start : start + n * k].reshape(n, k))
        start += n * k
    for n in network.sizes[1:]:
        b.append(theta[start : start + n])
        start += n
    return Parameters(tuple(W), tuple(b))


def flatten(parameters: Parameters) -> Array:
    """The vector θ of the parameters, in the order of ``unflatten``.

    Where they are views of one such vector, as ``unflatten`` and ``initialise`` make them, that vector
    itself is returned, so that writing to it changes them; otherwise a new vector.
    """
    leaves = [leaf for group in parameters for leaf in group[1:]]
    theta = leaves[0].base
    if isinstance(theta, np.ndarray) and theta.ndim == 1 and theta.flags.c_contiguous:
        address = theta.ctypes.data
        for leaf in leaves:
            if leaf.base is not theta or leaf.ctypes.data != address or not leaf.flags.c_contiguous:
                break
            address += leaf.nbytes
        else:
            if address == theta.ctypes.data + theta.nbytes:
                return theta
    return np.concatenate([np.ravel(leaf) for leaf in leaves])


def parameter_name(network: Network, index: int) -> str:
    """Name of entry ``index`` of θ, as Python finds it in the parameters: ``"W[2][3, 1]"``, ``"b[1][0]"``."""
    numbers: Array = np.arange(float(network.parameter_count))
    for group, leaves in zip("Wb", unflatten(network, numbers), strict=True):
        for l, leaf in enumerate(leaves[1:], start=1):
            if leaf.flat[0] <= index <= leaf.flat[-1]:
                where = np.unravel_index(index - int(leaf.flat[0]), leaf.shape)
                return f"{group}[{l}][{', '.join(map(str, where))}]"
    raise IndexError(f"index is {index}, but there are {network.parameter_count} parameters.")


def initialise(
    network: Network, rng: np.random.Generator | int | None = None, scheme: str = "auto"
) -> Parameters:
    """Random weights and zero biases, views of one vector.

    Parameters
    ----------
    network : Network
        The layers to draw them for.
    rng : Generator or int, optional
        A ``numpy.random.Generator`` or a seed for one.
    scheme : str
        ``"he"``, normal with variance 2 / n[l−1] (He et al. 2015); ``"glorot"``, uniform with
        variance 2 / (n[l−1] + n[l]) (Glorot & Bengio 2010); ``"auto"`` takes for each layer the one
        that suits its activation.

    Raises
    ------
    ValueError : an unknown scheme.
    """
    if scheme not in ("auto", "he", "glorot"):
        raise ValueError(f"scheme is {scheme!r}; choose 'auto', 'he' or 'glorot'.")
    rng = np.random.default_rng(rng)
    parameters = unflatten(network, np.zeros(network.parameter_count))
    for W, activation in zip(parameters.W[1:], network.activations[1:], strict=True):
        n, k = W.shape
        if (ACTIVATIONS[activation].initialiser if scheme == "auto" else scheme) == "he":
            W[...] = rng.normal(0.0, np.sqrt(2 / k), W.shape)
        else:
            W[...] = rng.uniform(-1.0, 1.0, W.shape) * np.sqrt(6 / (k + n))
    return parameters
