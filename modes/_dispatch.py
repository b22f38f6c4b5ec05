"""From a NumPy call on traced values to its rule.

`RULES` holds, for each NumPy function, a callable that takes the function's own arguments. A function
is in exactly one of `RULES` (differentiated), `CONSTANT` (its result has no derivative or a zero one:
booleans, integers, shapes, steps) and `REFUSED` (with the reason and the way out).
"""

import functools
import inspect
import itertools
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from modes._maps import Broadcast
from modes.errors import DifferentiationError

RULES: dict = {}
REFLECTED: dict = {}  # the methods of operators for `array op traced`, by their ufuncs
CONSTANT: set = set()
REFUSED: dict = {}

_levels = itertools.count(1000)  # below: levels of dual numbers made by hand
_running: set[int] = set()  # the levels whose function has not returned yet


def new_level():
    """A level for one differentiation: later is inner. Nothing is unwound, so no exception spoils it."""
    level = next(_levels)
    _running.add(level)
    return level


def end_level(level):
    """The function that was differentiated at this level has returned, or raised."""
    _running.discard(level)


def check_running(value):
    """Refuse a value that outlived the function it was traced in: its derivative belongs to nothing."""
    while isinstance(value, Traced):
        if value.level >= 1000 and value.level % 1 == 0 and value.level not in _running:
            raise DifferentiationError(OUTLIVED)
        value = value.value


OUTLIVED = (
    "a traced value was used after the function that it was traced in had returned; "
    "return it from the function instead of storing it elsewhere"
)


class Traced:
    """Base of the values that a differentiation traces: see `modes._array` for its NumPy face."""

    __slots__ = ("__weakref__", "_view", "_views", "value")
    value: Any
    level: float  # whole for a differentiation, between two for dual numbers made by hand inside one

    if TYPE_CHECKING:  # everything that an array has

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Any: ...
        def __setitem__(self, key: Any, item: Any) -> None: ...

    def _keep(self, constant):
        """A constant operand as it may be recorded: safe from later changes in place."""
        return constant

    def _emit(self, value, operands, maps):
        """The traced result of an operation, given its value and one local map an operand."""
        raise NotImplementedError

    def _emit_one(self, value, local):
        """`_emit` for an operation of which this is the only traced operand."""
        raise NotImplementedError


def primal(value):
    """The plain number or array underneath any number of levels of tracing."""
    while isinstance(value, Traced):
        value = value.value
    return value


def contains_traced(value):
    """True where a traced value sits in (nested) sequences or an object array."""
    if isinstance(value, Traced):
        return True
    if isinstance(value, list | tuple):
        return any(map(contains_traced, value))
    if isinstance(value, np.ndarray) and value.dtype == object:
        return any(isinstance(item, Traced) for item in value.flat)
    return False


def as_operand(value, name):
    """An array argument in a form that rules can use: object arrays and lists of traced values stacked."""
    if isinstance(value, Traced):
        return value
    if isinstance(value, list | tuple):
        value = np.array(value) if not contains_traced(value) else np.array(value, dtype=object)
    if isinstance(value, np.ndarray):
        if type(value) is not np.ndarray:
            value = plain_array(value, name)
        if value.dtype.kind in "fiub":
            return value
        if value.dtype == object:
            return RULES[np.array](value)
    if np.iscomplexobj(value):
        raise DifferentiationError(
            f"{name}: complex operand; derivatives here are of real functions: "
            "write the real and imaginary parts as two real arrays"
        )
    return value


def plain_array(array, name):
    """An instance of a subclass of ndarray as an ndarray, unless it has arithmetic of its own."""
    if isinstance(array, np.ma.MaskedArray | np.matrix):
        raise DifferentiationError(
            f"{name}: a {type(array).__name__} has arithmetic of its own; convert it to a plain array first "
            "(np.asarray, or x.filled(...) for a masked array)"
        )
    return np.asarray(array)


