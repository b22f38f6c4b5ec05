"""``x.flat`` of a traced array, or of one that may come to stand for a traced array."""

from typing import Any

import numpy as np

from modes.core.traced import Traced


class Flat:
    """The entries of a traced array in C order: indexed, assigned and iterated as NumPy's `flatiter`."""

    def __init__(self, base: Any) -> None:
        self.base = base
        self.index = 0

    def __len__(self):
        return self.base.size

    def __iter__(self):
        return self

    def __next__(self):
        if self.index >= len(self):
            raise StopIteration
        self.index += 1
        return self[self.index - 1]

    def __getitem__(self, key):
        part = self.base.reshape(-1)[key]
        return part.copy() if part.shape else part

    def __setitem__(self, key, values):
        places = np.arange(len(self))[key]
        if np.ndim(values) and np.ndim(places):  # as NumPy: too few are taken again, too many are left out
            values = np.ravel(values if isinstance(values, Traced) else np.asarray(values))
            values = values[np.arange(places.size) % max(values.size, 1)].reshape(places.shape)
        self.base[np.unravel_index(places, self.base.shape)] = values

    def copy(self):
        return self.base.flatten()

    def __array__(self, dtype=None, copy=None):
        return np.array(list(self), dtype)
