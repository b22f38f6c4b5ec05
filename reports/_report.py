"""The whole report: read, analyse, say, draw, write."""

from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import pandas as pd

from ._analysis import Analysis
from ._columns import COLUMNS, SAMPLES
from ._format import counted
from ._page import write
from ._read import read
from ._text import for_sheets
from .sections import SECTIONS


def report(
    paths: str | Path | Iterable[str | Path],
    output: str | Path = "report",
    png: bool = True,
    page: bool = True,
) -> Path:
    """Write the report of results files into a folder and return the path of its page (or of its Markdown).

    Parameters
    ----------
    paths
        one results file or several; of several runs the latest is reported in full, and the others are
        set beside it.
    output
        folder for ``index.html``, ``report.md``, ``figures/`` and ``tables/``; made if need be, files of
        the same names in it are replaced, and figures and tables of the report before are removed.
    png
        whether to write the figures as PNG beside SVG.
    page
        whether to write ``index.html``; without it ``report.md`` shows PNG figures (the trace: SVG), and
        with its tables is all that is written: a report small enough to keep.

    Raises
    ------
    ResultsError
        if no file could be read.
    OSError
        if the folder cannot be written.
    """
    analysis = Analysis(read(paths))
    with mpl.rc_context({"text.parse_math": False}):  # a $ in a name is a $
        return _write(analysis, Path(output), png, page)


def _write(analysis: Analysis, output: Path, png: bool, page: bool) -> Path:
    sections = [found for section in SECTIONS if (found := section(analysis)) is not None]
    machine = analysis.run.header.get("machine")
    cpu = machine.get("cpu") if isinstance(machine, dict) else None
    facts = [analysis.run.header.get("started"), cpu, analysis.run.header.get("grid")]
    facts += [
        counted(len(analysis.rows), "measurement"),
        counted(analysis.rows["workload"].nunique(), "workload"),
    ]
    subtitle = " · ".join(str(fact) for fact in facts if fact)
    written = write(sections, "Forward against reverse accumulation", subtitle, output, png, page)
    tables = written.parent / "tables"
    rows = analysis.results.rows.drop(columns=list(SAMPLES)).dropna(axis=1, how="all")
    for_sheets(rows).to_csv(tables / "results.csv", index=False, float_format="%.6g")
    meanings = pd.DataFrame(COLUMNS.items(), columns=["column", "meaning"])
    meanings.to_csv(tables / "columns.csv", index=False)
    return written
