"""Selections: entries that are taken, and others that are not, whatever they hold."""

import numpy as np

from modes.maps.batches import MaskedBatch, dense
from modes.maps.linear import LinearMap


class Select(LinearMap):
    """The map of a value to a selection that takes it where `taken` is true.

    A selection and not a product with 0 and 1, so that what is not taken stays out even if it is infinite.
    """

    __slots__ = ("taken",)

    def __init__(self, taken):
        self.taken = taken

    def apply(self, tangent):
        return np.where(self.taken, dense(tangent), 0.0)

    def transpose(self, cotangent):
        live = self.taken & cotangent.live if type(cotangent) is MaskedBatch else self.taken
        return MaskedBatch(np.where(self.taken, dense(cotangent), 0.0), live)
