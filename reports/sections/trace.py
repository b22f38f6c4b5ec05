"""The evaluation trace: the linearised graph that every mode accumulates, with its local partials."""

from typing import Any

import pandas as pd

from .. import _draw as draw
from .._analysis import Analysis
from .._format import number
from .._names import INK, LOOKS, MUTED, PAPER
from .._page import Section, Table

MOST_NODES = 40  # beyond this a drawn graph shows nothing; the table still does


def section(analysis: Analysis) -> Section | None:
    """Return the trace that the run wrote down, drawn and as a table."""
    traces = [t for t in analysis.results.traces if _sound(t)]
    if not traces:
        return None
    text = (
        "Forward accumulation multiplies the partials on the edges from the inputs on, reverse accumulation "
        "from the outputs back: the same graph, the same Jacobian, another order."
    )
    result = Section("trace", "The evaluation trace", text)
    for item in traces[-1:]:
        if len(item["nodes"]) <= MOST_NODES:
            result.figures.append(_figure(item))
        result.tables.append(Table("trace", f"Evaluation trace of {item.get('workload', 'f')}", _table(item)))
    return result


def _sound(trace: dict[str, Any]) -> bool:
    """Return whether every operand of the trace comes before its use and has a partial."""
    known: set[str] = set()
    nodes = trace.get("nodes")
    if not isinstance(nodes, list) or not nodes:
        return False
    for node in nodes:
        if not isinstance(node, dict) or not isinstance(node.get("name"), str):
            return False
        operands, partials = node.get("operands") or [], node.get("partials") or []
        if not known.issuperset(operands) or len(operands) != len(partials):
            return False
        known.add(node["name"])
    return True


def _table(trace: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "variable": node["name"],
            "operation": node.get("operation"),
            "operands": ", ".join(node.get("operands") or []),
            "value": node.get("value"),
            "partials": ", ".join(number(p) for p in node.get("partials") or []),
            "output": node["name"] in (trace.get("outputs") or []),
        }
        for node in trace["nodes"]
    )


def _layers(nodes: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """Return a place for each node: a column right of its last operand, evenly spaced in the column."""
    column: dict[str, int] = {}
    for node in nodes:
        column[node["name"]] = 1 + max((column[o] for o in node.get("operands") or []), default=-1)
    layers: dict[int, list[str]] = {}
    for name, x in column.items():
        layers.setdefault(x, []).append(name)
    return {
        name: (x, 1 - (i + 0.5) / len(names)) for x, names in layers.items() for i, name in enumerate(names)
    }


def _figure(trace: dict[str, Any]) -> draw.Drawing:
    """Draw the graph from left to right."""
    place = _layers(trace["nodes"])
    tallest = max(sum(x == column for x, _ in place.values()) for column, _ in place.values())
    axes = draw.panel(f"Trace of {trace.get('workload', 'f')}", "", "", height=1 + 0.85 * tallest)
    axes.set(xscale="linear", yscale="linear")
    axes.axis("off")
    arrow = {"arrowstyle": "-|>", "color": MUTED[0], "shrinkA": 19, "shrinkB": 19}
    white = {"facecolor": PAPER[0], "edgecolor": "none", "pad": 1}
    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8}
    for node in trace["nodes"]:
        name, operands = node["name"], node.get("operands") or []
        x, y = place[name]
        for operand, partial in zip(operands, node.get("partials") or [], strict=True):
            (x0, y0), at = place[operand], 0.42
            axes.annotate("", (x, y), place[operand], arrowprops=arrow)
            middle = x0 + at * (x - x0), y0 + at * (y - y0)
            axes.text(*middle, number(partial), color=LOOKS["reverse"].light, bbox=white, **centred)
        edge = LOOKS["forward"].light if not operands else INK[0]
        edge = LOOKS["reverse"].light if name in (trace.get("outputs") or []) else edge
        label = f"{name}\n{node.get('operation', '')}\n{number(float(node.get('value') or 0))}"
        box = {"boxstyle": "round,pad=0.3", "facecolor": PAPER[0], "edgecolor": edge, "lw": 1.2}
        axes.text(x, y, label, bbox=box, linespacing=1.15, **centred)
    axes.set_xlim(-0.5, max(x for x, _ in place.values()) + 0.5)
    axes.set_ylim(0, 1)
    caption = "The linearised computational graph: operation and value in the nodes, partials on the edges."
    drawing = draw.finish(axes, "trace", caption)
    drawing.figure.subplots_adjust(left=0.02, right=0.98, bottom=0.03)
    return drawing
