"""Forward mode: dual numbers. A tangent is pushed through each operation as it is computed; no tape."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from modes.core.levels import end_level, new_level
from modes.core.operands import float_type
from modes.jacobians.arguments import Point, matching
from modes.jacobians.assembly import assemble_columns, join, named, owned, rows_of
from modes.jacobians.linearization import Linearization, spoilt
from modes.jacobians.registry import register_builder
from modes.jacobians.seeds import check_chunk_size, identity_chunks
from modes.jacobians.trees import result_leaves, unflatten, untrace_aux
from modes.maps.batches import dense
from modes.tracers.dual import Dual, DualArray, dual
from modes.tracers.holds import Keeper


def jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Any, ...]:
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
    keeper = Keeper()
    try:
        seeds = [keeper.keep(seed) for seed in seeds]
        result = point.run(f, _duals(point.leaves, seeds, level), _duals, point.leaves, seeds, level)
        leaves, structure, aux = result_leaves(result, has_aux)
        values = owned([split(leaf, level)[0] for leaf in leaves], point.leaves)
        pushed = owned([_tangent_or_zero(leaf, level) for leaf in leaves], seeds)
        keeper.check()
    finally:
        keeper.release()
        singular = end_level(level)
    if spoilt(singular, pushed):
        careful = _pushed_carefully(f, point, seeds, 0)
        pushed = [
            np.zeros_like(old) if new is None else new for old, new in zip(pushed, careful, strict=True)
        ]
    result = unflatten(structure, values), unflatten(structure, pushed)
    return (*result, untrace_aux(aux, level)) if has_aux else result


def _duals(leaves, seeds, level):
    return [dual(leaf, seed, level) for leaf, seed in zip(leaves, seeds, strict=True)]


_DUALS = (DualArray, Dual)


def split(leaf, level):
    """Value and tangent of a result at a level; the tangent is None where it does not depend."""
    if type(leaf) in _DUALS and leaf.level == level:
        return leaf.value, leaf.tangent
    return leaf, None


def _tangent_or_zero(leaf, level):
    value, tangent = split(leaf, level)
    return np.zeros(value.shape, float_type(value))[()] if tangent is None else dense(tangent)


def jacfwd(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
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
    check_chunk_size(chunk_size)

    def jacobian(*args, **kwargs):
        result, aux = forward_jacobian(f, Point(args, argnums, kwargs), chunk_size, has_aux)
        return (result, aux) if has_aux else result

    return named(jacobian, f, "jacfwd")


def forward_jacobian(f, point, chunk_size, has_aux=False):
    """The Jacobian at a point, and the auxiliary result."""
    keeper = Keeper()
    chunks, leaves, structure, aux = [], None, None, None
    inputs = point.leaves  # as they are: f sees it where the caller's array is changed meanwhile, as in NumPy
    try:
        for k, seeds in identity_chunks(inputs, chunk_size, keeper.keep):
            level = new_level()
            try:
                duals = [dual(leaf, seed, level) for leaf, seed in zip(inputs, seeds, strict=True)]
                result = point.run(f, duals, _duals, inputs, seeds, level)
                own = type(result) is DualArray and result.level == level and type(result.value) is np.ndarray
                if own and not has_aux:
                    results = (result,)  # the common case, quickly
                else:
                    results, structure, aux = result_leaves(result, has_aux)
            finally:
                singular = end_level(level)
            aux = untrace_aux(aux, level) if has_aux else None
            parts = [split(leaf, level) for leaf in results]
            leaves = [value for value, _ in parts]
            if singular and spoilt(singular, [tangent for _, tangent in parts]):
                pushed = _pushed_carefully(f, point, seeds, int(k > 1))
                parts = list(zip(leaves, pushed, strict=True))
            chunks.append([rows_of(t, k, value.shape, float_type(value), seeds) for value, t in parts])
        if keeper.held:
            keeper.check()
    finally:
        if keeper.held:
            keeper.release()
    if leaves is None:  # no inputs at all: the Jacobian has the shape of the result, and no entries
        leaves, structure, aux = result_leaves(point.call(f, inputs), has_aux)
        chunks = [[np.zeros((0, *leaf.shape)) for leaf in leaves]]
    rows = [join([chunk[j] for chunk in chunks]) for j in range(len(leaves))]
    return assemble_columns(rows, leaves, structure, point), aux


def _pushed_carefully(f, point, seeds, batch):
    """Tangents of the results by a careful sweep over a tape, for which f is run once more."""
    linearization = Linearization(f, point)
    try:
        return linearization.push(seeds, batch)
    finally:
        linearization.release()


def _builder(f, argnums, chunk_size):
    return jacfwd(f, argnums, chunk_size=chunk_size)


register_builder("forward", _builder)
