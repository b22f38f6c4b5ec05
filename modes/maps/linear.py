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

from typing import TYPE_CHECKING, Any

from modes.maps.batches import MaskedBatch, dense, is_plain


class LinearMap:
    """A local linear map that is neither the identity nor an elementwise product."""

    __slots__ = ()
    scatters = False  # True where the transpose adds into a part of its argument (`add_into`)
    structural = (
        False  # True where zeros of its matrix are zeros at every point, as of maps that move entries
    )
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
    structural = True

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


def through(batch, apply, transpose):
    """``apply(batch)``: an operation with a rule of its own where an outer differentiation traces it."""
    return apply(batch) if is_plain(batch) else batch._apply_linear(apply, transpose)
