"""Evaluation traces: the worked example of the source to the last symbol, and what a trace must survive."""

# ruff: noqa: E501 (the text of the source is not broken)
import numpy as np
import pytest

import modes
from modes.graph.writing import write

# J. Lalin, "How Backpropagation Is Able To Reduce the Time Spent on Computing Gradients" (2021), as published.
DECOMPOSITION = r"""
\begin{align*}
u_{-2} &= x_1, \\
u_{-1} &= x_2, \\
u_0 &= x_3, \\
u_1 &= u_{-1} - u_0, \\
u_2 &= 1 - u_{-2}, \\
u_3 &= \log(u_2), \\
u_4 &= u_{-2} u_1 = y_1, \\
u_5 &= u_0 u_3 = y_2.
\end{align*}
"""
FORWARD = [
    r"""
\begin{align*}
\pdv{u_{-2}}{x_1} &= 1, \\
\pdv{u_{-1}}{x_1} &= 0, \\
\pdv{u_0}{x_1} &= 0, \\
\pdv{u_1}{x_1} &= \pdv{u_1}{u_{-1}} \pdv{u_{-1}}{x_1} + \pdv{u_1}{u_0} \pdv{u_0}{x_1} = 0, \\
\pdv{u_2}{x_1} &= \pdv{u_2}{u_{-2}} \pdv{u_{-2}}{x_1} = -1, \\
\pdv{u_3}{x_1} &= \pdv{u_3}{u_2} \pdv{u_2}{x_1} = -\frac{1}{u_2} = -\frac{1}{1 - x_1}, \\
\pdv{u_4}{x_1} &= \pdv{u_4}{u_{-2}} \pdv{u_{-2}}{x_1} + \pdv{u_4}{u_1} \pdv{u_1}{x_1} = u_1 = x_2 - x_3, \\
\pdv{u_5}{x_1} &= \pdv{u_5}{u_0} \pdv{u_0}{x_1} + \pdv{u_5}{u_3} \pdv{u_3}{x_1} = -u_0 \frac{1}{u_2} = -\frac{x_3}{1 - x_1}.
\end{align*}
""",
    r"""
\begin{align*}
\pdv{u_{-2}}{x_2} &= 0, \\
\pdv{u_{-1}}{x_2} &= 1, \\
\pdv{u_0}{x_2} &= 0, \\
\pdv{u_1}{x_2} &= \pdv{u_1}{u_{-1}} \pdv{u_{-1}}{x_2} + \pdv{u_1}{u_0} \pdv{u_0}{x_2} = 1, \\
\pdv{u_2}{x_2} &= \pdv{u_2}{u_{-2}} \pdv{u_{-2}}{x_2} = 0, \\
\pdv{u_3}{x_2} &= \pdv{u_3}{u_2} \pdv{u_2}{x_2} = 0, \\
\pdv{u_4}{x_2} &= \pdv{u_4}{u_{-2}} \pdv{u_{-2}}{x_2} + \pdv{u_4}{u_1} \pdv{u_1}{x_2} = u_{-2} = x_1, \\
\pdv{u_5}{x_2} &= \pdv{u_5}{u_0} \pdv{u_0}{x_2} + \pdv{u_5}{u_3} \pdv{u_3}{x_2} = 0.
\end{align*}
""",
    r"""
\begin{align*}
\pdv{u_{-2}}{x_3} &= 0, \\
\pdv{u_{-1}}{x_3} &= 0, \\
\pdv{u_0}{x_3} &= 1, \\
\pdv{u_1}{x_3} &= \pdv{u_1}{u_{-1}} \pdv{u_{-1}}{x_3} + \pdv{u_1}{u_0} \pdv{u_0}{x_3} = -1, \\
\pdv{u_2}{x_3} &= \pdv{u_2}{u_{-2}} \pdv{u_{-2}}{x_3} = 0, \\
\pdv{u_3}{x_3} &= \pdv{u_3}{u_2} \pdv{u_2}{x_3} = 0, \\
\pdv{u_4}{x_3} &= \pdv{u_4}{u_{-2}} \pdv{u_{-2}}{x_3} + \pdv{u_4}{u_1} \pdv{u_1}{x_3} = -u_{-2} = -x_1, \\
\pdv{u_5}{x_3} &= \pdv{u_5}{u_0} \pdv{u_0}{x_3} + \pdv{u_5}{u_3} \pdv{u_3}{x_3} = u_3 = \log(1 - x_1).
\end{align*}
""",
]
REVERSE = [
    r"""
\begin{align*}
\pdv{y_1}{u_5} &= 0, \\
\pdv{y_1}{u_4} &= 1, \\
\pdv{y_1}{u_3} &= \pdv{y_1}{u_5} \pdv{u_5}{u_3} = 0, \\
\pdv{y_1}{u_2} &= \pdv{y_1}{u_3} \pdv{u_3}{u_2} = 0, \\
\pdv{y_1}{u_1} &= \pdv{y_1}{u_4} \pdv{u_4}{u_1} = u_{-2} = x_1, \\
\pdv{y_1}{u_0} &= \pdv{y_1}{u_1} \pdv{u_1}{u_0} + \pdv{y_1}{u_5} \pdv{u_5}{u_0} = -u_{-2} = -x_1, \\
\pdv{y_1}{u_{-1}} &= \pdv{y_1}{u_1} \pdv{u_1}{u_{-1}} = u_{-2} = x_1, \\
\pdv{y_1}{u_{-2}} &= \pdv{y_1}{u_2} \pdv{u_2}{u_{-2}} + \pdv{y_1}{u_4} \pdv{u_4}{u_{-2}} = u_1 = x_2 - x_3.
\end{align*}
""",
    r"""
\begin{align*}
\pdv{y_2}{u_5} &= 1, \\
\pdv{y_2}{u_4} &= 0, \\
\pdv{y_2}{u_3} &= \pdv{y_2}{u_5} \pdv{u_5}{u_3} = u_0 = x_3, \\
\pdv{y_2}{u_2} &= \pdv{y_2}{u_3} \pdv{u_3}{u_2} = u_0 \frac{1}{u_2} = x_3 \frac{1}{1 - x_1}, \\
\pdv{y_2}{u_1} &= \pdv{y_2}{u_4} \pdv{u_4}{u_1} = 0, \\
\pdv{y_2}{u_0} &= \pdv{y_2}{u_1} \pdv{u_1}{u_0} + \pdv{y_2}{u_5} \pdv{u_5}{u_0} = u_3 = \log(1 - x_1), \\
\pdv{y_2}{u_{-1}} &= \pdv{y_2}{u_1} \pdv{u_1}{u_{-1}} = 0, \\
\pdv{y_2}{u_{-2}} &= \pdv{y_2}{u_2} \pdv{u_2}{u_{-2}} + \pdv{y_2}{u_4} \pdv{u_4}{u_{-2}} = -u_0 \frac{1}{u_2} = -\frac{x_3}{1 - x_1}.
\end{align*}
""",
]
AT = np.array([0.5, 2.0, 1.0])


