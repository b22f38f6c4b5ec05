"""The tape of reverse mode, and the two sweeps over it."""

from typing import Any

from numpy import ndarray

from modes._batches import dense
from modes._dispatch import OUTLIVED, end_level
from modes._maps import LinearMap
from modes._places import is_exclusive
from modes.errors import DifferentiationError

_SMALL = 16384  # bytes: below, an operand is copied, which is quick; above, it is locked while the tape lives


class Tape(list):
    """The linearised computational graph in creation order, which is topological.

    Entry i belongs to the i-th value: a tuple of ``(j, map)``, one for each traced operand j.
    """

    level: int
    append: Any  # refused once the function has returned
    copies = False  # copy every constant; else only small ones, and lock the others

    def keep(self, array):
        """An array operand as a map may hold it: later changes in place must not reach the sweep."""
        if type(array) is not ndarray:
            return array
        if array.nbytes <= _SMALL or self.copies:
            return array.copy("K")
        _locking.add(id(self))
        if array.base is None:
            if array.flags.writeable:
                array.setflags(write=False)  # a change would be silent, so it is made an error
                LOCKED.append(array)
            return array
        owner = array
        while type(owner.base) is ndarray:
            owner = owner.base
        if array.flags.writeable:
            if not owner.flags.writeable and not any(owner is other for other in LOCKED):
                return array.copy("K")  # locked, it could not be unlocked again
            array.setflags(write=False)
            LOCKED.append(array)
        if owner.flags.writeable:
            owner.setflags(write=False)
            LOCKED.append(owner)
        return array

    def close(self):
        """Refuse further records; when the last tape closes that needed them, let the locked arrays go."""
        self.append = refuse_record
        end_level(self.level)
        _locking.discard(id(self))
        if LOCKED and not _locking:
            arrays = sorted(LOCKED, key=lambda array: array.base is not None)  # owners before their views
            LOCKED.clear()
            for array in arrays:
                array.setflags(write=True)


LOCKED: list = []  # the caller's arrays that an open tape holds, so that nobody may write to them
_locking: set = set()  # the tapes that do


def refuse_record(links):
    raise DifferentiationError(OUTLIVED)


def sweep_reverse(tape: Tape, cotangents: list) -> list:
    """Pull cotangents back through the tape.

    `cotangents` has one entry for each value on the tape, None where nothing was seeded. On return the
    entries of independent values hold their cotangents; all others are None, freed as the sweep passed.
    """
    cotangent: Any
    part: Any
    total: Any
    box: Any
    for index in range(len(tape) - 1, -1, -1):
        cotangent = cotangents[index]
        links = tape[index]
        if cotangent is None or not links:
            continue
        cotangents[index] = None
        for operand, local in links:
            if local is None:
                part = cotangent
            elif isinstance(local, LinearMap):
                if local.scatters:
                    if cotangents[operand] is not None and not is_exclusive(cotangents[operand]):
                        cotangents[operand] = dense(cotangents[operand]).copy()
                    cotangents[operand] = local.add_into(cotangents[operand], cotangent)
                    continue
                if local.erases:  # the last link of an assignment
                    box, cotangent, part = [dense(cotangent)], None, None
                    part = local.erased(box)
                else:
                    part = local.transpose(cotangent)
            else:
                part = local * cotangent
            total = cotangents[operand]
            cotangents[operand] = part if total is None else total + part
        cotangent = part = total = box = None  # no name keeps an array that the next step may change in place
    return cotangents


def sweep_forward(tape: Tape, tangents: list, outputs: list) -> list:
    """Push tangents through the tape: the same maps, applied from the other end.

    On return the entries of `outputs` hold their tangents; others may be None, freed after their last use.
    """
    last = {operand: index for index, links in enumerate(tape) for operand, _ in links}
    last.update(dict.fromkeys(outputs, len(tape)))
    for index, links in enumerate(tape):
        incoming: Any = [[tangents[operand]] for operand, _ in links]
        for operand, _ in links:
            if last[operand] == index:
                tangents[operand] = None
        total: Any = None
        part: Any
        box: Any
        for (_, local), box in zip(links, incoming, strict=True):
            if box[0] is None:
                continue
            if local is None:
                part = box[0]
            elif isinstance(local, LinearMap):
                if local.gathers:
                    total = local.add_part(total, box[0])
                    continue
                part = local.erased(box) if local.erases else local.apply(box[0])
            else:
                part = local * box[0]
            total = part if total is None else total + part
        if links:
            tangents[index] = total
        part = total = box = incoming = None
    return tangents
