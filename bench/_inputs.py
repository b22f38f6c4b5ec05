"""The arguments of the user's function as a command line gives them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zipfile import BadZipFile

import numpy as np

from modes.loading import load_function

Arguments = tuple[tuple[Any, ...], Mapping[str, Any]]


def joined(arguments: Sequence[str]) -> list[str]:
    """Return a command line with what follows ``--inputs`` joined to it: -1,2 is no option."""
    result: list[str] = []
    for argument in arguments:
        if result and result[-1] == "--inputs" and argument.startswith("-") and argument[1:2] != "-":
            result[-1] += f"={argument}"
        else:
            result.append(argument)
    return result


def read_arguments(
    f: Callable[..., Any], inputs: Sequence[str] | None, shape: str | None, maker: str | None
) -> Arguments:
    """Return what f is called with: read from texts and files, random of a shape, or what a function makes.

    Raises
    ------
    ValueError, TypeError, OSError
        If it cannot be read.
    """
    if shape is not None:
        return (_random(shape),), {}
    if maker is not None:
        return _made(maker)
    values: list[Any] = []
    names: dict[str, Any] = {}
    for text in inputs or ():
        found = _read(text)
        if isinstance(found, dict):
            names |= found
        else:
            values.append(found)
    return _by_position(f, values, names) if names else (tuple(values), {})


def integers(option: str, text: str, example: str) -> list[int]:
    """Return the positive whole numbers in the text of an option; raises ValueError if it holds others."""
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        raise ValueError(f"{option} is {text!r}; write sizes as {example}")
    return sizes


def _random(shape: str) -> np.ndarray:
    try:
        return np.random.default_rng(0).uniform(-1, 1, integers("--shape", shape, "64 or 3,4"))
    except MemoryError as error:
        raise ValueError(f"--shape is {shape}: {error}") from None


def _read(text: str) -> np.ndarray | dict[str, np.ndarray]:
    """Return the array, or the arrays by their names, that one ``--inputs`` means."""
    if text.endswith((".npy", ".npz")):
        try:
            found = np.load(text)
            return found if isinstance(found, np.ndarray) else dict(found)
        except (ValueError, EOFError, BadZipFile):
            raise ValueError(
                f"--inputs is {text!r}; it holds no array of numbers that np.save or np.savez wrote"
            ) from None
    try:
        return np.array([float(part) for part in text.split(",")])
    except ValueError:
        raise ValueError(
            f"--inputs is {text!r}; write numbers as 0.5,2,1 or name a .npy or .npz file"
        ) from None


def _by_position(f: Callable[..., Any], values: Sequence[Any], names: Mapping[str, Any]) -> Arguments:
    """Return arguments given by name by their position, where they can be inputs."""
    try:
        bound = inspect.signature(f).bind(*values, **names)
    except (TypeError, ValueError) as error:
        raise ValueError(f"f does not take --inputs {', '.join(names)} by name: {error}") from None
    return bound.args, bound.kwargs


def _made(maker: str) -> Arguments:
    make = load_function(maker)
    try:
        made = make()
    except Exception as error:  # of the user's own function
        raise ValueError(f"--args {maker} raised {type(error).__name__}: {error}") from error
    if not isinstance(made, tuple) or not made:
        raise TypeError(
            f"--args {maker} returned {made!r}; it must return a tuple of arguments, or a pair (tuple, dict)"
        )
    if len(made) == 2 and isinstance(made[0], tuple) and isinstance(made[1], dict):
        return made
    return made, {}
