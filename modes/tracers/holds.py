"""Arrays of the caller that a differentiation refers to: read-only while it does, given back by the last.

A change in place of such an array would be silent, so it is made an error. Every array is counted by itself,
so that a tape that is still open elsewhere, in another thread or around this one, keeps back what it needs
and nothing else.
"""

import threading
from typing import Any

from numpy import ndarray

from modes.core.errors import DifferentiationError

_SMALL = 131072  # bytes: up to there a copy, which is safe from every view, costs some microseconds

_lock = threading.Lock()
_held: dict[int, list] = {}  # [array, how many hold it], by identity; made read-only here
_waiting: dict[int, ndarray] = {}  # views that nobody holds any more, but that wait for their owner


def hold(array, mine):
    """Make an array, and the owner of its memory, read-only until all who hold it let it go.

    Parameters
    ----------
    array : ndarray
        Of the caller's.
    mine : dict
        What a differentiation holds, by identity: added to, and given to `release` in the end.

    Returns
    -------
    bool
        False, with nothing done, where it could not be given back.
    """
    if array.base is None:
        if id(array) not in mine:
            with _lock:
                _hold(array, mine)
        return True
    owner = _owner(array)
    if owner.base is not None and owner.flags.writeable:
        return False  # of a slate, a memmap, a buffer: it can be changed through that
    with _lock:
        if array.flags.writeable and not owner.flags.writeable and id(owner) not in _held:
            return False  # read-only, it could not be made writable again
        if id(owner) not in mine:
            _hold(owner, mine)
        if owner is not array:
            _hold(array, mine)
    return True


def _hold(array, mine):
    key = id(array)
    entry = _held.get(key)
    if entry is not None:
        entry[1] += 1
        _waiting.pop(key, None)
    elif array.flags.writeable:
        array.setflags(write=False)
        _held[key] = [array, 1]
    else:
        return  # read-only by its own
    mine[key] = array


def release(mine):
    """Let go what is held (owners before their views); what nobody holds any more is the caller's again."""
    with _lock:
        for key, array in mine.items():
            entry = _held[key]
            entry[1] -= 1
            if entry[1]:
                continue
            if array.base is None:
                array.setflags(write=True)
                del _held[key]
            else:
                _waiting[key] = array
        mine.clear()
        for key, view in list(_waiting.items()) if _waiting else ():
            owner = _owner(view)
            if owner is view or owner.flags.writeable:
                view.setflags(write=True)
                del _held[key], _waiting[key]


def _owner(array):
    while type(array.base) is ndarray:
        array = array.base
    return array


class Keeper:
    """What one differentiation keeps of the caller's arrays: copies of small ones, a hold on the others."""

    copies = False  # copy them all
    held: Any = None  # by identity, once there are any
    marks: Any = ()  # of each array that is held, with its last entry

    def keep(self, array):
        """An array as a structure may hold it that outlives the operation: no later change must reach it."""
        if type(array) is not ndarray:
            return array
        if array.nbytes <= _SMALL or self.copies:
            return array.copy("K")
        if self.held is None:
            self.held, self.marks = {}, []
        if id(array) in self.held:
            return array
        if not hold(array, self.held):
            return array.copy("K")
        self.marks.append((array, array.item(-1)))
        return array

    def check(self):
        """Refuse a result if a held array was changed through a view that was made before it was held.

        NumPy lets that pass. One entry is compared, which tells when a buffer is filled anew.
        """
        for array, mark in self.marks:
            now = array.item(-1)
            if mark != now and (mark == mark or now == now):
                raise DifferentiationError(
                    "an array was changed, through a view of it that was made before, that an earlier "
                    "operation needs as it was: give that operation a copy, array.copy()"
                )

    def release(self):
        """Give back what is held."""
        if self.held:
            release(self.held)
