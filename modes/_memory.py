"""One word to the C allocator, on import, that large temporaries are going to come again."""

import numpy as np


def keep_freed_memory() -> None:
    """Allocate 24 MiB and free them again, without touching a page.

    glibc hands blocks above its thresholds back to the system as soon as they are freed, and every new
    array of that size is then paged in anew, which takes up to as long as a sweep's work on it.
    The thresholds grow to the largest block freed so far, up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD);
    other allocators take no notice.
    """
    np.empty(3 << 20)
