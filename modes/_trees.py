"""Arguments and results as pytrees (optree), and the checks at the boundary of a differentiated function."""

from typing import Any

import numpy as np
import optree

from modes._dispatch import RULES, Traced, check_running, contains_traced, plain_array
from modes.errors import DifferentiationError, TracedConversionError

_SIMPLE = frozenset({np.ndarray, float, np.float64, int})


def as_point(leaf, where="argument"):
    """A leaf at which to differentiate: a float array or NumPy float scalar, or a traced value.

    Integers and booleans are converted to float64 with their values kept; floats keep their precision.
    """
    if isinstance(leaf, Traced):
        return leaf
    kind = type(leaf)
    if kind is float:
        return np.float64(leaf)
    if kind is not np.ndarray:
        if isinstance(leaf, np.ndarray):
            leaf = plain_array(leaf, where)
        elif not isinstance(leaf, int | float | np.generic) and not hasattr(leaf, "__array__"):
            raise DifferentiationError(
                f"{where}: {leaf!r} of type {kind.__name__} is not a real array or number; "
                "leave it out of argnums"
            )
        leaf = np.asarray(leaf)
    code = leaf.dtype.kind
    if code == "f":
        return leaf if leaf.ndim else leaf[()]
    if code in "iub":
        return leaf.astype(np.float64)[()]
    if code == "O":
        return RULES[np.array](leaf)
    raise DifferentiationError(
        f"{where}: dtype {leaf.dtype}; derivatives here are of real functions of real arrays"
        + ("; give the real and imaginary parts as two arguments" if code == "c" else "")
    )


def as_result(leaf, where="the function"):
    """A leaf of a result: a traced value, or a plain array that depends on nothing."""
    if isinstance(leaf, Traced):
        check_running(leaf)
        return leaf
    if isinstance(leaf, np.ndarray) and type(leaf) is not np.ndarray:
        leaf = plain_array(leaf, where)
    if isinstance(leaf, np.ndarray) and leaf.dtype == object:
        return RULES[np.array](leaf)
    if isinstance(leaf, np.ndarray | np.generic | int | float) and not np.iscomplexobj(leaf):
        array = np.asarray(leaf)
        if array.dtype.kind in "fiub":
            return array[()]
    what = f"dtype {leaf.dtype}" if hasattr(leaf, "dtype") else f"type {type(leaf).__name__}"
    raise DifferentiationError(
        f"{where} returned {what}; it must return real arrays, numbers, or tuples, lists and dicts of them"
        + (" (has_aux=True passes anything else along)" if not np.iscomplexobj(leaf) else "")
    )


def flatten(tree):
    """Leaves and structure; a single array or number is its own only leaf."""
    if type(tree) in _SIMPLE or isinstance(tree, Traced):
        return [tree], None
    leaves, structure = optree.tree_flatten(tree, namespace="modes")
    return leaves, None if structure.is_leaf(strict=True) else structure


def unflatten(structure, leaves):
    return leaves[0] if structure is None else optree.tree_unflatten(structure, leaves)


class Point:
    """The differentiated part of a call ``f(*args, **kwargs)`` as a list of leaves, and the way back."""

    __slots__ = ("argnums", "args", "kwargs", "leaves", "single", "structure")

    def __init__(self, args, argnums, kwargs):
        self.args, self.kwargs = args, kwargs
        if type(argnums) is int and 0 <= argnums < len(args):
            leaf = args[argnums]
            if type(leaf) is np.ndarray and leaf.ndim and leaf.dtype.kind == "f":  # the common case, quickly
                self.single, self.argnums, self.structure, self.leaves = True, (argnums,), None, [leaf]
                return
        self.single = not isinstance(argnums, tuple | list)
        self.argnums = _positions((argnums,) if self.single else tuple(argnums), len(args))
        selected: Any = args[self.argnums[0]] if self.single else tuple(args[i] for i in self.argnums)
        if selected is None:
            raise DifferentiationError(
                f"argument {self.argnums[0]} is None; there is nothing to differentiate"
            )
        leaves, self.structure = flatten(selected)
        if self.structure is None:
            self.leaves = [as_point(leaves[0], f"argument {self.argnums[0]}")]
        else:
            try:
                self.leaves = [as_point(leaf) for leaf in leaves]
            except DifferentiationError:
                names: Any = optree.tree_paths(selected, namespace="modes")
                for leaf, path in zip(leaves, names, strict=True):
                    as_point(leaf, self._name(path))
                raise

    def _name(self, path):
        number, *rest = (self.argnums[0], *path) if self.single else (self.argnums[path[0]], *path[1:])
        return f"argument {number}" + "".join(f"[{part!r}]" for part in rest)

    def call(self, f, leaves):
        """f with the differentiated leaves replaced."""
        selected = unflatten(self.structure, leaves)
        try:
            if len(self.args) == 1:
                return f(selected if self.single else selected[0], **self.kwargs)
            args = list(self.args)
            for number, value in zip(self.argnums, [selected] if self.single else selected, strict=True):
                args[number] = value
            return f(*args, **self.kwargs)
        except ValueError as error:
            if isinstance(error.__cause__, TracedConversionError):  # NumPy says no more than "a sequence"
                raise DifferentiationError(
                    "a traced value was put into a plain array of numbers, which would lose the derivative: "
                    "make the array with np.zeros_like(x) of a traced x (shape=... for another shape), "
                    "or put its items together with np.stack or np.array([...])"
                ) from error
            raise
        except TypeError as error:
            if "dtype('O')" in str(error) or "which has no callable" in str(error):
                error.add_note(
                    "np.array([...]) of traced values is an array of objects, which this function refuses: "
                    "put the values together with np.stack([...]) (np.stack of rows for a matrix)"
                )
            raise

    def tree(self, leaves):
        """Leaves in the structure of the differentiated arguments."""
        return unflatten(self.structure, leaves)


