"""The evaluation trace: the linearised graph that every mode accumulates, with its local partials."""

from typing import Any

import pandas as pd

from .. import _draw as draw
from .._analysis import Analysis
from .._format import number
from .._names import INK, LOOKS, MUTED, PAPER
from .._page import Section, Table

Place = tuple[float, float]
Edge = tuple[str, str]
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


def _layout(nodes: list[dict[str, Any]]) -> tuple[dict[Any, Place], dict[Edge, list[Any]]]:
    """Return places of the nodes, and for each edge the stops it passes.

    Layers from left to right, a node one column right of its last operand; an edge that skips columns
    gets a stop of its own in each, so that it runs past nodes and not through them; columns are ordered
    by the mean height of what comes before (Sugiyama, Tagawa and Toda 1981).
    """
    column: dict[str, int] = {}
    before: dict[Any, list[Any]] = {}
    stops: dict[Edge, list[Any]] = {}
    layers: dict[int, list[Any]] = {}
    for node in nodes:
        name, operands = node["name"], node.get("operands") or []
        column[name] = 1 + max((column[o] for o in operands), default=-1)
        layers.setdefault(column[name], []).append(name)
        before[name] = []
        for operand in operands:
            passed = [(operand, name, x) for x in range(column[operand] + 1, column[name])]
            stops[operand, name] = [operand, *passed, name]
            for stop, last in zip([*passed, name], [operand, *passed], strict=True):
                before.setdefault(stop, []).append(last)
            for stop in passed:
                layers.setdefault(stop[2], []).append(stop)
    place: dict[Any, Place] = {}
    for x, names in sorted(layers.items()):
        if x:
            names.sort(key=lambda s: -sum(place[b][1] for b in before[s]) / len(before[s]))
        place |= {name: (x, 1 - (i + 0.5) / len(names)) for i, name in enumerate(names)}
    return place, stops


def _figure(trace: dict[str, Any]) -> draw.Drawing:
    """Draw the graph from left to right."""
    place, stops = _layout(trace["nodes"])
    tallest = max(sum(x == column for x, _ in place.values()) for column, _ in place.values())
    axes = draw.panel(f"Trace of {trace.get('workload', 'f')}", "", "", height=1 + 0.85 * tallest)
    axes.set(xscale="linear", yscale="linear")
    axes.axis("off")
    white = {"facecolor": PAPER[0], "edgecolor": "none", "pad": 1}
    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9}
    for node in trace["nodes"]:
        name, operands = node["name"], node.get("operands") or []
        for operand, partial in zip(operands, node.get("partials") or [], strict=True):
            path = [place[stop] for stop in stops[operand, name]]
            arrow = {"arrowstyle": "-|>", "color": MUTED[0], "shrinkA": 0, "shrinkB": 19}
            axes.annotate("", path[-1], path[-2], arrowprops=arrow, zorder=1)
            axes.plot(*zip(*path[:-1], strict=True), color=MUTED[0], lw=1, zorder=1)
            (x0, y0), (x1, y1) = path[:2]
            middle = (x0 + x1) / 2, (y0 + y1) / 2
            axes.text(*middle, number(partial), color=LOOKS["reverse"].light, bbox=white, **centred)
        edge = LOOKS["forward"].light if not operands else INK[0]
        edge = LOOKS["reverse"].light if name in (trace.get("outputs") or []) else edge
        label = f"{name}\n{node.get('operation', '')}\n{number(float(node.get('value') or 0))}"
        box = {"boxstyle": "round,pad=0.3", "facecolor": PAPER[0], "edgecolor": edge, "lw": 1.2}
        axes.text(*place[name], label, bbox=box, linespacing=1.15, zorder=3, **centred)
    axes.set_xlim(-0.5, max(x for x, _ in place.values()) + 0.5)
    axes.set_ylim(0, 1)
    caption = "The linearised computational graph: operation and value in the nodes, partials on the edges."
    drawing = draw.finish(axes, "trace", caption)
    drawing.figure.subplots_adjust(left=0.02, right=0.98, bottom=0.03)
    return drawing
