"""Search for cheap vertex elimination orders; finding the cheapest is NP-complete (Naumann 2008)."""

import math
import random
import time
from typing import Any

from modes.graph.elimination import Accumulation, accumulate, as_graph


class _Structure:
    """Where a graph has edges, as sets of bits: bit i of ``before[v]`` says that there is an edge i → v."""

    def __init__(self, graph):
        self.vertices = graph.intermediates
        names = dict.fromkeys([*self.vertices, *range(graph.n), *graph.links])
        number = {v: i for i, v in enumerate(names)}
        self.before, self.after = [0] * len(number), [0] * len(number)
        for v, predecessors in graph.links.items():
            for p in predecessors:
                self.before[number[v]] |= 1 << number[p]
                self.after[number[p]] |= 1 << number[v]

    def cost(self, order, limit=math.inf):
        """Multiplications of an order (of positions in `vertices`); stops at `limit`."""
        before, after = self.before.copy(), self.after.copy()
        total = 0
        for v in order:
            total += eliminate(before, after, v)
            if total >= limit:
                break
        return total


def eliminate(before, after, v):
    """Join what is before v with what is behind it; returns the multiplications."""
    ins, outs = before[v], after[v]
    keep = ~(1 << v)
    left = ins
    while left:
        low = left & -left
        p = low.bit_length() - 1
        after[p] = (after[p] | outs) & keep
        left ^= low
    left = outs
    while left:
        low = left & -left
        s = low.bit_length() - 1
        before[s] = (before[s] | ins) & keep
        left ^= low
    return ins.bit_count() * outs.bit_count()


def search(graph: Any, method: str = "annealing", seconds: float = 5.0, seed: int = 0) -> Accumulation:
    """Search for a vertex elimination order with few multiplications, from the best greedy one on.

    Parameters
    ----------
    graph : Graph or Trace
        As for `modes.accumulate`.
    method : str
        - ``"annealing"``: simulated annealing over orders; a step moves one vertex to another place.
        - ``"branch-and-bound"``: depth first, cheapest vertex next, cut off at the best cost known; proves
          the order best where it ends in time.
    seconds : float
        Time limit.
    seed : int
        Of annealing's random numbers. (How far it comes in the time depends on the machine.)

    Returns
    -------
    Accumulation
        As of `modes.accumulate`, with the best order found: never worse than the greedy ones.

    Raises
    ------
    ValueError
        Where there is no such method, or the time is not positive.
    """
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, _METHODS))}; got {method!r}")
    if not seconds > 0:
        raise ValueError(f"seconds must be positive; got {seconds!r}")
    graph = as_graph(graph)
    structure = _Structure(graph)
    greedy = [
        accumulate(graph, order, ties)
        for order in ("markowitz", "min-fill")
        for ties in ("latest", "earliest")
    ]
    greedy += [accumulate(graph, order) for order in ("forward", "reverse")]
    best = min(greedy, key=lambda result: result.multiplications)
    place = {v: i for i, v in enumerate(structure.vertices)}
    start = [place[v] for v in best.order]
    order = _METHODS[method](structure, start, best.multiplications, time.monotonic() + seconds, seed)
    return accumulate(graph, [structure.vertices[i] for i in order])


def _anneal(structure, start, cost, deadline, seed):
    """Moves are taken by Metropolis' rule; the temperature falls geometrically over the time there is."""
    if len(start) < 2:
        return start
    generator = random.Random(seed)
    best, best_cost = start, cost
    order, begin = start, time.monotonic()
    hot, cold = max(2.0, 0.02 * cost), 0.2
    while (now := time.monotonic()) < deadline:
        temperature = hot * (cold / hot) ** ((now - begin) / (deadline - begin))
        candidate = order.copy()
        vertex = candidate.pop(generator.randrange(len(order)))
        candidate.insert(generator.randrange(len(order)), vertex)
        allowed = cost - temperature * math.log(generator.random() or 1e-300)  # a cost above it is refused
        found = structure.cost(candidate, allowed)
        if found < allowed:
            order, cost = candidate, found
            if cost < best_cost:
                best, best_cost = order, cost
    return best


def _branch_and_bound(structure, start, cost, deadline, seed):
    """Depth first; each vertex that is left costs at least 1, as it has a predecessor and a successor."""
    count = len(start)
    best, best_cost = start, cost
    seen: dict = {}  # cost at which a set of vertices was eliminated before: the graph left is the same
    stack: list = [(0, 0, (), structure.before, structure.after)]
    while stack and time.monotonic() < deadline:
        spent, gone, order, before, after = stack.pop()
        if len(order) == count:
            if spent < best_cost:
                best, best_cost = list(order), spent
            continue
        if spent + count - len(order) >= best_cost or seen.get(gone, math.inf) <= spent:
            continue
        seen[gone] = spent
        left = [v for v in range(count) if not gone >> v & 1]
        left.sort(key=lambda v: -before[v].bit_count() * after[v].bit_count())
        for v in left:  # the cheapest is on top of the stack
            next_before, next_after = before.copy(), after.copy()
            price = eliminate(next_before, next_after, v)
            if spent + price + count - len(order) - 1 < best_cost:
                stack.append((spent + price, gone | 1 << v, (*order, v), next_before, next_after))
    return best


_METHODS = {"annealing": _anneal, "branch-and-bound": _branch_and_bound}