def _positions(argnums, count):
    for number in argnums:
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            raise TypeError(f"argnums must be an int or a tuple of ints, not {number!r}")
        if not -count <= number < count:
            raise ValueError(
                f"argnums has {number}, but the function was called with {count} positional arguments"
            )
    positions = tuple(int(number) % count for number in argnums)
    if len(set(positions)) < len(positions) or not positions:
        raise ValueError(f"argnums must name at least one argument, each once; got {argnums}")
    return positions


def result_leaves(result, has_aux):
    """Leaves and structure of a result, checked, and its auxiliary part."""
    aux = None
    if has_aux:
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError("with has_aux=True the function must return a pair (result, aux)")
        result, aux = result
    if isinstance(result, Traced):
        check_running(result)
        return [result], None, aux
    if result is None:
        raise DifferentiationError("the function returned None; does it lack a return statement?")
    leaves, structure = flatten(result)
    return [as_result(leaf) for leaf in leaves], structure, aux


def untrace_aux(aux, level):
    """The auxiliary result without the values that this differentiation traced."""
    return optree.tree_map(lambda leaf: _untraced(leaf, level), aux, namespace="modes")


def _untraced(leaf, level):
    """A leaf without the tracing from a level on; an array is a copy, as maps may hold the traced one."""
    if isinstance(leaf, np.ndarray) and contains_traced(leaf):
        return np.array([_untraced(item, level) for item in leaf.flat]).reshape(leaf.shape)
    if not isinstance(leaf, Traced):
        return leaf
    while isinstance(leaf, Traced) and leaf.level >= level:
        leaf = leaf.value
    return leaf.copy() if type(leaf) is np.ndarray else leaf


def stop_gradient(x):
    """The same numbers as constants, whatever differentiations trace them.

    Parameters
    ----------
    x : array_like or pytree
        Arrays and numbers, traced or not.

    Returns
    -------
    As x, of plain numbers and arrays; the arrays are copies, which may be written to.
    """

    def plain(leaf):
        constant = _untraced(leaf, -np.inf)
        return leaf.copy() if constant is leaf and type(leaf) is np.ndarray else constant

    return optree.tree_map(plain, x, namespace="modes")


def matching(values, point, what, tree_name):
    """Leaves of `values`, which must have the structure and shapes of a `Point`, as floats."""
    leaves, structure = flatten(values)
    if structure != point.structure:
        raise ValueError(f"{what} must be structured as {tree_name} are: {point.structure}, not {structure}")
    return [
        fitting(leaf, expected, f"{what}, leaf {number}")
        for number, (leaf, expected) in enumerate(zip(leaves, point.leaves, strict=True))
    ]


def fitting(leaf, expected, what):
    """A seed as a float array of the shape and precision of the value that it belongs to."""
    value = as_point(leaf, what)
    if value.shape != expected.shape:
        raise ValueError(f"{what} has shape {value.shape}, but the value there has shape {expected.shape}")
    if value.dtype != expected.dtype and expected.dtype.kind == "f":
        value = value.astype(expected.dtype)
    return value


def named(function, f, transformation):
    """Give a derivative function a name and docstring that tell what it is of."""
    name = getattr(f, "__name__", type(f).__name__)
    function.__name__ = function.__qualname__ = f"{transformation}({name})"
    function.__doc__ = f"{transformation} of {name}, of the same arguments."
    return function
