"""Levels: which differentiation a traced value belongs to, and whether that one still runs."""

import itertools
import math

import numpy as np

from modes.core.errors import DifferentiationError

_levels = itertools.count(1000)  # below: levels of dual numbers made by hand
_running: dict[float, bool] = {}  # levels whose function runs: whether it met an infinite partial

OUTLIVED = (
    "a traced value was used after the function that it was traced in had returned; "
    "return it from the function instead of storing it elsewhere"
)


def new_level():
    """A level for one differentiation: later is inner. Nothing is unwound, so no exception spoils it."""
    level = next(_levels)
    _running[level] = False
    return level


def end_level(level):
    """The function that was differentiated at this level has returned, or raised.

    True where it met a partial that is not finite (see `watch`).
    """
    return _running.pop(level, False)


def watch(label, level):
    """Note at a level that a partial (a number or an array) is not finite."""
    size = label
    if type(label) is np.ndarray:
        size = np.vdot(label, label)  # a quick first look; it may overflow
    if not math.isfinite(size) and not np.all(np.isfinite(label)) and level in _running:
        _running[level] = True


def check_level(level):
    """Refuse the level of a differentiation that is over: its derivative belongs to nothing."""
    if level >= 1000 and level % 1 == 0 and level not in _running:
        raise DifferentiationError(OUTLIVED)
