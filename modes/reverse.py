"""Reverse mode: a tape of local linear maps, recorded forward and swept backwards."""

from typing import Any

import numpy as np

from modes._array import PLAIN, TracedArray
from modes._dispatch import OUTLIVED, end_level, new_level
from modes._maps import Broadcast, Erase, Index, LinearMap, Place, dense, is_exclusive
from modes._sweeps import identity_chunks, join, owned, rows_of, size_of
from modes._trees import Point, fitting, flatten, matching, named, result_leaves, unflatten, untrace_aux
from modes.errors import DifferentiationError

_new = object.__new__
_SMALL = 16384  # bytes: below, an operand is copied, which is quick; above, it is locked while the tape lives


class Tape(list):
    """The linearised computational graph in creation order, which is topological.

    Entry i belongs to the i-th value: a tuple of ``(j, map)``, one for each traced operand j.
    """

    level: int
    append: Any  # refused once the function has returned
    copies = False  # copy every constant; else only small ones, and lock the others
    locked: tuple = ()

    def variable(self, value):
        """A new independent value."""
        node = _new(Variable)
        node.value = value
        node.tape = self
        node.index = len(self)
        self.append(())
        return node

    def keep(self, array):
        """An array operand as a map may hold it: later changes in place must not reach the sweep."""
        if type(array) is not np.ndarray:
            return array
        if self.copies or array.nbytes <= _SMALL:
            return array.copy("K")
        owner = array
        while type(owner.base) is np.ndarray:
            owner = owner.base
        if owner is not array and array.flags.writeable:
            if not owner.flags.writeable:
                return array.copy("K")  # locked, it could not be unlocked again
            array.setflags(write=False)  # a change would be silent, so it is made an error
            self.locked = (*self.locked, array)
        if owner.flags.writeable:
            owner.setflags(write=False)
            self.locked = (*self.locked, owner)
        return array

    def close(self):
        """Refuse further records, and let the locked arrays go."""
        self.append = _refuse_record
        end_level(self.level)
        for array in self.locked:
            if array.base is None:
                array.setflags(write=True)
        for array in self.locked:  # views, which can be written only when their owners can
            array.setflags(write=True)
        self.locked = ()


def _refuse_record(links):
    raise DifferentiationError(OUTLIVED)


class Variable(TracedArray):
    """A value on a tape."""

    __slots__ = ("index", "tape")
    index: int
    tape: Tape

    @property
    def level(self):  # type: ignore[override]
        return self.tape.level

    def __repr__(self):
        return f"Variable({self.value!r})"

    def _keep(self, constant):
        return self.tape.keep(constant)

    def _emit(self, value, operands, maps):
        tape = self.tape
        node = _new(Variable)
        node.value = value
        node.tape = tape
        node.index = len(tape)
        tape.append(tuple([(o.index, m) for o, m in zip(operands, maps, strict=True)]))
        return node

    def _emit_one(self, value, local):
        tape = self.tape
        node = _new(Variable)
        node.value = value
        node.tape = tape
        node.index = len(tape)
        tape.append(((self.index, local),))
        return node

    def _constant(self, value):
        return self.tape.variable(value)

    def _rebind(self, new):
        self.value, self.index = new.value, new.index

    def _set_in_place(self, key, item):
        if not is_exclusive(self.value):
            return False
        links: tuple = ()
        value, tape = self.value, self.tape
        place = value[key]
        index = Index(key, value.shape, place.ndim)
        if type(item) is Variable and item.tape is tape:
            if item.value.shape != place.shape or not isinstance(item.value, np.ndarray | np.generic):
                return False
            links, item = ((item.index, Place(index)),), item.value
        if not isinstance(item, float | int | np.ndarray):
            return False
        value[key] = item
        tape.append((*links, (self.index, Erase(index))))  # the place is read before it is erased
        self.index = len(tape) - 1
        return True

    def _unary(self, rule):
        a = self.value
        y = rule.function(a)
        partial = rule.partials[0]
        tape = self.tape
        node = _new(Variable)
        node.value = y
        node.tape = tape
        node.index = len(tape)
        tape.append(((self.index, None if partial is None else partial(y, a)),))
        return node


