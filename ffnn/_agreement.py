"""Methods of ``gradient`` side by side on one network: what each has to do, and how far they lie apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ffnn._gradient import METHODS, check_method, gradient
from ffnn._network import Network
from ffnn._parameters import Parameters, flatten
from ffnn._symbolic import LARGEST
from modes import DifferentiationError


class Agreement(NamedTuple):
    """One method of ``gradient``.

    ``passes`` counts what it takes: sweeps through the network and its cost, forward or back, or costs
    evaluated (``unit`` says which). ``disagreement`` is the largest difference from backpropagation over
    the gradient's largest entry; None for a method that was ``skipped``, with the reason.
    """

    method: str
    passes: int
    unit: str
    disagreement: float | None = None
    skipped: str = ""


def compare_methods(
    network: Network,
    parameters: Parameters,
    X: Any,
    Y: Any,
    methods: Sequence[str] = tuple(METHODS),
    *,
    chunk_size: int = 64,
    most: int = 50_000,
) -> list[Agreement]:
    """Compute the gradient by each of `methods` and compare it with backpropagation's.

    The arguments are those of ``gradient``; a method that takes more than ``most`` passes is skipped.

    Raises
    ------
    ValueError : as ``gradient``.
    """
    for method in methods:
        check_method(method, chunk_size)
    reference = flatten(gradient(network, parameters, X, Y))
    scale = max(np.abs(reference).max(), 1e-300)
    result = []
    for method in methods:
        passes, unit = _passes(method, network.parameter_count, chunk_size)
        found = Agreement(method, passes, unit)
        if method == "symbolic" and network.parameter_count > LARGEST:
            found = found._replace(skipped=f"more than {LARGEST} parameters")
        elif passes > most:
            found = found._replace(skipped=f"would take {passes:,} {unit}")
        else:
            try:
                theta = flatten(gradient(network, parameters, X, Y, method, chunk_size=chunk_size))
                found = found._replace(disagreement=float(np.abs(theta - reference).max() / scale))
            except DifferentiationError as error:  # complex step, right on a kink
                found = found._replace(skipped=str(error))
        result.append(found)
    return result


def _passes(method: str, n: int, chunk_size: int) -> tuple[int, str]:
    """Return how many sweeps or costs a method takes for n parameters, and which of the two."""
    costs = {"central-difference": 2 * n, "forward-difference": n + 1, "complex-step": n}
    if method in costs:
        return costs[method], "costs"
    if method == "forward":
        return math.ceil(n / chunk_size), f"sweeps of {min(chunk_size, n)} tangents"
    return 1, "program" if method == "symbolic" else "sweep back"
