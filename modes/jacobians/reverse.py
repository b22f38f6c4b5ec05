"""Reverse mode: f is recorded on a tape of local linear maps, which is swept backwards."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import float_type
from modes.jacobians.arguments import Point, fitting
from modes.jacobians.assembly import assemble_rows, named, owned
from modes.jacobians.linearization import Linearization, dense_or_zero
from modes.jacobians.memory import keep_freed_memory
from modes.jacobians.registry import register_builder
from modes.jacobians.seeds import check_chunk_size, size_of
from modes.jacobians.trees import flatten, unflatten


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
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
    linearization = Linearization(f, point, has_aux, copies=True)

    def pullback(cotangent):
        leaves, structure = flatten(cotangent)
        if structure != linearization.structure:
            raise ValueError(
                f"the cotangent must be structured as the result: {linearization.structure}, not {structure}"
            )
        seeds = [
            fitting(leaf, value, f"cotangent, leaf {number}")
            for number, (leaf, value) in enumerate(zip(leaves, linearization.values, strict=True))
        ]
        pulled = linearization.pull(seeds)
        pulled = _as_inputs(dense_or_zero(pulled, point.leaves), point.leaves)
        return point.tree(owned(pulled, (*seeds, *leaves)))

    values = [value.copy() if type(value) is np.ndarray else value for value in linearization.values]
    value = unflatten(linearization.structure, values)
    return (value, pullback, linearization.aux) if has_aux else (value, pullback)


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
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
        if sum(map(size_of, point.leaves)) > 4096:
            keep_freed_memory()
        linearization = Linearization(f, point, has_aux)
        try:
            if linearization.structure is not None or linearization.values[0].shape != ():
                raise DifferentiationError(
                    f"grad needs a function with one number as its result (shape ()), but it returned "
                    f"{_describe(linearization)}; use jacrev, or reduce the result (np.sum, or [0])"
                )
            value = linearization.values[0]
            seeds = [float_type(value).type(1)]
            pulled = linearization.pull(seeds)
            linearization.tape.check()
        finally:
            linearization.release()
        gradient = point.tree(owned(_as_inputs(dense_or_zero(pulled, point.leaves), point.leaves)))
        return ((value, linearization.aux), gradient) if has_aux else (value, gradient)

    return named(value_and_gradient, f, "value_and_grad")


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Gradient of a scalar function by reverse accumulation; see `value_and_grad`.

    With `has_aux` the result is ``(gradient, aux)``.
    """
    both = value_and_grad(f, argnums, has_aux)

    def gradient(*args, **kwargs):
        value, result = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return named(gradient, f, "grad")


def _describe(linearization):
    if linearization.structure is not None:
        return f"a pytree of {len(linearization.values)} leaves"
    return f"an array of shape {linearization.values[0].shape}"


def _as_inputs(cotangents, leaves):
    """Cotangents in the precision of the inputs that they belong to."""
    return [
        c if c.dtype is leaf.dtype or c.dtype == leaf.dtype else c.astype(leaf.dtype)
        for c, leaf in zip(cotangents, leaves, strict=True)
    ]


def jacrev(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """Jacobian of f by reverse accumulation: one cotangent for each output.

    Parameters
    ----------
    f, argnums, has_aux
        As for `jacfwd`.
    chunk_size : int, optional
        How many cotangents one sweep carries. 1 is the textbook: m sweeps (over one linearization tape).
        None: all that fit in 128 MiB of seeds.

    Returns
    -------
    callable
        As of `jacfwd`.
    """
    check_chunk_size(chunk_size)

    def jacobian(*args, **kwargs):
        result, aux = reverse_jacobian(f, Point(args, argnums, kwargs), chunk_size, has_aux)
        return (result, aux) if has_aux else result

    return named(jacobian, f, "jacrev")


def reverse_jacobian(f, point, chunk_size, has_aux=False):
    """The Jacobian at a point, and the auxiliary result."""
    linearization = Linearization(f, point, has_aux)
    try:
        rows = linearization.rows(linearization.pull, linearization.values, point.leaves, chunk_size)
    finally:
        linearization.release()
    return assemble_rows(linearization, point, rows), linearization.aux


def _builder(f, argnums, chunk_size):
    return jacrev(f, argnums, chunk_size=chunk_size)


register_builder("reverse", _builder)
