"""A function linearised at a point: its tape, which can be swept from either end as often as is wanted."""

from collections.abc import Callable
from typing import Any

import numpy as np

from modes.core.levels import end_level, new_level
from modes.core.operands import float_type
from modes.core.traced import primal
from modes.jacobians.arguments import Point, matching
from modes.jacobians.assembly import join, owned, rows_of
from modes.jacobians.seeds import identity_chunks
from modes.jacobians.trees import result_leaves, unflatten, untrace_aux
from modes.maps.batches import dense
from modes.tracers import careful
from modes.tracers.sweeps import sweep_forward, sweep_reverse
from modes.tracers.tape import Tape, refuse_record
from modes.tracers.variable import Variable, VariableArray, variable


def _new_tape(copies):
    tape = Tape()
    tape.level = new_level()
    tape.copies = copies
    return tape


class Linearization:
    """f traced at a point: the tape, which values are its inputs, and its result.

    The tape takes no more records by then: f's traced values are of no use outside f. With `copies` the
    maps hold nothing that the caller could change; else `release` must be called after the last sweep.
    """

    __slots__ = ("aux", "inputs", "outputs", "singular", "structure", "tape", "values")
    inputs: int  # how many: they are the first values on the tape

    def __init__(self, f, point, has_aux=False, copies=False):
        self.tape = _new_tape(copies)
        try:
            self.inputs = len(point.leaves)
            result = point.run(f, self._variables(point), self._variables, point)
            tape = self.tape
            if type(result) is VariableArray and result.tape is tape and type(result.value) is np.ndarray:
                leaves, self.structure, aux = (result,), None, None  # the common case, quickly
                if has_aux:
                    result_leaves(result, has_aux)
            else:
                leaves, self.structure, aux = result_leaves(result, has_aux)
            self.aux = untrace_aux(aux, tape.level) if has_aux else None
            self.singular = end_level(tape.level)
        except BaseException:
            self.release()
            raise
        tape.append = refuse_record
        self.outputs, self.values = [], []
        for leaf in leaves:
            mine = isinstance(leaf, Variable) and leaf.tape is tape
            self.outputs.append(leaf.index if mine else None)
            self.values.append(leaf.value if mine else leaf)

    def _variables(self, point):
        if self.tape:  # f is run once more; what it has kept of the first run is of that run's tape
            old, self.tape = self.tape, _new_tape(self.tape.copies)
            old.close()
        return [variable(self.tape, self.tape.keep_argument(leaf)) for leaf in point.leaves]

    def release(self):
        """Give the arrays that were held back to the caller."""
        self.tape.close()

    def pull(self, seeds, batch=0):
        """Cotangents of the inputs from cotangents of the outputs (None: zero), with so many batch axes.

        One reverse sweep, and another, a careful one, where that gives NaN beside infinite partials.
        """
        pulled = sweep_reverse(self.tape, self._cotangents(seeds))[: self.inputs]
        if spoilt(self.singular, pulled):
            pulled = careful.reverse(self.tape, self._cotangents(seeds), batch)[: self.inputs]
        return pulled

    def _cotangents(self, seeds):
        cotangents: list = [None] * len(self.tape)
        for index, seed in zip(self.outputs, seeds):  # noqa: B905  (one for each, by construction)
            if index is not None and seed is not None:
                total = cotangents[index]
                cotangents[index] = seed if total is None else total + seed
        return cotangents

    def push(self, seeds, batch=0):
        """Tangents of the outputs from tangents of the inputs (None: zero): forward sweeps; see `pull`."""
        wanted = [index for index in self.outputs if index is not None]
        pushed = self._at_outputs(sweep_forward(self.tape, self._tangents(seeds), wanted))
        if spoilt(self.singular, pushed):
            pushed = self._at_outputs(careful.forward(self.tape, self._tangents(seeds), batch))
        return pushed

    def _tangents(self, seeds):
        return [*seeds, *[None] * (len(self.tape) - self.inputs)]

    def _at_outputs(self, tangents):
        return [None if index is None else tangents[index] for index in self.outputs]

    def rows(self, sweep, sources, targets, chunk_size):
        """For each target leaf, what `push` or `pull` makes of the identity over the sources, as rows."""
        chunks = []
        for k, seeds in identity_chunks(sources, chunk_size):
            parts = zip(sweep(seeds, int(k > 1)), targets)  # noqa: B905  (one for each, by construction)
            chunks.append([rows_of(part, k, leaf.shape, float_type(leaf), seeds) for part, leaf in parts])
        self.tape.check()
        if not chunks:
            return [np.zeros((0, *leaf.shape), float_type(leaf)) for leaf in targets]
        return [join(parts) for parts in zip(*chunks, strict=True)]


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
        pushed = dense_or_zero(pushed, linearization.values)
        return unflatten(linearization.structure, owned(pushed, seeds))

    values = [value.copy() if type(value) is np.ndarray else value for value in linearization.values]
    value = unflatten(linearization.structure, values)
    return (value, pushforward, linearization.aux) if has_aux else (value, pushforward)
