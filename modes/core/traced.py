"""The base of all traced values: its level, its primal, and what it must be able to do."""

from typing import TYPE_CHECKING, Any

import numpy as np

from modes.core.levels import check_level


class Traced:
    """Base of the values that a differentiation traces: see `modes.core.array` for its NumPy face."""

    __slots__ = ("__weakref__", "_view", "_views", "value")
    value: Any
    level: float  # whole for a differentiation, between two for dual numbers made by hand inside one

    if TYPE_CHECKING:  # everything that an array has

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Any: ...
        def __setitem__(self, key: Any, item: Any) -> None: ...
        def __add__(self, other: Any) -> Any: ...
        def __radd__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __rsub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __rmul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        def __pow__(self, other: Any) -> Any: ...
        def __rpow__(self, other: Any) -> Any: ...

    def _keep(self, constant):
        """A constant operand as it may be recorded: safe from later changes in place."""
        return constant

    def _emit(self, value, operands, maps):
        """The traced result of an operation, given its value and one local map an operand."""
        raise NotImplementedError

    def _emit_one(self, value, local):
        """`_emit` for an operation of which this is the only traced operand."""
        raise NotImplementedError


def primal(value):
    """The plain number or array underneath any number of levels of tracing."""
    while isinstance(value, Traced):
        value = value.value
    return value


def contains_traced(value):
    """True where a traced value sits in (nested) sequences or an object array."""
    if isinstance(value, Traced):
        return True
    if isinstance(value, list | tuple):
        return any(map(contains_traced, value))
    if isinstance(value, np.ndarray) and value.dtype == object:
        return any(isinstance(item, Traced) for item in value.flat)
    return False


def takes_traced(value):
    """True for a plain array that f made and that may stand for a traced one: see `modes.core.slates`."""
    return getattr(type(value), "takes_traced", False)


def check_running(value):
    """Refuse a value that outlived the function it was traced in."""
    while isinstance(value, Traced):
        check_level(value.level)
        value = value.value


def strip(value):
    """Arguments of a constant function: every traced value replaced by its primal."""
    if isinstance(value, Traced):
        return primal(value)
    if isinstance(value, list | tuple):
        return type(value)(map(strip, value)) if not hasattr(value, "_fields") else value
    if isinstance(value, np.ndarray) and value.dtype == object and contains_traced(value):
        return np.array([primal(item) for item in value.flat]).reshape(value.shape)
    return value
