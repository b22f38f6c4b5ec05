"""A function linearised at a point: its tape, which can be swept from either end as often as is wanted."""

from collections.abc import Callable
from typing import Any

import numpy as np

from modes.core.levels import end_level, new_level
from modes.core.operands import float_type
from modes.core.traced import primal
from modes.jacobians.arguments import Point, matching
from modes.jacobians.assembly import owned
from modes.jacobians.trees import result_leaves, unflatten, untrace_aux
from modes.maps.batches import dense
from modes.tracers import careful
from modes.tracers.sweeps import sweep_forward, sweep_reverse
from modes.tracers.tape import Tape, refuse_record
from modes.tracers.variable import Variable, VariableArray, variable


class Linearization:
    """f traced at a point: the tape, which values are its inputs, and its result.

    The tape takes no more records by then: f's traced values are of no use outside f. With `copies` the
    maps hold nothing that the caller could change; else `release` must be called after the last sweep.
    """

    __slots__ = ("aux", "inputs", "outputs", "singular", "structure", "tape", "values")
    inputs: int  # how many: they are the first values on the tape

    def __init__(self, f, point, has_aux=False, copies=False):
        tape = self.tape = Tape()
        tape.level = new_level()
        if copies:
            tape.copies = True
        try:
            self.inputs = len(point.leaves)
            result = point.run(f, self._variables(point), self._variables, point)
            if type(result) is VariableArray and result.tape is tape and type(result.value) is np.ndarray:
                leaves, self.structure, aux = (result,), None, None  # the common case, quickly
                if has_aux:
                    result_leaves(result, has_aux)
            else:
                leaves, self.structure, aux = result_leaves(result, has_aux)
            self.aux = untrace_aux(aux, tape.level) if has_aux else None
        except BaseException:
            self.release()
            raise
        tape.append = refuse_record
        self.singular = end_level(tape.level)
        self.outputs, self.values = [], []
        for leaf in leaves:
            mine = isinstance(leaf, Variable) and leaf.tape is tape
            self.outputs.append(leaf.index if mine else None)
            self.values.append(leaf.value if mine else leaf)

    def _variables(self, point):
        self.tape.clear()
        return [variable(self.tape, self.tape.keep_argument(leaf)) for leaf in point.leaves]

    def release(self):
        """Give the arrays that were held back to the caller."""
        self.tape.close()

    def pull(self, seeds, batch=None):
        """Cotangents of the inputs from cotangents of the outputs (None: zero): one reverse sweep.

        With `batch`, how many batch axes they have, a careful one.
        """
        cotangents: list = [None] * len(self.tape)
        for index, seed in zip(self.outputs, seeds):  # noqa: B905  (one for each, by construction)
            if index is not None and seed is not None:
                total = cotangents[index]
                cotangents[index] = seed if total is None else total + seed
        if batch is not None:
            return careful.reverse(self.tape, cotangents, batch)[: self.inputs]
        return sweep_reverse(self.tape, cotangents)[: self.inputs]

    def push(self, seeds, batch=None):
        """Tangents of the outputs from tangents of the inputs (None: zero): one forward sweep; see `pull`."""
        tangents: list = [None] * len(self.tape)
        tangents[: self.inputs] = seeds
        wanted = [index for index in self.outputs if index is not None]
        if batch is not None:
            careful.forward(self.tape, tangents, wanted, batch)
        else:
            sweep_forward(self.tape, tangents, wanted)
        return [None if index is None else tangents[index] for index in self.outputs]


def spoilt(singular, batches):
    """True where an infinite partial was met, and there is NaN: a careful sweep may know better."""
    return singular and any(b is not None and np.isnan(primal(dense(b))).any() for b in batches)


def dense_or_zero(parts, leaves):
    return [
        dense(part) if part is not None else np.zeros(leaf.shape, float_type(leaf))[()]
        for part, leaf in zip(parts, leaves, strict=True)
    ]


def linearize(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Value of f and its pushforward at a point: f is traced once, each call is one forward sweep.

    Parameters and errors are those of `vjp`; the pushforward takes a tangent for each argument and
    returns J·tangents, structured as the result.
    """
    point = Point(primals, tuple(range(len(primals))), {})
    linearization = Linearization(f, point, has_aux, copies=True)

    def pushforward(*tangents):
        seeds = matching(tangents, point, "tangents", "the arguments")
        pushed = linearization.push(seeds)
        if spoilt(linearization.singular, pushed):
            pushed = linearization.push(seeds, batch=0)
        pushed = dense_or_zero(pushed, linearization.values)
        return unflatten(linearization.structure, owned(pushed, seeds))

    values = [value.copy() if type(value) is np.ndarray else value for value in linearization.values]
    value = unflatten(linearization.structure, values)
    return (value, pushforward, linearization.aux) if has_aux else (value, pushforward)
