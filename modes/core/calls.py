"""From a NumPy call on traced values to its rule."""

import functools
import inspect

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.registry import CONSTANT, METHODS, find, refusal
from modes.core.traced import Traced, contains_traced, strip, takes_traced


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


def call_method(ufunc, method, inputs, kwargs):
    """A call of a ufunc that is not plain: another method than ``__call__``, or with keywords."""
    return METHODS[method](ufunc, method, inputs, kwargs)


def _call_constant(function, *args, **kwargs):
    return function(*strip(args), **{key: strip(value) for key, value in kwargs.items()})


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
    target = out_target(kwargs.pop("out"), f"np.{getattr(function, '__name__', function)}")
    if target is None:
        return found(*args, **kwargs)
    target[...] = found(*args, **kwargs)
    return target


def out_target(out, name):
    """The traced array that the caller gave as ``out=`` (an array, or a tuple of one), or None."""
    target = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    if target is not None and not isinstance(target, Traced) and not takes_traced(target):
        raise DifferentiationError(
            f"{name}(..., out=array): a plain array cannot hold traced values, so the derivative would "
            "be lost (`array += traced` comes here too); write `array = array + traced`, or make the array "
            "with np.zeros_like(x) of a traced x"
        )
    return target
