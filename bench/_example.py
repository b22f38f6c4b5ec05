"""The evaluation trace of the sources' example, which every run of a grid writes down."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from modes import example, trace


def example_trace() -> dict[str, Any]:
    """Return the ``trace`` line of a results file."""
    x = np.array([0.5, 2.0, 1.0])
    found = trace(example.f, x)
    rows = found.to_frame().to_dict("records")
    names = [row["name"] for row in rows]
    nodes = [
        {
            "name": row["name"],
            "operation": row["operation"],
            "operands": [o for o in row["operands"] if o in names],  # constants have no partial
            "partials": [float(partial) for partial in row["partials"]],
            "value": float(row["value"]),
        }
        for row in rows
    ]
    outputs = [names[i] for i in found.outputs]
    line = {"kind": "trace", "workload": "example", "at": x.tolist(), "nodes": nodes, "outputs": outputs}
    return {**line, "svg": _svg(found.figure())}


def _svg(axes: Any) -> str:
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "bench"}):  # small, and always the same
        axes.figure.savefig(text, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
    return text.getvalue()
