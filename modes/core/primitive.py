"""Primitives: NumPy functions with a local linear map for each argument."""

import functools

import numpy as np
from numpy import ndarray

from modes.core.levels import watch
from modes.core.operands import as_floats, as_operand
from modes.core.traced import Traced, primal
from modes.core.views import is_view, link_view
from modes.maps.broadcasting import Broadcast
from modes.maps.linear import LinearMap, Pair

ALL = None  # for array_arguments: every positional argument is an array


class Primitive:
    """A NumPy function with local maps: ``local(active, value, *plain, **kwargs)`` gives one for each
    position in `active`, the positions of the arguments that are traced at the innermost level.

    With ``outputs``, the function gives a tuple and `local` a list of maps for each of its members.
    ``array_arguments`` says how many leading arguments are arrays, or `ALL`.
    """

    singular = False  # True where a partial may be infinite at finite arguments

    def __init__(self, function, local, *, outputs=False, name=None, array_arguments=1):
        self.function = function
        self.local = local
        self.outputs = outputs
        self.name = name or getattr(function, "__name__", str(function))
        self.array_arguments = array_arguments

    def __call__(self, *given, **kwargs):
        count = self.array_arguments
        if count == 1 and isinstance(given[0], Traced) and not self.outputs:
            return self._of_one(given[0], given[1:], kwargs)
        args: list = [a if isinstance(a, Traced) else as_operand(a, self.name) for a in given[:count]]
        rest = given[len(args) :]
        top = None
        for argument in args:
            if isinstance(argument, Traced) and (top is None or argument.level > top.level):
                top = argument
        if top is None:
            return self.function(*args, *rest, **kwargs)
        level = top.level
        args = [*as_floats(args), *rest]
        plain, active = [], []
        for position, argument in enumerate(args):
            if isinstance(argument, Traced) and argument.level == level:
                active.append(position)
                plain.append(argument.value)
            else:
                plain.append(top._keep(argument))
        value = self.function(*plain, **kwargs)
        maps = self.local(active, value, *plain, **kwargs)
        if self.singular:
            for label in maps:
                self._noted(label.partial if isinstance(label, Broadcast) else label, level)
        operands = [args[position] for position in active]
        if self.outputs:
            return tuple(top._emit(v, operands, m) for v, m in zip(value, maps, strict=True))
        return top._emit(value, operands, maps)

    def _noted(self, label, level):
        """Note at a level if a label, which is not that of a map, is not finite."""
        if label is not None and not isinstance(label, LinearMap):
            watch(label if type(label) is ndarray else primal(label), level)

    def _of_one(self, x, rest, kwargs):
        """The same for one traced array and parameters, the common case; the result may be a view of it."""
        inner = x.value
        value = self.function(inner, *rest, **kwargs)
        result = x._emit_one(value, self.local([0], value, inner, *rest, **kwargs)[0])
        if is_view(value, inner):
            link_view(x, result, functools.partial(self._again, rest, kwargs))
        return result

    def _again(self, rest, kwargs, base):
        return (self if isinstance(base, Traced) else self.function)(base, *rest, **kwargs)


# Functions with partials that may be infinite at finite arguments.
_SINGULAR = frozenset(
    """exp exp2 expm1 sinh cosh sqrt cbrt log log2 log10 log1p arcsin arccos arccosh arctanh reciprocal divide
    power float_power hypot arctan2 xlogy xlog1py entr rel_entr kl_div logit erfinv erfcinv ndtri gammaln
    gamma psi digamma beta betaln boxcox exp1 expi spence""".split()
)


def _quiet(partial):
    """A partial that may be infinite, without an error where the user has made NumPy's warnings errors.

    The function itself may be finite there and warn of nothing.
    """
    if partial is None:
        return None

    @functools.wraps(partial)
    def quiet(*args):
        try:
            return partial(*args)
        except (RuntimeWarning, FloatingPointError):
            with np.errstate(all="ignore"):
                return partial(*args)

    return quiet


class Elementwise(Primitive):
    """A ufunc with one partial an argument, each a function of (result, *arguments) that gives a label.

    None in its place is the identity, for a partial of 1. ``captures`` is False where no partial needs the
    operands, so that they need not be kept.
    """

    def __init__(self, ufunc, *partials):
        super().__init__(ufunc, self._local, array_arguments=len(partials))
        self.singular = ufunc.__name__ in _SINGULAR
        self.partials = tuple(map(_quiet, partials)) if self.singular else partials
        self.captures = any(partial is not None for partial in partials)
        self.methods: dict = {}  # the quick methods of a binary function, by the class of traced value

    def __call__(self, *args):
        if len(args) != len(self.partials):
            raise TypeError(f"np.{self.name} takes {len(self.partials)} arguments, got {len(args)}")
        if len(args) == 1 and isinstance(args[0], Traced):
            return args[0]._unary(self)
        if type(args[0]) in self.methods:
            return self.methods[type(args[0])][0](*args)
        if type(args[-1]) in self.methods:
            return self.methods[type(args[-1])][1](args[1], args[0])
        return self.general(*args)

    def general(self, *args):
        """For arguments of any kinds and levels."""
        return super().__call__(*args)

    def _local(self, active, value, *plain):
        maps = []
        for position in active:
            partial = self.partials[position]
            local = None if partial is None else partial(value, *plain)
            shape = plain[position].shape
            maps.append(local if shape == value.shape else Broadcast(local, shape, value.shape))
        return maps


def linear(function, make, **options):
    """The rule of a function that is linear in its first argument: ``make(value, x, ...)`` gives its map."""
    return Primitive(
        function, lambda active, value, *plain, **kwargs: [make(value, *plain, **kwargs)], **options
    )


def _applied(batch, apply, transpose):
    return apply_linear(batch, apply, transpose) if isinstance(batch, Traced) else apply(batch)


# A linear map of a batch that an outer differentiation traces: an operation with a rule of its own.
apply_linear = linear(_applied, lambda y, x, apply, transpose: Pair(apply, transpose), name="a linear map")
