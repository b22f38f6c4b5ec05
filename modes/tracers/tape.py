"""The tape of reverse mode."""

from typing import Any

from modes.core.errors import DifferentiationError
from modes.core.layout import copied
from modes.core.levels import OUTLIVED, end_level
from modes.tracers.holds import Keeper


class Tape(list, Keeper):
    """The linearised computational graph in creation order, which is topological.

    Entry i belongs to the i-th value: a tuple of ``(j, map)``, one for each traced operand j.
    """

    level: int
    append: Any  # refused once the function has returned

    def keep_argument(self, leaf):
        """`keep` for what f is given: a copy lies in memory as the array does, gaps and all."""
        kept = self.keep(leaf)
        return kept if kept is leaf or leaf.flags.forc else copied(leaf)

    def close(self):
        """Refuse further records, and let the arrays go that were held."""
        self.append = refuse_record
        self.release()
        end_level(self.level)


def refuse_record(links):
    raise DifferentiationError(OUTLIVED)
