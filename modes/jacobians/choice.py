"""The mode ``"auto"``: which side to sweep from. The choice is made here, for all who ask."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from modes.core.traced import primal
from modes.jacobians.arguments import Point
from modes.jacobians.assembly import assemble_columns, assemble_rows
from modes.jacobians.forward import forward_jacobian
from modes.jacobians.linearization import Linearization
from modes.jacobians.memory import Remembered
from modes.jacobians.registry import register_builder
from modes.jacobians.reverse import reverse_jacobian
from modes.jacobians.seeds import size_of
from modes.jacobians.trees import result_leaves


class Choice(NamedTuple):
    """What ``mode="auto"`` does at a point: n inputs, m outputs, and the side it sweeps from."""

    mode: str
    n: int
    m: int

    def __str__(self) -> str:
        few, many = ("inputs", "outputs") if self.mode == "forward" else ("outputs", "inputs")
        return f"{self.mode}: n = {self.n} inputs, m = {self.m} outputs; {few} are not more than {many}"


def choose(n, m):
    """The choice for n inputs and m outputs: the side with fewer; if equal forward, which needs no tape."""
    return Choice("forward" if n <= m or n == 1 else "reverse", n, m)


def choose_mode(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Choice]:
    """The choice that ``jacobian(f, mode="auto")`` makes, as a function of the arguments of f.

    f is called once, with plain arrays, to learn how many outputs it has.

    >>> import numpy as np
    >>> print(choose_mode(np.sum)(np.ones(3)))
    reverse: n = 3 inputs, m = 1 outputs; outputs are not more than inputs
    """

    def choice(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        leaves = [np.array(primal(leaf))[()] for leaf in point.leaves]
        return choose(_sizes(leaves), _sizes(result_leaves(point.call(f, leaves), False)[0]))

    return choice


def _sizes(leaves):
    return sum(map(size_of, leaves))


def _auto(f, argnums, chunk_size):
    """Forward or reverse, by n and m. The first call at arguments of some shapes finds m out on a tape, which
    serves sweeps from either side, so that f runs once; later ones expect the same m, and pay with time only
    if it is another.
    """
    chosen = Remembered()

    def jacobian(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        shapes = tuple([leaf.shape for leaf in point.leaves])
        mode = chosen.get(shapes)
        if mode is None and _sizes(point.leaves) <= 1:  # whatever m is
            mode = "forward"
        if mode is not None:
            return SWEEPS[mode](f, point, chunk_size)[0]
        linearization = Linearization(f, point)
        try:
            mode = chosen[shapes] = choose(_sizes(point.leaves), _sizes(linearization.values)).mode
            if mode == "reverse":
                rows = linearization.rows(linearization.pull, linearization.values, point.leaves, chunk_size)
                return assemble_rows(linearization, point, rows)
            rows = linearization.rows(linearization.push, point.leaves, linearization.values, chunk_size)
            return assemble_columns(rows, linearization.values, linearization.structure, point)
        finally:
            linearization.release()

    return jacobian


SWEEPS = {"forward": forward_jacobian, "reverse": reverse_jacobian}

register_builder("auto", _auto)
