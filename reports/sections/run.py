"""The run: its noise, its machine, what was left out, how several runs agree, how to repeat it."""

from collections.abc import Iterator
from shlex import quote

import pandas as pd

from .._analysis import Analysis
from .._format import counted, with_unit
from .._section import DataTable, Section, Verdict
from .growth import NAMES


def section(analysis: Analysis) -> Section:
    """Return what a reader needs to believe the run and to repeat it."""
    result = Section("run", "The run", _repeat(analysis))
    result.verdicts += noise(analysis)
    if analysis.run.status != "complete":
        text = "The run was interrupted, or is still going on: what it had measured is here."
        result.claim(text, lead=True)
    environment = pd.DataFrame(_facts(analysis), columns=["what", "value"])
    result.tables.append(DataTable("environment", "Environment", environment))
    _left_out(result, analysis)
    if len(analysis.results.runs) > 1:
        _agreement(result, analysis)
    return result


def noise(analysis: Analysis) -> Iterator[Verdict]:
    """Say how far apart one and the same comes out: a mode entered twice, the machine over the run."""
    resolution, drift = analysis.resolution, analysis.drift
    if resolution is None:
        text = "The run has no A/A control: its resolution is unknown, intervals alone decide."
        yield Verdict(text, made=False)
    else:
        share = "95 % of " if resolution.pairs >= 20 else ""
        pairs, middle = counted(resolution.pairs, "A/A pair"), f"median ×{resolution.middle:.3f}"
        yield Verdict(
            f"The same mode, entered twice, differs by up to ×{resolution.factor:.3f} (in {share}{pairs}, "
            f"{middle}): smaller differences are not told apart.",
            lead=True,
        )
    if drift is not None:
        warn = resolution is not None and drift > resolution.factor - 1
        advice = ", more than its resolution" if warn else ""
        yield Verdict(
            f"The machine's speed drifted by {100 * drift:.1f} % over the run{advice}: "
            "cells are compared on the scale of the reference work, or by their ratios to f."
        )


def _repeat(analysis: Analysis) -> str:
    grid, options = (analysis.run.header.get(name) for name in ("grid", "options"))
    chosen = isinstance(options, dict) and grid is not None and options.get("grid") == grid
    again = f"To repeat it: pytest bench --benchmark-only --grid {grid}, then python -m reports. "
    return (
        f"{again if chosen else ''}"
        f"To draw this report again: python -m reports {quote(analysis.run.path)}. "
        "Every row is in tables/results.csv, its columns are explained in tables/columns.csv."
    )


def _facts(analysis: Analysis) -> list[tuple[str, str]]:
    header = analysis.run.header
    facts = [("file", analysis.run.path), ("started", header.get("started")), ("grid", header.get("grid"))]
    facts += [("finished", analysis.run.end.get("finished")), ("status", analysis.run.status)]
    facts += [
        ("rows", len(analysis.all_rows)),
        ("commit", header.get("commit")),
        ("clock", header.get("clock")),
    ]
    for group in ("machine", "blas", "versions", "options"):
        values = header.get(group)
        for name, value in values.items() if isinstance(values, dict) else ():
            shown = (
                with_unit(float(value), "B")
                if name == "memory_bytes" and isinstance(value, (int, float))
                else value
            )
            facts.append((f"{group}: {name.removesuffix('_bytes')}", shown))
    return [(name, str(value)) for name, value in facts if value is not None]


def _left_out(result: Section, analysis: Analysis) -> None:
    rows = analysis.all_rows
    for status, title in (("skipped", "Skipped"), ("failed", "Failed: wrong Jacobian or exception")):
        gone = rows[rows["status"] == status]
        if len(gone):
            table = gone[["family", "workload", "series", "n", "m", "predicted_seconds", "reason"]]
            result.tables.append(DataTable(status, f"{title} ({len(gone)})", table.dropna(axis=1, how="all")))
    failed = int((rows["status"] == "failed").sum())
    if failed:
        what = counted(failed, "measurement")
        result.claim(f"{what} failed (wrong Jacobian or exception): see the table below.", lead=True)
    if len(analysis.untimed):
        table = analysis.untimed[["family", "workload", "series", "n", "m"]]
        result.tables.append(
            DataTable("untimed", "Rows without a usable time (zero, negative or NaN)", table)
        )
    if analysis.results.problems:
        problems = pd.DataFrame({"what could not be read": analysis.results.problems})
        result.tables.append(DataTable("unreadable", "Skipped lines and files", problems))


def _agreement(result: Section, analysis: Analysis) -> None:
    """Set the runs' exponents and crossovers side by side: how repeatable what the report says is."""
    each = {run.name: Analysis(analysis.results, run) for run in analysis.results.runs}
    exponents = pd.DataFrame({name: _exponents(one) for name, one in each.items()}).dropna()
    crossings = pd.DataFrame({name: _crossings(one) for name, one in each.items()}).dropna()
    runs = counted(len(each), "run")
    if len(exponents):
        exponents["spread"] = exponents.max(axis=1) - exponents.min(axis=1)
        table = exponents.sort_values("spread", ascending=False).reset_index(names="exponent")
        result.tables.append(DataTable("runs", "Exponents of the runs side by side", table))
        spread = f"{table['spread'].max():.2f} (median {table['spread'].median():.2f})"
        result.claim(f"Over {runs}, {counted(len(table), 'exponent')} agree within {spread}.")
    if len(crossings):
        crossings["spread"] = crossings.max(axis=1) / crossings.min(axis=1)
        table = crossings.sort_values("spread", ascending=False).reset_index(names="crossover")
        result.tables.append(DataTable("run-crossovers", "Crossovers of the runs side by side", table))
        spread = f"×{table['spread'].max():.2f} (median ×{table['spread'].median():.2f})"
        result.claim(f"Over {runs}, {counted(len(table), 'crossover')} agree within {spread}.")


def _exponents(analysis: Analysis) -> dict[str, float]:
    """Return the exponents of time that a run supports, by what they are of."""
    fits = [f for f in analysis.fits if f.measure in ("steady_seconds", "ratio") and not f.growth.reason]
    return {f"{NAMES[f.measure]} against {f.axis.label}: {f.where}": f.growth.exponent.value for f in fits}


def _crossings(analysis: Analysis) -> dict[str, float]:
    found = {k: c for k, c in analysis.crossover.items() if c.side == "inside" and not c.reason}
    return {f"{workload}, {variant}, m = {m:.0f}": c.at.value for (workload, variant, m), c in found.items()}