def example(x):
    x1, x2, x3 = x
    return np.array([x1 * (x2 - x3), x3 * np.log(1 - x1)])


@pytest.fixture
def published():
    return modes.trace(example, AT)


def test_the_decomposition_of_the_worked_example(published):
    assert published.to_latex() == DECOMPOSITION.strip()
    assert [row.value for row in published.rows] == [0.5, 2.0, 1.0, 1.0, 0.5, np.log(0.5), 0.5, np.log(0.5)]


@pytest.mark.parametrize("j", [1, 2, 3])
def test_the_forward_iterations_of_the_worked_example(published, j):
    table = published.forward_table(j)
    assert table.to_latex() == FORWARD[j - 1].strip()
    assert len(table) == 8  # 24 in three iterations
    known = modes.jacfwd(example)(AT)
    np.testing.assert_array_equal([p.value for p in table.partials][-2:], known[:, j - 1])


@pytest.mark.parametrize("i", [1, 2])
def test_the_reverse_iterations_of_the_worked_example(published, i):
    table = published.reverse_table(i)
    assert table.to_latex() == REVERSE[i - 1].strip()
    assert len(table) == 8  # 16 in two iterations
    known = modes.jacrev(example)(AT)
    np.testing.assert_array_equal([p.value for p in table.partials][:-4:-1], known[i - 1])


def test_iterations_are_numbered_as_in_the_source(published):
    with pytest.raises(ValueError, match="inputs are numbered from 1 to 3, as in the source; got 0"):
        published.forward_table(0)
    with pytest.raises(ValueError, match="outputs are numbered from 1 to 2, as in the source; got 3"):
        published.reverse_table(3)


