"""Difference formulas at a step of the experimenter's choice: how the error depends on it.

`modes` chooses the step itself, near the best one; here the step is what varies, so that the V of truncation
against rounding (and its absence for the complex step) can be measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._modes import Mode
from .workloads import Workload
from .workloads._workload import Array

Formula = Callable[
    [Workload, Array], Array
]  # the directional derivative along a small step, times its length


def _forward(w: Workload, step: Array) -> Array:
    return w.f(w.x + step) - w.f(w.x)


def _central(w: Workload, step: Array) -> Array:
    return (w.f(w.x + step) - w.f(w.x - step)) / 2


def _complex(w: Workload, step: Array) -> Array:
    return np.imag(w.f(w.x + 1j * step))


def _jacobian(w: Workload, formula: Formula, step: float) -> Array:
    columns = [np.ravel(formula(w, e)) / step for e in step * np.eye(w.n)]
    return np.stack(columns, axis=1)


def stepped(step: float) -> list[Mode]:
    """Return forward and central differences and the complex step at `step`, whatever error they make."""
    formulas: dict[str, tuple[Formula, int]] = {
        "forward-difference": (_forward, 2),
        "central-difference": (_central, 2),
        "complex-step": (_complex, 1),
    }

    def mode(name: str, formula: Formula, evaluations: int) -> Mode:
        def prepare(w: Workload) -> Callable[[], Array]:
            return lambda: _jacobian(w, formula, step)

        return Mode(name, "bench", prepare, lambda n, m: evaluations * n, order=evaluations, allowed=np.inf)

    return [mode(name, *formula) for name, formula in formulas.items()]
