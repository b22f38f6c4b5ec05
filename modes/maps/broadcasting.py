"""Broadcasting: where an argument was repeated, its cotangents are summed. Undone here and nowhere else."""

import functools

import numpy as np

from modes.maps.batches import MaskedBatch, dense
from modes.maps.linear import LinearMap, pull, push


class Broadcast(LinearMap):
    """An elementwise map whose argument was broadcast: the one place where broadcasting is undone."""

    __slots__ = ("partial", "shape", "target")

    def __init__(self, partial, shape, target):
        self.partial = partial  # None, an array or a LinearMap such as NEGATE, acting on the target's shape
        self.shape = shape
        self.target = target

    def apply(self, tangent):
        tangent = dense(tangent)
        batch = tangent.shape[: len(tangent.shape) - len(self.shape)]
        if batch:  # one axis of size 1 for each one that broadcasting put in front of the argument
            tangent = tangent.reshape(batch + (1,) * (len(self.target) - len(self.shape)) + self.shape)
        if self.partial is not None:
            tangent = push(self.partial, tangent)
        if tangent.shape != batch + self.target:
            tangent = np.broadcast_to(tangent, batch + self.target)
        return tangent

    def transpose(self, cotangent):
        if self.partial is not None:
            cotangent = pull(self.partial, cotangent)
        pulled = unbroadcast(dense(cotangent), self.shape, len(self.target))
        if type(cotangent) is MaskedBatch:
            live = cotangent.live
            if np.shape(live) != self.target:
                live = np.broadcast_to(live, self.target)
            axes = _broadcast_axes(self.shape, self.target)
            return MaskedBatch(pulled, np.logical_or.reduce(live, axis=axes).reshape(self.shape))
        return pulled


def unbroadcast(cotangent, shape, target_ndim):
    """Sum a batch of cotangents over the axes along which an array of `shape` was broadcast."""
    full = cotangent.shape
    batch_ndim = len(full) - target_ndim
    axes = _broadcast_axes(shape, full[batch_ndim:])
    if axes:
        cotangent = np.add.reduce(cotangent, axis=axes)
    wanted = full[:batch_ndim] + shape
    return cotangent if cotangent.shape == wanted else cotangent.reshape(wanted)


@functools.lru_cache(4096)
def _broadcast_axes(shape, target):
    """The axes of `target`, counted from the end, along which an array of `shape` was repeated."""
    added = len(target) - len(shape)
    return tuple(
        axis - len(target)
        for axis in range(len(target))
        if axis < added or (shape[axis - added] == 1 and target[axis] != 1)
    )
