"""The layout of results in memory, which is NumPy's own, as it decides what a reshape shares with its array.

An assignment through ``y.reshape(-1)`` or ``y.ravel()`` shows in y where y lies in memory as its shape says,
and is lost where it does not. So a rule that is composed of others, in an order of axes that suits
derivatives, puts its result into the order that NumPy's function has. Nothing is done where it is there.
"""

import functools
from typing import Any

import numpy as np

from modes.core.registry import refine
from modes.core.traced import Traced, primal, strip
from modes.rules.copies import as_number, in_c_order, laid_out


def _each(change):
    """`change` of a result, or of each of several; further arguments are those of the function."""

    def wrap(rule):
        @functools.wraps(rule)
        def changed(*args, **kwargs):
            result = rule(*args, **kwargs)
            if type(result) is list or type(result) is tuple:
                return type(result)(change(part, args) for part in result)
            return change(result, args)

        return changed

    return wrap


_C = _each(lambda x, args: in_c_order(x))
_FIRST = _each(lambda x, args: laid_out(x, args[0]) if np.ndim(args[0]) == np.ndim(x) else x)
_NUMBER = _each(lambda x, args: as_number(x))


def _is_c(value):
    if isinstance(value, list | tuple):
        return all(map(_is_c, value))
    value = primal(value)
    return not isinstance(value, np.ndarray) or value.flags.c_contiguous


def _asked(function):
    """Ask NumPy: its own function of the plain values says it, where not all is in C order anyway."""

    def wrap(rule):
        @functools.wraps(rule)
        def laid(*args, **kwargs):
            result = rule(*args, **kwargs)
            if not isinstance(result, Traced) or result.ndim < 2:
                return as_number(result)
            if _is_c(result) and _is_c(args):
                return result
            plain = function(*strip(args), **{key: strip(value) for key, value in kwargs.items()})
            return laid_out(result, plain)

        return laid

    return wrap


def _tensordot(x, args):
    return in_c_order(x) if np.ndim(x) else np.copy(x)  # NumPy's is an array also without axes


def lay_out_results() -> None:
    """Give the composed rules results that lie in memory as NumPy's do."""
    functions: Any
    for functions, wrap in (
        ((np.take, np.compress, np.repeat, np.choose, np.select, np.dot, np.linalg.cholesky), _C),
        ((np.tensordot, np.linalg.tensordot), _each(_tensordot)),
        ((np.sort, np.partition, np.gradient), _FIRST),
        ((np.linalg.norm, np.linalg.matrix_norm, np.linalg.vector_norm, np.interp), _NUMBER),
    ):
        for function in functions:
            refine(function, wrap)
    functions = (
        np.cumulative_prod, np.cumulative_sum, np.delete, np.insert, np.linalg.norm, np.linalg.qr, np.median,
        np.nanmedian, np.nanpercentile, np.nanquantile, np.pad, np.percentile, np.quantile,
    )  # fmt: skip
    for function in functions:
        refine(function, _asked(function))
