"""`jacobian` over a registry of modes, and the transformations composed from forward and reverse."""

from typing import NamedTuple

import numpy as np

from modes._dispatch import Traced
from modes._sweeps import float_type, identity_chunks, join, rows_of, size_of
from modes._trees import Point, flatten, named, unflatten
from modes.forward import assemble_columns, forward_rows, jacfwd, jvp
from modes.reverse import Recorded, assemble_rows, grad, jacrev, reverse_rows

MODES: dict = {}


def register_mode(name, function=None):
    """Add a mode to `jacobian`: one function. Usable as a decorator.

    Parameters
    ----------
    name : str
        The mode's name, for ``jacobian(f, mode=name)``.
    function : callable ``(f, x, chunk_size) -> J``
        f takes x, a float array of shape (n,), to an array of shape (m,); J has shape (m, n). What the
        user's function takes and returns is flattened around it.

    Raises
    ------
    ValueError
        Where the name is taken.
    """
    if function is None:
        return lambda function: register_mode(name, function)
    if name in MODES:
        raise ValueError(f"mode {name!r} is registered already; choose another name")
    MODES[name] = lambda f, argnums, chunk_size: _flat(name, function, f, argnums, chunk_size)
    return function


def jacobian(f, argnums=0, mode="auto", chunk_size=None):
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
        - ``"auto"``: traces f once, counts, and sweeps from the cheaper side (`choose_mode` tells which)
        - ``"cross-country"``: local matrices multiplied from the cheapest cut of the graph
          (`modes.crosscountry`)
        - ``"forward-difference"``, ``"central-difference"``, ``"complex-step"``: see `modes.differences`
        - or any other of `modes.MODES`; `register_mode` adds one.
    chunk_size : int, optional
        How many tangents or cotangents one sweep carries; 1 is the textbook's one sweep an input
        (output), None as many as fit in 128 MiB of seeds.

    Returns
    -------
    callable
        Of the arguments of f; gives an array of shape ``result.shape + argument.shape`` for each leaf
        of the result, nested by the structure of the result and inside it by that of the arguments.

    Raises
    ------
    ValueError
        Where there is no such mode, or chunk_size is not a positive int.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(map(repr, MODES))}; got {mode!r}")
    return named(MODES[mode](f, argnums, chunk_size), f, f"jacobian[{mode}]")


MODES["forward"] = lambda f, argnums, chunk_size: jacfwd(f, argnums, chunk_size=chunk_size)
MODES["reverse"] = lambda f, argnums, chunk_size: jacrev(f, argnums, chunk_size=chunk_size)


class Choice(NamedTuple):
    """What ``mode="auto"`` does at a point: n inputs, m outputs, and the side it sweeps from."""

    mode: str
    n: int
    m: int

    def __str__(self):
        few, many = ("inputs", "outputs") if self.mode == "forward" else ("outputs", "inputs")
        return f"{self.mode}: n = {self.n} inputs, m = {self.m} outputs; {few} are not more than {many}"


def _choose(n, m):
    return Choice("forward" if n <= m or n == 1 else "reverse", n, m)


def choose_mode(f, argnums=0):
    """The choice that ``jacobian(f, mode="auto")`` makes, as a function of the arguments of f.

    >>> import numpy as np
    >>> print(choose_mode(np.sum)(np.ones(3)))
    reverse: n = 3 inputs, m = 1 outputs; outputs are not more than inputs
    """

    def choice(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        recorded = Recorded(f, point)
        recorded.release()
        return _choose(sum(map(size_of, point.leaves)), sum(map(size_of, recorded.values)))

    return choice


def _auto(f, argnums, chunk_size):
    """Forward or reverse, by n and m. The first call at arguments of some shapes finds m out on a tape, which
    serves sweeps from either side; later ones expect the same m, and pay with time only if it is another.
    """
    outputs: dict = {}

    def jacobian(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        shapes = tuple([leaf.shape for leaf in point.leaves])
        n = sum(map(size_of, point.leaves))
        if n and _choose(n, outputs.get(shapes, 0)).mode == "forward":
            rows, leaves, structure, _ = forward_rows(f, point, False, chunk_size)
            outputs[shapes] = sum(map(size_of, leaves))
            return assemble_columns(rows, leaves, structure, point)
        recorded = Recorded(f, point)
        try:
            m = outputs[shapes] = sum(map(size_of, recorded.values))
            if not n or _choose(n, m).mode == "reverse":
                return assemble_rows(recorded, point, reverse_rows(recorded, point, chunk_size))
            chunks = []
            for k, seeds in identity_chunks(point.leaves, chunk_size):
                pushed = recorded.push(seeds)
                parts = zip(pushed, recorded.values, strict=True)
                chunks.append([rows_of(t, k, v.shape, float_type(v), seeds) for t, v in parts])
        finally:
            recorded.release()
        rows = [join([chunk[j] for chunk in chunks]) for j in range(len(recorded.values))]
        return assemble_columns(rows, recorded.values, recorded.structure, point)

    return jacobian


MODES["auto"] = _auto


def _flat(name, mode, f, argnums, chunk_size):
    """A mode for functions from one vector to one vector, made to take any arguments and results."""

    def jacobian(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        shapes = [leaf.shape for leaf in point.leaves]
        sizes = [size_of(leaf) for leaf in point.leaves]
        seen = {}

        def flat(x):
            leaves, first = [], 0
            for shape, size in zip(shapes, sizes, strict=True):
                leaves.append(x[first : first + size].reshape(shape)[()])
                first += size
            result, structure = flatten(point.call(f, leaves))
            result = [leaf if isinstance(leaf, Traced) else np.asarray(leaf) for leaf in result]
            seen["shapes"], seen["structure"] = [leaf.shape for leaf in result], structure
            return np.concatenate([leaf.reshape(-1) for leaf in result]) if result else np.zeros(0)

        x = np.concatenate([np.reshape(leaf, -1) for leaf in point.leaves]) if sizes else np.zeros(0)
        matrix = mode(flat, x, chunk_size)
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


def hessian(f, argnums=0, has_aux=False):
    """Hessian of f, forward over reverse: ``jacfwd(jacrev(f))``; shapes and arguments as of these."""
    return named(jacfwd(jacrev(f, argnums, has_aux), argnums, has_aux), f, "hessian")


def hvp(f, primals, tangents):
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
