"""Operation counts: by hand, and equal to those of the graph written out in scalars."""

import numpy as np
import pytest

import modes
from modes.example import f as example
from modes.graph.counting import GRADIENT_BOUNDS, TANGENT_BOUNDS, counts
from modes.graph.tally import Sweep
from modes.maps.linear import NEGATE

AT = np.array([0.5, 2.0, 1.0])


def test_the_worked_example_by_hand():
    found = counts(example, AT)
    assert (found.n, found.m) == (3, 2)
    # u1 = x2 - x3, u2 = 1 - x1, u3 = log u2, u4 = x1 u1, u5 = x3 u3
    assert (found.additions, found.multiplications, found.functions, found.operations) == (2, 2, 1, 5)
    assert found.edges == 2 + 1 + 1 + 2 + 2
    # products: one for log, two for each multiplication; two contributions meet in u1, u4, u5
    assert found.forward_sweep == Sweep(multiplications=5, additions=3)
    # two contributions meet in x1 (from u2, u4) and x3 (from u1, u5)
    assert found.reverse_sweep == Sweep(multiplications=5, additions=2)
    assert found.forward_jacobian == Sweep(15, 9)
    assert found.reverse_jacobian == Sweep(10, 4)
    # Griewank & Walther: additions 4, 8, 12; multiplications 4, 10, 16; functions 4, 9, 13
    assert found.tangent_ratio == (2 * 8 + 2 * 10 + 9) / 20
    assert found.gradient_ratio == (2 * 12 + 2 * 16 + 13) / 20
    assert found.of_mode("forward") == 5 + 24
    assert found.of_mode("forward", chunk_size=1) == 15 + 24
    assert found.of_mode("reverse") == found.of_mode("auto") == 5 + 14
    assert found.of_mode("central-difference") == 6 * 5 + 12
    assert found.of_mode("another") is None


def test_a_dense_layer_by_hand():
    weights = np.random.default_rng(0).normal(size=(4, 3))
    found = counts(lambda x: np.tanh(weights @ x), np.ones(3))
    assert (found.multiplications, found.additions, found.functions) == (12, 8, 4)
    assert found.forward_sweep == Sweep(12 + 4, 8)
    assert found.reverse_sweep == Sweep(12 + 4, 3 * (4 - 1))
    assert found.tape_length == 2
    batch = counts(lambda x: weights @ x, np.ones((3, 5)))
    assert (batch.multiplications, batch.additions) == (60, 40)


def test_a_quotient_is_a_product_and_a_reciprocal():
    found = counts(lambda x: x[0] / x[1], np.ones(2))
    assert (found.operations, found.multiplications, found.functions) == (1, 1, 1)


def stepped(x):
    y = np.zeros_like(x)
    y[1:] = x[1:] * x[:-1]
    y[0] = np.sum(x)
    return np.concatenate([y, x[:1]])


FUNCTIONS = {
    "example": (example, (3,)),
    "matrix-vector": (lambda x: np.arange(6.0).reshape(2, 3) @ x, (3,)),
    "vector-matrix": (lambda x: x @ np.arange(6.0).reshape(3, 2), (3,)),
    "inner": (lambda x: x @ x, (3,)),
    "matrices": (lambda x: np.sin(x) @ x, (2, 2)),
    "stacks": (lambda x: x @ x[0], (2, 2, 2)),
    "broadcast": (lambda x: x[:, None] * x + 1.0, (3,)),
    "normalised": (lambda x: x / x.sum(axis=1, keepdims=True), (2, 3)),
    "softmax": (lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))), (4,)),
    "variance": (lambda x: np.var(x), (4,)),
    "norm": (lambda x: np.linalg.norm(x), (4,)),
    "prod": (lambda x: np.prod(np.stack([x, x + 1]), axis=0), (3,)),
    "cumsum": (lambda x: np.cumsum(x)[::2], (4,)),
    "cumprod": (lambda x: np.cumprod(x, axis=1)[:, :2], (2, 3)),
    "cumsum-of-constants": (lambda x: np.cumsum(np.concatenate([np.ones(2), x, np.ones(1)])), (3,)),
    "assignment": (stepped, (4,)),
    "constants": (lambda x: np.sum(np.stack([np.ones(3), x, x * 2])) * np.ones(2), (3,)),
    "mixed-product": (lambda x: np.concatenate([x, np.ones(2)]) @ np.arange(10.0).reshape(5, 2), (3,)),
    "unused": (lambda x: (np.sin(x), x[0] * 2)[1], (3,)),
    "repeated-output": (lambda x: (x, np.sin(x), np.sin(x)[0] * x), (2,)),
    "where": (lambda x: np.where(x > 0.5, x**2, -x) - np.maximum(x, 0.5), (5,)),
    "solve": (lambda x: np.linalg.solve(x, np.ones(2)), (2, 2)),
    "einsum": (lambda x: np.einsum("ij,jk->ik", x, np.cos(x)), (2, 2)),
    "constant": (lambda x: np.ones(3), (2,)),
    "nothing": (lambda x: x, (2,)),
}


