"""The differentiated part of a call, and seeds that fit it."""

import re
from typing import Any

import numpy as np
import optree

from modes.core import refusals
from modes.core.errors import DifferentiationError, TracedConversionError
from modes.core.frames import namespaces, refused_elsewhere
from modes.core.levels import slates_are_seen
from modes.core.operands import is_real
from modes.core.refusals import NOTED
from modes.core.slates import slates, unwrapped
from modes.core.traced import primal, strip
from modes.jacobians.memory import Remembered
from modes.jacobians.trees import as_point, flatten, opened, unflatten

_READ = (
    "the value of f is another one where its own arrays hold traced values: one of them was given to code "
    "that reads the memory of plain arrays (`R.dot(y)`, `plain[:] = y`, a function in C), or f changes what "
    "it is given, or is random; write R @ y, or put the array together with np.stack([...])"
)
_WRITING = Remembered()  # functions that need slates, and the namespaces, by the identity of their code


class Point:
    """The differentiated part of a call ``f(*args, **kwargs)`` as a list of leaves, and the way back."""

    __slots__ = ("argnums", "args", "kwargs", "leaves", "single", "structure")

    def __init__(self, args, argnums, kwargs):
        self.args, self.kwargs = args, kwargs
        if type(argnums) is int and 0 <= argnums < len(args):
            leaf = args[argnums]
            if (
                type(leaf) is np.ndarray and leaf.ndim and leaf.dtype.kind == "f" and leaf.dtype.isnative
            ):  # the common case, quickly
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
                names: Any = optree.tree_paths(opened(selected), namespace="modes")
                for leaf, path in zip(leaves, names, strict=True):
                    as_point(leaf, self._name(path))
                raise

    def _name(self, path):
        number, *rest = (self.argnums[0], *path) if self.single else (self.argnums[path[0]], *path[1:])
        return f"argument {number}" + "".join(f"[{part!r}]" for part in rest)

    def run(self, f, leaves, make, *made_of):
        """f with the differentiated leaves replaced. Where it fails, as it does when it puts traced values in
        plain arrays of its own, it is run once more, with leaves made anew (by `make`) and with slates.
        """
        known = _WRITING.get(id(getattr(f, "__code__", f))) if _WRITING else None
        level = leaves[0].level if leaves else None
        if known is not None and (slates_are_seen() or not _outer(level)):
            try:
                return self._with_slates(f, leaves, known[1])
            except Exception:  # perhaps it does not need them this time
                refusals.taken(level)
                leaves = make(*made_of)
                level = leaves[0].level if leaves else None
        try:
            result = self._given(f, leaves)
            if not NOTED or (refusal := refusals.taken(level)) is None:
                return result
            raise refusal  # f went on without it
        except Exception as error:
            first = _explained(error)
            refused = refusals.taken(level) or isinstance(
                first, DifferentiationError | TypeError | ValueError
            )
            if slates_are_seen() or not refused:
                raise first from (None if first is error else error)
            if outer := _outer(level):  # what f keeps is part of that one, which is to see slates as a whole
                refusals.note_at(outer[-1], first)
                raise first from (None if first is error else error)
            modules = namespaces(f, error)
        try:
            leaves = make(*made_of)
            result = self._with_slates(f, leaves, modules)
        except Exception as error:
            second = _explained(error)
            told = first if isinstance(second, TypeError | Warning) else second
            refused = isinstance(first, DifferentiationError) and not isinstance(first, TracedConversionError)
            if isinstance(second, DifferentiationError) and not refused:
                told = second  # what is left where plain arrays take traced values
            raise told from (None if told is error else error)
        code = getattr(f, "__code__", f)
        _WRITING[id(code)] = code, modules
        return result

    def _with_slates(self, f, leaves, modules):
        """f of leaves, where NumPy makes slates; C code that reads one behind our back shows in the value."""
        try:
            with slates(*modules):
                result = _without_slates(self._given(f, leaves))
                if (refusal := refusals.taken(leaves[0].level if leaves else None)) is not None:
                    raise refusal
        except ValueError as error:
            if re.search("NaN|finite", str(error)):  # SciPy looks at what the memory of a slate holds
                raise DifferentiationError(_READ) from error
            raise
        if slates_are_seen():  # inside a differentiation that will look at the whole
            return result
        result = _detached(result)
        with np.errstate(all="ignore"), slates(*modules, of_numbers=True):
            plain = self._given(f, [np.array(primal(leaf))[()] for leaf in self.leaves])
            same = _same_numbers(result, _without_slates(plain))
        if not same:
            raise DifferentiationError(_READ)
        return result

    def call(self, f, leaves):
        """f with the differentiated leaves replaced."""
        try:
            return self._given(f, leaves)
        except Exception as error:
            told = _explained(error)
            raise told from (None if told is error else error)

    def _given(self, f, leaves):
        selected = unflatten(self.structure, leaves)
        if len(self.args) == 1:
            return f(selected if self.single else selected[0], **self.kwargs)
        args = list(self.args)
        for number, value in zip(self.argnums, [selected] if self.single else selected, strict=True):
            args[number] = value
        return f(*args, **self.kwargs)

    def tree(self, leaves):
        """Leaves in the structure of the differentiated arguments."""
        return unflatten(self.structure, leaves)


