"""Reverse mode: f is recorded on a tape of local linear maps, which is swept backwards (or forwards)."""

import numpy as np

from modes._batches import dense
from modes._dispatch import end_level, new_level
from modes._sweeps import float_type, identity_chunks, join, owned, rows_of, size_of
from modes._tape import Tape, refuse_record, sweep_forward, sweep_reverse
from modes._trees import Point, fitting, flatten, matching, named, result_leaves, unflatten, untrace_aux
from modes._variable import Variable, variable
from modes.errors import DifferentiationError


class Recorded:
    """f traced at a point: the tape, which values are its inputs, and its result.

    The tape takes no more records by then: f's traced values are of no use outside f. With `copies` the
    maps hold nothing that the caller could change; else `release` must be called after the last sweep.
    """

    __slots__ = ("aux", "inputs", "outputs", "structure", "tape", "values")
    inputs: int  # how many: they are the first values on the tape

    def __init__(self, f, point, has_aux=False, copies=False):
        tape = self.tape = Tape()
        tape.level = new_level()
        if copies:
            tape.copies = True
        variables = [variable(tape, tape.keep(leaf)) for leaf in point.leaves]
        self.inputs = len(variables)
        try:
            result = point.call(f, variables)
            if type(result) is Variable and result.tape is tape and type(result.value) is np.ndarray:
                leaves, self.structure, aux = (result,), None, None  # the common case, quickly
                if has_aux:
                    result_leaves(result, has_aux)
            else:
                leaves, self.structure, aux = result_leaves(result, has_aux)
        except BaseException as error:
            self.release()
            if isinstance(error, ValueError) and "read-only" in str(error):
                raise DifferentiationError(
                    "an array was changed in place that a recorded operation needs as it was (or that is "
                    "read-only): change a copy of it, array.copy()"
                ) from error
            raise
        tape.append = refuse_record
        end_level(tape.level)
        self.outputs, self.values = [], []
        for leaf in leaves:
            mine = type(leaf) is Variable and leaf.tape is tape
            self.outputs.append(leaf.index if mine else None)
            self.values.append(leaf.value if mine else leaf)
        self.aux = untrace_aux(aux, tape.level) if has_aux else None

    def release(self):
        """Give the arrays that were locked back to the caller, and the tape's memory to the system."""
        self.tape.close()

    def pull(self, seeds):
        """Cotangents of the inputs from cotangents of the outputs (None: zero): one reverse sweep."""
        cotangents: list = [None] * len(self.tape)
        for index, seed in zip(self.outputs, seeds):  # noqa: B905  (one for each, by construction)
            if index is not None and seed is not None:
                total = cotangents[index]
                cotangents[index] = seed if total is None else total + seed
        return sweep_reverse(self.tape, cotangents)[: self.inputs]

    def push(self, seeds):
        """Tangents of the outputs from tangents of the inputs (None: zero): one forward sweep."""
        tangents: list = [None] * len(self.tape)
        tangents[: self.inputs] = seeds
        sweep_forward(self.tape, tangents, [index for index in self.outputs if index is not None])
        return [None if index is None else tangents[index] for index in self.outputs]


def vjp(f, *primals, has_aux=False):
    """Value of f and its pullback: each call of the pullback is one reverse sweep.

    Parameters
    ----------
    f : callable
        Of plain NumPy; takes ``*primals``, returns an array, a number, or a pytree of them.
    *primals
        The arguments: arrays, numbers or pytrees of them.
    has_aux : bool
        f returns ``(result, aux)``; aux is passed along.

    Returns
    -------
    value
        f(*primals)
    pullback : callable
        Takes a cotangent structured as the result; returns a tuple with a cotangent for each argument.
    aux
        With `has_aux` only.

    Raises
    ------
    TypeError, ValueError
        Where a cotangent does not fit the result, or f or an argument is not real.
    """
    point = Point(primals, tuple(range(len(primals))), {})
    recorded = Recorded(f, point, has_aux, copies=True)

    def pullback(cotangent):
        leaves, structure = flatten(cotangent)
        if structure != recorded.structure:
            raise ValueError(
                f"the cotangent must be structured as the result: {recorded.structure}, not {structure}"
            )
        seeds = [
            fitting(leaf, value, f"cotangent, leaf {number}")
            for number, (leaf, value) in enumerate(zip(leaves, recorded.values, strict=True))
        ]
        pulled = recorded.pull(seeds)
        pulled = _as_inputs(_dense_or_zero(pulled, point.leaves), point.leaves)
        return point.tree(owned(pulled, (*seeds, *leaves)))

    values = [value.copy() if type(value) is np.ndarray else value for value in recorded.values]
    value = unflatten(recorded.structure, values)
    return (value, pullback, recorded.aux) if has_aux else (value, pullback)


