"""The registry of modes, and `jacobian` over it."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from modes.core.traced import Traced
from modes.jacobians.arguments import Point
from modes.jacobians.assembly import named
from modes.jacobians.seeds import check_chunk_size, size_of
from modes.jacobians.trees import cut, flatten, joined, unflatten

MODES: "dict[str, Mode]" = {}


class Mode(NamedTuple):
    """A mode of `jacobian`: ``build(f, argnums, chunk_size, **options)`` gives the Jacobian function."""

    build: Callable
    options: frozenset  # names of the keywords that it takes besides


def register_builder(name, build, function=None):
    """Add a mode that is given f as the user wrote it, with its argnums: all modes come in here.

    Its options are the parameters of `function` (or of `build`) behind the third.
    """
    if name in MODES:
        raise ValueError(f"mode {name!r} is registered already; choose another name")
    MODES[name] = Mode(build, frozenset(list(inspect.signature(function or build).parameters)[3:]))


def register_mode(name: str, function: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """Add a mode to `jacobian`: one function. Usable as a decorator.

    Parameters
    ----------
    name : str
        The mode's name, for ``jacobian(f, mode=name)``.
    function : callable ``(f, x, chunk_size) -> J``
        f takes x, a float array of shape (n,), to an array of shape (m,); J has shape (m, n). What the
        user's function takes and returns is flattened around it. Further parameters become options:
        ``jacobian(f, mode=name, option=...)``.

    Raises
    ------
    ValueError
        Where the name is taken.
    """
    if function is None:
        return lambda function: register_mode(name, function)

    def build(f, argnums, chunk_size, **options):
        return _flat(name, lambda g, x: function(g, x, chunk_size, **options), f, argnums)

    register_builder(name, build, function)
    return function


def jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    mode: str = "auto",
    chunk_size: int | None = None,
    **options: Any,
) -> Callable[..., Any]:
    """Jacobian of f, accumulated in the mode of your choice.

    Parameters
    ----------
    f : callable
        Of plain NumPy; returns an array, a number, or a pytree of them.
    argnums : int or tuple of ints
        The arguments to differentiate with respect to.
    mode : str
        - ``"forward"``: dual numbers, one tangent an input (`jacfwd`)
        - ``"reverse"``: a tape, one cotangent an output (`jacrev`)
        - ``"auto"``: from the side with fewer (`choose_mode` says which, and how m is found)
        - ``"cross-country"``: local matrices multiplied from the cheapest cut of the graph
        - ``"forward-difference"``, ``"central-difference"``, ``"complex-step"``: values of f alone, with
          the option ``rel_step``: the step relative to ``|x|``, as of `scipy.optimize.approx_fprime`'s kin
        - or any other of `modes.MODES`; `register_mode` adds one.
    chunk_size : int, optional
        How many tangents or cotangents one sweep carries; 1 is the textbook's one sweep an input
        (output), None as many as fit in 128 MiB of seeds.
    **options
        Of the mode.

    Returns
    -------
    callable
        Of the arguments of f; gives an array of shape ``result.shape + argument.shape`` for each leaf
        of the result, nested by the structure of the result and inside it by that of the arguments.

    Raises
    ------
    ValueError
        Where there is no such mode, or chunk_size is not a positive int.
    TypeError
        Where the mode has no such option.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(map(repr, MODES))}; got {mode!r}")
    check_chunk_size(chunk_size)
    build, known = MODES[mode]
    for option in options:
        if option not in known:
            has = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise TypeError(f"mode {mode!r} has no option {option!r}; {has}")
    return named(build(f, argnums, chunk_size, **options), f, f"jacobian[{mode}]")


def _flat(name, mode, f, argnums):
    """A mode for functions from one vector to one vector, made to take any arguments and results."""

    def jacobian(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        shapes = [leaf.shape for leaf in point.leaves]
        sizes = [size_of(leaf) for leaf in point.leaves]
        seen = {}

        def flat(x):
            result, seen["structure"] = flatten(point.call(f, cut(x, shapes)))
            seen["shapes"] = [np.shape(leaf) for leaf in result]
            return joined(result)

        x = joined(point.leaves)
        x = x if isinstance(x, Traced) else x.copy()  # f may change what it is given
        matrix = mode(flat, x)
        if not seen:
            flat(x)
        m = sum(int(np.prod(shape)) for shape in seen["shapes"])
        if getattr(matrix, "shape", None) != (m, sum(sizes)):
            raise ValueError(
                f"mode {name!r} returned a Jacobian of shape {getattr(matrix, 'shape', None)}, "
                f"not (m, n) = {(m, sum(sizes))}"
            )
        jacobians, row = [], 0
        for out in seen["shapes"]:
            stop, column, parts = row + int(np.prod(out)), 0, []
            for shape, size in zip(shapes, sizes, strict=True):
                parts.append(matrix[row:stop, column : column + size].reshape(out + shape))
                column += size
            jacobians.append(point.tree(parts))
            row = stop
        return unflatten(seen["structure"], jacobians)

    return jacobian
