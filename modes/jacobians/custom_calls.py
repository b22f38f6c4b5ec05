"""One call of a function with a rule of the user's own, as one operation on a vector."""

import math
import numbers
from typing import TYPE_CHECKING, Any

import numpy as np
import optree

from modes.core.errors import DifferentiationError
from modes.core.operands import is_float, is_real
from modes.core.primitive import linear
from modes.core.traced import Traced, contains_traced, primal
from modes.jacobians.arguments import Point
from modes.jacobians.linearization import Linearization
from modes.jacobians.trees import cut, joined, opened
from modes.maps.batches import dense
from modes.maps.linear import Pair


def flatten_leaves(tree):
    return optree.tree_flatten(opened(tree), namespace="modes")


def _is_numeric(leaf):
    """True for leaves that have tangents: real arrays and numbers, traced or not."""
    if isinstance(leaf, Traced | bool | int | float):
        return True
    return isinstance(leaf, np.ndarray | np.generic) and is_real(leaf.dtype)


def cut_like(vector, leaves):
    """A vector as parts of the shapes and precisions of some leaves."""
    parts = cut(vector, [np.shape(leaf) for leaf in leaves])
    for i, (part, leaf) in enumerate(zip(parts, leaves, strict=True)):
        dtype = getattr(leaf, "dtype", part.dtype)
        if dtype != part.dtype and is_float(dtype):
            parts[i] = np.astype(part, dtype)
    return parts


def apart(tree):
    """Results of code of the user's with arrays of their own: it may return an argument, or a buffer."""
    copy = lambda leaf: np.copy(leaf) if isinstance(leaf, np.ndarray) else leaf  # noqa: E731
    return optree.tree_map(copy, tree, namespace="modes")


def kept(tree, top):
    """What a rule is to be given later, as it is now."""
    keep = lambda leaf: top._keep(leaf) if type(leaf) is np.ndarray else leaf  # noqa: E731
    return optree.tree_map(keep, tree, namespace="modes")


def _row_by_row(function, batch):
    """A function of vectors, of a vector or of each row of a batch of them."""
    batch = dense(batch)
    return function(batch) if batch.ndim == 1 else np.stack([function(row) for row in batch])


def _transposed(function, size, like, vectors):
    """The transpose of a linear function of vectors of `size` entries, of a vector or a batch of them."""
    linearization = Linearization(function, Point((np.zeros(size, like.dtype),), 0, {}), copies=True)
    (pulled,) = linearization.pull([dense(vectors)], vectors.ndim - 1)
    if pulled is None:
        return np.zeros((*vectors.shape[:-1], size), like.dtype)
    return dense(pulled)


# One call of a function with a rule of the user's own, as an operation on the vector of its active leaves.
APPLY = linear(lambda vector, call: call.value, lambda y, x, call: Pair(call.push, call.pull), name="custom")


class CustomCall:
    """One call of a custom function, with the innermost differentiation taken off its arguments."""

    if TYPE_CHECKING:

        def _evaluate(self, top: Any) -> Any: ...
        def push(self, tangents: Any) -> Any: ...
        def pull(self, cotangents: Any) -> Any: ...

    def __init__(self, custom, nondiff, plain, structure, active, top):
        self.custom, self.nondiff, self.plain, self.structure = custom, nondiff, plain, structure
        self.active, self.level = active, top.level
        self.outputs, self.out_structure = flatten_leaves(apart(self._evaluate(top)))
        for leaf in self.outputs:
            if not _is_numeric(leaf) and _is_some_number(leaf):
                self._refuse(f"its result has a {type(leaf).__name__} in it that is not of real numbers")
        self.real = [i for i, leaf in enumerate(self.outputs) if _has_derivative(leaf)]
        reals = [self.outputs[i] for i in self.real]
        self.value = joined(reals) if reals else np.zeros(0)

    @property
    def primals(self):
        return optree.tree_unflatten(self.structure, self.plain)

    def check_closure(self, leaves):
        """Refuse values of the differentiation that was taken off the arguments."""
        for leaf in leaves:
            while isinstance(leaf, Traced):
                if leaf.level == self.level:
                    self._refuse(
                        "it uses a traced value that is not among its arguments, by which its rule gives no "
                        "derivative; pass it as one"
                    )
                leaf = leaf.value

    def _zero(self, leaf):
        if not _is_numeric(leaf):
            return None
        dtype = getattr(primal(leaf), "dtype", np.dtype(float))
        return np.zeros(np.shape(leaf), dtype if is_float(dtype) else float)[()]

    def _refuse(self, what):
        raise DifferentiationError(f"{self.custom._kind} of {self.custom.name}: {what}")

    def _leaves_like(self, tree, structure, leaves, what, like):
        """The leaves of a rule's result, which must be structured and shaped as what it belongs to."""
        found, mine = flatten_leaves(tree)
        if mine != structure:
            self._refuse(f"{what} must be structured as {like}: {structure}, not {mine}")
        for number, (leaf, expected) in enumerate(zip(found, leaves, strict=True)):
            if np.shape(leaf) != np.shape(expected):
                self._refuse(
                    f"{what} has a leaf {number} of shape {np.shape(leaf)}, but that of {like} has shape "
                    f"{np.shape(expected)}"
                )
            if _is_numeric(expected) and not _is_numeric(leaf):
                self._refuse(f"{what} has a leaf {number} that is not real, but a {type(leaf).__name__}")
        self.check_closure(found)
        return [np.copy(leaf) if type(leaf) is np.ndarray else leaf for leaf in found]

    def _check_result(self, result, known, structure):
        """The first item of what a rule returns must be what the function returns."""
        found = self._leaves_like(result, structure, known, "the rule's result", "the function's result")
        for value, expected in zip(found, known, strict=True):
            if _is_numeric(expected) and not np.allclose(primal(value), primal(expected), 1e-6, 1e-9, True):
                self._refuse("the rule's result is not the function's, as its first item must be")


