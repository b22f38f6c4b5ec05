"""The symbolic program: J written out as one expression, differentiated by SymPy, compiled to NumPy.

The fourth of the ways to a derivative that the sources name. The expression of the gradient grows with
every layer, since each partial derivative repeats what it depends on (expression swell);
``expression_swell`` counts it.
"""

# ruff: noqa: E741  (l is the layer, as in the sources)
from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ffnn._activations import GELU_CUBIC, GELU_SCALE, LEAK, Array
from ffnn._network import Network
from ffnn._parameters import Parameters, flatten, unflatten

LARGEST = 60
"""Most parameters that a network may have for the symbolic program."""


class Swell(NamedTuple):
    """Arithmetic operations in the expressions for one example.

    ``cost`` in J, ``gradient`` in all its partial derivatives as they stand, ``shared`` in J and all of
    them once common subexpressions are computed once.
    """

    cost: int
    gradient: int
    shared: int


def symbolic_gradient(network: Network, parameters: Parameters, X: Array, Y: Array) -> Parameters:
    """The gradient from the symbolic program of one example, averaged over the m columns of X and Y.

    Raises
    ------
    ValueError : more than ``LARGEST`` parameters.
    ImportError : SymPy is not installed.
    """
    _, _, program = _program(network)
    theta = flatten(parameters)
    columns = program(*theta, *X, *Y)
    gradient = np.array([np.broadcast_to(column, X.shape[1]).mean() for column in columns])
    return unflatten(network, gradient)


def expression_swell(network: Network) -> Swell:
    """How many operations the cost and its symbolic gradient have; raises as ``symbolic_gradient``."""
    import sympy

    J, gradient, _ = _program(network)
    replacements, reduced = sympy.cse([J, *gradient])
    shared = sum(sympy.count_ops(e) for _, e in replacements) + sum(sympy.count_ops(e) for e in reduced)
    return Swell(int(J.count_ops()), int(sum(g.count_ops() for g in gradient)), int(shared))


@lru_cache(maxsize=8)
def _program(network: Network) -> tuple[Any, tuple[Any, ...], Any]:
    """J of one example, its partial derivatives in the order of θ, and a NumPy function for them."""
    if network.parameter_count > LARGEST:
        raise ValueError(
            f"method 'symbolic' is for at most {LARGEST} parameters, and sizes {network.sizes} has "
            f"{network.parameter_count}; use 'backpropagation' or 'reverse'."
        )
    try:
        import sympy
    except ImportError:
        raise ImportError("method 'symbolic' needs SymPy: pip install -e '.[symbolic]'.") from None

    theta = sympy.symbols(f"theta:{network.parameter_count}", real=True)
    x = sympy.symbols(f"x:{network.sizes[0]}", real=True)
    y = sympy.symbols(f"y:{network.sizes[-1]}", real=True)
    W, b = unflatten(network, np.array(theta, dtype=object))
    a = np.array(x, dtype=object)
    for l in range(1, network.L + 1):
        a = np.array(_activate(sympy, network.activations[l], list(W[l] @ a + b[l])), dtype=object)
    J = _cost(sympy, network.cost, a, y)
    gradient = tuple(sympy.diff(J, parameter) for parameter in theta)
    return J, gradient, sympy.lambdify([*theta, *x, *y], gradient, modules="numpy", cse=True)


def _activate(sympy: Any, name: str, z: list[Any]) -> list[Any]:
    """The textbook's formula of each activation, for one example."""
    exp, tanh = sympy.exp, sympy.tanh
    if name == "softmax":
        total = sum(exp(v) for v in z)
        return [exp(v) / total for v in z]
    formulas = {
        "relu": lambda v: sympy.Piecewise((v, v > 0), (0, True)),
        "leaky-relu": lambda v: sympy.Piecewise((v, v > 0), (LEAK * v, True)),
        "sigmoid": lambda v: 1 / (1 + exp(-v)),
        "tanh": tanh,
        "identity": lambda v: v,
        "softplus": lambda v: sympy.log(1 + exp(v)),
        "gelu": lambda v: v * (1 + tanh(float(GELU_SCALE) * (v + GELU_CUBIC * v**3))) / 2,
        "silu": lambda v: v / (1 + exp(-v)),
    }
    return [formulas[name](v) for v in z]


def _cost(sympy: Any, name: str, a: Any, y: Any) -> Any:
    """The cost of one example, eq. (1), (4), (7) of Part 3, or the squared error."""
    if name == "mean-squared-error":
        return sum((p - t) ** 2 for p, t in zip(a, y, strict=True))
    J = -sum(t * sympy.log(p) for p, t in zip(a, y, strict=True))
    if name == "multi-class-cross-entropy":
        return J
    return J - sum((1 - t) * sympy.log(1 - p) for p, t in zip(a, y, strict=True))
