"""Arrays of the caller that open tapes refer to: read-only while one does, given back by the last of them.

A change in place of such an array would be silent, so it is made an error. Every array is counted by itself,
so that a tape that is still open elsewhere, in another thread or around this one, keeps back what it needs
and nothing else.
"""

import threading

from numpy import ndarray

_lock = threading.Lock()
_held: dict[int, list] = {}  # [array, how many tapes hold it], by identity; made read-only here


def hold(array, mine):
    """Make an array, and the owner of its memory, read-only until every tape that holds it lets it go.

    Parameters
    ----------
    array : ndarray
        Of the caller's.
    mine : dict
        What the tape holds, by identity: added to, and given to `release` in the end.

    Returns
    -------
    bool
        False, with nothing done, where it could not be given back.
    """
    owner = array
    while type(owner.base) is ndarray:
        owner = owner.base
    with _lock:
        if array.flags.writeable and not owner.flags.writeable and id(owner) not in _held:
            return False  # read-only, it could not be made writable again
        for part in (owner, array):
            if id(part) in mine:
                continue
            entry = _held.get(id(part))
            if entry is not None:
                entry[1] += 1
            elif part.flags.writeable:
                part.setflags(write=False)
                _held[id(part)] = [part, 1]
            else:
                continue  # read-only by its own
            mine[id(part)] = part
    return True


def release(mine):
    """Let go what a tape holds; an array that no tape holds any more is the caller's again."""
    with _lock:
        for key in mine:
            _held[key][1] -= 1
        mine.clear()
        free = [array for array, count in _held.values() if not count]
        free.sort(key=lambda array: array.base is not None)  # owners before their views
        for array in free:
            owner = array
            while type(owner.base) is ndarray:
                owner = owner.base
            if owner is array or owner.flags.writeable:
                array.setflags(write=True)
                del _held[id(array)]  # else it is given back with its owner
