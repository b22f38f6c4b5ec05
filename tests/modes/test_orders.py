"""Elimination orders: costs by hand and as published, and one Jacobian from every order."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_functions import PUBLISHED, at

import modes
from modes.graph.edges import accumulate_edges
from modes.graph.elimination import ORDERS, Elimination, Graph, accumulate
from modes.graph.search import search


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_costs(name):
    f, n, forward, reverse, greedy, _ = PUBLISHED[name]
    x = at(n)
    argnums = tuple(range(n))
    trace = modes.trace(f, *x, argnums=argnums)
    known = np.array(modes.jacfwd(f, argnums)(*x))
    results = {order: accumulate(trace, order) for order in ORDERS}
    costs = [results[order].multiplications for order in ("forward", "reverse", "markowitz")]
    assert costs == [forward, reverse, greedy]
    for result in results.values():
        np.testing.assert_allclose(result.jacobian, known, rtol=1e-11, atol=1e-11)
        assert len(result.order) == len(set(result.order)) == len(trace.graph().intermediates)


def published_graph(name):
    f, n, *_ = PUBLISHED[name]
    return modes.trace(f, *at(n), argnums=tuple(range(n))).graph()


@pytest.mark.parametrize("name", PUBLISHED)
def test_min_fill_does_as_well_as_the_best_published_order(name):
    assert accumulate(published_graph(name), "min-fill").multiplications <= PUBLISHED[name][-1]


def test_a_search_is_never_worse_than_greedy_orders():
    graph = published_graph("RoeFlux_1d")
    found = search(graph, seconds=0.5)
    assert found.multiplications <= 306  # min-fill's
    assert found.multiplications == accumulate(graph, found.order).multiplications
    np.testing.assert_allclose(found.jacobian, accumulate(graph).jacobian, rtol=1e-10, atol=1e-12)
    assert search(graph, "branch-and-bound", seconds=0.5).multiplications <= 306


def test_branch_and_bound_finds_the_best_order_of_all():
    rng = np.random.default_rng(11)
    for _ in range(10):
        links = [{int(p): 2.0 for p in rng.choice(2 + i, min(2, 2 + i), False)} for i in range(8)]
        graph = Graph(2, links, [7, 8, 9])
        orders = itertools.permutations(graph.intermediates)
        best = min(accumulate(graph, order).multiplications for order in orders)
        assert search(graph, "branch-and-bound", seconds=20).multiplications == best
        assert search(graph, "annealing", seconds=0.3).multiplications == best


def test_searches_are_checked():
    with pytest.raises(ValueError, match="'annealing', 'branch-and-bound'; got 'luck'"):
        search(diamond(), "luck")
    with pytest.raises(ValueError, match="seconds must be positive"):
        search(diamond(), seconds=0)


def test_edge_elimination_by_hand():
    graph = diamond()  # vertices 2 (inputs 0, 1) and 3 (of 2); outputs 4, 5 and a copy of 3
    own = [(2, 3, "front"), (0, 2, "front"), (1, 2, "front"), (0, 3, "front"), (1, 3, "front")]
    with pytest.raises(ValueError, match="eliminates no edge"):
        accumulate_edges(graph, own)  # after the first, no edge enters 3 any more
    result = accumulate_edges(graph, own[:3])  # 2 edges leave 3, then 3 leave 2 for each input
    assert result.multiplications == 2 + 3 + 3
    np.testing.assert_array_equal(result.jacobian, accumulate(graph).jacobian)
    with pytest.raises(ValueError, match=r"leaves edges at the intermediate vertices \[2\]"):
        accumulate_edges(graph, own[:1])
    with pytest.raises(ValueError, match="'front' or 'back'"):
        accumulate_edges(graph, ["front"])
    with pytest.raises(ValueError, match="order must be one of"):
        accumulate_edges(graph, "best")


@pytest.mark.parametrize("name", PUBLISHED)
def test_edge_elimination_by_vertices_costs_what_vertex_elimination_costs(name):
    graph = published_graph(name)
    known = accumulate(graph)
    for order in ("forward", "reverse", "markowitz"):
        result = accumulate_edges(graph, order)
        np.testing.assert_allclose(result.jacobian, known.jacobian, rtol=1e-9, atol=1e-11)
        if order != "markowitz":
            assert result.multiplications == accumulate(graph, order).multiplications


def diamond():
    """Two inputs, one vertex with three users, of which the last uses the first too."""
    return Graph(2, [{0: 2.0, 1: 3.0}, {2: 5.0}, {2: 7.0}, {2: 11.0, 3: 13.0}], [3, 4, 5])


def test_costs_by_hand():
    # 2 has 2 predecessors and 3 successors; output 3 is used by 5: it is intermediate, with a copy as output
    graph = diamond()
    assert graph.intermediates == [2, 3]
    forward = accumulate(graph, "forward")  # 2: 2 × 3 = 6; 3: then has predecessors 0, 1 and 2 successors: 4
    assert (forward.multiplications, forward.additions) == (10, 2)
    reverse = accumulate(graph, "reverse")  # 3: 1 × 2 (one fills into 2 -> 5: an addition); 2: 2 × 3
    assert (reverse.multiplications, reverse.additions) == (8, 1)
    expected = np.array([[10, 15], [14, 21], [2 * (11 + 65), 3 * (11 + 65)]])
    np.testing.assert_array_equal(forward.jacobian, expected)
    np.testing.assert_array_equal(reverse.jacobian, expected)


@pytest.mark.parametrize(("ties", "order"), [("latest", (3, 2, 1)), ("earliest", (1, 2, 3))])
def test_ties(ties, order):
    chain = Graph(1, [{0: 2.0}, {1: 2.0}, {2: 2.0}, {3: 2.0}], [4])
    result = accumulate(chain, "markowitz", ties)
    assert (result.order, result.multiplications) == (order, 3)


def test_unused_operations_are_no_vertices():
    graph = Graph(1, [{0: 2.0}, {0: 3.0}, {1: 4.0}], [3])
    assert graph.intermediates == [1]
    assert accumulate(graph).multiplications == 1


def test_constant_repeated_and_input_outputs():
    result = accumulate(Graph(2, [{0: 2.0}], [None, 2, 2, 1]))
    np.testing.assert_array_equal(result.jacobian, [[0, 0], [2, 0], [2, 0], [0, 1]])


@st.composite
def graphs(draw):
    n, count = draw(st.integers(1, 4)), draw(st.integers(1, 14))
    links = []
    for number in range(n, n + count):
        operands = draw(st.sets(st.integers(0, number - 1), min_size=1, max_size=3))
        links.append({p: draw(st.floats(-2, 2)) for p in operands})
    outputs = draw(st.lists(st.none() | st.integers(0, n + count - 1), min_size=1, max_size=4))
    return Graph(n, links, outputs)


@settings(max_examples=150, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_every_order_gives_the_same_jacobian(graph, random):
    order = graph.intermediates
    random.shuffle(order)
    own = accumulate(graph, order).jacobian
    partials = np.zeros((max(graph.links, default=graph.n) + 1,) * 2)
    for vertex, edges in graph.links.items():
        for p, partial in edges.items():
            partials[vertex, p] = partial
    total = np.linalg.inv(np.eye(len(partials)) - partials)  # the sum over all paths
    scale = np.abs(np.linalg.inv(np.eye(len(partials)) - np.abs(partials))).max()
    for i, vertex in enumerate(graph.outputs):
        expected = total[vertex, : graph.n] if vertex is not None else np.zeros(graph.n)
        np.testing.assert_allclose(own[i], expected, atol=1e-12 * scale)
    for named in ORDERS:
        np.testing.assert_allclose(accumulate(graph, named).jacobian, own, atol=1e-12 * scale)
    for named in ("forward", "reverse", "markowitz"):
        np.testing.assert_allclose(accumulate_edges(graph, named).jacobian, own, atol=1e-12 * scale)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.sampled_from(["latest", "earliest"]))
def test_a_greedy_order_takes_the_cheapest_vertex_each_time(graph, ties):
    for name, measure in {"markowitz": Elimination.degree, "min-fill": Elimination.fill}.items():
        elimination, left = Elimination(graph), set(graph.intermediates)
        for vertex in accumulate(graph, name, ties).order:
            sign = -1 if ties == "latest" else 1
            assert vertex == min(left, key=lambda v: (measure(elimination, v), sign * v))
            elimination.eliminate(vertex)
            left.remove(vertex)


def test_wrong_orders_are_told():
    graph = diamond()
    with pytest.raises(ValueError, match="one of 'forward', 'reverse', 'markowitz', 'min-fill'"):
        accumulate(graph, "best")
    with pytest.raises(ValueError, match=r"permutation of graph.intermediates: missing \[3\]"):
        accumulate(graph, [2])
    with pytest.raises(ValueError, match=r"not intermediate or repeated \[2\]"):
        accumulate(graph, [2, 2, 3])
    with pytest.raises(ValueError, match="ties must be"):
        accumulate(graph, "markowitz", ties="first")
    with pytest.raises(ValueError, match="vertex 1 must depend on vertices below 1"):
        Graph(1, [{1: 1.0}], [1])
    with pytest.raises(ValueError, match="output 7"):
        Graph(1, [{0: 1.0}], [7])