def _is_some_number(leaf):
    """True for numbers and arrays of them, real or not, and for arrays of objects."""
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "cO"
    return isinstance(leaf, numbers.Number)


def _has_derivative(leaf):
    return isinstance(leaf, Traced | float) or (
        isinstance(leaf, np.ndarray | np.generic) and is_float(leaf.dtype)
    )


class PushCall(CustomCall):
    """A call of a function with a rule that pushes tangents."""

    checked = False

    def _evaluate(self, top):
        if self.custom.jvp is None:
            self._refuse("it has no rule yet; give it one by defjvp")
        return self.custom(*self.custom._arguments(self.nondiff, self.primals))

    def _push_one(self, tangent):
        tangents = [self._zero(leaf) for leaf in self.plain]
        for i, part in zip(self.active, cut_like(tangent, [self.plain[i] for i in self.active]), strict=True):
            tangents[i] = part
        pushed = self.custom.jvp(*self.nondiff, self.primals, optree.tree_unflatten(self.structure, tangents))
        if not isinstance(pushed, tuple | list) or len(pushed) != 2:
            self._refuse("the rule must return a pair, the function's result and its tangent")
        if not self.checked:
            self._check_result(pushed[0], self.outputs, self.out_structure)
            self.checked = True
        parts = self._leaves_like(
            pushed[1], self.out_structure, self.outputs, "the tangent", "the function's result"
        )
        return joined([parts[i] for i in self.real])

    def push(self, tangents):
        return _row_by_row(self._push_one, tangents)

    def pull(self, cotangents):
        size = sum(math.prod(np.shape(self.plain[i])) for i in self.active)
        return _transposed(self._push_one, size, primal(self.value), cotangents)


class PullCall(CustomCall):
    """A call of a function with a rule that pulls cotangents back."""

    def __init__(self, *args):
        super().__init__(*args)
        self._check_fwd()

    def _evaluate(self, top):
        if self.custom.fwd is None:
            self._refuse("it has no rule yet; give it one by defvjp")
        found = self.custom.fwd(*self.custom._arguments(self.nondiff, self.primals))
        if not isinstance(found, tuple | list) or len(found) != 2:
            self._refuse("fwd must return a pair, the function's result and what bwd needs")
        result, residuals = found
        self.residuals = kept(residuals, top)
        return result

    def _check_fwd(self):
        """Hold what `fwd` returns against the function, once for arguments of some shapes."""
        shapes = (self.structure, *map(np.shape, self.plain))
        if shapes in self.custom.checked or any(map(contains_traced, [*self.plain, *self.outputs])):
            return
        known, structure = flatten_leaves(self.custom(*self.custom._arguments(self.nondiff, self.primals)))
        self._check_result(optree.tree_unflatten(self.out_structure, self.outputs), known, structure)
        self.custom.checked[shapes] = True

    def _pull_one(self, cotangent):
        cotangents = [self._zero(leaf) for leaf in self.outputs]
        for i, part in zip(self.real, cut_like(cotangent, [self.outputs[i] for i in self.real]), strict=True):
            cotangents[i] = part
        tree = optree.tree_unflatten(self.out_structure, cotangents)
        pulled = self.custom.bwd(*self.nondiff, self.residuals, tree)
        primals = self.primals
        if not isinstance(pulled, tuple) or len(pulled) != len(primals):
            self._refuse(f"bwd must return a tuple with a cotangent for each of {len(primals)} arguments")
        parts: list = []
        for number, (one, argument) in enumerate(zip(pulled, primals, strict=True)):
            leaves, structure = flatten_leaves(argument)
            if one is None:  # zero, as in JAX
                parts += [self._zero(leaf) for leaf in leaves]
            else:
                what = f"the cotangent of argument {number}"
                parts += self._leaves_like(one, structure, leaves, what, "the argument")
        return joined([parts[i] for i in self.active])

    def pull(self, cotangents):
        return _row_by_row(self._pull_one, cotangents)

    def push(self, tangents):
        size = self.value.shape[0]
        pushed = _transposed(self._pull_one, size, primal(self.value), tangents)
        if not contains_traced(tangents) and not contains_traced(pushed):
            self._check_linear(dense(tangents), pushed)
        return pushed

    def _check_linear(self, tangents, pushed):
        """⟨g, J t⟩ = ⟨bwd(g), t⟩ for a random g: else bwd is not linear, and has no transpose."""
        g = np.random.default_rng(0).uniform(0.5, 1.5, self.value.shape[0]).astype(primal(self.value).dtype)
        pulled = primal(self._pull_one(g))
        scale = np.abs(pushed) @ g + np.abs(tangents) @ np.abs(pulled)
        if np.any(np.abs(pushed @ g - tangents @ pulled) > 1e-4 * scale):
            self._refuse(
                "bwd is not linear in the cotangent, so forward mode has no meaning; use reverse mode"
            )