def as_floats(operands):
    """Operands with integers and booleans among the arrays in the floats of NumPy's result.

    So that partials made of them alone do not wrap around, as products of uint8 and sums of booleans do.
    """
    whole = [isinstance(x, np.ndarray | np.generic) and x.dtype.kind != "f" for x in operands]
    if not any(whole):
        return operands
    dtype = np.result_type(*(x if isinstance(x, int | float) else x.dtype for x in operands))
    return [x.astype(dtype) if change else x for x, change in zip(operands, whole, strict=True)]


class Primitive:
    """A NumPy function with local maps: ``local(active, value, *plain, **kwargs)`` gives one for each
    position in `active`, the positions of the arguments that are traced at the innermost level.

    With ``outputs``, the function gives a tuple and `local` a list of maps for each of its members.
    """

    def __init__(self, function, local, *, outputs=False, name=None, array_arguments=1):
        self.function = function
        self.local = local
        self.outputs = outputs
        self.name = name or getattr(function, "__name__", str(function))
        self.array_arguments = array_arguments  # how many leading arguments are arrays

    def __call__(self, *given, **kwargs):
        if self.array_arguments == 1 and isinstance(given[0], Traced) and not self.outputs:
            return self._of_one(given[0], given[1:], kwargs)
        args: list = [as_operand(a, self.name) for a in given[: self.array_arguments]]
        top = None
        for argument in args:
            if isinstance(argument, Traced) and (top is None or argument.level > top.level):
                top = argument
        if top is None:
            return self.function(*args, *given[self.array_arguments :], **kwargs)
        level = top.level
        args = [*as_floats(args), *given[self.array_arguments :]]
        plain, active = [], []
        for position, argument in enumerate(args):
            if isinstance(argument, Traced) and argument.level == level:
                active.append(position)
                plain.append(argument.value)
            else:
                plain.append(top._keep(argument))
        value = self.function(*plain, **kwargs)
        maps = self.local(active, value, *plain, **kwargs)
        operands = [args[position] for position in active]
        if self.outputs:
            return tuple(top._emit(v, operands, m) for v, m in zip(value, maps, strict=True))
        return top._emit(value, operands, maps)

    def _of_one(self, x, rest, kwargs):
        """The same for one traced array and parameters, the common case; the result may be a view of it."""
        inner = x.value
        value = self.function(inner, *rest, **kwargs)
        result = x._emit_one(value, self.local([0], value, inner, *rest, **kwargs)[0])
        if _is_view(value, inner):
            link_view(x, result, functools.partial(self._again, rest, kwargs))
        return result

    def _again(self, rest, kwargs, base):
        return (self if isinstance(base, Traced) else self.function)(base, *rest, **kwargs)


def _is_view(value, base):
    """True where NumPy made `value` as a view of `base`, so that assignment to one shows in the other."""
    if type(value) is np.ndarray:
        owner = value.base  # NumPy names the owner of the memory, through any number of views
        return owner is not None and type(base) is np.ndarray and (owner is base or owner is base.base)
    view = view_of(value) if isinstance(value, Traced) else None
    return view is not None and view[0] is base


_get_view = Traced._view.__get__  # type: ignore[attr-defined]  # of the slots, unset in most values, and
_get_views = Traced._views.__get__  # type: ignore[attr-defined]  # without the detour of __getattr__


def view_of(value):
    """What a traced value is a view of, and how to take it again; None where it is not a view."""
    try:
        return _get_view(value)
    except AttributeError:
        return None


def views_of(value):
    """The live views of a traced value."""
    try:
        references = _get_views(value)
    except AttributeError:
        return []
    return [view for reference in references if (view := reference()) is not None]


def link_view(base, view, again):
    """Note that `view` shows a part of `base`, and how to take it again: ``again(base)``."""
    view._view = (base, again)
    try:
        views = _get_views(base)
    except AttributeError:
        views = base._views = []
    if len(views) >= 64 and len(views) & (len(views) - 1) == 0:  # now and then, forget the dead
        views[:] = [reference for reference in views if reference() is not None]
    views.append(weakref.ref(view))