def in_scalars(trace):
    """The same figures from a graph written out in scalars, vertex by vertex."""
    edges = []  # (operand, vertex, whether its partial is a product)
    for position, row in enumerate(trace.rows):
        for number, (operand, partial) in enumerate(zip(row.operands, row.partials, strict=True)):
            if partial is not None:
                rule = row.rule and row.rule.partials[number]
                args = [trace.rows[o[0]].value if isinstance(o, tuple) else o for o in row.operands]
                is_sum = row.rule is not None and (rule is None or rule(row.value, *args) is NEGATE)
                edges.append((operand[0], position, not is_sum))
    live = {i for i in trace.outputs if i is not None}
    for operand, vertex, _ in reversed(edges):
        if vertex in live:
            live.add(operand)
    used = [edge for edge in edges if edge[1] in live]
    seeds = sum(i is not None for i in trace.outputs)
    forward = Sweep(sum(e[2] for e in edges), len(edges) - trace.operations)
    return len(edges), forward, Sweep(sum(e[2] for e in used), len(used) + seeds - len(live))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_counts_by_shapes_are_those_of_the_scalar_graph(name):
    f, shape = FUNCTIONS[name]
    x = np.random.default_rng(5).uniform(0.2, 0.9, shape)
    trace, found = modes.trace(f, x), counts(f, x)
    assert (found.operations, found.n, found.m) == (trace.operations, trace.n, len(trace.outputs))
    assert (found.edges, found.forward_sweep, found.reverse_sweep) == in_scalars(trace)
    kinds = {"add": "+", "subtract": "+", "negative": "+", "multiply": "*", "square": "*", "divide": "/"}
    rows = [kinds.get(row.operation, "f") for row in trace.rows[trace.n :]]
    assert found.additions == rows.count("+")
    assert found.multiplications == rows.count("*") + rows.count("/")
    assert found.functions == rows.count("f") + rows.count("/")
    assert bool(found.opaque) == (name == "solve")
    if found.operations:
        assert TANGENT_BOUNDS[0] <= found.tangent_ratio <= TANGENT_BOUNDS[1]
        assert GRADIENT_BOUNDS[0] <= found.gradient_ratio <= GRADIENT_BOUNDS[1]


def test_large_arrays_are_counted_by_their_shapes():
    size = 10**6
    found = counts(lambda x: np.sum(np.sin(x) * x), np.ones(size))
    assert found.operations == 3 * size - 1
    assert found.forward_sweep == Sweep(3 * size, 2 * size - 1)
    assert found.reverse_sweep == Sweep(3 * size, size)
    weights = np.ones((1000, 1000))
    assert counts(lambda x: weights @ x, np.ones(1000)).operations == 10**6 + 1000 * 999


def test_the_tape_keeps_what_it_must():
    found = counts(lambda x: np.sin(x) * x, np.ones(1000))
    assert found.tape_length == 2
    assert 3 * 8000 < found.tape_bytes < 3 * 8000 + 2000  # cos x, and both factors
    weights = np.ones((500, 500))
    assert (
        counts(lambda x: weights @ x, np.ones(500)).tape_bytes < 10_000
    )  # the caller's matrix is not the tape's
    assert found == counts(lambda x: np.sin(x) * x, np.ones(1000))  # no noise


def test_text_and_several_arguments():
    found = counts(lambda p, b: p["a"] * b, {"a": np.ones(2)}, 3.0)
    assert (found.n, found.m, found.multiplications) == (2, 2, 2)
    text = str(counts(example, AT))
    assert "reverse sweep: 5 multiplications, 2 additions; Jacobian in 2: 10 and 4" in text
    assert "2.250 (theory: 2 to 2.5)" in text
    assert "solve" in str(counts(lambda x: np.linalg.solve(x, np.ones(2)), np.eye(2)))


def test_a_constant_takes_no_operations():
    found = counts(lambda x: np.sum(x * modes.stop_gradient(x)), np.ones(500))
    assert found.tape_length == 2
