"""Functions with a rule of the user's own: `custom_jvp` and `custom_vjp`.

Like every primitive they are one local linear map, seen from both ends: a rule that pushes tangents is
transposed for reverse mode, one that pulls cotangents is transposed for forward mode, by a sweep through
the rule itself. The differentiable arguments are put together into one vector, as are the results, so that
there is one map of one operand, whatever trees of arrays the function takes and returns.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree

from modes.core.errors import DifferentiationError
from modes.core.operands import as_operand
from modes.core.slates import unwrapped
from modes.core.traced import Traced, contains_traced
from modes.jacobians.custom_calls import (
    APPLY,
    CustomCall,
    PullCall,
    PushCall,
    apart,
    cut_like,
    flatten_leaves,
    kept,
)
from modes.jacobians.memory import Remembered
from modes.jacobians.trees import joined

_BOTH = inspect.Parameter.POSITIONAL_OR_KEYWORD


class _Custom:
    """What the two decorators share: from a call to one operation on vectors, and back."""

    _kind: str
    _call: type["CustomCall"]

    def __init__(self, fun: Callable[..., Any], nondiff_argnums: int | Sequence[int] = ()) -> None:
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.nondiff_argnums: tuple[int, ...] = (
            (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        )
        self.name = getattr(fun, "__name__", type(fun).__name__)
        try:
            self.signature: inspect.Signature | None = inspect.signature(fun)
        except (TypeError, ValueError):  # written in C: positional arguments only
            self.signature = None
            return
        kinds = [parameter.kind for parameter in self.signature.parameters.values()]
        most = sum(kind in (inspect.Parameter.POSITIONAL_ONLY, _BOTH) for kind in kinds)
        beyond = [i for i in self.nondiff_argnums if not -most <= i < most]
        if beyond and inspect.Parameter.VAR_POSITIONAL not in kinds:
            raise ValueError(
                f"{self._kind} of {self.name}: nondiff_argnums has {beyond[0]}, but it takes {most} arguments"
            )

    def _positional(self, args, kwargs):
        if self.signature is None:
            if kwargs:
                raise TypeError(f"{self._kind} of {self.name}: give its arguments by position")
            return args
        bound = self.signature.bind(*args, **kwargs)
        if bound.kwargs:
            raise TypeError(
                f"{self._kind} of {self.name}: {', '.join(bound.kwargs)} can only be given by keyword, which "
                "a rule does not get; make it a positional parameter"
            )
        bound.apply_defaults()
        return bound.args

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = unwrapped(self._positional(args, kwargs))
        nondiff = {i % len(args): args[i] for i in self.nondiff_argnums if -len(args) <= i < len(args)}
        for i, argument in nondiff.items():
            if any(map(contains_traced, flatten_leaves(argument)[0])):
                raise DifferentiationError(
                    f"{self._kind} of {self.name}: argument {i} is in nondiff_argnums, but a differentiation "
                    "traces it; take it out of them, or give stop_gradient of it"
                )
        leaves, structure = flatten_leaves(tuple(a for i, a in enumerate(args) if i not in nondiff))
        leaves = [as_operand(leaf, self.name) if contains_traced(leaf) else leaf for leaf in leaves]
        level = max((leaf.level for leaf in leaves if isinstance(leaf, Traced)), default=None)
        if level is None:
            return apart(self.fun(*args))
        active = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Traced) and leaf.level == level]
        top = leaves[active[0]]
        plain = [
            leaf.value if i in active else top._keep(leaf) if type(leaf) is np.ndarray else leaf
            for i, leaf in enumerate(leaves)
        ]
        call = self._call(self, kept(tuple(nondiff.values()), top), plain, structure, active, top)
        call.check_closure(call.outputs)
        result = APPLY(joined([leaves[i] for i in active]), call)
        outputs = list(call.outputs)
        for i, part in zip(call.real, cut_like(result, [call.outputs[i] for i in call.real]), strict=True):
            outputs[i] = part
        return optree.tree_unflatten(call.out_structure, outputs)

    def _arguments(self, nondiff, diff):
        """All arguments in their order, from those that are not and those that are differentiable."""
        diff, nondiff = list(diff), list(nondiff)
        total = len(diff) + len(nondiff)
        places = {i % total for i in self.nondiff_argnums if -total <= i < total}
        return [nondiff.pop(0) if i in places else diff.pop(0) for i in range(total)]


class custom_jvp(_Custom):
    """A function with a rule of your own for pushing tangents; a decorator.

    Parameters
    ----------
    fun : callable
        Takes arrays, numbers and pytrees of them by position, returns such; arrays that it returns are
        copied, so that none is an argument or a view of one. It may do anything: its own operations are not
        traced.
    nondiff_argnums : int or tuple of ints
        Positions of arguments that are no arrays; the rule gets them first.

    Names and meaning are JAX's. The rule must be linear in the tangents; for reverse mode it is transposed,
    for which it must be plain NumPy. It serves batches, and nests as far as what it calls does.

    >>> import numpy as np, math
    >>> @custom_jvp
    ... def log1pexp(x):
    ...     return math.log1p(math.exp(x))
    >>> @log1pexp.defjvp
    ... def push(primals, tangents):
    ...     (x,), (t,) = primals, tangents
    ...     return log1pexp(x), t / (1 + np.exp(-x))
    >>> from modes import grad
    >>> float(grad(log1pexp)(0.0))
    0.5
    """

    _kind = "custom_jvp"
    _call = PushCall
    jvp: Callable[..., Any] | None = None

    def defjvp(self, jvp: Callable[..., Any]) -> Callable[..., Any]:
        """Set the rule: ``jvp(*nondiff, primals, tangents)`` returns the result and its tangent.

        A tangent is structured and shaped as its argument; of an argument that is not differentiated it is
        zero. Usable as a decorator.
        """
        self.jvp = jvp
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Set a rule for each argument: ``jvp(tangent, result, *primals)``, or None where it is zero."""

        def jvp(primals, tangents):
            result = self(*primals)
            parts = [
                rule(t, result, *primals)
                for rule, t in zip(jvps, tangents, strict=True)
                if rule is not None and t is not None
            ]
            zero = optree.tree_map(lambda leaf: np.zeros(np.shape(leaf)), result, namespace="modes")
            add = lambda *leaves: sum(leaves[1:], leaves[0])  # noqa: E731
            return result, optree.tree_map(add, zero, *parts, namespace="modes")

        if self.nondiff_argnums:
            raise TypeError("defjvps takes no nondiff_argnums; use defjvp")
        self.jvp = jvp


