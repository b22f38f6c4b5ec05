"""Levels: which differentiation a traced value belongs to, and whether that one still runs."""

import itertools
import math
import threading

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.refusals import NOTED, THREADS

_levels = itertools.count(1000)  # below: levels of dual numbers made by hand
# Levels whose function runs: whether it met an infinite partial, or what to raise when it has returned.
_running: dict[float, bool | Exception] = {}

slates = threading.local()  # .seen: the session while NumPy makes slates in this thread


def slates_are_seen():
    """The session in which NumPy makes arrays in this thread that take traced values, or None."""
    return getattr(slates, "seen", None)


OUTLIVED = (
    "a traced value was used after the function that it was traced in had returned; "
    "return it from the function instead of storing it elsewhere"
)


def new_level():
    """A level for one differentiation: later is inner. Nothing is unwound, so no exception spoils it."""
    level = next(_levels)
    _running[level] = False
    THREADS[level] = threading.get_ident()
    return level


def end_level(level):
    """The function that was differentiated at this level has returned, or raised.

    True where it met a partial that is not finite (see `watch`).
    """
    met = _running.pop(level, False)
    THREADS.pop(level, None)
    if NOTED:
        NOTED.pop(level, None)
    if met is True or met is False:
        return met
    raise met


def refuse_at_end(level, error):
    """Have an error raised when the function at a level has returned; False where none runs."""
    if level not in _running:
        return False
    _running[level] = error
    return True


def watch(label, level):
    """Note at a level that a partial (a number or an array) is not finite."""
    size = label
    if type(label) is np.ndarray:
        size = np.vdot(label, label)  # a quick first look; it may overflow
    if not math.isfinite(size) and not np.all(np.isfinite(label)) and _running.get(level) is False:
        _running[level] = True


def check_level(level):
    """Refuse the level of a differentiation that is over: its derivative belongs to nothing."""
    if level >= 1000 and level % 1 == 0 and level not in _running:
        raise DifferentiationError(OUTLIVED)
