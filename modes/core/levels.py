"""Levels: which differentiation a traced value belongs to, and whether that one still runs."""

import itertools

from modes.core.errors import DifferentiationError

_levels = itertools.count(1000)  # below: levels of dual numbers made by hand
_running: set[int] = set()  # the levels whose function has not returned yet

OUTLIVED = (
    "a traced value was used after the function that it was traced in had returned; "
    "return it from the function instead of storing it elsewhere"
)


def new_level():
    """A level for one differentiation: later is inner. Nothing is unwound, so no exception spoils it."""
    level = next(_levels)
    _running.add(level)
    return level


def end_level(level):
    """The function that was differentiated at this level has returned, or raised."""
    _running.discard(level)


def check_level(level):
    """Refuse the level of a differentiation that is over: its derivative belongs to nothing."""
    if level >= 1000 and level % 1 == 0 and level not in _running:
        raise DifferentiationError(OUTLIVED)
