"""The registry: for each NumPy function its rule, or why there is none.

`RULES` holds, for each NumPy function, a callable that takes the function's own arguments. A function
is in exactly one of `RULES` (differentiated), `CONSTANT` (its result has no derivative or a zero one:
booleans, integers, shapes, steps) and `REFUSED` (with the reason and the way out). Rules write themselves in
by `register` and its kin when their module is imported; everything else only reads.
"""

import sys

import numpy as np


class _Rules(dict):
    def __missing__(self, function):
        """The rule of what a function wraps: NumPy's own are wrapped while slates are seen."""
        return self[function.__wrapped__]


RULES: dict = _Rules()
CONSTANT: set = set()
REFUSED: dict = {}
METHODS: dict = {}  # what to do with a call of a ufunc that is not plain, by the method's name
_loaders: list = []


def register(function, composed):
    """Give a function its rule, once.

    Raises
    ------
    ValueError
        Where it has one, or is registered as constant or refused.
    """
    if function in RULES or function in CONSTANT or function in REFUSED:
        raise ValueError(f"{function} is registered already")
    RULES[function] = composed
    return composed


def rule(*functions):
    """Decorate a composed rule: the NumPy function written in terms of others that have rules."""

    def decorate(composed):
        for function in functions:
            register(function, composed)
        return composed

    return decorate


def refine(function, wrap):
    """Put ``wrap(rule)`` in the place of a function's rule: what all its results must be."""
    RULES[function] = wrap(RULES[function])


def constant(*functions):
    """Register functions whose result carries no derivative."""
    CONSTANT.update(functions)


def refuse(why, *functions):
    """Register functions that are refused, with the reason and the way out."""
    for function in functions:
        REFUSED[function] = why


def ufunc_method(*names):
    """Decorate what handles calls of methods of ufuncs: ``handler(ufunc, method, inputs, kwargs)``."""

    def decorate(handler):
        for name in names:
            METHODS[name] = handler
        return handler

    return decorate


def load_on_demand(loader):
    """Register what is told of a function that has no rule yet, and may import the module of its rule."""
    _loaders.append(loader)
    return loader


def find(function):
    """The rule of a function, or None."""
    found = RULES.get(function)
    if found is None and function not in CONSTANT and function not in REFUSED:
        for loader in _loaders:
            loader(function)
        found = RULES.get(function)
    return found


def refusal(function):
    """The sentence that refuses a function."""
    name = getattr(function, "__name__", str(function))
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np")
    if isinstance(function, np.ufunc) and getattr(np, name, None) is not function:
        special = sys.modules.get("scipy.special")
        if getattr(special, name, None) is not function:
            return f"the ufunc {name} of a traced value is refused: it has no rule; write it with NumPy"
        module = "scipy.special"
    why = REFUSED.get(function, "it has no rule: write it with functions that have one")
    return f"{module}.{name} of a traced value is refused: {why}"
