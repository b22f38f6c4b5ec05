"""Networks: methods for the gradient against the number of parameters and against the batch."""

from .._analysis import AXES, Analysis
from .._cost_figures import LEGEND, cost_figures
from .._format import as_factor, number
from .._section import Section
from ..statistics import Estimate

PARAMETERS, BATCH = AXES[2], AXES[4]
RIVALS = ("reverse", "forward", "central-difference")


def section(analysis: Analysis) -> Section | None:
    """Return the cost of the network's gradient, method by method."""
    text = (
        "The gradient of a network's cost over all its parameters: m = 1, so that theory favours reverse. "
        + LEGEND
    )
    result = Section("network", "Gradients of networks and of other batched costs", text)
    result.figures = cost_figures(analysis, PARAMETERS) + cost_figures(analysis, BATCH)
    rows = analysis.along(PARAMETERS)
    by_hand = rows[rows["mode"] == "backpropagation"]
    for mode in RIVALS:
        rivals = rows[(rows["mode"] == mode) & (rows["library"] == "modes")]
        pairs = analysis.paired(analysis.variant(mode, "all at once", rivals), by_hand)
        if len(pairs):
            row = pairs.sort_values("n").iloc[-1]
            factor = Estimate.of(row, "ratio")
            text = f"{as_factor(factor)} the time of backpropagation by hand at {number(row['n'])} parameters"
            if analysis.told(factor):
                result.claim(f"{mode.capitalize()} takes {text} ({row['workload']}).", lead=mode == "reverse")
            else:
                result.withhold(f"{mode.capitalize()}: {text} ({row['workload']}), not beyond noise.")
    return result if result.figures or result.verdicts else None
