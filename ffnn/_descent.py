"""Gradient descent: w ← w − γ ∂J/∂w, full batch or mini-batch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ffnn._activations import Array
from ffnn._network import Network
from ffnn._parameters import Parameters, flatten, initialise, unflatten
from ffnn._propagation import forward_propagation
from ffnn._validation import check_data, check_parameters
from ffnn._workspace import Workspace


class Training(NamedTuple):
    """Parameters after the last step, and the cost averaged over the steps of each epoch."""

    parameters: Parameters
    history: Array


def gradient_descent(
    network: Network,
    X: Any,
    Y: Any,
    parameters: Parameters | None = None,
    *,
    rate: float = 0.1,
    epochs: int = 100,
    batch_size: int | None = None,
    rng: np.random.Generator | int | None = None,
    progress: bool = False,
) -> Training:
    """Follow the steepest descent of the cost, dθ/ds = −∂J/∂θ, in steps of γ = ``rate``.

    Parameters
    ----------
    network : Network
        The layers and the cost.
    X : array, shape (n[0], m)
        Inputs; examples are columns.
    Y : array, shape (n[L], m)
        Targets, or integer labels of shape (m,) for the multi-class cost.
    parameters : Parameters, optional
        Where to start; left as they are. By default ``initialise(network, rng)``.
    rate : float
        γ, the length of the step along −∂J/∂w.
    epochs : int
        How many times every example is seen.
    batch_size : int, optional
        Examples a step, in an order drawn anew for each epoch; by default all, one step an epoch. The
        last batch of an epoch holds what is left.
    rng : Generator or int, optional
        Generator, or seed of one, for the start and for the order of the examples.
    progress : bool
        Show a bar with the epoch's cost on a terminal; needs tqdm (extra ``train``).

    Returns
    -------
    Training : parameters, and the history of the cost, shape (epochs,).

    Raises
    ------
    ValueError : shapes that do not fit, labels out of range, nan, a rate, epochs or batch_size out of range.
    FloatingPointError : the cost is no longer finite; the message names the epoch.
    """
    X, Y = check_data(network, X, Y)
    m = X.shape[1]
    batch_size = m if batch_size is None else min(batch_size, m)
    if not rate > 0 or epochs < 1 or batch_size < 1:
        raise ValueError(
            f"rate, epochs and batch_size must be positive; got {rate}, {epochs} and {batch_size}."
        )
    rng = np.random.default_rng(rng)
    start = initialise(network, rng) if parameters is None else check_parameters(network, parameters)
    theta = np.array(flatten(start))
    parameters = unflatten(network, theta)
    batches = [_Batch(network, X, Y, size) for size in {batch_size, m % batch_size or batch_size}]
    by_size = {batch.size: batch for batch in batches}

    history = np.empty(epochs)
    bar = _bar(epochs, progress)
    for epoch in bar:
        order = rng.permutation(m) if batch_size < m else np.arange(m)
        total = 0.0
        for first in range(0, m, batch_size):
            chosen = order[first : first + batch_size]
            J, slope = by_size[chosen.size].step(parameters, chosen)
            theta -= rate * slope
            total += J * chosen.size
        history[epoch] = total / m
        if not np.isfinite(history[epoch]):
            raise FloatingPointError(
                f"the cost is {history[epoch]} in epoch {epoch + 1}; use a smaller rate than {rate:g}, or "
                "scale the inputs."
            )
        if progress:
            bar.set_postfix(cost=f"{history[epoch]:.4g}", refresh=False)
    return Training(parameters, history)


class _Batch:
    """Arrays for batches of one size: the chosen examples are copied into the same place each time."""

    def __init__(self, network: Network, X: Array, Y: Array, size: int) -> None:
        self.size, self._all_X, self._all_Y = size, X, Y
        self._whole = size == X.shape[1]
        self._X = X if self._whole else np.array(X[:, :size], order="C")
        self._Y = Y if self._whole else np.array(Y[:, :size], order="C")
        self._workspace = Workspace(network, size)

    def step(self, parameters: Parameters, chosen: NDArray[np.intp]) -> tuple[float, Array]:
        """J of the chosen examples and its gradient as a vector."""
        if not self._whole:
            np.take(self._all_X, chosen, axis=1, out=self._X, mode="clip")
            np.take(self._all_Y, chosen, axis=1, out=self._Y, mode="clip")
        J, _ = self._workspace.value_and_gradient(parameters, self._X, self._Y)
        return J, self._workspace.theta_gradient


def _bar(epochs: int, progress: bool) -> Any:
    if not progress:
        return range(epochs)
    try:
        from tqdm import tqdm
    except ImportError:
        raise ImportError("progress=True needs tqdm: pip install -e '.[train]'.") from None
    return tqdm(range(epochs), unit="epoch", desc="gradient descent", disable=None)


def accuracy(network: Network, parameters: Parameters, X: Any, Y: Any) -> float:
    """Share of examples whose prediction is right: the largest output, or each output on its side of 1/2."""
    X, Y = check_data(network, X, Y)
    A, _ = forward_propagation(network, parameters, X)
    if network.cost == "multi-class-cross-entropy":
        return float((A.argmax(axis=0) == Y.argmax(axis=0)).mean())
    return float(((A > 0.5) == (Y > 0.5)).all(axis=0).mean())


def r_squared(network: Network, parameters: Parameters, X: Any, Y: Any) -> float:
    """Coefficient of determination R² = 1 − Σ (Y − A)² / Σ (Y − Ȳ)², averaged over the outputs."""
    X, Y = check_data(network, X, Y)
    A, _ = forward_propagation(network, parameters, X)
    residual = ((Y - A) ** 2).sum(axis=1)
    return float((1.0 - residual / ((Y - Y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)).mean())
