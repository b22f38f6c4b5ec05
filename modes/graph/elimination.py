"""The linearised computational graph of scalars, and the elimination of its vertices."""

import heapq
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class Graph:
    """A linearised computational graph: a local partial on each edge.

    Parameters
    ----------
    n : int
        Number of inputs, which are vertices 0 … n-1.
    links : list of dicts
        For each further vertex, numbered from n on, its predecessors (lower numbers) with their partials.
    outputs : list of int or None
        The vertex of each output; None where an output is constant.

    An output that is an input, or that other vertices use, gets a vertex of its own: a copy, with partial 1.
    """

    def __init__(self, n: int, links: Sequence[dict[int, Any]], outputs: Sequence[int | None]) -> None:
        for number, predecessors in enumerate(links, n):
            if any(not 0 <= p < number for p in predecessors):
                raise ValueError(
                    f"vertex {number} must depend on vertices below {number}, not on {sorted(predecessors)}"
                )
        links = list(links)
        used = {*range(n), *(p for predecessors in links for p in predecessors)}
        self.n, self.outputs = n, []
        count = n + len(links)
        copies: dict = {}
        vertex: Any
        for vertex in outputs:
            if vertex is not None and not 0 <= vertex < count:
                raise ValueError(f"output {vertex} is not a vertex; there are {count}")
            if vertex in used and vertex not in copies:
                links.append({vertex: 1.0})
                copies[vertex] = n + len(links) - 1
            self.outputs.append(copies.get(vertex, vertex))
        reached = set(range(n))
        for number, predecessors in enumerate(links, n):
            if not reached.isdisjoint(predecessors):
                reached.add(number)
        needed = {v for v in self.outputs if v is not None}
        for number in range(n + len(links) - 1, n - 1, -1):
            if number in needed:
                needed.update(links[number - n])
        self.links = {
            v: {p: partial for p, partial in links[v - n].items() if p in reached}
            for v in range(n, n + len(links))
            if v in needed and v in reached
        }
        self.outputs = [v if v in self.links else None for v in self.outputs]

    @property
    def intermediates(self) -> list[int]:
        """The vertices that an order eliminates, in the order of computation."""
        ends = set(self.outputs)
        return [v for v in self.links if v not in ends]

    @property
    def edges(self) -> int:
        return sum(map(len, self.links.values()))

    def successors(self):
        """For each vertex the set of vertices that depend on it directly."""
        after: dict = {v: set() for v in (*range(self.n), *self.links)}
        for vertex, predecessors in self.links.items():
            for p in predecessors:
                after[p].add(vertex)
        return after

    def __repr__(self):
        ends = f"{self.n} inputs, {len(self.outputs)} outputs"
        return f"<Graph: {ends}, {len(self.intermediates)} intermediates, {self.edges} edges>"


class Accumulation(NamedTuple):
    """A Jacobian, and what accumulating it cost."""

    jacobian: np.ndarray[Any, Any]
    multiplications: int
    additions: int
    order: tuple[Any, ...]

    def __repr__(self):
        m, n = self.jacobian.shape
        cost = f"{self.multiplications} multiplications, {self.additions} additions"
        return f"<Accumulation of a {m}×{n} Jacobian: {cost}>"


def accumulate(graph: Any, order: str | Sequence[int] = "reverse", ties: str = "latest") -> Accumulation:
    """Accumulate a Jacobian by eliminating the intermediate vertices of a graph.

    Parameters
    ----------
    graph : Graph or Trace
        ``trace(f, x).graph()``, or the trace of scalars itself.
    order : str or sequence of int
        ``"forward"``, ``"reverse"`` (by number), ``"markowitz"`` (the vertex with the least in-degree ×
        out-degree next), ``"min-fill"`` (the vertex that makes the fewest new edges next), or all
        intermediate vertices in any order of your own, such as `search` finds.
    ties : str
        Which of several equal vertices a greedy order takes: ``"latest"`` or ``"earliest"`` computed.

    Returns
    -------
    Accumulation
        ``jacobian`` of shape (m, n), ``multiplications``, ``additions`` (into edges that exist
        already), and the ``order`` that was taken.

    Raises
    ------
    ValueError
        Where there is no such order or `ties`, or an order of your own is not a permutation of
        ``graph.intermediates``.
    """
    graph = as_graph(graph)
    elimination = Elimination(graph)
    if ties not in ("latest", "earliest"):
        raise ValueError(f"ties must be 'latest' or 'earliest', not {ties!r}")
    if isinstance(order, str):
        if order not in _ORDERS:
            raise ValueError(
                f"order must be one of {', '.join(map(repr, _ORDERS))} or a sequence of vertices; "
                f"got {order!r}"
            )
        for vertex in _ORDERS[order](elimination, graph, ties):
            elimination.eliminate(vertex)
    else:
        order = [int(v) for v in order]
        if sorted(order) != sorted(graph.intermediates):
            raise ValueError(
                "order must be a permutation of graph.intermediates: missing "
                f"{sorted(set(graph.intermediates) - set(order))[:5]}, not intermediate or repeated "
                f"{sorted(v for v in set(order) if v not in graph.links or order.count(v) > 1)[:5]}"
            )
        for vertex in order:
            elimination.eliminate(vertex)
    return elimination.finished()