class custom_vjp(_Custom):
    """A function with a rule of your own for pulling cotangents back; a decorator.

    Parameters
    ----------
    fun, nondiff_argnums
        As of `custom_jvp`.

    Names and meaning are JAX's. Where JAX refuses forward mode, the rule is transposed here, for which `bwd`
    must be plain NumPy and linear (it is checked; where it is not, forward mode is refused).

    >>> import numpy as np, scipy.linalg
    >>> @custom_vjp
    ... def solve(a, b):
    ...     return scipy.linalg.solve(a, b)
    >>> def fwd(a, b):
    ...     x = solve(a, b)
    ...     return x, (a, x)
    >>> def bwd(residuals, g):
    ...     a, x = residuals
    ...     w = solve(a.T, g)
    ...     return -np.outer(w, x), w
    >>> solve.defvjp(fwd, bwd)
    >>> from modes import grad
    >>> grad(lambda b: np.sum(solve(np.diag([2.0, 4.0]), b)))(np.ones(2))
    array([0.5 , 0.25])
    """

    _kind = "custom_vjp"
    _call = PullCall
    fwd: Callable[..., Any] | None = None
    bwd: Callable[..., Any] | None = None
    checked: Remembered  # shapes of arguments for which fwd was held against the function

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Set the rule.

        Parameters
        ----------
        fwd : callable
            Takes the arguments of the function; returns its result (which is held against the function's
            own, once for arguments of some shapes), and what `bwd` needs.
        bwd : callable
            ``bwd(*nondiff, residuals, cotangent)`` returns a tuple with a cotangent for each differentiable
            argument, structured and shaped as that is, or None for zero.
        """
        self.fwd, self.bwd, self.checked = fwd, bwd, Remembered()
