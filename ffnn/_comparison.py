"""Methods of ``gradient`` side by side on one network: time, and how far their numbers lie apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from ffnn._gradient import METHODS, gradient
from ffnn._network import Network
from ffnn._parameters import Parameters, flatten
from ffnn._propagation import cost_of, forward_propagation
from ffnn._symbolic import LARGEST
from ffnn._validation import check_data, check_parameters
from ffnn._workspace import Workspace
from modes import DifferentiationError

# Costs (or tangents as dear as so many costs) for each parameter, to foretell a method's time.
_COSTS_PER_PARAMETER = {
    "forward": 1.0,
    "central-difference": 2.0,
    "forward-difference": 1.0,
    "complex-step": 4.0,
}


class Measurement(NamedTuple):
    """One method of ``gradient``.

    ``seconds`` is a median; ``ratio`` the median of time / (time of one ``forward_propagation`` beside
    it); ``disagreement`` the largest difference from backpropagation over the gradient's largest entry.
    ``skipped`` says why there are none.
    """

    method: str
    seconds: float | None = None
    ratio: float | None = None
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
    limit: float = 10.0,
    rounds: int = 7,
) -> list[Measurement]:
    """Measure methods of ``gradient`` in turns, each beside one forward propagation.

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
    methods : sequence of str
        Methods of ``gradient``. Backpropagation runs in a ``Workspace``.
    chunk_size : int
        Tangents in one forward sweep.
    limit : float
        A method that would take longer than so many seconds for one gradient is skipped.
    rounds : int
        How many times each method is timed, fewer where that takes longer than ``limit``.

    Raises
    ------
    ValueError : as ``gradient``.
    """
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise ValueError(f"method is {unknown[0]!r}; choose one of {', '.join(map(repr, METHODS))}.")
    check_parameters(network, parameters)
    X, Y = check_data(network, X, Y)
    workspace = Workspace(network, X.shape[1])
    reference = np.array(flatten(workspace.gradient(parameters, X, Y)))
    J = cost_of(network, X, Y)
    one_cost = _time(lambda: J(parameters), 1)
    unit = partial(forward_propagation, network, parameters, X)
    result = []
    for method in methods:
        seconds = _COSTS_PER_PARAMETER.get(method, 0.0) * network.parameter_count * one_cost
        if method == "symbolic" and network.parameter_count > LARGEST:
            result.append(Measurement(method, skipped=f"more than {LARGEST} parameters"))
        elif seconds > limit:
            result.append(Measurement(method, skipped=f"would take about {seconds:.0f} s"))
        else:
            kept = workspace if method == "backpropagation" else None
            run = partial(gradient, network, parameters, X, Y, method, chunk_size=chunk_size, workspace=kept)
            try:
                away = np.abs(flatten(run()) - reference).max() / max(np.abs(reference).max(), 1e-300)
            except DifferentiationError as error:  # complex step, right on a kink
                result.append(Measurement(method, skipped=str(error)))
                continue
            seconds, ratio = _beside(run, unit, rounds, limit)
            result.append(Measurement(method, seconds, ratio, float(away)))
    return result


def _beside(
    run: Callable[[], object], unit: Callable[[], object], rounds: int, limit: float
) -> tuple[float, float]:
    """Median time of ``run``, and median ratio to ``unit`` timed right before it."""
    calls, unit_calls = _calls(run), _calls(unit)
    times: list[float] = []
    ratios: list[float] = []
    stop = perf_counter() + limit
    while len(times) < rounds and (not times or perf_counter() < stop):
        one_unit = _time(unit, unit_calls)
        times.append(_time(run, calls))
        ratios.append(times[-1] / one_unit)
    return median(times), median(ratios)


def _calls(run: Callable[[], object], seconds: float = 2e-3) -> int:
    """How many calls take about so many seconds."""
    return max(1, int(seconds / max(_time(run, 1), 1e-7)))


def _time(run: Callable[[], object], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        run()
    return (perf_counter() - start) / calls
