"""The tape of reverse mode."""

from typing import Any

from numpy import ndarray

from modes.core.errors import DifferentiationError
from modes.core.layout import copied
from modes.core.levels import OUTLIVED, end_level
from modes.tracers.holds import hold, release

_SMALL = 16384  # bytes: below, an operand is copied, which is quick; above, it is held while the tape lives


class Tape(list):
    """The linearised computational graph in creation order, which is topological.

    Entry i belongs to the i-th value: a tuple of ``(j, map)``, one for each traced operand j.
    """

    level: int
    append: Any  # refused once the function has returned
    copies = False  # copy every constant; else only small ones, and hold the others
    held: dict | None = None  # the caller's arrays that this tape holds, by identity

    def keep(self, array):
        """An array operand as a map may hold it: later changes in place must not reach the sweep."""
        if type(array) is not ndarray:
            return array
        if array.nbytes <= _SMALL or self.copies:
            return array.copy("K")
        if self.held is None:
            self.held = {}
        return array if hold(array, self.held) else array.copy("K")

    def keep_argument(self, leaf):
        """`keep` for what f is given: a copy lies in memory as the array does, gaps and all."""
        kept = self.keep(leaf)
        return kept if kept is leaf or leaf.flags.forc else copied(leaf)

    def close(self):
        """Refuse further records, and let the arrays go that were held."""
        self.append = refuse_record
        end_level(self.level)
        if self.held:
            release(self.held)


def refuse_record(links):
    raise DifferentiationError(OUTLIVED)
