"""The network: sizes, activations, cost. It holds no numbers; parameters do (``ffnn.Parameters``)."""

# ruff: noqa: E741  (l is the layer, as in the sources)
from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ffnn._activations import ACTIVATIONS
from ffnn._costs import COSTS, Cost


@dataclass(frozen=True)
class Network:
    """A feedforward network of L dense layers and the cost of its predictions.

    Parameters
    ----------
    sizes : n[0], n[1], …, n[L]; n[0] inputs, n[L] outputs.
    hidden : activation of the layers 1 … L − 1: one name for all, or a name for each.
    output : activation of layer L; by default the one that the cost matches.
    cost : a key of ``ffnn.COSTS``.

    Raises
    ------
    ValueError : a size below 1, an unknown name, or an output that the cost is undefined for.

    Examples
    --------
    >>> network = Network((64, 128, 10), hidden="relu", cost="multi-class-cross-entropy")
    >>> network.L, network.activations
    (2, (None, 'relu', 'softmax'))
    """

    sizes: tuple[int, ...]
    hidden: str | Sequence[str] = "relu"
    output: str | None = None
    cost: str = "multi-class-cross-entropy"

    def __post_init__(self) -> None:
        sizes = _sizes(self.sizes)
        hidden = (self.hidden,) * (len(sizes) - 2) if isinstance(self.hidden, str) else tuple(self.hidden)
        if isinstance(self.hidden, str):
            _known("hidden", self.hidden, ACTIVATIONS)
        if len(hidden) != len(sizes) - 2:
            raise ValueError(
                f"hidden names {len(hidden)} activations, but sizes {sizes} has {len(sizes) - 2} hidden "
                "layers; give one name for all of them or one for each."
            )
        cost = _known("cost", self.cost, COSTS)
        output = COSTS[cost].output if self.output is None else self.output
        for l, name in enumerate((*hidden, output), start=1):
            _known(f"the activation of layer {l}", name, ACTIVATIONS)
        if COSTS[cost].probability and not ACTIVATIONS[output].probability:
            inside = ", ".join(repr(name) for name, a in ACTIVATIONS.items() if a.probability)
            raise ValueError(
                f"cost {cost!r} is defined for predictions between 0 and 1, which output {output!r} does "
                f"not keep to; use one of {inside}, or cost 'mean-squared-error'."
            )
        if cost == "binary-cross-entropy" and (sizes[-1] != 1 or output != "sigmoid"):
            raise ValueError(
                f"cost 'binary-cross-entropy' needs one sigmoid output, but layer {len(sizes) - 1} has "
                f"{sizes[-1]} of {output!r}; use cost 'multi-class-cross-entropy' or "
                "'multi-label-cross-entropy'."
            )
        for field, value in (("sizes", sizes), ("hidden", hidden), ("output", output)):
            object.__setattr__(self, field, value)

    @property
    def L(self) -> int:
        """Number of layers that have weights and biases."""
        return len(self.sizes) - 1

    @property
    def activations(self) -> tuple[Any, ...]:
        """Name of each layer's activation, indexed by l; layer 0, the input, has none."""
        return (None, *self.hidden, self.output)

    @property
    def matched(self) -> bool:
        """Whether cost and output activation match, so that dZ[L] is fused and J comes from Z[L]."""
        return self.cost_function.output == self.output

    @property
    def cost_function(self) -> Cost:
        """The cost with its derivatives."""
        return COSTS[self.cost]

    @property
    def parameter_count(self) -> int:
        """Number of partial derivatives in the gradient: Σ n[l] (n[l−1] + 1)."""
        return sum(n * (k + 1) for k, n in zip(self.sizes, self.sizes[1:], strict=False))


def _sizes(sizes: Iterable[int]) -> tuple[int, ...]:
    try:
        found = tuple(operator.index(n) for n in sizes)
    except TypeError:
        raise ValueError(f"sizes must be integers n[0], …, n[L]; got {sizes!r}.") from None
    if len(found) < 2 or min(found) < 1:
        raise ValueError(f"sizes needs n[0], …, n[L] with L ≥ 1 and every n[l] ≥ 1; got {found}.")
    return found


def _known(what: str, name: str, table: Mapping[str, object]) -> str:
    if name not in table:
        raise ValueError(f"{what} is {name!r}; choose one of {', '.join(map(repr, table))}.")
    return name
