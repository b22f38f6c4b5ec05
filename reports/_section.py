"""What a report consists of: sections of sentences, figures and tables."""

from dataclasses import dataclass, field

import pandas as pd

from ._draw import Drawing
from ._format import shown

LONGEST = 60  # rows of a table on the page; the CSV holds them all


@dataclass(frozen=True)
class Verdict:
    """A sentence computed from the data; ``made`` is False where the noise does not support a claim."""

    text: str
    made: bool = True
    lead: bool = False
    """whether it stands at the head of the report too"""


@dataclass(frozen=True)
class DataTable:
    """A table: all of it goes to a CSV file, its first rows to the page."""

    name: str
    title: str
    frame: pd.DataFrame
    note: str = ""

    @property
    def text(self) -> pd.DataFrame:
        """Return the rows for the page, as text with intervals and units."""
        return shown(self.frame.head(LONGEST))


@dataclass
class Section:
    """One topic of the report."""

    name: str
    title: str
    text: str = ""
    headline: str = ""
    """the answer in plain words; the first one opens the report, beside its section's first figure"""
    verdicts: list[Verdict] = field(default_factory=list)
    figures: list[Drawing] = field(default_factory=list)
    tables: list[DataTable] = field(default_factory=list)

    def claim(self, text: str, lead: bool = False) -> None:
        """Add a verdict that the data support; a lead opens the report."""
        self.verdicts.append(Verdict(text, lead=lead))

    def withhold(self, text: str) -> None:
        """Add what was asked of the data and not answered by them."""
        self.verdicts.append(Verdict(text, made=False))
