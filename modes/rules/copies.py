"""Copies that lie in memory as NumPy's own results do: see `modes.rules.layout` for why."""

import numpy as np

from modes.core.layout import same_strides
from modes.core.primitive import linear
from modes.core.traced import Traced, primal


def _copied(x, template):
    if isinstance(x, Traced):
        return _COPIED(x, template)
    new = np.empty_like(template, dtype=x.dtype, shape=x.shape)
    new[...] = x
    return new


_COPIED = linear(_copied, lambda y, x, template: None, name="np.copy")


def laid_out(x, template):
    """X as ``np.empty_like(template, shape=x.shape)`` lies in memory: itself where it does."""
    value, template = primal(x), primal(template)
    if type(value) is not np.ndarray or value.ndim < 2 or not isinstance(x, Traced):
        return x
    if value.flags.c_contiguous and template.flags.c_contiguous:
        return x
    wanted = np.empty_like(template, dtype=value.dtype, shape=value.shape)
    return x if same_strides(value, wanted) else _COPIED(x, template)


def in_c_order(x):
    """X in C order, itself where it is."""
    return x if not isinstance(x, Traced) or primal(x).flags.c_contiguous else np.copy(x, "C")


def as_number(x):
    """X without axes as the immutable number that NumPy's reductions give."""
    return x[()] if isinstance(x, Traced) and not x.shape and type(primal(x)) is np.ndarray else x
