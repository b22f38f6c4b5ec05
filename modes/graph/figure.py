"""The linearised computational graph as a figure: values on the nodes, local partials on the edges."""

from modes.core.errors import DifferentiationError
from modes.graph.layout import describe

MOST = 60  # rows in a figure that can still be read


def draw(trace, axes=None):
    """Draw a trace of scalars from inputs (left) to outputs (right), each row behind its operands.

    Parameters
    ----------
    trace : Trace
        Of scalars.
    axes : matplotlib axes, optional
        Where to draw; a new figure otherwise.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    DifferentiationError
        Where the trace has too many rows to be read.
    """
    if len(trace) > MOST:
        raise DifferentiationError(
            f"a figure of {len(trace)} rows cannot be read; draw a trace of {MOST} at most"
        )
    places = layout(trace)
    if axes is None:
        from matplotlib.figure import Figure

        width = 2.0 + 2.2 * (1 + max(x for x, _ in places))
        height = 1.0 + 1.3 * max(sum(x == layer for x, _ in places) for layer in {x for x, _ in places})
        axes = Figure(figsize=(width, height), layout="constrained").add_subplot()
    style = trace.text
    boxes = []
    for position, (row, place) in enumerate(zip(trace.rows, places, strict=True)):
        is_end = position < trace.n or position in trace.outputs
        text = axes.text(
            *place,
            f"{style.name(position)} = {trace.defined(position, style)}\n{describe(row.value)}",
            ha="center",
            va="center",
            bbox={"boxstyle": "round", "facecolor": "lightblue" if is_end else "white", "edgecolor": "0.3"},
        )
        boxes.append(text.get_bbox_patch())
    for position, row in enumerate(trace.rows):
        for number, (operand, partial) in enumerate(row.links.items()):
            start, end = places[operand], places[position]
            ends = {"patchA": boxes[operand], "patchB": boxes[position]}
            axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "0.4", **ends})
            along = 0.4 + 0.2 * (number % 2)  # labels of one node's edges side by side
            axes.text(
                *[a + along * (b - a) for a, b in zip(start, end, strict=True)],
                describe(partial),
                ha="center",
                va="center",
                fontsize=9,
                color="tab:red",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
    axes.set_xlim(-0.6, max(x for x, _ in places) + 0.6)
    axes.set_ylim(min(y for _, y in places) - 0.6, max(y for _, y in places) + 0.6)
    axes.set_axis_off()
    axes.set_title(f"Linearised computational graph of {trace.name}: values, and partials on the edges")
    return axes


def layout(trace):
    """A place for each row: as far right as its longest path from an input, rows of a layer below each other.

    A layer is sorted by the mean height of the operands, so that edges cross seldom.
    """
    layers: dict = {}
    depth: list = []
    for position, row in enumerate(trace.rows):
        depth.append(max((depth[operand] + 1 for operand in row.links), default=0))
        layers.setdefault(depth[-1], []).append(position)
    heights: dict = {}
    for layer, members in sorted(layers.items()):
        if layer:
            members.sort(
                key=lambda p: -sum(heights[o] for o in trace.rows[p].links) / len(trace.rows[p].links)
            )
        for rank, position in enumerate(members):
            heights[position] = (len(members) - 1) / 2 - rank + 0.15 * (layer % 2)
    return [(depth[position], heights[position]) for position in range(len(trace.rows))]