def as_graph(graph):
    return graph if isinstance(graph, Graph) else graph.graph()


class Elimination:
    """A graph from which vertices are being eliminated."""

    def __init__(self, graph):
        self.graph = graph
        self.before = {v: dict(p) for v, p in graph.links.items()}
        self.after = graph.successors()
        self.multiplications = self.additions = 0
        self.order: list = []

    def degree(self, vertex):
        """The Markowitz degree: what eliminating the vertex costs now."""
        return len(self.before[vertex]) * len(self.after[vertex])

    def fill(self, vertex):
        """How many new edges eliminating the vertex would make."""
        return sum(p not in self.before[s] for s in self.after[vertex] for p in self.before[vertex])

    def add(self, start, end, product):
        """Add a product to an edge, which may be a new one."""
        edges = self.before[end]
        if start in edges:
            edges[start] = edges[start] + product
            self.additions += 1
        else:
            edges[start] = product
            self.after[start].add(end)
        self.multiplications += 1

    def eliminate(self, vertex):
        predecessors = self.before.pop(vertex)
        for s in self.after.pop(vertex):
            partial = self.before[s].pop(vertex)
            for p, other in predecessors.items():
                self.add(p, s, partial * other)
        for p in predecessors:
            self.after[p].discard(vertex)
        self.order.append(vertex)

    def finished(self):
        graph = self.graph
        dtype = np.result_type(float, *{np.result_type(p) for e in self.before.values() for p in e.values()})
        jacobian = np.zeros((len(graph.outputs), graph.n), dtype)
        for i, vertex in enumerate(graph.outputs):
            for j, partial in self.before.get(vertex, {}).items():
                jacobian[i, j] = partial
        return Accumulation(jacobian, self.multiplications, self.additions, tuple(self.order))


def _greedy(measure, reach):
    """The order that takes the vertex of least cost next; `reach` gives those whose cost may change by it."""

    def choose(elimination, graph, ties):
        sign = -1 if ties == "latest" else 1
        costs = {v: measure(elimination, v) for v in graph.intermediates}
        heap = [(cost, sign * v) for v, cost in costs.items()]
        heapq.heapify(heap)
        while heap:
            cost, signed = heapq.heappop(heap)
            vertex = sign * signed
            if costs.get(vertex) != cost:
                continue  # out of date, or eliminated
            del costs[vertex]
            near = reach(elimination, vertex)
            yield vertex
            for v in near & costs.keys():
                price = measure(elimination, v)
                if price != costs[v]:
                    costs[v] = price
                    heapq.heappush(heap, (price, sign * v))

    return choose


def _neighbours(elimination, vertex):
    return {*elimination.before[vertex], *elimination.after[vertex]}


def _further(elimination, vertex):
    """Vertices that may stand between a new edge's ends."""
    ahead = set().union(*(elimination.after[p] for p in elimination.before[vertex]))
    behind = set().union(*(elimination.before[s] for s in elimination.after[vertex]))
    return ahead | behind | _neighbours(elimination, vertex)


_ORDERS = {
    "forward": lambda elimination, graph, ties: graph.intermediates,
    "reverse": lambda elimination, graph, ties: graph.intermediates[::-1],
    "markowitz": _greedy(Elimination.degree, _neighbours),
    "min-fill": _greedy(Elimination.fill, _further),
}
ORDERS = tuple(_ORDERS)
