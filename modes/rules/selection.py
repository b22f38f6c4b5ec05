"""Choosing between values by a condition, which itself carries no derivative."""

import numpy as np

from modes._dispatch import Primitive, as_operand, primal, rule
from modes._maps import Broadcast, Select, is_plain


def _select(condition, a, b):
    return np.where(condition, a, b)


def _select_maps(active, value, condition, a, b):
    maps = []
    for position in active:
        local = Select(condition if position == 1 else ~condition)
        shape = (condition, a, b)[position].shape
        maps.append(local if shape == value.shape else Broadcast(local, shape, value.shape))
    return maps


_WHERE = Primitive(_select, _select_maps, name="np.where", array_arguments=3)


@rule(np.where)
def where(condition, *choices):
    condition = primal(condition)
    if not choices:
        return np.where(condition)
    a, b = (as_operand(choice, "np.where") for choice in choices)
    if is_plain(a) and is_plain(b):
        return np.where(condition, a, b)
    return _WHERE(np.array(condition, bool), a, b)
