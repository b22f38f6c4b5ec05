"""What a function is called with, and which of it are the inputs: trees of arrays, and their entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import optree

REAL = "fiub"


def leaves(tree: Any) -> list[Any]:
    """Return the arrays and numbers in nested tuples, lists and dicts; a single one is its own only leaf."""
    found: list[Any] = optree.tree_leaves(tree, namespace="modes")
    return found


def entries(tree: Any) -> np.ndarray:
    """Return all numbers of a tree as one new vector."""
    parts = [np.ravel(leaf) for leaf in leaves(tree)]
    return np.concatenate(parts) if parts else np.zeros(0)


@dataclass(frozen=True)
class Point:
    """A call ``f(*args, **kwargs)``; the entries of the arguments `argnums` are the n inputs."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    argnums: int | tuple[int, ...] = 0

    @property
    def inputs(self) -> Any:
        """The arguments that are differentiated, as one tree."""
        numbers = (self.argnums,) if isinstance(self.argnums, int) else self.argnums
        return tuple(self.args[number] for number in numbers)

    @cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each leaf of the inputs."""
        return [np.shape(leaf) for leaf in leaves(self.inputs)]

    @property
    def array(self) -> np.ndarray | None:
        """The one array that f is called with, None where it is called with anything else."""
        (first, *more) = self.args
        return first if isinstance(first, np.ndarray) and not more and not self.kwargs else None

    def of_vector(self, f: Callable[..., Any]) -> Callable[[Any], Any]:
        """Return f as a function of the inputs' entries in one vector, whose result is one vector."""
        structure = optree.tree_structure(self.inputs, namespace="modes")
        numbers = (self.argnums,) if isinstance(self.argnums, int) else self.argnums
        shapes, args, kwargs = self.shapes, self.args, self.kwargs

        def flat(vector: Any) -> Any:
            parts, first = [], 0
            for shape in shapes:
                stop = first + int(np.prod(shape))
                parts.append(np.reshape(vector[first:stop], shape))
                first = stop
            given = list(args)
            for number, value in zip(numbers, structure.unflatten(parts), strict=True):
                given[number] = value
            results = [np.ravel(leaf) for leaf in leaves(f(*given, **kwargs))]
            return results[0] if len(results) == 1 else np.concatenate(results)

        return flat

    def matrix(self, jacobian: Any) -> np.ndarray:
        """Return the blocks of a Jacobian, one for each leaf of the result and of the inputs, as a matrix.

        A single array is left in its shape.
        """
        blocks = [np.asarray(leaf, float) for leaf in leaves(jacobian)]
        sizes = [int(np.prod(shape)) for shape in self.shapes]
        if len(blocks) == 1:
            return blocks[0]
        rows = [blocks[i : i + len(sizes)] for i in range(0, len(blocks), len(sizes))]
        return np.block([[np.reshape(b, (-1, n)) for b, n in zip(row, sizes, strict=True)] for row in rows])


def point_of(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Point:
    """Return the call, with copies of what it is given.

    A single argument is the input, whole numbers in it converted to float64. Of several, those that hold
    floating-point numbers are the inputs; the others and keyword arguments are constants. Lists of numbers
    become arrays.

    Raises
    ------
    TypeError, ValueError
        Where there is no input, or one holds what is not a real number, nothing at all, or not finite.
    """
    given = [_copied(argument) for argument in args]
    if not given:
        raise TypeError("no argument is given; f needs the point at which to differentiate")
    numbers = [i for i, argument in enumerate(given) if len(given) == 1 or _holds_floats(argument)]
    if not numbers:
        raise TypeError("none of the arguments holds floating-point numbers, so there is no input")
    for i in numbers:
        given[i] = _as_input(given[i], "x" if len(given) == 1 else f"argument {i}")
    copies = {name: _copied(value) for name, value in kwargs.items()}
    return Point(tuple(given), copies, numbers[0] if len(numbers) == 1 else tuple(numbers))


def _copied(argument: Any) -> Any:
    """Return an argument with its arrays copied, and as an array if it is a list of numbers."""
    plain = not any(isinstance(leaf, np.ndarray) for leaf in leaves(argument))
    if plain and (isinstance(argument, list | tuple) or hasattr(argument, "__array__")):
        try:
            array = np.array(argument)
        except ValueError:  # of unequal lengths
            array = np.array(None)
        if array.dtype.kind in "fiubc":
            return array
    return optree.tree_map(
        lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, argument, namespace="modes"
    )


def _holds_floats(argument: Any) -> bool:
    return any(_kind(leaf) == "f" for leaf in leaves(argument))


def _kind(leaf: Any) -> str:
    """Return the kind of number that a leaf is, or "O"."""
    return np.asarray(leaf).dtype.kind if isinstance(leaf, int | float | np.ndarray | np.generic) else "O"


def _as_input(argument: Any, name: str) -> Any:
    for leaf in leaves(argument):
        if _kind(leaf) not in REAL:
            what = getattr(leaf, "dtype", None) or f"{leaf!r}"
            raise TypeError(f"{name} holds {what}; it must hold real numbers")
    found = entries(argument)
    if found.size == 0 or not np.all(np.isfinite(found)):
        raise ValueError(f"{name} is {argument}; it must hold at least one number, all of them finite")
    return optree.tree_map(_as_float, argument, namespace="modes")


def _as_float(leaf: Any) -> Any:
    if _kind(leaf) == "f":
        return leaf
    return np.asarray(leaf, float) if isinstance(leaf, np.ndarray) else float(leaf)