class Elementwise(Primitive):
    """A ufunc with one partial an argument, each a function of (result, *arguments) that gives a label.

    None in its place is the identity, for a partial of 1. ``captures`` is False where no partial needs the
    operands, so that they need not be kept.
    """

    def __init__(self, ufunc, *partials):
        super().__init__(ufunc, self._local, array_arguments=len(partials))
        self.partials = partials
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


def rule(*functions):
    """Decorate a composed rule: the NumPy function written in terms of others that have rules."""

    def register(composed):
        for function in functions:
            assert function not in RULES, f"{function} has a rule already"
            RULES[function] = composed
        return composed

    return register


def linear(function, make, **options):
    """The rule of a function that is linear in its first argument: ``make(value, x, ...)`` gives its map."""
    return Primitive(
        function, lambda active, value, *plain, **kwargs: [make(value, *plain, **kwargs)], **options
    )


def constant(*functions):
    """Register functions whose result carries no derivative."""
    CONSTANT.update(functions)


def refuse(why, *functions):
    """Register functions that are refused, with the reason and the way out."""
    for function in functions:
        REFUSED[function] = why


def strip(value):
    """Arguments of a constant function: every traced value replaced by its primal."""
    if isinstance(value, Traced):
        return primal(value)
    if isinstance(value, list | tuple):
        return type(value)(map(strip, value)) if not hasattr(value, "_fields") else value
    if isinstance(value, np.ndarray) and value.dtype == object and contains_traced(value):
        return np.array([primal(item) for item in value.flat]).reshape(value.shape)
    return value


def call(function, args, kwargs):
    """Call a NumPy function on arguments of which some are traced."""
    found = find(function)
    if found is not None:
        if len(args) > 2:
            args, kwargs = _with_out_named(function, args, kwargs)
        if "out" in kwargs:
            return _call_out(found, function, args, kwargs)
        return found(*args, **kwargs)
    if function in CONSTANT:
        args, kwargs = _with_out_named(function, args, kwargs)
        if contains_traced(kwargs.get("out")):
            return _call_out(functools.partial(_call_constant, function), function, args, kwargs)
        return _call_constant(function, *args, **kwargs)
    raise DifferentiationError(refusal(function))


def _call_constant(function, *args, **kwargs):
    return function(*strip(args), **{key: strip(value) for key, value in kwargs.items()})


def find(function):
    """The rule of a function, or None. Rules of SciPy's ufuncs are loaded when one is first met."""
    found = RULES.get(function)
    if found is None and function not in CONSTANT and function not in REFUSED:
        from modes import rules

        rules.load_special(function)
        found = RULES.get(function)
    return found


def refusal(function):
    name = getattr(function, "__name__", str(function))
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np")
    if isinstance(function, np.ufunc) and getattr(np, name, None) is not function:
        module = "scipy.special"
    why = REFUSED.get(function, "it has no rule: write it with functions that have one")
    return f"{module}.{name} of a traced value is refused: {why}"


@functools.cache
def _names_from_out(function):
    """The place of the parameter `out` of a NumPy function, and the names from there on; None without it."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:
        return None
    names = [name for name, parameter in parameters.items() if parameter.kind != parameter.KEYWORD_ONLY]
    return (names.index("out"), names[names.index("out") :]) if "out" in names else None


def _with_out_named(function, args, kwargs):
    """Arguments with `out`, and those behind it, given by name, so that rules need not list it."""
    found = None if isinstance(function, np.ufunc) else _names_from_out(function)
    if found is None or len(args) <= found[0]:
        return args, kwargs
    place, names = found
    return args[:place], {**dict(zip(names, args[place:], strict=False)), **kwargs}


def _call_out(found, function, args, kwargs):
    out = kwargs.pop("out")
    target = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    if target is None:
        return found(*args, **kwargs)
    if not isinstance(target, Traced):
        name = getattr(function, "__name__", str(function))
        raise DifferentiationError(
            f"np.{name}(..., out=array): a plain array cannot hold traced values, so the derivative would "
            "be lost (`array += traced` comes here too); write `array = array + traced`, or make the array "
            "with np.zeros_like(x) of a traced x"
        )
    target[...] = found(*args, **kwargs)
    return target
