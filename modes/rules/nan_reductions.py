"""Reductions that leave NaN out: those of the other entries. An entry left out has derivative 0."""

import warnings

import numpy as np

from modes.core.operands import as_array
from modes.core.registry import rule
from modes.core.traced import primal


def _present(a, where=True):
    return ~np.isnan(primal(a)) & np.asarray(primal(where), bool)


def _filled(a, fill):
    return np.where(np.isnan(primal(a)), fill, a)


@rule(np.nansum)
def nansum(a, axis=None, dtype=None, **keywords):
    return np.sum(_filled(a, 0.0), axis=axis, dtype=dtype, **keywords)


@rule(np.nanprod)
def nanprod(a, axis=None, dtype=None, **keywords):
    return np.prod(_filled(a, 1.0), axis=axis, dtype=dtype, **keywords)


@rule(np.nancumsum)
def nancumsum(a, axis=None, dtype=None):
    return np.cumsum(_filled(a, 0.0), axis=axis, dtype=dtype)


@rule(np.nancumprod)
def nancumprod(a, axis=None, dtype=None):
    return np.cumprod(_filled(a, 1.0), axis=axis, dtype=dtype)


@rule(np.nanmean)
def nanmean(a, axis=None, dtype=None, *, keepdims=False, where=True):
    return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims, where=_present(a, where))


def _spread(function):
    def nan_spread(a, axis=None, dtype=None, *, where=True, **keywords):
        a = as_array(a, f"np.nan{function.__name__}")
        return function(a, axis=axis, dtype=dtype, where=_present(a, where), **keywords)

    return nan_spread


rule(np.nanvar)(_spread(np.var))
rule(np.nanstd)(_spread(np.std))


def _extreme(function, losing):
    def nan_extreme(a, axis=None, *, keepdims=False, initial=None, where=True):
        if where is not True and initial is None:
            raise ValueError(f"np.nan{function.__name__}(where=...) needs initial=")
        present = _present(a, where)
        nothing = ~np.any(present, axis=axis, keepdims=keepdims)
        result = function(
            np.where(present, a, losing),
            axis=axis,
            keepdims=keepdims,
            **({} if initial is None else {"initial": initial}),
        )
        if initial is None and np.any(nothing):
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=2)
            result = np.where(nothing, np.nan, result)
        return result

    return nan_extreme


rule(np.nanmax)(_extreme(np.max, -np.inf))
rule(np.nanmin)(_extreme(np.min, np.inf))
