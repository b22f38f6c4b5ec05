"""Local linear maps: the labels on the edges of a linearised computational graph.

A map takes a batch of tangents of one argument to a batch of tangents of the result (`apply`) and a
batch of cotangents of the result to a batch of cotangents of the argument (`transpose`).
A batch has the shape ``batch + shape``: ``batch`` is ``()`` for a single tangent and ``(k,)`` for k
of them, so maps count axes from the end and never ask which it is.

Three kinds of label, from cheap to dear:

- ``None``, the identity;
- a number or an array, multiplied elementwise (it has, or broadcasts to, the shape of the result, and
  the argument has that shape too);
- a `LinearMap` for everything else.
"""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from modes._batches import MaskedBatch, dense


class LinearMap:
    """A local linear map that is neither the identity nor an elementwise product."""

    __slots__ = ()
    scatters = False  # True where the transpose adds into a part of its argument (`add_into`)
    gathers = False  # True where the result is put together from parts (`add_part`)
    erases = False  # True where a batch that nobody else knows may be changed in place (`erased`)

    def apply(self, tangent):
        """Push a batch of tangents of the argument to the result."""
        raise NotImplementedError

    if TYPE_CHECKING:  # those with a flag have one of

        def add_into(self, total: Any, cotangent: Any) -> Any: ...
        def add_part(self, total: Any, tangent: Any) -> Any: ...
        def erased(self, box: list) -> Any: ...

    def transpose(self, cotangent):
        """Pull a batch of cotangents of the result back to the argument."""
        raise NotImplementedError


class Pair(LinearMap):
    """A linear map given as two functions of a dense batch."""

    __slots__ = ("_apply", "_transpose")

    def __init__(self, apply, transpose):
        self._apply = apply
        self._transpose = transpose

    def apply(self, tangent):
        return self._apply(dense(tangent))

    def transpose(self, cotangent):
        return self._transpose(dense(cotangent))


class Moves(Pair):
    """A pair that only moves entries about, and so knows where those go that are zero whatever comes."""

    __slots__ = ()

    def transpose(self, cotangent):
        moved = self._transpose(dense(cotangent))
        if type(cotangent) is MaskedBatch:
            return MaskedBatch(moved, self._transpose(1.0 * cotangent.live) != 0)
        return moved


class Negate(LinearMap):
    """The elementwise map with partial -1."""

    __slots__ = ()

    def apply(self, tangent):
        return -tangent

    transpose = apply


class Zero(LinearMap):
    """The elementwise map with partial 0: of an argument in which the result moves in steps only."""

    __slots__ = ()

    def apply(self, tangent):
        return tangent * 0.0

    transpose = apply


NEGATE = Negate()
ZERO = Zero()


class Broadcast(LinearMap):
    """An elementwise map whose argument was broadcast: the one place where broadcasting is undone."""

    __slots__ = ("partial", "shape", "target")

    def __init__(self, partial, shape, target):
        self.partial = partial  # None, an array or a LinearMap such as NEGATE, acting on the target's shape
        self.shape = shape
        self.target = target

    def apply(self, tangent):
        tangent = dense(tangent)
        batch = tangent.shape[: len(tangent.shape) - len(self.shape)]
        if batch:  # one axis of size 1 for each one that broadcasting put in front of the argument
            tangent = tangent.reshape(batch + (1,) * (len(self.target) - len(self.shape)) + self.shape)
        if self.partial is not None:
            tangent = push(self.partial, tangent)
        if tangent.shape != batch + self.target:
            tangent = np.broadcast_to(tangent, batch + self.target)
        return tangent

    def transpose(self, cotangent):
        if self.partial is not None:
            cotangent = pull(self.partial, cotangent)
        pulled = unbroadcast(dense(cotangent), self.shape, len(self.target))
        if type(cotangent) is MaskedBatch:
            live = cotangent.live
            if np.shape(live) != self.target:
                live = np.broadcast_to(live, self.target)
            axes = _broadcast_axes(self.shape, self.target)
            return MaskedBatch(pulled, np.logical_or.reduce(live, axis=axes).reshape(self.shape))
        return pulled


def unbroadcast(cotangent, shape, target_ndim):
    """Sum a batch of cotangents over the axes along which an array of `shape` was broadcast."""
    full = cotangent.shape
    batch_ndim = len(full) - target_ndim
    axes = _broadcast_axes(shape, full[batch_ndim:])
    if axes:
        cotangent = np.add.reduce(cotangent, axis=axes)
    wanted = full[:batch_ndim] + shape
    return cotangent if cotangent.shape == wanted else cotangent.reshape(wanted)


@functools.lru_cache(4096)
def _broadcast_axes(shape, target):
    """The axes of `target`, counted from the end, along which an array of `shape` was repeated."""
    added = len(target) - len(shape)
    return tuple(
        axis - len(target)
        for axis in range(len(target))
        if axis < added or (shape[axis - added] == 1 and target[axis] != 1)
    )


class Select(LinearMap):
    """The map of a value to a selection that takes it where `taken` is true.

    A selection and not a product with 0 and 1, so that what is not taken stays out even if it is infinite.
    """

    __slots__ = ("taken",)

    def __init__(self, taken):
        self.taken = taken

    def apply(self, tangent):
        return np.where(self.taken, dense(tangent), 0.0)

    def transpose(self, cotangent):
        live = self.taken & cotangent.live if type(cotangent) is MaskedBatch else self.taken
        return MaskedBatch(np.where(self.taken, dense(cotangent), 0.0), live)


def push(local, tangent):
    """Push a batch of tangents through one label; None stands for zero."""
    if local is None or tangent is None:
        return tangent
    if isinstance(local, LinearMap):
        return local.apply(tangent)
    return local * tangent


def pull(local, cotangent):
    """Pull a batch of cotangents back through one label."""
    if local is None:
        return cotangent
    if isinstance(local, LinearMap):
        return local.transpose(cotangent)
    return local * cotangent
