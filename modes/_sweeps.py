"""What the sweeps of a Jacobian share: chunks of identity seeds, and assembling the results."""

import math
from typing import Any

import numpy as np

from modes._batches import DiagonalBatch, dense
from modes._dispatch import Traced

# With chunk_size=None a sweep carries so many rows that the seeds of one leaf, were they dense, fill 128 MiB.
_BATCH_ELEMENTS = 2**24


def size_of(leaf):
    return math.prod(leaf.shape)


def float_type(value):
    """The precision of a value's (co)tangents; those of a constant integer are float64, too."""
    return value.dtype if value.dtype.kind == "f" else np.dtype(float)


def chunk_length(chunk_size, rows, leaves):
    """How many rows (tangents or cotangents) one sweep carries."""
    if chunk_size is None:
        widest = max((size_of(leaf) for leaf in leaves), default=1)
        return max(1, min(rows, _BATCH_ELEMENTS // max(1, widest)))
    if isinstance(chunk_size, bool) or not isinstance(chunk_size, int | np.integer) or chunk_size < 1:
        raise ValueError(f"chunk_size must be a positive int, or None for as many as fit; got {chunk_size!r}")
    return int(chunk_size)


def identity_chunks(leaves, chunk_size):
    """Rows of the identity over all leaves, a chunk at a time: a list of seeds, None where all rows are 0.

    A chunk of one row has no batch axis.
    """
    if chunk_size is None and len(leaves) == 1 and 0 < leaves[0].size <= 4096:  # the common case, quickly
        leaf = leaves[0]
        k, dtype = leaf.size, leaf.dtype
        if k > 1:
            return ((k, (DiagonalBatch(None, leaf.shape, dtype, 0, k, 0, k),)),)
        seed = np.empty(leaf.shape, dtype)
        seed.fill(1)
        return ((1, (seed[()],)),)
    return _identity_chunks(leaves, chunk_size)


def _identity_chunks(leaves, chunk_size):
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
                    DiagonalBatch(None, leaf.shape, leaf.dtype, start, stop - start, start + offset, k)
                )
            offset += size
        yield k, seeds


def rows_of(batch, k, shape, dtype, seeds):
    """One chunk of results as an array of shape ``(k,) + shape``; None means zeros."""
    if batch is None:
        return np.zeros((k, *shape), dtype)
    batch = dense(batch)
    if k > 1 and type(batch) is np.ndarray:
        for seed in seeds:
            if type(seed) is DiagonalBatch and any(np.may_share_memory(batch, m) for m in seed.lent):
                batch = batch.copy()  # it was never multiplied: it would be the caller's own matrix
    return batch.reshape((1, *shape)) if k == 1 else batch


def join(chunks):
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def owned(arrays, seeds=()):
    """Results that the caller may change in place: writable, and none sharing memory with another."""
    if len(arrays) == 1 and not seeds and type(arrays[0]) is np.ndarray and arrays[0].flags.writeable:
        return arrays if arrays[0].ndim else [arrays[0][()]]
    seen = {id(seed) for seed in seeds}
    result = []
    for array in arrays:
        if type(array) is np.ndarray:
            holder = id(array if array.base is None else array.base)
            if id(array) in seen or holder in seen or not array.flags.writeable:
                array = array.copy()
            seen.add(holder)
        elif isinstance(array, Traced) and id(array) in seen:
            array = array.copy()
        seen.add(id(array))
        result.append(array[()] if type(array) is np.ndarray and not array.ndim else array)
    return result
