"""A comparison of runs, as lines for the terminal."""

from collections.abc import Iterator

import pandas as pd

from ._compare import ERROR, Comparison, place, within
from ._format import counted, shown

MOST = 25  # lines of a table


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Yield what was compared, each mode with what the runs can show of it, and all that changed."""
    cells, series = found.cells, found.series
    told = series[series["verdict"] != ""]
    slower, faster = ((told["verdict"] == name).sum() for name in ("slower", "faster"))
    yield f"{found.old} → {found.new}"
    yield (
        f"{counted(len(cells), 'time')} in every run, {found.unmatched} in some only. "
        f"The reference work took ×{found.speed:.2f}."
    )
    yield from (f"The sides differ: {fact}." for fact in found.differ)
    yield (
        f"Beyond noise, {slower} slower, {faster} faster, of {len(series)} series "
        f"(of one and the same code, any at all in {100 * ERROR:g} % of comparisons)."
    )
    widest = series.groupby(["series", "library"])["cells"].transform("max")
    title = (
        "Each mode over all its cells: change = new / old, least = the least change that these runs can show"
    )
    whole = series[series["cells"] == widest].sort_values("cells", ascending=False, kind="stable")
    yield from _table(title, _named(whole))
    yield from _table("Changed beyond noise", _named(told.sort_values("change", ascending=False)))
    changed = cells.iloc[:0]
    for row in told[["family", "workload", "series", "library"]].to_dict("records"):
        changed = pd.concat([changed, cells[within(cells, row)]]).drop_duplicates()
    ordered = changed.sort_values("change", ascending=False)
    yield from _table("Cells of what changed", ordered.drop(columns=["family", "cell", "library"]))
    yield from _table("Exact counts that changed", found.counts.drop(columns=["family", "cell", "library"]))


def failure_lines(failures: list[str], factor: float) -> Iterator[str]:
    """Yield how many failures there are over a factor, and which."""
    yield f"{counted(len(failures), 'failure')} over ×{factor:g}{':' if failures else '.'}"
    yield from (f"  {failure}" for failure in failures[:MOST])
    if len(failures) > MOST:
        yield f"  … and {len(failures) - MOST} more"


def _named(series: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of series that are read by a person."""
    where = [place(*names) for names in zip(series["family"], series["workload"], strict=True)]
    columns = ["series", "cells", "change", "change_low", "change_high", "shown", "scale", "verdict"]
    table = series[columns].rename(columns={"shown": "least", "scale": "in units of"})
    table.insert(1, "where", where)
    return table.replace({"in units of": {"": "both"}})


def _table(title: str, table: pd.DataFrame) -> Iterator[str]:
    if len(table):
        yield f"\n{title}\n{shown(table.head(MOST)).to_string(index=False)}"
    if len(table) > MOST:
        yield f"… and {len(table) - MOST} more"
