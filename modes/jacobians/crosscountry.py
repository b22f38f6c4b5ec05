"""Cross-country mode: the local maps of the tape multiplied in an order of their own, chosen by cost.

A vertex is an array on the tape, an edge carries local maps. Vertices are eliminated symbolically first:
one in series between two others joins their edges to a path, paths in parallel are summed, and of what is
then left the vertex that is cheapest to eliminate goes next, until each input has one edge to each output.
Nothing has been multiplied by then, so the cost is known: a path between a and b is swept from its
narrower end, or cut where it is narrower still into matrices, which are multiplied in the best order
(the matrix chain problem; Griewank & Walther, "Evaluating Derivatives" (2008), chapter 9). Where this does
not need clearly fewer multiplications than the better pure mode, that mode is used, and from then on
without planning at arguments of the same shapes.
"""

import math

import numpy as np

from modes.jacobians import paths
from modes.jacobians.arguments import Point
from modes.jacobians.assembly import assemble_rows
from modes.jacobians.choice import SWEEPS, choose
from modes.jacobians.linearization import Linearization
from modes.jacobians.memory import Remembered
from modes.jacobians.paths import Local, Shared, parallel, series
from modes.jacobians.registry import register_builder
from modes.jacobians.seeds import size_of
from modes.maps.batches import dense, is_plain
from modes.maps.broadcasting import Broadcast
from modes.maps.linear import NEGATE, ZERO, push
from modes.maps.products import MatrixTimes

_MARGIN = 0.8  # of the cost of the better pure mode: above, the pure mode is used
_PLANNING = 30_000  # multiplications in the time that planning takes for an edge
_LONGEST = 3000  # operations on a tape that is planned for
_DEEPEST = 50  # nesting of paths and sums, which recursion follows
_MOST_VERTICES = 100  # neither in series nor in parallel; with more, planning would cost more than it gains


class _Network:
    """The array-level graph of a linearised function, and its symbolic elimination."""

    def __init__(self, linearization, leaves):
        tape = linearization.tape
        shapes = _shapes(tape, leaves)
        wanted = {index for index in linearization.outputs if index is not None}
        inputs = range(len(leaves))
        reached = set(inputs)
        for index, links in enumerate(tape):
            if any(operand in reached for operand, _ in links):
                reached.add(index)
        for index in range(len(tape) - 1, -1, -1):
            if index in wanted:
                wanted.update(operand for operand, _ in tape[index] if operand in reached)
        self.live = [i for i in sorted(wanted) if i in reached]
        self.widths = {i: math.prod(shapes[i]) for i in self.live}
        self.before: dict = {i: {} for i in self.live}
        self.after: dict = {i: {} for i in self.live}
        self.cost = 0.0  # of what was multiplied out
        self.sweep_cost = 0  # of one tangent through everything
        self.edges = 0
        for index in self.live:
            for operand, label in tape[index]:
                if operand in self.before:
                    edge = Local(label, shapes[operand], shapes[index])
                    self.sweep_cost += edge.cost
                    self.edges += 1
                    self._join(operand, index, edge)
        self.ends: dict = {}
        for number, index in enumerate(linearization.outputs):
            if index in self.before:
                end = ("output", number)
                self.before[end], self.after[end] = {}, {}
                self._join(index, end, Local(None, shapes[index], shapes[index]))
                self.ends[number] = end
        self.fixed = {*inputs, *self.ends.values()}

    def _join(self, start, end, edge):
        present = self.before[end].get(start)
        edge = edge if present is None else parallel(present, edge)
        self.before[end][start] = self.after[start][end] = edge

    def _remove(self, vertex):
        before, after = self.before.pop(vertex), self.after.pop(vertex)
        for p in before:
            del self.after[p][vertex]
        for s in after:
            del self.before[s][vertex]
        return before, after

    def eliminate(self):
        """Eliminate all intermediate vertices; False where it would take too long to plan."""
        self._contract(list(self.before))
        if any(edge.depth > _DEEPEST for edges in self.before.values() for edge in edges.values()):
            return False
        prices = {v: self._price(v) for v in self.before if v not in self.fixed}
        if len(prices) > _MOST_VERTICES:
            return False
        while prices:
            vertex = min(prices, key=prices.__getitem__)
            before, after = self._remove(vertex)
            if len(after) > 1:
                before = {p: self._shared(edge) for p, edge in before.items()}
            if len(before) > 1:
                after = {s: self._shared(edge) for s, edge in after.items()}
            for p, one in before.items():
                for s, other in after.items():
                    self._join(p, s, series(one, other))
            near = {*before, *after}
            self._contract(list(near))
            near.update(*(self.before.get(v, ()) for v in near), *(self.after.get(v, ()) for v in near))
            for v in list(prices):
                if v not in self.before:
                    del prices[v]
                elif v in near:
                    prices[v] = self._price(v)
        return True

    def _shared(self, edge):
        self.cost += edge.matrix_cost
        return Shared(edge)

    def _contract(self, candidates):
        while candidates:
            vertex = candidates.pop()
            if vertex in self.fixed or len(self.before.get(vertex, ())) != 1 or len(self.after[vertex]) != 1:
                continue
            before, after = self._remove(vertex)
            ((p, one),), ((s, other),) = before.items(), after.items()
            self._join(p, s, series(one, other))
            candidates += [p, s]

    def _price(self, vertex):
        """The Markowitz degree with sizes: what the new edges would cost as matrices."""
        before, after = self.before[vertex].values(), self.after[vertex].values()
        return sum(series(one, other).matrix_cost for one in before for other in after)

    def final_cost(self):
        """Cost of the Jacobian, once all is eliminated."""
        return self.cost + sum(
            edge.matrix_cost for end in self.ends.values() for edge in self.before[end].values()
        )