def _outer(level):
    """The differentiations around that of a level in this thread, the outermost first."""
    return [other for other in refusals.running() if level is None or other < level]


def _without_slates(result):
    """A result, with what the slates in it stand for in their place."""
    leaves, structure = flatten(result)
    return unflatten(structure, [unwrapped(leaf) for leaf in leaves])


def _detached(result):
    """A result of which f, if it has kept the arrays, changes nothing when it is run again."""
    leaves, structure = flatten(result)
    return unflatten(structure, [leaf.copy("K") if isinstance(leaf, np.ndarray) else leaf for leaf in leaves])


def _same_numbers(one, other):
    """True where the numbers of two results of f agree, up to rounding."""
    (mine, mine_structure), (theirs, their_structure) = flatten(one), flatten(other)
    if mine_structure != their_structure or len(mine) != len(theirs):
        return False
    for a, b in zip(mine, theirs, strict=True):
        a, b = primal(strip(a)), strip(b)
        if np.shape(a) != np.shape(b):
            return False
        if np.size(b) and is_real(np.asarray(b).dtype):
            scale = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
            if not np.allclose(np.asarray(a, float), b, rtol=1e-7, atol=1e-9 * scale, equal_nan=True):
                return False
    return True


def _met_objects(error):
    """True where one of NumPy's loops met objects that it cannot do with."""
    text = str(error)
    if isinstance(error, DifferentiationError) or not isinstance(error, TypeError | AttributeError):
        return False
    if isinstance(error, AttributeError):  # it asks each object for a method of the ufunc's name
        return isinstance(getattr(np, getattr(error, "name", None) or "", None), np.ufunc)
    words = ("dtype('O')", "which has no callable", "not supported for the input types")
    return any(word in text for word in words)


def _explained(error):
    """An error of f, or of NumPy or SciPy in it, in words that say what to write instead."""
    if isinstance(error, SystemError) and (before := error.__cause__ or error.__context__) is not None:
        told = _explained(before)  # C code that went on after an error, as NumPy's argmax of objects does
        return told if isinstance(told, DifferentiationError) else error
    sentence = refused_elsewhere(error)
    if sentence is not None:
        return TracedConversionError(sentence)
    text = str(error)
    of_traced = isinstance(error.__cause__, TracedConversionError) or "setting single item" in text.lower()
    if isinstance(error, ValueError) and of_traced:
        return TracedConversionError(  # NumPy says no more than "a sequence"
            "a traced value was put into a plain array of numbers, which would lose the derivative: "
            "make the array inside the function, or with np.zeros_like(x) of a traced x (shape=... for "
            "another shape), or put its items together with np.stack or np.array([...]), without a dtype; "
            "leave out np.float64(...)"
        )
    if isinstance(error, ValueError) and "read-only" in text:
        return DifferentiationError(
            "an array was changed in place that an earlier operation needs as it was (or that is "
            "read-only): change a copy of it, array.copy()"
        )
    if isinstance(error, TypeError) and re.search(r"unhashable type: '(Dual|Variable)", text):
        return TracedConversionError(
            "a traced value cannot be a key of a dict, a set or a cache (functools.lru_cache): it has no "
            "hash; compute it anew, or give the key stop_gradient of it where the value kept is a constant"
        )
    if isinstance(error, TypeError) and re.search(r"(not|from) (modes\.\S*)?(Dual|Variable)", text):
        return TracedConversionError(
            f"a traced value was given to a function written in C, which takes plain arrays ({text}): "
            "write it in NumPy, or give it a rule: modes.linear_map(f, transposed f) where it is linear, "
            "modes.custom_vjp else"
        )
    if _met_objects(error):
        return DifferentiationError(
            f"a list, or an array of objects, of traced values met a function that takes none ({text}): "
            "put the values together with np.stack([...]) (np.stack of rows for a matrix) first"
        )
    return error


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
