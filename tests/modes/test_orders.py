"""Elimination orders: costs by hand and as published, and one Jacobian from every order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_functions import PUBLISHED, at

import modes
from modes.orders import ORDERS, Graph, accumulate


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


def test_min_fill_on_the_roe_flux_needs_less_than_the_best_published_order():
    f, n, *_, best = PUBLISHED["RoeFlux_1d"]
    assert accumulate(modes.trace(f, *at(n), argnums=tuple(range(n))), "min-fill").multiplications <= best


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
    with pytest.raises(ValueError, match="vertex 1 must depend"):
        Graph(1, [{1: 1.0}], [1])
    with pytest.raises(ValueError, match="output 7"):
        Graph(1, [{0: 1.0}], [7])
