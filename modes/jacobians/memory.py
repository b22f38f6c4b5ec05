"""What outlives one call of a derivative: findings for its next one, and a word to the C allocator."""

import functools

import numpy as np

_MOST = 256  # shapes of arguments that a derivative remembers


class Remembered(dict):
    """What was found at arguments of some shapes; of more than a few hundred, the oldest is forgotten."""

    def __setitem__(self, key, value):
        if len(self) >= _MOST and key not in self:
            self.pop(next(iter(self)), None)
        super().__setitem__(key, value)


@functools.cache
def keep_freed_memory() -> None:
    """Allocate 24 MiB and free them again, without touching a page, before the first large batch.

    glibc hands blocks above its thresholds back to the system as soon as they are freed, and every new
    array of that size is then paged in anew, which takes up to as long as a sweep's work on it.
    The thresholds grow to the largest block freed so far, up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD);
    other allocators take no notice.
    """
    np.empty(3 << 20)
