"""Refusals that f may catch: noted where they are made, so that none is lost.

A function that goes on after a refusal (``except Exception:``, a worker thread that nobody asks) computes
something else than it does with plain numbers. What runs it asks afterwards, with `taken`.
"""

import sys
import threading
from typing import Any

THREADS: dict[float, int] = {}  # of the levels that run, kept by `modes.core.levels`
NOTED: dict[float, Exception] = {}


def running():
    """The levels of the differentiations that run in this thread, the outermost first."""
    me = threading.get_ident()
    return [level for level, thread in list(THREADS.items()) if thread == me]


def note(error):
    """Note a refusal for the innermost differentiation of this thread.

    In a thread that has none, as a worker of f's has none, it is that of the traced values at hand.
    """
    levels = running()[-1:] or _levels_at_hand()
    for level in levels:
        note_at(level, error)


def note_at(level, error):
    """Note a refusal for the differentiation at a level."""
    if level in THREADS:
        NOTED.setdefault(level, error)


def _levels_at_hand():
    found = set()
    frame: Any = sys._getframe(2)
    while frame is not None:
        for value in list(frame.f_locals.values()):
            if hasattr(type(value), "_emit_one"):
                found.add(value.level)
        frame = frame.f_back
    return found


def taken(level):
    """The first refusal since the last time that this was asked, or None."""
    return NOTED.pop(level, None) if NOTED else None
