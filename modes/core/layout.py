"""How arrays lie in memory."""

import functools

import numpy as np

_SMALL = 20  # axes: of more, no small model is made


def same_strides(a, b):
    """True for arrays of one shape that lie in memory alike."""
    if a.strides == b.strides:
        return True
    return all(length < 2 or i == j for length, i, j in zip(a.shape, a.strides, b.strides, strict=True))


def copied(array):
    """A copy in the layout of an array, also one with gaps or backward, so that it is viewed alike."""
    if array.flags.forc or array.ndim == 0:
        return array.copy("K")
    new = array.copy("K")
    if same_strides(new, array) or 0 in array.strides or array.size == 0:
        return new
    backward = tuple(slice(None, None, -1 if step < 0 else 1) for step in array.strides)
    steps = [abs(step) for step in array.strides]
    if any(step % array.itemsize for step in steps):
        return new
    last = sum(step * (length - 1) for step, length in zip(steps, array.shape, strict=True))
    room = np.empty(1 + last // array.itemsize, array.dtype)
    spaced = np.lib.stride_tricks.as_strided(room, array.shape, steps)[backward]
    spaced[...] = array
    return spaced


def pattern(array):
    """What decides the order of axes of a result: which lengths are 1, and the order of the strides."""
    if array.flags.c_contiguous:
        return tuple([min(length, 2) for length in array.shape]), None
    steps = [abs(step) if length > 1 else 0 for length, step in zip(array.shape, array.strides, strict=True)]
    ranks = {step: rank for rank, step in enumerate(sorted(set(steps) - {0}))}
    return tuple([min(length, 2) for length in array.shape]), tuple([ranks.get(step) for step in steps])


@functools.lru_cache(maxsize=1024)
def small_model(pattern):
    """A small array with the pattern of another one; None where that has too many axes."""
    shape, ranks = pattern
    if len(shape) > _SMALL:
        return None
    if ranks is None:
        return np.zeros(shape)
    room = np.zeros(1 << (len(shape) + 1))
    strides = [0 if rank is None else room.itemsize << rank for rank in ranks]
    return np.lib.stride_tricks.as_strided(room, shape, strides)
