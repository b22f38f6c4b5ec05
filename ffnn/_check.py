"""The hunt for gradient bugs: one gradient against another, the worst parameter by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ffnn._gradient import gradient
from ffnn._network import Network
from ffnn._parameters import Parameters, flatten, parameter_name
from ffnn._validation import check_parameters

EXPECTED_ERROR = {"central-difference": 1e-6, "forward-difference": 1e-4}
"""What a right gradient may differ by, relative to its largest entry; every other method: 1e-10."""


@dataclass(frozen=True)
class GradientCheck:
    """Outcome of ``check_gradient``.

    Attributes
    ----------
    ok : whether every partial derivative agrees within ``rtol``.
    parameter : name of the one that agrees least, ``"W[2][3, 1]"`` as Python indexes the parameters.
    candidate, reference : names of the two methods.
    candidate_value, reference_value : its partial derivative by both.
    relative_error : their difference over the larger of the two.
    wrong : how many of the ``parameter_count`` partial derivatives disagree.
    """

    ok: bool
    parameter: str
    candidate: str
    reference: str
    candidate_value: float
    reference_value: float
    relative_error: float
    wrong: int
    parameter_count: int

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        some = f"{self.wrong} of {self.parameter_count} partial derivatives disagree"
        verdict = "agree" if self.ok else some
        return (
            f"{self.candidate} against {self.reference}: {verdict}; worst ∂J/∂{self.parameter}: "
            f"{self.candidate_value:.10g} against {self.reference_value:.10g}, "
            f"relative error {self.relative_error:.1e}"
        )


def check_gradient(
    network: Network,
    parameters: Parameters,
    X: Any,
    Y: Any,
    candidate: str | Parameters = "backpropagation",
    reference: str = "complex-step",
    *,
    rtol: float | None = None,
) -> GradientCheck:
    """Compare a gradient with one by another method, and name the parameter that agrees least.

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
    candidate : str or Parameters
        A method of ``gradient``, or a gradient of your own, structured as the parameters.
    reference : str
        The method to trust; ``"complex-step"`` has no step size to choose.
    rtol : float, optional
        A partial derivative disagrees when the difference exceeds ``rtol`` times the larger of the two
        and of 1/1000 of the gradient's largest entry, below which differences are rounding. By
        default 1e-10, and what the theory of the difference methods allows for those.

    Returns
    -------
    GradientCheck : true when all agree; printed, it says where they do not.

    Raises
    ------
    ValueError : as ``gradient``, and where a candidate's shapes are not those of the parameters.
    """
    if isinstance(candidate, str):
        name, found = candidate, gradient(network, parameters, X, Y, candidate)
    else:
        name, found = "the gradient given", check_parameters(network, Parameters(*candidate))
    if rtol is None:
        rtol = max(EXPECTED_ERROR.get(method, 1e-10) for method in (name, reference))
    a, b = flatten(found), flatten(gradient(network, parameters, X, Y, reference))
    difference = np.abs(a - b)
    larger = np.maximum(np.abs(a), np.abs(b))
    excess = difference / np.maximum(larger, max(1e-3 * np.abs(b).max(), np.finfo(float).tiny))
    excess[np.isnan(excess)] = np.inf
    worst = int(np.argmax(excess))
    wrong = int((excess > rtol).sum())
    return GradientCheck(
        ok=wrong == 0,
        parameter=parameter_name(network, worst),
        candidate=name,
        reference=reference,
        candidate_value=float(a[worst]),
        reference_value=float(b[worst]),
        relative_error=float(difference[worst] / larger[worst]) if larger[worst] else 0.0,
        wrong=wrong,
        parameter_count=network.parameter_count,
    )
