"""Refusals that f may catch: noted where they are made, so that none is lost.

A function that goes on after a refusal (``except Exception:``, a worker thread that nobody asks) computes
something else than it does with plain numbers. What runs it asks afterwards, with `taken`.
"""

import threading

_threads: dict[float, int] = {}  # of the levels that run
_noted: dict[float, Exception] = {}


def begin(level):
    """A differentiation begins, in this thread."""
    _threads[level] = threading.get_ident()


def end(level):
    """It is over."""
    _threads.pop(level, None)
    if _noted:
        _noted.pop(level, None)


def note(error):
    """Note a refusal for the innermost differentiation of this thread; in a thread that has none, for all."""
    me = threading.get_ident()
    mine = [level for level, thread in list(_threads.items()) if thread == me]
    for level in [max(mine)] if mine else list(_threads):
        _noted.setdefault(level, error)


def taken(level):
    """The first refusal since the last time that this was asked, or None."""
    return _noted.pop(level, None) if _noted else None
