"""Linear maps that are not multiplied out yet: local maps in series and in parallel, and what they cost.

The unit of cost is a multiplication, or an entry that is moved where nothing is multiplied.
"""

import functools
import math
import operator

import numpy as np

from modes.maps.batches import DiagonalBatch, dense
from modes.maps.linear import pull, push
from modes.maps.products import ByLeft, ByRight, MatrixTimes

CALL = 2000  # multiplications in the time of one NumPy call on a small array
_MOST_CUTS = 16  # of one path


class Edge:
    """A linear map from an array of shape `start` to one of shape `end`, not yet multiplied out.

    ``cost`` is what pushing one tangent (pulling one cotangent) through takes, in multiplications;
    ``depth`` how deep paths and sums are nested.
    """

    depth = 1

    def __init__(self, start, end, cost):
        self.start, self.end, self.cost = start, end, cost
        self.width, self.height = math.prod(start), math.prod(end)

    def push(self, batch):
        raise NotImplementedError

    def pull(self, batch):
        raise NotImplementedError

    def sweep_cost(self, rows):
        """What `push` or `pull` of so many rows takes."""
        return rows * self.cost + CALL

    @property
    def matrix_cost(self):
        """What `matrix` takes: a sweep from the narrower end."""
        return self.sweep_cost(min(self.width, self.height))

    def matrix(self, dtype):
        """The edge as a matrix of shape (height, width)."""
        if self.width <= self.height:
            return self.columns(self.push(_identity(self.start, dtype)))
        return self.rows(self.pull(_identity(self.end, dtype)))

    def columns(self, pushed):
        """The matrix of which each column is one pushed tangent."""
        pushed = dense(pushed)
        return pushed.reshape(len(pushed), self.height).T

    def rows(self, pulled):
        """The matrix of which each row is one pulled cotangent."""
        pulled = dense(pulled)
        return pulled.reshape(len(pulled), self.width)

    def times(self, matrix, batch):
        """A batch pushed through the edge by its matrix."""
        batch = dense(batch)
        return (batch.reshape(len(batch), self.width) @ matrix.T).reshape(len(batch), *self.end)

    def times_transposed(self, matrix, batch):
        """A batch pulled through the edge by its matrix."""
        batch = dense(batch)
        return (batch.reshape(len(batch), self.height) @ matrix).reshape(len(batch), *self.start)


def _identity(shape, dtype):
    size = math.prod(shape)
    if size <= 1:
        return np.ones((size, *shape), dtype)
    return DiagonalBatch(None, shape, dtype, 0, size, 0, size)


class Local(Edge):
    """A local map, as it was recorded."""

    def __init__(self, label, start, end):
        super().__init__(start, end, _cost(label, math.prod(start), math.prod(end)))
        self.label = label

    def push(self, batch):
        return push(self.label, batch)

    def pull(self, batch):
        return pull(self.label, batch)


def _cost(label, width, height):
    """Multiplications of one push, or the entries that it moves if there are none."""
    if label is None:
        return 0
    if isinstance(label, MatrixTimes):
        return width * height
    if isinstance(label, ByRight):
        return width * label.b.shape[-1]
    if isinstance(label, ByLeft):
        return width * label.a.shape[-2]
    return max(width, height)


class Parallel(Edge):
    """The sum of edges."""

    def __init__(self, parts):
        super().__init__(parts[0].start, parts[0].end, sum(part.cost for part in parts))
        self.parts = parts
        self.depth = 1 + max(part.depth for part in parts)

    def _part_by_part(self, rows):
        return sum(part.sweep_cost(rows) for part in self.parts)

    def sweep_cost(self, rows):
        return min(self._part_by_part(rows), self.matrix_cost + rows * self.width * self.height)

    @functools.cached_property
    def matrix_cost(self):
        return sum(part.matrix_cost for part in self.parts)

    def push(self, batch):
        if self.sweep_cost(batch.shape[0]) < self._part_by_part(batch.shape[0]):
            return self.times(self.matrix(batch.dtype), batch)
        return functools.reduce(operator.add, [part.push(batch) for part in self.parts])

    def pull(self, batch):
        if self.sweep_cost(batch.shape[0]) < self._part_by_part(batch.shape[0]):
            return self.times_transposed(self.matrix(batch.dtype), batch)
        return functools.reduce(operator.add, [part.pull(batch) for part in self.parts])

    def matrix(self, dtype):
        return functools.reduce(operator.add, [part.matrix(dtype) for part in self.parts])


