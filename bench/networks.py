"""The ways to a network's gradient: the modes beside backpropagation by hand and a symbolic program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ._cell import Cell
from ._modes import (
    by_hand,
    central_difference,
    complex_step,
    forward,
    forward_difference,
    reverse,
    symbolic,
    twin,
)
from .workloads.network import network


def network_cell(layers: Sequence[int], hidden: str, batch: int, chunk_size: int) -> Cell:
    """Return the cell that measures every way to the gradient of a network of sizes `layers`.

    With a kink in the activation (ReLU) differences may reach over it: then any error of theirs passes, and
    stands in the table. `chunk_size` is that of forward mode.

    Raises
    ------
    ValueError
        For what is no network.
    """
    workload = network(batch=batch, layers=layers, hidden=hidden)
    allowed = np.inf if "relu" in hidden else None
    differences = [replace(mode, allowed=allowed) for mode in (central_difference(), forward_difference())]
    modes = [by_hand("backpropagation"), reverse(), twin(reverse()), forward(chunk_size), *differences]
    key = f"network,layers={'-'.join(map(str, layers))},{hidden},batch={batch}"
    return Cell("own", key, lambda: workload, [*modes, complex_step(), symbolic()])
