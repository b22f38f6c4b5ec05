"""Functions whose result is entries of the array, moved or repeated."""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from modes.core.operands import as_array
from modes.core.registry import register, rule
from modes.core.traced import primal
from modes.rules.copies import laid_out


def rearranged(a, arrange):
    """The entries of an array where `arrange` puts the numbers of their positions."""
    return np.reshape(a, -1)[arrange(np.arange(a.size).reshape(a.shape))]


@rule(np.roll)
def roll(a, shift, axis=None):
    if axis is None:
        return np.reshape(np.roll(np.ravel(a), shift, axis=0), a.shape)
    given = a
    shifts, axes = np.broadcast_arrays(shift, normalize_axis_tuple(axis, a.ndim, allow_duplicate=True))
    for steps, where in zip(shifts.tolist(), axes.tolist(), strict=True):
        length = a.shape[where]
        cut = -int(steps) % length if length else 0
        if cut:
            before = (slice(None),) * where
            a = np.concatenate([a[(*before, slice(cut, None))], a[(*before, slice(None, cut))]], axis=where)
    return laid_out(a.copy(), given)


def _shifted(forward):
    def shifted(x, axes=None):
        axes = range(x.ndim) if axes is None else normalize_axis_tuple(axes, x.ndim, allow_duplicate=True)
        steps = [x.shape[axis] // 2 for axis in axes]
        return np.roll(x, steps if forward else [-step for step in steps], tuple(axes))

    return shifted


register(np.fft.fftshift, _shifted(True))
register(np.fft.ifftshift, _shifted(False))


@rule(np.tile)
def tile(A, reps):
    reps = (reps,) if np.ndim(reps) == 0 else tuple(int(r) for r in reps)
    ndim = max(len(reps), A.ndim)
    reps = (1,) * (ndim - len(reps)) + reps
    shape = (1,) * (ndim - A.ndim) + tuple(A.shape)
    split = [length for pair in zip((1,) * ndim, shape, strict=True) for length in pair]
    spread = [length for pair in zip(reps, shape, strict=True) for length in pair]
    result = np.broadcast_to(np.reshape(A, split), spread)
    result = np.reshape(result, [r * length for r, length in zip(reps, shape, strict=True)]).copy()
    return laid_out(result, A) if ndim == A.ndim and all(r == 1 for r in reps) else result


@rule(np.repeat)
def repeat(a, repeats, axis=None):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    a = a if a.ndim else np.reshape(a, 1)  # NumPy gives a number an axis here
    axis = normalize_axis_index(axis, a.ndim)
    repeats = np.asarray(primal(repeats))
    if repeats.size != 1:
        return np.take(a, np.repeat(np.arange(a.shape[axis]), repeats), axis=axis)
    each = int(repeats.reshape(()))
    if each < 0:
        raise ValueError("repeats may not contain negative values.")
    front, behind = tuple(a.shape[: axis + 1]), tuple(a.shape[axis + 1 :])
    spread = np.broadcast_to(np.expand_dims(a, axis + 1), (*front, each, *behind))
    return np.reshape(spread, (*front[:-1], front[-1] * each, *behind)).copy()


@rule(np.resize)
def resize(a, new_shape):
    a = as_array(a, "np.resize")
    shape = (new_shape,) if isinstance(new_shape, int | np.integer) else tuple(new_shape)
    if any(length < 0 for length in shape):
        raise ValueError("all elements of `new_shape` must be non-negative")
    size = math.prod(shape)
    if a.size == 0 or size == 0:
        return np.zeros_like(a, shape=shape)
    return rearranged(a, lambda positions: np.resize(positions, shape))


@rule(np.meshgrid)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    ndim = len(xi)
    grids = []
    for position, x in enumerate(xi):
        if indexing == "xy" and ndim > 1 and position < 2:
            position = 1 - position
        shape = [1] * ndim
        shape[position] = -1
        grids.append(np.reshape(as_array(x, "np.meshgrid"), shape))
    full = tuple(grids) if sparse else tuple(np.broadcast_arrays(*grids))
    return tuple(grid.copy() for grid in full) if copy else full


@rule(np.ix_)
def ix_(*args):
    vectors = [as_array(vector, "np.ix_") for vector in args]
    if any(vector.ndim != 1 for vector in vectors):
        raise ValueError("Cross index must be 1 dimensional")
    vectors = [np.flatnonzero(vector) if vector.dtype == bool else vector for vector in vectors]
    return tuple(
        np.reshape(vector, (1,) * place + (-1,) + (1,) * (len(vectors) - 1 - place))
        for place, vector in enumerate(vectors)
    )
