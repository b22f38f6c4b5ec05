"""Methods and keywords of ufuncs: np.add.reduce and its kin, `where=`, `out=`, `dtype=`."""

import numpy as np

from modes._dispatch import Traced, as_operand, call
from modes.errors import DifferentiationError

REDUCTIONS = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
ACCUMULATIONS = {np.add: np.cumsum, np.multiply: np.cumprod}


def call_ufunc(ufunc, method, inputs, kwargs):
    """A call of a ufunc that is not plain: another method than ``__call__``, or with keywords."""
    name = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
    if method == "__call__":
        return _call_with_keywords(ufunc, name, inputs, kwargs)
    if method == "reduce" and ufunc in REDUCTIONS:
        x, *rest = inputs
        for key, value in zip(("axis", "dtype", "out", "keepdims", "initial", "where"), rest, strict=False):
            kwargs[key] = value
        kwargs.setdefault("axis", 0)
        return call(
            REDUCTIONS[ufunc],
            (as_operand(x, name),),
            {k: v for k, v in kwargs.items() if v is not None or k == "axis"},
        )
    if method == "accumulate" and ufunc in ACCUMULATIONS:
        x, *rest = inputs
        return call(ACCUMULATIONS[ufunc], (x, rest[0] if rest else kwargs.pop("axis", 0)), kwargs)
    if method == "outer" and not kwargs:
        a, b = (as_operand(x, name) for x in inputs)
        return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)
    if method == "at":
        target, *_ = inputs
        if isinstance(target, Traced):
            raise DifferentiationError(
                f"{name} on a traced array: write y[i] += v in a loop, or y = y + np.bincount(...)"
            )
    raise DifferentiationError(
        f"{name} of a traced value is refused: it has no rule; write it with functions that have one"
    )


def _call_with_keywords(ufunc, name, inputs, kwargs):
    where, dtype, out = kwargs.pop("where", True), kwargs.pop("dtype", None), kwargs.pop("out", None)
    kwargs.pop("casting", None)
    kwargs.pop("order", None)
    kwargs.pop("subok", None)
    if kwargs:
        raise DifferentiationError(
            f"{name}({', '.join(kwargs)}=...) of a traced value is refused: leave the keyword out"
        )
    if where is not True:
        raise DifferentiationError(
            f"{name}(where=...) of a traced value is refused, as it leaves entries undefined; "
            "use np.where(condition, value, other)"
        )
    if dtype is not None:
        inputs = [np.astype(as_operand(x, name), dtype) if np.ndim(x) else x for x in inputs]
    return call(ufunc, tuple(inputs), {} if out is None else {"out": out})
