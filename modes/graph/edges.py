"""Edge elimination: finer than vertex elimination, and sometimes cheaper (Naumann 2004).

*Front*-eliminating an edge i → j joins it to each edge that leaves j, at one multiplication each, and
removes it; *back*-eliminating j → k joins it to each edge that enters j. Front-eliminating all edges that
enter a vertex is the elimination of the vertex.
"""

from collections.abc import Sequence
from typing import Any

from modes.graph.elimination import Accumulation, Elimination, as_graph


def accumulate_edges(graph: Any, order: str | Sequence[tuple[int, int, str]] = "markowitz") -> Accumulation:
    """Accumulate a Jacobian by eliminating edges.

    Parameters
    ----------
    graph : Graph or Trace
        As for `modes.accumulate`.
    order : str or sequence
        ``"forward"`` (front-eliminates from the inputs on), ``"reverse"`` (back-eliminates from the outputs
        on), ``"markowitz"`` (the cheapest elimination next; ties to the latest vertex), or eliminations of
        your own: tuples ``(start, end, "front" or "back")``, until no intermediate vertex has edges left.

    Returns
    -------
    Accumulation
        As of `modes.accumulate`; ``order`` holds the eliminations.

    Raises
    ------
    ValueError
        Where there is no such order, an edge of your own is not there, or edges are left at the end.
    """
    graph = as_graph(graph)
    state = _EdgeElimination(graph)
    if isinstance(order, str):
        if order not in _ORDERS:
            raise ValueError(
                f"order must be one of {', '.join(map(repr, _ORDERS))} or eliminations; got {order!r}"
            )
        while (choice := _ORDERS[order](state)) is not None:
            state.eliminate_edge(*choice)
    else:
        for elimination in order:
            state.check(elimination)
            state.eliminate_edge(*elimination)
        left = [v for v in state.inner if v in state.before and state.before[v] and state.after[v]]
        if left:
            raise ValueError(f"the order leaves edges at the intermediate vertices {left[:5]}")
    return state.finished()


class _EdgeElimination(Elimination):
    """A graph from which edges are being eliminated."""

    def __init__(self, graph):
        super().__init__(graph)
        self.inner = frozenset(graph.intermediates)

    def eliminations(self):
        """What can be done now, with its cost: edges into a vertex from the front, out of it from behind."""
        for v in sorted(self.inner & self.before.keys()):
            for p in sorted(self.before[v]):
                yield len(self.after[v]), (p, v, "front")
            for s in sorted(self.after[v]):
                yield len(self.before[v]), (v, s, "back")

    def check(self, elimination):
        try:
            start, end, side = elimination
        except (TypeError, ValueError):
            raise ValueError(
                f"an elimination is (start, end, 'front' or 'back'), not {elimination!r}"
            ) from None
        joint = {"front": end, "back": start}.get(side)
        if joint not in self.inner or start not in self.before.get(end, ()):
            raise ValueError(
                f"{elimination!r} eliminates no edge at an intermediate vertex of the graph as it then is"
            )

    def eliminate_edge(self, start, end, side):
        partial = self.before[end].pop(start)
        self.after[start].discard(end)
        if side == "front":
            pairs = [(start, s, self.before[s][end]) for s in self.after[end]]
        else:
            pairs = [(p, end, other) for p, other in self.before[start].items()]
        for p, s, other in pairs:
            self.add(p, s, partial * other)
        self.order.append((start, end, side))
        self._drop(end if side == "front" else start)

    def _drop(self, vertex):
        """Remove a vertex without edges on one side, and what hangs on it alone."""
        if (
            vertex not in self.inner
            or vertex not in self.before
            or (self.before[vertex] and self.after[vertex])
        ):
            return
        before, after = self.before.pop(vertex), self.after.pop(vertex)
        for p in before:
            self.after[p].discard(vertex)
            self._drop(p)
        for s in after:
            self.before[s].pop(vertex)
            self._drop(s)


def _first(state):
    joint = min(state.inner & state.before.keys(), default=None)
    return None if joint is None else (min(state.before[joint]), joint, "front")


def _last(state):
    joint = max(state.inner & state.before.keys(), default=None)
    return None if joint is None else (joint, max(state.after[joint]), "back")


def _cheapest(state):
    def rank(priced):
        cost, (start, end, side) = priced
        return cost, -(end if side == "front" else start)

    return min(state.eliminations(), key=rank, default=(0, None))[1]


_ORDERS = {"forward": _first, "reverse": _last, "markowitz": _cheapest}
