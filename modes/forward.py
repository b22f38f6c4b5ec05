"""Forward mode: dual numbers. A tangent is pushed through each operation as it is computed; no tape."""

import numpy as np

from modes._array import PLAIN, TracedArray
from modes._dispatch import Traced, end_level, new_level
from modes._maps import Broadcast, LinearMap, dense, is_exclusive, push
from modes._sweeps import identity_chunks, join, owned, rows_of, size_of
from modes._trees import Point, matching, named, result_leaves, unflatten, untrace_aux

_new = object.__new__


class Dual(TracedArray):
    """A value and a batch of its tangents: a + b·ε with ε² = 0.

    Parameters
    ----------
    value : array_like of floats, shape S
    tangent : array_like, shape ``B + S``
        One tangent (B is ``()``) or k of them (B is ``(k,)``). In the attribute, None stands for zero.

    Duals made by hand share one ε; a dual of duals gets a second one.

    >>> import numpy as np
    >>> np.sin(Dual(0.0, 1.0)) * 2
    Dual(0.0, 2.0)
    """

    __slots__ = ("level", "tangent")

    def __init__(self, value, tangent):
        value, tangent = _as_float(value, "value"), _as_float(tangent, "tangent")
        if tangent.shape[max(0, tangent.ndim - value.ndim) :] != value.shape:
            raise ValueError(
                f"tangent of shape {tangent.shape} does not fit a value of shape {value.shape}: "
                "its last axes must be the value's"
            )
        self.value = value
        self.tangent = tangent
        inner = [part.level for part in (value, tangent) if isinstance(part, Traced)]
        self.level = 1 + max(inner) if inner else 0

    def __repr__(self):
        value = self.value
        tangent = np.zeros(self.shape) if self.tangent is None else dense(self.tangent)
        if not self.shape and not isinstance(value, Traced):
            value = value.item()
            tangent = tangent.item() if not tangent.shape and not isinstance(tangent, Traced) else tangent
        return f"Dual({value!r}, {tangent!r})"

    def _emit(self, value, operands, maps):
        tangent = None
        for operand, local in zip(operands, maps, strict=True):
            part = operand.tangent
            if part is None:
                continue
            if isinstance(local, LinearMap) and local.gathers:
                tangent = local.add_part(tangent, part)
                continue
            part = push(local, part)
            tangent = part if tangent is None else tangent + part
        return _dual(value, tangent, self.level)

    def _emit_one(self, value, local):
        return _dual(value, push(local, self.tangent), self.level)

    def _constant(self, value):
        """A traced array without a derivative, for assignment into it."""
        return _dual(value, None, self.level)

    def _rebind(self, new):
        self.value, self.tangent = new.value, new.tangent

    def _set_in_place(self, key, item):
        if not is_exclusive(self.value) or not (self.tangent is None or is_exclusive(self.tangent)):
            return False
        part = None
        if type(item) is Dual and item.level == self.level:
            item, part = item.value, dense(item.tangent)
        if not isinstance(item, float | int | np.ndarray) or not isinstance(
            part, np.ndarray | np.generic | None
        ):
            return False
        value = self.value
        value[key] = item
        if self.tangent is None:
            if part is None:
                return True
            self.tangent = np.zeros(part.shape[: part.ndim - np.ndim(item)] + value.shape, part.dtype)
        batch = self.tangent.shape[: self.tangent.ndim - value.ndim]
        if part is None:
            part = 0.0
        elif batch:
            missing = value[key].ndim - np.ndim(item)
            part = part.reshape(batch + (1,) * missing + np.shape(item))
        self.tangent[(slice(None),) * len(batch) + (key if type(key) is tuple else (key,))] = part
        return True

    def _unary(self, rule):
        value = self.value
        result = rule.function(value)
        partial = rule.partials[0]
        tangent = self.tangent
        if partial is not None and tangent is not None:
            tangent = push(partial(result, value), tangent)
        return _dual(result, tangent, self.level)


def _dual(value, tangent, level):
    dual = _new(Dual)
    dual.value = value
    dual.tangent = tangent
    dual.level = level
    return dual


def _as_float(value, name):
    if isinstance(value, Traced):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, not {array.dtype}")
    return array.astype(float if array.dtype.kind != "f" else array.dtype)[()]


def _operators(rule, operation):
    """The two methods of one binary operator: ``dual op other`` and ``other op dual``."""
    left, right = rule.partials

    def method(self, other):
        kind = type(other)
        level = self.level
        a = self.value
        if kind is Dual and other.level == level:
            b = other.value
            y = operation(a, b)
            s, t = self.tangent, other.tangent
            if s is not None:
                if a.shape != y.shape:
                    s = Broadcast(None if left is None else left(y, a, b), a.shape, y.shape).apply(s)
                elif left is not None:
                    s = push(left(y, a, b), s)
            if t is None:
                return _dual(y, s, level)
            if b.shape != y.shape:
                t = Broadcast(None if right is None else right(y, a, b), b.shape, y.shape).apply(t)
            elif right is not None:
                t = push(right(y, a, b), t)
            return _dual(y, t if s is None else s + t, level)
        if kind not in PLAIN or (kind is np.ndarray and other.dtype.kind not in "fiub"):
            return (
                NotImplemented if getattr(other, "__array_ufunc__", 0) is None else rule.general(self, other)
            )
        y = operation(a, other)
        s = self.tangent
        if s is None:
            return _dual(y, None, level)
        if a.shape != y.shape:
            s = Broadcast(None if left is None else left(y, a, other), a.shape, y.shape).apply(s)
        elif left is not None:
            s = push(left(y, a, other), s)
        return _dual(y, s, level)

    def reflected(self, other):
        kind = type(other)
        if kind not in PLAIN or (kind is np.ndarray and other.dtype.kind not in "fiub"):
            return (
                NotImplemented if getattr(other, "__array_ufunc__", 0) is None else rule.general(other, self)
            )
        b = self.value
        y = operation(other, b)
        t = self.tangent
        if t is None:
            return _dual(y, None, self.level)
        if b.shape != y.shape:
            t = Broadcast(None if right is None else right(y, other, b), b.shape, y.shape).apply(t)
        elif right is not None:
            t = push(right(y, other, b), t)
        return _dual(y, t, self.level)

    return method, reflected


