"""What the measurements say: results files → table, fits, verdicts, figures, a report; runs compared.

Reads the files that ``bench`` writes (schema version 1) and those of plain pytest-benchmark. In order of
reading: `_read` (files → table), `_statistics`, `_laws` and `_crossing` (what a table supports), `_analysis`
(one run's fits and pairings), ``sections`` (one topic each: sentences, figures, tables), `_page` (writing).
"""

from ._columns import COLUMNS
from ._compare import Comparison, compare
from ._crossing import Crossing, Curve, crossing, curve
from ._laws import Bilinear, Growth, fit_bilinear, fit_growth
from ._read import Results, ResultsError, Run, load, newest, read
from ._report import report
from ._statistics import Estimate

__all__ = [
    "COLUMNS",
    "Bilinear",
    "Comparison",
    "Crossing",
    "Curve",
    "Estimate",
    "Growth",
    "Results",
    "ResultsError",
    "Run",
    "compare",
    "crossing",
    "curve",
    "fit_bilinear",
    "fit_growth",
    "load",
    "newest",
    "read",
    "report",
]