def test_text_and_markdown_and_frame(published):
    assert published.to_text().splitlines()[5] == "u₃   = log(u₂)      = −0.693147  ∂u₃/∂u₂ = 1/u₂ = 2"
    assert "| u₅ | u₀·u₃ = y₂ | −0.693147 |" in published.to_markdown()
    frame = published.to_frame()
    assert list(frame["name"]) == ["u₋₂", "u₋₁", "u₀", "u₁", "u₂", "u₃", "u₄", "u₅"]
    assert frame["operands"][7] == ["u₀", "u₃"]
    assert frame["partials"][6] == [1.0, 0.5]
    table = published.reverse_table(2)
    assert "= −x₃/(1 − x₁)" in table.to_text().splitlines()[-1]
    assert table.to_frame()["value"].tolist() == [1.0, 0.0, 1.0, 2.0, 0.0, np.log(0.5), 0.0, -2.0]
    assert table.to_markdown().count("\n") == 9
    assert repr(published) == "<Trace of example: 3 inputs, 5 operations, 2 outputs>"


def test_a_long_trace_is_cut_politely():
    trace = modes.trace(lambda x: np.sum(np.sin(x)), np.ones(100))
    lines = trace.to_text(height=12, width=40).splitlines()
    assert len(lines) == 12
    assert all(len(line) <= 40 for line in lines)
    assert any("lines left out; to_markdown" in line for line in trace.to_text(height=12).splitlines())
    assert len(trace.to_text().splitlines()) == len(trace) == 100 + 100 + 99
    assert len(str(trace).splitlines()) < 100


def test_a_branch_says_which_way_it_went():
    def f(x):
        if x[0] * x[1] > 0:
            return x[0] * np.where(x > 2, x, 2 * x)
        return x

    notes = list(modes.trace(f, np.array([1.0, 3.0])).notes())
    assert notes[0].startswith("Branch traced: u₁ > 0 was True (test_trace.py, line ")
    assert notes[1].startswith("Branch traced: (u₋₁, u₀) > 2 was True for 1 of 2 (test_trace.py, line ")
    least = modes.trace(lambda x: x[0] if np.less(2.0, x[0]) else x[1], np.array([1.0, 3.0]))
    assert next(least.notes()).startswith("Branch traced: 2 < u₋₁ was False (test_trace.py, line ")
    other = modes.trace(f, np.array([-1.0, 3.0]))
    assert "was False" in str(other)
    assert other.operations == 1


CASES = {
    "matrix-vector": (lambda x: np.arange(6.0).reshape(2, 3) @ x, (3,), 6 + 4),
    "vector-matrix": (lambda x: x @ np.arange(6.0).reshape(3, 2), (3,), 6 + 4),
    "inner": (lambda x: x @ x, (3,), 3 + 2),
    "dot": (lambda x: np.dot(x, x * 2), (3,), 3 + 3 + 2),
    "matrices": (lambda x: x @ np.sin(x), (2, 2), 4 + 8 + 4),
    "stacks": (lambda x: x @ x, (2, 2, 2), 2 * (8 + 4)),
    "sum-axis": (lambda x: np.sum(x, axis=0), (3, 2), 2 * 2),
    "sum-keepdims": (lambda x: x / x.sum(axis=1, keepdims=True), (2, 3), 4 + 6),
    "mean": (lambda x: x.mean(), (4,), 3 + 1),
    "moves": (lambda x: np.concatenate([x[::-1], x.reshape(-1)[:1]]).T, (3,), 0),
    "broadcast": (lambda x: x[:, None] * x, (3,), 9),
    "power": (lambda x: x**3 + 2.0**x, (2,), 2 + 2 + 2),
    "square": (lambda x: x * x, (2,), 2),
    "where": (lambda x: np.where(x > 0.3, np.exp(x), 0.0), (3,), 3),
    "assign": (lambda x: _assigned(x), (3,), 1),
    "scalar-list": (lambda x: np.array([np.hypot(x[0], x[1]), 1.0]), (2,), 1),
    "softmax": (lambda x: np.exp(x) / np.sum(np.exp(x)), (3,), 6 + 2 + 3),
    "prod": (lambda x: np.prod(x), (4,), 3),
    "max": (lambda x: np.max(x), (4,), 3),
    "cumsum": (lambda x: np.cumsum(x), (4,), 3),
    "constants": (lambda x: (np.ones(2) * 3, x[0] * 2), (2,), 1),
}


