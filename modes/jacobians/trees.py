"""Arguments and results as pytrees (optree), and the checks of their leaves."""

import dataclasses
import math
from typing import Any

import numpy as np
import optree

from modes.core.errors import DifferentiationError
from modes.core.operands import is_sparse, plain_array
from modes.core.registry import RULES
from modes.core.traced import Traced, check_running, contains_traced, takes_traced

_SIMPLE = frozenset({np.ndarray, float, np.float64, int})


class Record:
    """An instance of a dataclass as a node of a tree: its fields are its children.

    Fields that hold texts, functions and the like, but nothing that is differentiated, go along as they are.
    """

    def __init__(self, instance: Any) -> None:
        self.instance = instance


def _is_record(leaf):
    return dataclasses.is_dataclass(leaf) and not isinstance(leaf, type)


def _is_static(value):
    return isinstance(value, str | bytes | type | None) or callable(value)


def _fields(record):
    values = {
        field.name: getattr(record.instance, field.name) for field in dataclasses.fields(record.instance)
    }
    static = tuple((name, value) for name, value in values.items() if _is_static(value))
    names = tuple(name for name, value in values.items() if not _is_static(value))
    return [opened(values[name]) for name in names], (type(record.instance), names, static), names


def _instance(how, children):
    cls, names, static = how
    new = object.__new__(cls)  # not by __init__, which may convert and check
    for name, value in (*zip(names, children, strict=True), *static):
        object.__setattr__(new, name, value)
    return new


optree.register_pytree_node(Record, _fields, _instance, namespace="modes")  # type: ignore[arg-type]


def opened(tree):
    """A tree with the dataclass instances in it as nodes; put together again, it has the instances."""
    if _is_record(tree):
        return Record(tree)
    return tree if isinstance(tree, Traced | np.ndarray) else _opened(tree)


def _opened(tree):
    leaves, structure = optree.tree_flatten(tree, namespace="modes")
    if not any(map(_is_record, leaves)):
        return tree
    return optree.tree_unflatten(structure, [Record(leaf) if _is_record(leaf) else leaf for leaf in leaves])


def flatten(tree):
    """Leaves and structure; a single array or number is its own only leaf."""
    if type(tree) in _SIMPLE or isinstance(tree, Traced):
        return [tree], None
    leaves, structure = optree.tree_flatten(opened(tree), namespace="modes")
    return leaves, None if structure.is_leaf(strict=True) else structure


def unflatten(structure, leaves):
    return leaves[0] if structure is None else optree.tree_unflatten(structure, leaves)


def joined(leaves):
    """Leaves as one vector."""
    if not leaves:
        return np.zeros(0)
    parts = [np.reshape(leaf, -1) for leaf in leaves]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def cut(vector, shapes):
    """A vector as parts of some shapes, one behind the other."""
    parts, first = [], 0
    for shape in shapes:
        stop = first + math.prod(shape)
        parts.append(np.reshape(vector[first:stop], shape)[()])
        first = stop
    return parts


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
        if not leaf.dtype.isnative:
            leaf = leaf.astype(leaf.dtype.newbyteorder("="))
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
    if isinstance(leaf, np.ndarray) and not isinstance(leaf, Traced) and type(leaf) is not np.ndarray:
        leaf = plain_array(leaf, where)
    if isinstance(leaf, Traced):
        check_running(leaf)
        return leaf
    if isinstance(leaf, np.ndarray) and leaf.dtype == object:
        return RULES[np.array](leaf)
    if isinstance(leaf, np.ndarray | np.generic | int | float) and not np.iscomplexobj(leaf):
        array = np.asarray(leaf)
        if array.dtype.kind in "fiub":
            return array[()]
    if is_sparse(leaf):
        raise DifferentiationError(
            f"{where} returned a sparse matrix of SciPy; return its .toarray() (A * x of a traced x: write "
            "A.toarray() * x, or A @ x for the product)"
        )
    what = f"dtype {leaf.dtype}" if hasattr(leaf, "dtype") else f"type {type(leaf).__name__}"
    raise DifferentiationError(
        f"{where} returned {what}; it must return real arrays, numbers, or tuples, lists, dicts and "
        "dataclasses of them"
        + (" (has_aux=True passes anything else along)" if not np.iscomplexobj(leaf) else "")
    )


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
    return optree.tree_map(lambda leaf: _untraced(leaf, level), opened(aux), namespace="modes")


def _untraced(leaf, level):
    """A leaf without the tracing from a level on; an array is a copy, as maps may hold the traced one."""
    if takes_traced(leaf):
        leaf = plain_array(leaf, "aux")
    if not isinstance(leaf, Traced):
        if isinstance(leaf, np.ndarray) and contains_traced(leaf):  # of objects
            return np.array([_untraced(item, level) for item in leaf.flat]).reshape(leaf.shape)
        return leaf
    while isinstance(leaf, Traced) and leaf.level >= level:
        leaf = leaf.value
    return leaf.copy() if type(leaf) is np.ndarray else leaf


def stop_gradient(x: Any) -> Any:
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

    return optree.tree_map(plain, opened(x), namespace="modes")