def linearize(f, *primals, has_aux=False):
    """Value of f and its pushforward at a point: f is traced once, each call is one forward sweep.

    Parameters and errors are those of `vjp`; the pushforward takes a tangent for each argument and
    returns J·tangents, structured as the result.
    """
    point = Point(primals, tuple(range(len(primals))), {})
    recorded = Recorded(f, point, has_aux, copies=True)

    def pushforward(*tangents):
        seeds = matching(tangents, point, "tangents", "the arguments")
        pushed = _dense_or_zero(recorded.push(seeds), recorded.values)
        return unflatten(recorded.structure, owned(pushed, seeds))

    values = [value.copy() if type(value) is np.ndarray else value for value in recorded.values]
    value = unflatten(recorded.structure, values)
    return (value, pushforward, recorded.aux) if has_aux else (value, pushforward)


def _dense_or_zero(parts, leaves):
    return [
        dense(part) if part is not None else np.zeros(leaf.shape, float_type(leaf))[()]
        for part, leaf in zip(parts, leaves, strict=True)
    ]


def value_and_grad(f, argnums=0, has_aux=False):
    """Value and gradient of a scalar function by reverse accumulation: one sweep.

    Parameters
    ----------
    f : callable
        Of plain NumPy; returns a real number (shape ``()``).
    argnums : int or tuple of ints
        The arguments to differentiate with respect to.
    has_aux : bool
        f returns ``(value, aux)``.

    Returns
    -------
    callable
        Of the arguments of f; gives ``(value, gradient)``, or ``((value, aux), gradient)``; the gradient
        is structured and shaped as the arguments.

    Raises
    ------
    TypeError
        Where f does not return a number.
    """

    def value_and_gradient(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        recorded = Recorded(f, point, has_aux)
        try:
            if recorded.structure is not None or recorded.values[0].shape != ():
                raise DifferentiationError(
                    f"grad needs a function with one number as its result (shape ()), but it returned "
                    f"{_describe(recorded)}; use jacrev, or reduce the result (np.sum, or [0])"
                )
            value = recorded.values[0]
            pulled = recorded.pull([float_type(value).type(1)])
        finally:
            recorded.release()
        gradient = point.tree(owned(_as_inputs(_dense_or_zero(pulled, point.leaves), point.leaves)))
        return ((value, recorded.aux), gradient) if has_aux else (value, gradient)

    return named(value_and_gradient, f, "value_and_grad")


def grad(f, argnums=0, has_aux=False):
    """Gradient of a scalar function by reverse accumulation; see `value_and_grad`.

    With `has_aux` the result is ``(gradient, aux)``.
    """
    both = value_and_grad(f, argnums, has_aux)

    def gradient(*args, **kwargs):
        value, result = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return named(gradient, f, "grad")


def _describe(recorded):
    if recorded.structure is not None:
        return f"a pytree of {len(recorded.values)} leaves"
    return f"an array of shape {recorded.values[0].shape}"


def _as_inputs(cotangents, leaves):
    """Cotangents in the precision of the inputs that they belong to."""
    return [
        c if c.dtype is leaf.dtype or c.dtype == leaf.dtype else c.astype(leaf.dtype)
        for c, leaf in zip(cotangents, leaves, strict=True)
    ]


def jacrev(f, argnums=0, has_aux=False, *, chunk_size=None):
    """Jacobian of f by reverse accumulation: one cotangent for each output.

    Parameters
    ----------
    f, argnums, has_aux
        As for `jacfwd`.
    chunk_size : int, optional
        How many cotangents one sweep carries. 1 is the textbook: m sweeps (over one recorded tape).
        None: all that fit in 128 MiB of seeds.

    Returns
    -------
    callable
        As of `jacfwd`.
    """

    def jacobian(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        recorded = Recorded(f, point, has_aux)
        try:
            rows = reverse_rows(recorded, point, chunk_size)
        finally:
            recorded.release()
        result = assemble_rows(recorded, point, rows)
        return (result, recorded.aux) if has_aux else result

    return named(jacobian, f, "jacrev")


def reverse_rows(recorded, point, chunk_size):
    """For each leaf of the arguments, its cotangents as rows, one for each output."""
    chunks = []
    for k, seeds in identity_chunks(recorded.values, chunk_size):
        pulled = recorded.pull(seeds)
        chunks.append(
            [rows_of(c, k, leaf.shape, leaf.dtype, seeds) for c, leaf in zip(pulled, point.leaves)]  # noqa: B905
        )
    if len(chunks) == 1:
        return chunks[0]
    if not chunks:
        return [np.zeros((0, *leaf.shape), leaf.dtype) for leaf in point.leaves]
    return [join(parts) for parts in zip(*chunks, strict=True)]


def assemble_rows(recorded, point, rows):
    """Cut rows (outputs first) into one Jacobian for each leaf of the result, inputs last."""
    if recorded.structure is None:
        return _jacobian_leaf(recorded.values[0], point, rows)
    first, jacobians = 0, []
    for value in recorded.values:
        stop = first + size_of(value)
        jacobians.append(_jacobian_leaf(value, point, [r[first:stop] for r in rows]))
        first = stop
    return unflatten(recorded.structure, jacobians)


def _jacobian_leaf(value, point, rows):
    shape = value.shape
    return point.tree(
        owned([r.reshape(shape + leaf.shape) for r, leaf in zip(rows, point.leaves, strict=True)])
    )
