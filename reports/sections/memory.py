"""Memory: peak against the length of the trace."""

from .._analysis import AXES, Analysis, Fit
from .._cost_figures import LEGEND, cost_figures
from .._format import interval
from .._section import Section

DEPTH = AXES[3]


def section(analysis: Analysis) -> Section | None:
    """Return peak memory and time against trace length, and how memory grows in each mode."""
    text = (
        "Theory: reverse mode keeps what it needs of every operation, forward mode of the latest only. "
        f"Peak memory is measured apart from the timing. {LEGEND}"
    )
    result = Section("memory", "Memory and time along the trace", text)
    result.figures = cost_figures(analysis, DEPTH, "peak_bytes") + cost_figures(analysis, DEPTH)
    for mode in ("reverse", "forward"):
        fits = [f for f in analysis.fits if f.axis == DEPTH and f.measure == "peak_bytes"]
        mine = [f for f in fits if f.series.startswith(f"{mode}, ")]
        if mine:
            _verdict(result, mode, max(mine, key=lambda f: f.growth.sizes))
    return result if result.figures or result.verdicts else None


def _verdict(result: Section, mode: str, fit: Fit) -> None:
    growth, where = fit.growth, f"({fit.workload}, {fit.series})"
    if not growth.reason:
        power = interval(growth.exponent)
        result.claim(
            f"Above its overhead, {mode}'s peak memory grows as (trace length)^{power} {where}.", lead=True
        )
    elif growth.span < 1.5:
        result.claim(
            f"Peak memory of {mode} stays within ×{growth.span:.2f} over all trace lengths {where}.",
            lead=True,
        )
    else:
        result.withhold(f"How peak memory of {mode} grows with trace length {where}: {growth.reason}.")
