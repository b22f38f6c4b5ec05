"""The evaluation trace: the linearised graph that every mode accumulates, with its local partials."""

from typing import Any

import pandas as pd

from .._analysis import Analysis
from .._draw import Drawing
from .._format import number
from .._section import DataTable, Section

CAPTION = "The linearised computational graph: operation and value in the nodes, partials on the edges."


def section(analysis: Analysis) -> Section | None:
    """Return the trace that the run wrote down: as a table, and drawn where the run drew it."""
    traces = [t for t in analysis.results.traces if _sound(t)]
    if not traces:
        return None
    text = (
        "Forward accumulation multiplies the partials on the edges from the inputs on, reverse accumulation "
        "from the outputs back: the same graph, the same Jacobian, another order."
    )
    result = Section("trace", "The evaluation trace", text)
    item = traces[-1]
    if isinstance(item.get("svg"), str):
        result.figures.append(Drawing("trace", CAPTION, item["svg"]))
    result.tables.append(DataTable("trace", f"Evaluation trace of {item.get('workload', 'f')}", _table(item)))
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
