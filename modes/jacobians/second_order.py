"""Second derivatives, composed of forward and reverse."""

from collections.abc import Callable, Sequence
from typing import Any

from modes.jacobians.assembly import named
from modes.jacobians.forward import jacfwd, jvp
from modes.jacobians.reverse import grad, jacrev


def hessian(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Hessian of f, forward over reverse: ``jacfwd(jacrev(f))``; shapes and arguments as of these."""
    return named(jacfwd(jacrev(f, argnums, has_aux), argnums, has_aux), f, "hessian")


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Hessian-vector product of a scalar function, forward over reverse, without the Hessian.

    Parameters
    ----------
    f : callable
        Of plain NumPy; returns a real number.
    primals, tangents : tuple or list
        The arguments, and a tangent of the same structure and shapes for each.

    Returns
    -------
    The derivative of the gradient along the tangents: structured as the argument if there is one, else a
    tuple with an item for each.
    """
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(f, argnums), primals, tangents)[1]
