"""Seeds: rows of the identity, a chunk of them for each sweep."""

import math
from typing import Any

import numpy as np

from modes.jacobians.memory import keep_freed_memory
from modes.maps.batches import DiagonalBatch

# With chunk_size=None a sweep carries so many rows that the seeds of one leaf, were they dense, fill 128 MiB.
_BATCH_ELEMENTS = 2**24
_LARGE = 64  # rows, with which arrays of the batch's size may exceed what the allocator keeps


def size_of(leaf):
    return math.prod(leaf.shape)


def chunk_length(chunk_size, rows, leaves):
    """How many rows (tangents or cotangents) one sweep carries."""
    if chunk_size is None:
        widest = max((size_of(leaf) for leaf in leaves), default=1)
        return max(1, min(rows, _BATCH_ELEMENTS // max(1, widest)))
    return int(chunk_size)


def check_chunk_size(chunk_size):
    """Refuse what is no number of rows."""
    good = isinstance(chunk_size, int | np.integer) and not isinstance(chunk_size, bool) and chunk_size > 0
    if chunk_size is not None and not good:
        raise ValueError(f"chunk_size must be a positive int, or None for as many as fit; got {chunk_size!r}")


def identity_chunks(leaves, chunk_size, keep=None):
    """Rows of the identity over all leaves, a chunk at a time: a list of seeds, None where all rows are 0.

    A chunk of one row has no batch axis. `keep` makes an array of the caller's safe from later changes, where
    the sweep's maps do not.
    """
    if chunk_size is None and len(leaves) == 1 and 0 < leaves[0].size <= 4096:  # the common case, quickly
        leaf = leaves[0]
        k, dtype = leaf.size, leaf.dtype
        if k > 1:
            if k > _LARGE:
                keep_freed_memory()
            return ((k, (DiagonalBatch(None, leaf.shape, dtype, 0, k, 0, k, keep),)),)
        seed = np.empty(leaf.shape, dtype)
        seed.fill(1)
        return ((1, (seed[()],)),)
    return _identity_chunks(leaves, chunk_size, keep)


def _identity_chunks(leaves, chunk_size, keep):
    keep_freed_memory()
    sizes = [size_of(leaf) for leaf in leaves]
    rows = sum(sizes)
    step = chunk_length(chunk_size, rows, leaves)
    for first in range(0, rows, step):
        k = min(step, rows - first)
        seeds: list[Any] = []
        offset = -first  # of the leaf's first row in this chunk
        for leaf, size in zip(leaves, sizes, strict=True):
            start, stop = max(0, -offset), min(size, k - offset)
            if start >= stop:
                seeds.append(None)
            elif k == 1:
                seed = np.zeros(size, leaf.dtype)
                seed[start] = 1
                seeds.append(seed.reshape(leaf.shape)[()])
            else:
                seeds.append(
                    DiagonalBatch(None, leaf.shape, leaf.dtype, start, stop - start, start + offset, k, keep)
                )
            offset += size
        yield k, seeds
