"""What the measurements say: results files → table, fits, verdicts, figures, a report; runs compared.

Reads the files that ``bench`` writes and those of plain pytest-benchmark. In order of reading: `schema` (the
file), `_read` and `_table` (files → table), `statistics`, `_laws` and `_crossing` (what a table supports),
`_analysis` (one run's fits and pairings), ``sections`` (one topic each: sentences, figures, tables), `_page`
(writing), `_closing` (the same in the last lines of a run), `_change`, `_compare` and `_history` (many runs).

The names below are loaded when first used, so that whoever needs the schema alone does not wait for pandas.
"""

# ruff: noqa: F401 (the imports below are for type checkers)
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._analysis import Analysis
    from ._closing import closing_lines
    from ._columns import COLUMNS
    from ._compare import Comparison, compare
    from ._crossing import Crossing, Curve, crossing, curve
    from ._laws import Bilinear, Growth, fit_bilinear, fit_growth
    from ._read import Results, ResultsError, RunRecord, load, newest, read
    from ._report import report
    from .statistics import Estimate

_HOMES = {
    "_analysis": "Analysis",
    "_closing": "closing_lines",
    "_columns": "COLUMNS",
    "_compare": "Comparison compare",
    "_crossing": "Crossing Curve crossing curve",
    "_laws": "Bilinear Growth fit_bilinear fit_growth",
    "_read": "Results ResultsError RunRecord load newest read",
    "_report": "report",
    "statistics": "Estimate",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