def _shapes(tape, leaves):
    """The shape of each value on the tape, told from its maps."""
    shapes: list = [leaf.shape for leaf in leaves]
    for links in tape[len(leaves) :]:
        operand, label = next((link for link in links if shapes[link[0]] is not None), (None, None))
        if operand is None:  # a constant
            shape = None
        elif is_plain(label) or label is None or label is NEGATE or label is ZERO:
            shape = shapes[operand]
        elif isinstance(label, Broadcast):
            shape = label.target
        elif isinstance(label, MatrixTimes):
            shape = (label.matrix.shape[0],)
        else:
            shape = dense(push(label, np.zeros(shapes[operand])[()])).shape
        shapes.append(shape)
    return shapes


def plan(linearization, leaves):
    """The network with everything eliminated, or None where a pure mode does as well."""
    n, m = (sum(map(size_of, values)) for values in (leaves, linearization.values))
    if len(linearization.tape) > _LONGEST:
        return None
    network = _Network(linearization, leaves)
    narrow = min(n, m)
    if not network.live or min(network.widths.values()) >= narrow:
        return None  # nowhere narrower than at one end
    if not network.eliminate():
        return None
    pure = narrow * network.sweep_cost + paths.CALL * network.edges
    mixed = network.final_cost() + _PLANNING * network.edges
    return network if mixed < _MARGIN * pure else None


def cross_country(f, argnums, chunk_size):
    """The Jacobian by the cheapest order found: pure forward, pure reverse, or between the two.

    ``chunk_size`` is of the sweeps where a pure mode is used; one that starts at a narrow place carries all
    its rows.
    """
    remembered = Remembered()  # shapes of arguments for which a pure mode was found to do as well

    def jacobian(*args, **kwargs):
        point = Point(args, argnums, kwargs)
        shapes = tuple([leaf.shape for leaf in point.leaves])
        if shapes not in remembered:
            linearization = Linearization(f, point)
            try:
                network = plan(linearization, point.leaves)
                if network is not None:
                    return assemble_rows(linearization, point, _rows(network, linearization, point.leaves))
            finally:
                linearization.release()
            n, m = (sum(map(size_of, values)) for values in (point.leaves, linearization.values))
            remembered[shapes] = choose(n, m).mode
        return SWEEPS[remembered[shapes]](f, point, chunk_size)[0]

    return jacobian


def _rows(network, linearization, leaves):
    """For each leaf of the arguments, its cotangents as rows, one for each output."""
    dtype = np.result_type(*(leaf.dtype for leaf in leaves))
    rows = []
    for index, leaf in enumerate(leaves):
        blocks = []
        for number, value in enumerate(linearization.values):
            edge = network.before.get(network.ends.get(number), {}).get(index)
            if edge is None:
                blocks.append(np.zeros((size_of(value), size_of(leaf)), dtype))
            else:
                blocks.append(edge.matrix(dtype))
        own = len(blocks) == 1 and getattr(blocks[0], "base", True) is None
        stacked = blocks[0] if own else np.concatenate(blocks)  # a view may be of a matrix of the caller's
        rows.append(stacked.reshape(len(stacked), *leaf.shape))
    return rows


register_builder("cross-country", cross_country)