class Series(Edge):
    """Edges one after the other: a path, which may be cut where it is narrow."""

    def __init__(self, parts):
        super().__init__(parts[0].start, parts[-1].end, sum(part.cost for part in parts))
        self.parts = parts
        self.depth = 1 + max(part.depth for part in parts)
        self._plan = None

    def sweep_cost(self, rows):
        return sum(part.sweep_cost(rows) for part in self.parts)

    def push(self, batch):
        for part in self.parts:
            batch = part.push(batch)
        return batch

    def pull(self, batch):
        for part in reversed(self.parts):
            batch = part.pull(batch)
        return batch

    def cuts(self):
        """Positions between parts where the path is narrower than at both ends, one for each waist."""
        limit = min(self.width, self.height)
        widths = [part.height for part in self.parts[:-1]]
        found = []
        for i, width in enumerate(widths):
            before = widths[i - 1] if i else self.width
            behind = next((w for w in widths[i + 1 :] if w != width), self.height)
            if width < limit and width < before and width < behind:
                found.append(i + 1)
        return sorted(sorted(found, key=lambda i: widths[i - 1])[:_MOST_CUTS])

    @property
    def matrix_cost(self):
        return self._planned()[0]

    def _planned(self):
        """Cost of the path as a matrix, and its pieces: nested pairs, or an edge to be swept."""
        if self._plan is None:
            ends = [0, *self.cuts(), len(self.parts)]
            widths = [self.width, *(self.parts[i - 1].height for i in ends[1:])]
            best: dict = {}
            for length in range(1, len(ends)):
                for i in range(len(ends) - length):
                    j = i + length
                    options = _one_way(self.parts[ends[i] : ends[j]])
                    for k in range(i + 1, j):
                        product = widths[i] * widths[k] * widths[j] + CALL
                        options.append(
                            (best[i, k][0] + best[k, j][0] + product, (best[i, k][1], best[k, j][1]))
                        )
                    best[i, j] = min(options, key=lambda option: option[0])
            self._plan = best[0, len(ends) - 1]
        return self._plan

    def matrix(self, dtype):
        return _carried_out(self._planned()[1], dtype)


def _one_way(parts):
    """The two ways to sweep a path without cutting it: costs, and (direction, parts)."""
    first, last = parts[0], parts[-1]
    return [
        (first.matrix_cost + sum(p.sweep_cost(first.width) for p in parts[1:]), ("forward", parts)),
        (last.matrix_cost + sum(p.sweep_cost(last.height) for p in parts[:-1]), ("reverse", parts)),
    ]


def _carried_out(plan, dtype):
    """The matrix of a plan: a pair of plans to be multiplied, or a path to be swept one way."""
    one, other = plan
    if one == "forward":
        first, *rest = other
        if not rest:
            return first.matrix(dtype)
        if isinstance(first, Local):  # as it comes: the product of a diagonal with a matrix is cheap
            batch = first.push(_identity(first.start, dtype))
        else:
            batch = first.matrix(dtype).T.reshape(first.width, *first.end)
        for part in rest:
            batch = part.push(batch)
        return rest[-1].columns(batch)
    if one == "reverse":
        *rest, last = other
        if not rest:
            return last.matrix(dtype)
        if isinstance(last, Local):
            batch = last.pull(_identity(last.end, dtype))
        else:
            batch = last.matrix(dtype).reshape(last.height, *last.start)
        for part in reversed(rest):
            batch = part.pull(batch)
        return rest[0].rows(batch)
    return _carried_out(other, dtype) @ _carried_out(one, dtype)


def series(one, other):
    """A path of two edges; paths in it are laid open, so that a cut may be anywhere."""
    if isinstance(one, Local) and one.label is None:
        return other
    if isinstance(other, Local) and other.label is None:
        return one
    return Series(_laid_open(Series, one, other))


def parallel(one, other):
    """The sum of two edges; sums in it are laid open."""
    return Parallel(_laid_open(Parallel, one, other))


def _laid_open(kind, *edges):
    return [part for edge in edges for part in (edge.parts if isinstance(edge, kind) else [edge])]


class Shared(Edge):
    """An edge that several paths need: multiplied out once."""

    def __init__(self, edge):
        super().__init__(edge.start, edge.end, math.prod(edge.start) * math.prod(edge.end))
        self.edge = edge
        self._matrix = None

    def matrix(self, dtype):
        if self._matrix is None:
            self._matrix = self.edge.matrix(dtype)
        return self._matrix

    @property
    def matrix_cost(self):
        return 0  # paid for when it was eliminated

    def push(self, batch):
        return self.times(self.matrix(batch.dtype), batch)

    def pull(self, batch):
        return self.times_transposed(self.matrix(batch.dtype), batch)