def _operators(rule, operation):
    """The two methods of one binary operator: ``variable op other`` and ``other op variable``."""
    left, right = rule.partials
    captures = rule.captures

    def method(self, other):
        links: Any
        kind = type(other)
        tape = self.tape
        a = self.value
        if kind is Variable and other.tape is tape:
            b = other.value
            y = operation(a, b)
            shape = y.shape
            m = None if left is None else left(y, a, b)
            if a.shape != shape:
                m = Broadcast(m, a.shape, shape)
            k = None if right is None else right(y, a, b)
            if b.shape != shape:
                k = Broadcast(k, b.shape, shape)
            links = ((self.index, m), (other.index, k))
        elif kind not in PLAIN or (kind is np.ndarray and other.dtype.kind not in "fiub"):
            return (
                NotImplemented if getattr(other, "__array_ufunc__", 0) is None else rule.general(self, other)
            )
        else:
            if captures and kind is np.ndarray:
                other = tape.keep(other)
            y = operation(a, other)
            m = None if left is None else left(y, a, other)
            links = ((self.index, m if a.shape == y.shape else Broadcast(m, a.shape, y.shape)),)
        node = _new(Variable)
        node.value = y
        node.tape = tape
        node.index = len(tape)
        tape.append(links)
        return node

    def reflected(self, other):
        kind = type(other)
        if kind not in PLAIN or (kind is np.ndarray and other.dtype.kind not in "fiub"):
            return (
                NotImplemented if getattr(other, "__array_ufunc__", 0) is None else rule.general(other, self)
            )
        tape = self.tape
        if captures and kind is np.ndarray:
            other = tape.keep(other)
        b = self.value
        y = operation(other, b)
        m = None if right is None else right(y, other, b)
        node = _new(Variable)
        node.value = y
        node.tape = tape
        node.index = len(tape)
        tape.append(((self.index, m if b.shape == y.shape else Broadcast(m, b.shape, y.shape)),))
        return node

    return method, reflected


def sweep_reverse(tape: Tape, cotangents: list) -> list:
    """Pull cotangents back through the tape.

    `cotangents` has one entry for each value on the tape, None where nothing was seeded. On return the
    entries of independent values hold their cotangents; all others are None, freed as the sweep passed.
    """
    cotangent: Any
    part: Any
    total: Any
    box: Any
    for index in range(len(tape) - 1, -1, -1):
        cotangent = cotangents[index]
        links = tape[index]
        if cotangent is None or not links:
            continue
        cotangents[index] = None
        for operand, local in links:
            if local is None:
                part = cotangent
            elif isinstance(local, LinearMap):
                if local.scatters:
                    if cotangents[operand] is not None and not is_exclusive(cotangents[operand]):
                        cotangents[operand] = dense(cotangents[operand]).copy()
                    cotangents[operand] = local.add_into(cotangents[operand], cotangent)
                    continue
                if local.erases:  # the last link of an assignment
                    box, cotangent, part = [dense(cotangent)], None, None
                    part = local.erased(box)
                else:
                    part = local.transpose(cotangent)
            else:
                part = local * cotangent
            total = cotangents[operand]
            cotangents[operand] = part if total is None else total + part
        cotangent = part = total = box = None  # no name keeps an array that the next step may change in place
    return cotangents


def sweep_forward(tape: Tape, tangents: list, outputs: list) -> list:
    """Push tangents through the tape: the same maps, applied from the other end.

    On return the entries of `outputs` hold their tangents; others may be None, freed after their last use.
    """
    last = {operand: index for index, links in enumerate(tape) for operand, _ in links}
    last.update(dict.fromkeys(outputs, len(tape)))
    for index, links in enumerate(tape):
        incoming: Any = [[tangents[operand]] for operand, _ in links]
        for operand, _ in links:
            if last[operand] == index:
                tangents[operand] = None
        total: Any = None
        part: Any
        box: Any
        for (_, local), box in zip(links, incoming, strict=True):
            if box[0] is None:
                continue
            if local is None:
                part = box[0]
            elif isinstance(local, LinearMap):
                if local.gathers:
                    total = local.add_part(total, box[0])
                    continue
                part = local.erased(box) if local.erases else local.apply(box[0])
            else:
                part = local * box[0]
            total = part if total is None else total + part
        if links:
            tangents[index] = total
        part = total = box = incoming = None
    return tangents


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
        variables = [tape.variable(tape.keep(leaf)) for leaf in point.leaves]
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
        tape.append = _refuse_record
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
        dense(part)
        if part is not None
        else np.zeros(leaf.shape, leaf.dtype if leaf.dtype.kind == "f" else float)[()]
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
            dtype = value.dtype if value.dtype.kind == "f" else np.dtype(float)
            pulled = recorded.pull([dtype.type(1)])
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
