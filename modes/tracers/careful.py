"""Sweeps that keep apart what is zero by structure, for points at which a partial is infinite.

What does not depend on an input has derivative 0 by it, whatever infinities lie elsewhere: of
``np.sqrt(x)[1:]`` at x₀ = 0, the derivative by x₀ is 0, and not the product of an infinite partial with the
zero cotangent that ``[1:]`` sends there. So beside each (co)tangent goes a mask of the entries that may be
other than zero: an elementwise product leaves the others at zero, and maps that move entries move the mask.
All other maps are taken to join everything with everything, so that a NaN may remain where it need not, but
none becomes a number that it is not.

Such a sweep is done over again only where an ordinary one met an infinite partial and gave NaN.
"""

from typing import Any

import numpy as np

from modes.core.traced import Traced
from modes.maps.batches import dense
from modes.maps.broadcasting import Broadcast, unbroadcast
from modes.maps.linear import NEGATE, ZERO, LinearMap
from modes.maps.selection import Select


def reverse(tape, cotangents, batch):
    """`sweep_reverse` of cotangents with so many batch axes; the entries of independent values are left."""
    batches: Any = [None if c is None else _seeded(c) for c in cotangents]
    for index in range(len(tape) - 1, -1, -1):
        links = tape[index]
        if batches[index] is None or not links:
            continue
        mine, batches[index] = batches[index], None
        for operand, local in links:
            batches[operand] = _sum(batches[operand], _pull(local, mine, batch))
    return [None if mine is None else mine[0] for mine in batches]


def forward(tape, tangents, batch):
    """`sweep_forward` of tangents with so many batch axes; all entries are left."""
    batches: Any = [None if t is None else _seeded(t) for t in tangents]
    for index, links in enumerate(tape):
        for operand, local in links:
            if batches[operand] is not None:
                batches[index] = _sum(batches[index], _push(local, batches[operand], batch))
    return [None if mine is None else mine[0] for mine in batches]


def _seeded(seed):
    seed = dense(seed)
    if isinstance(seed, Traced):  # zero or not, its derivative may be other than zero
        return seed, np.ones(seed.shape, bool)
    return seed, np.asarray(seed) != 0


def _sum(one, other):
    if one is None:
        return other
    return one[0] + other[0], one[1] | other[1]


def _product(partial, value, live):
    """An elementwise product that leaves at zero what is not live."""
    if partial is None:
        return value, live
    if partial is NEGATE:
        return -value, live
    if partial is ZERO:
        return 0.0 * np.where(live, 0.0, value), np.zeros_like(live)
    if isinstance(partial, Select):
        return np.where(partial.taken, value, 0.0), live & partial.taken
    return np.where(live, partial, 0.0) * value, live


def _is_product(local):
    return (
        local is None or not isinstance(local, LinearMap) or local in (NEGATE, ZERO) or type(local) is Select
    )


def _push(local, mine, batch):
    value, live = mine
    if _is_product(local):
        return _product(local, value, live)
    if isinstance(local, Broadcast):
        front = np.shape(value)[:batch]
        wide = front + (1,) * (len(local.target) - len(local.shape)) + local.shape
        value, live = (np.broadcast_to(np.reshape(v, wide), front + local.target) for v in (value, live))
        return _product(local.partial, value, live)
    return _mapped(local.apply, local, value, live, batch)


def _pull(local, mine, batch):
    value, live = mine
    if _is_product(local):
        return _product(local, value, live)
    if isinstance(local, Broadcast):
        value, live = _product(local.partial, value, live)
        ndim = len(local.target)
        return unbroadcast(value, local.shape, ndim), unbroadcast(1.0 * live, local.shape, ndim) != 0
    return _mapped(local.transpose, local, value, live, batch)


def _mapped(function, local, value, live, batch):
    result = dense(function(value))
    if local.structural:
        return result, np.asarray(dense(function(1.0 * live))) != 0
    joined = live.any(tuple(range(batch, live.ndim)))
    inner = (1,) * (np.ndim(result) - batch)
    return result, np.broadcast_to(np.reshape(joined, np.shape(joined) + inner), np.shape(result))