def jvp(f, primals, tangents, has_aux=False):
    """Value and directional derivative of f: one forward sweep.

    Parameters
    ----------
    f : callable
        Of plain NumPy; takes ``*primals``, returns an array, a number, or a pytree of them.
    primals, tangents : tuple or list
        The arguments, and a tangent of the same structure and shapes for each.
    has_aux : bool
        f returns ``(result, aux)``; aux is passed along.

    Returns
    -------
    value, tangent : as f's result: f(primals) and J·tangents (and aux with `has_aux`)

    Raises
    ------
    TypeError, ValueError
        Where tangents do not fit the primals, or f or an argument is not real.
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise TypeError("primals and tangents must be tuples or lists, one item for each argument of f")
    point = Point(tuple(primals), tuple(range(len(primals))), {})
    seeds = matching(tuple(tangents), point, "tangents", "primals")
    level = new_level()
    duals = [_dual(leaf, seed, level) for leaf, seed in zip(point.leaves, seeds, strict=True)]
    try:
        leaves, structure, aux = result_leaves(point.call(f, duals), has_aux)
    finally:
        end_level(level)
    values = [split(leaf, level)[0] for leaf in leaves]
    pushed = [_tangent_or_zero(leaf, level) for leaf in leaves]
    result = unflatten(structure, values), unflatten(structure, pushed)
    return (*result, untrace_aux(aux, level)) if has_aux else result


def split(leaf, level):
    """Value and tangent of a result at a level; the tangent is None where it does not depend."""
    if isinstance(leaf, Dual) and leaf.level == level:
        return leaf.value, leaf.tangent
    return leaf, None


def _tangent_or_zero(leaf, level):
    value, tangent = split(leaf, level)
    return np.zeros(value.shape, _float_type(value))[()] if tangent is None else dense(tangent)


def _float_type(value):
    return value.dtype if value.dtype.kind == "f" else np.dtype(float)


def jacfwd(f, argnums=0, has_aux=False, *, chunk_size=None):
    """Jacobian of f by forward accumulation: one tangent for each input.

    Parameters
    ----------
    f : callable
        Of plain NumPy; returns an array, a number, or a pytree of them.
    argnums : int or tuple of ints
        The arguments to differentiate with respect to.
    has_aux : bool
        f returns ``(result, aux)``; the Jacobian function then returns ``(jacobian, aux)``.
    chunk_size : int, optional
        How many tangents one sweep carries. 1 is the textbook: n sweeps. None: all that fit in
        128 MiB of seeds.

    Returns
    -------
    callable
        Of the arguments of f; gives an array of shape ``result.shape + argument.shape`` for each leaf
        of the result, nested by the structure of the result and inside it by that of the arguments.
    """

    def jacobian(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        rows, leaves, structure, aux = forward_rows(f, point, has_aux, chunk_size)
        result = assemble_columns(rows, leaves, structure, point)
        return (result, aux) if has_aux else result

    return named(jacobian, f, "jacfwd")


def forward_rows(f, point, has_aux, chunk_size):
    """For each leaf of the result, its tangents as rows, one for each input."""
    chunks, leaves, structure, aux = [], None, None, None
    for k, seeds in identity_chunks(point.leaves, chunk_size):
        level = new_level()
        duals = [_dual(leaf, seed, level) for leaf, seed in zip(point.leaves, seeds, strict=True)]
        try:
            result = point.call(f, duals)
            own = type(result) is Dual and result.level == level and type(result.value) is np.ndarray
            if own and not has_aux:
                results = (result,)  # the common case, quickly
            else:
                results, structure, aux = result_leaves(result, has_aux)
        finally:
            end_level(level)
        aux = untrace_aux(aux, level) if has_aux else None
        parts = [split(leaf, level) for leaf in results]
        leaves = [value for value, _ in parts]
        chunks.append([rows_of(t, k, value.shape, _float_type(value), seeds) for value, t in parts])
    if leaves is None:  # no inputs at all: the Jacobian has the shape of the result, and no entries
        leaves, structure, aux = result_leaves(point.call(f, point.leaves), has_aux)
        chunks = [[np.zeros((0, *leaf.shape)) for leaf in leaves]]
    return [join([chunk[j] for chunk in chunks]) for j in range(len(leaves))], leaves, structure, aux


def assemble_columns(rows, leaves, structure, point):
    """The tree of Jacobians from rows of tangents, one array of them for each leaf of the result."""
    columns = [_columns(r, leaf, point.leaves) for r, leaf in zip(rows, leaves, strict=True)]
    return unflatten(structure, [point.tree(owned(parts)) for parts in columns])


def _columns(rows, leaf, inputs):
    """Cut rows (inputs first) into one Jacobian for each input leaf, outputs first."""
    if len(inputs) == 1 and len(inputs[0].shape) == 1:
        return [rows.T if len(leaf.shape) == 1 else np.moveaxis(rows, 0, -1)]
    jacobians, first = [], 0
    for item in inputs:
        stop = first + size_of(item)
        jacobians.append(np.moveaxis(rows[first:stop], 0, -1).reshape(leaf.shape + item.shape))
        first = stop
    return jacobians
