"""The mode ``"auto"``: which side to sweep from. The choice is made here, for all who ask."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from modes.core.traced import primal
from modes.jacobians.arguments import Point
from modes.jacobians.forward import forward_jacobian
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


def _choice_at(f, point):
    """The choice at a point; m is told by f itself, called once with plain copies of the arguments."""
    leaves = [np.array(primal(leaf))[()] for leaf in point.leaves]
    m = sum(map(size_of, result_leaves(point.call(f, leaves), False)[0]))
    return choose(sum(map(size_of, leaves)), m)


def choose_mode(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Choice]:
    """The choice that ``jacobian(f, mode="auto")`` makes, as a function of the arguments of f.

    f is called once, with plain arrays, to learn how many outputs it has.

    >>> import numpy as np
    >>> print(choose_mode(np.sum)(np.ones(3)))
    reverse: n = 3 inputs, m = 1 outputs; outputs are not more than inputs
    """

    def choice(*args, **kwargs):
        return _choice_at(f, Point(args, argnums, kwargs))

    return choice


def _auto(f, argnums, chunk_size):
    """Forward or reverse, by n and m. The first call at arguments of some shapes finds m out; later ones
    expect the same m, and pay with time only if it is another.
    """
    chosen = Remembered()

    def jacobian(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        shapes = tuple([leaf.shape for leaf in point.leaves])
        mode = chosen.get(shapes)
        if mode is None:
            try:
                mode = chosen[shapes] = _choice_at(f, point).mode
            except Exception:  # the sweep meets it too, and says what is wrong with f or its arguments
                mode = "forward"
        return SWEEPS[mode](f, point, chunk_size)[0]

    return jacobian


SWEEPS = {"forward": forward_jacobian, "reverse": reverse_jacobian}

register_builder("auto", _auto)
