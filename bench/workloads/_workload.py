"""What a workload is: a function at a point, with a Jacobian that no differentiation tool computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._point import Point, entries

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Workload:
    """A function f: Rⁿ → Rᵐ in plain NumPy at a point x, and its Jacobian written by hand.

    Parameters
    ----------
    name : str
        The family, as it stands in the results (``"tanh-chain"``).
    f : callable
        Takes an array of shape (n,), returns an array of shape (m,) or a scalar (m = 1). It finds NumPy as
        the global name ``np``, which is how a peer library can be put in NumPy's place. (What a user's own
        takes and returns is free: see `point`.)
    x : ndarray, shape (n,)
        Where f is differentiated.
    jacobian : callable
        Without arguments, the (m, n) Jacobian at `x`, derived on paper and independent of ``modes``.
    size : mapping
        Further size parameters (depth, width, batch, …).
    by_hand : mapping
        Hand-written derivative routines that are to be timed themselves, by the name of their mode; each
        takes no argument and returns the (m, n) Jacobian.
    known_by : str
        Where `jacobian` comes from, as error messages say it.
    independent : bool
        Whether `jacobian` owes nothing to ``modes``; if not, differences judge it, not it them.
    point : Point, optional
        How f is called, where that is not ``f(x)``; `x` then holds the inputs in one vector.
    """

    name: str
    f: Callable[..., Any]
    x: Array
    jacobian: Callable[[], Array]
    size: Mapping[str, Any] = field(default_factory=dict)
    by_hand: Mapping[str, Callable[[], Array]] = field(default_factory=dict)
    known_by: str = "by hand"
    independent: bool = True
    point: Point = None  # type: ignore[assignment]  # made below

    def __post_init__(self) -> None:
        if self.point is None:
            object.__setattr__(self, "point", Point((self.x,)))

    def evaluate(self) -> Any:
        """Return f at the point, called as its user calls it."""
        return self.f(*self.point.args, **self.point.kwargs)

    @property
    def n(self) -> int:
        """Number of inputs."""
        return self.x.size

    @property
    def m(self) -> int:
        """Number of outputs."""
        return self.value.size

    @cached_property
    def value(self) -> np.ndarray:
        """What f returns, in one vector."""
        return entries(self.evaluate())

    @cached_property
    def eps(self) -> float:
        """The coarser of the rounding units of x and of f's result."""
        kinds = [array.dtype for array in (self.x, self.value) if array.dtype.kind == "f"]
        return max((float(np.finfo(kind).eps) for kind in kinds), default=float(np.finfo(float).eps))


def point(n: int, low: float = -1.0, high: float = 1.0) -> Array:
    """Return n reproducible inputs, uniform in [low, high)."""
    return np.random.default_rng(n).uniform(low, high, n)


def at_least(name: str, value: int, least: int) -> int:
    """Return `value`, or say which size parameter is too small."""
    if value < least:
        raise ValueError(f"{name} is {value}; this workload needs {name} >= {least}")
    return value