def _assigned(x):
    y = np.zeros_like(x)
    y[1:] = x[1:]
    y[0] = x[2] * x[0]
    return y


@pytest.mark.parametrize("name", CASES)
def test_array_code_in_scalars(name):
    f, shape, operations = CASES[name]
    x = np.random.default_rng(3).uniform(0.2, 0.9, shape)
    trace = modes.trace(f, x)
    assert trace.operations == operations
    known = modes.jacfwd(f)(x)
    known = np.concatenate(
        [np.reshape(k, (-1, x.size)) for k in (known if isinstance(known, tuple) else [known])]
    )
    value = f(x)
    value = np.concatenate([np.ravel(v) for v in (value if isinstance(value, tuple) else [value])])
    np.testing.assert_allclose(trace.values, value, rtol=1e-14)
    graph = trace.graph()
    for order in ("forward", "reverse", "markowitz"):
        np.testing.assert_allclose(modes.accumulate(graph, order).jacobian, known, rtol=1e-13, atol=1e-14)
    for i in range(len(trace.outputs)):
        table = trace.reverse_table(i + 1)
        np.testing.assert_allclose(
            [p.value for p in table.partials][: -x.size - 1 : -1], known[i], rtol=1e-13
        )
        for p in table.partials:
            for expression in (p.in_rows, p.in_inputs):
                assert expression is None or np.allclose(expression.value, p.value, rtol=1e-12, atol=1e-14)


def test_arrays_as_rows():
    weights = np.ones((2, 3))
    trace = modes.trace(lambda x: np.tanh(weights @ x).sum(), np.ones(3), scalars=False)
    assert [row.operation for row in trace.rows] == ["input", "matmul", "tanh", "sum"]
    assert "array of shape (2,)" in str(trace)
    assert trace.to_frame()["shape"].tolist() == [(3,), (2,), (2,), ()]
    for wants_scalars in (trace.graph, trace.figure, lambda: trace.forward_table(1)):
        with pytest.raises(modes.DifferentiationError, match="scalars=True"):
            wants_scalars()


def test_the_trace_of_a_derivative():
    def f(x):
        return x[0] ** 3 * x[1]

    trace = modes.trace(modes.grad(f), np.array([2.0, 5.0]))
    np.testing.assert_allclose(trace.values, [60.0, 8.0])
    np.testing.assert_allclose(modes.accumulate(trace).jacobian, modes.hessian(f)(np.array([2.0, 5.0])))


def test_formulas():
    def f(x):
        return np.square(x[0]) / (x[1] * x[0]) - (x[0] - x[1]) ** 3 + 2.0 ** (x[1] - 1)

    trace = modes.trace(f, np.array([2.0, 3.0]))
    assert (
        write(trace.in_inputs(trace.formula(len(trace) - 1)), trace.text)
        == "x₁²/(x₂·x₁) − (x₁ − x₂)³ + 2**(x₂ − 1)"
    )
    latex = r"\frac{x_1^{2}}{x_2 x_1} - (x_1 - x_2)^{3} + 2^{x_2 - 1}"
    assert write(trace.in_inputs(trace.formula(len(trace) - 1)), trace.latex) == latex


def test_limits_and_refusals():
    with pytest.raises(modes.DifferentiationError, match="more than limit=10 rows"):
        modes.trace(np.sin, np.ones(10), limit=10)
    with pytest.raises(modes.DifferentiationError, match="not a real array"):
        modes.trace(np.sin, "text")


def test_several_arguments_and_dicts():
    trace = modes.trace(lambda p, b: {"y": p["w"] * b, "z": p["c"]}, {"w": 2.0, "c": 3.0}, 5.0)
    assert (trace.n, trace.outputs) == (2, [2, 0])  # keys in order: c, w
    assert trace.to_text().splitlines()[-1].startswith("u₁   = u₀·5 = y₁  = 10")


def test_a_long_chain_and_its_tables():
    def f(x):
        for _ in range(3000):
            x = np.sin(x)
        return x

    trace = modes.trace(f, 1.0)
    table = trace.forward_table(1)
    assert len(table) == 3001
    assert "= cos(u₀) = cos(x₁)" in table.to_text()
    np.testing.assert_allclose(table.partials[-1].value, modes.grad(f)(1.0), rtol=1e-12)
    assert table.partials[-1].in_rows is None  # too long to read: the number stands instead
