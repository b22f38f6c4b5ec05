"""What a report consists of, and how it is written: a page, a Markdown file, tables and figures."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from ._draw import Drawing, inline, save, scheme
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
class Table:
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
    verdicts: list[Verdict] = field(default_factory=list)
    figures: list[Drawing] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def claim(self, text: str, lead: bool = False) -> None:
        """Add a verdict that the data support; a lead opens the report."""
        self.verdicts.append(Verdict(text, lead=lead))

    def withhold(self, text: str) -> None:
        """Add what was asked of the data and not answered by them."""
        self.verdicts.append(Verdict(text, made=False))


def write(sections: list[Section], title: str, subtitle: str, output: Path, png: bool = True) -> Path:
    """Write index.html, report.md, figures/ and tables/ under output; return the page's path."""
    _forget(output)
    figures, tables = output / "figures", output / "tables"
    for folder in (figures, tables):
        folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for section in sections:
        for drawing in section.figures:
            pictures[drawing.name] = Markup(inline(save(drawing, figures, png), drawing.name))
        for table in section.tables:
            table.frame.to_csv(tables / f"{table.name}.csv", index=False)
    environment = Environment(
        loader=PackageLoader("reports", "."),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    content = {
        "title": title,
        "subtitle": subtitle,
        "sections": sections,
        "withheld": [v.text for section in sections for v in section.verdicts if not v.made],
        "longest": LONGEST,
        "pictures": pictures,
        "light": Markup(scheme(dark=False)),
        "dark": Markup(scheme(dark=True)),
        "css": Markup((Path(__file__).parent / "page.css").read_text(encoding="utf-8")),
    }
    page = output / "index.html"
    page.write_text(environment.get_template("page.html").render(content), encoding="utf-8")
    markdown = environment.get_template("markdown.txt").render(content)
    (output / "report.md").write_text(markdown, encoding="utf-8")
    return page


def _forget(output: Path) -> None:
    """Remove the figures and tables that an earlier report in the folder lists, and nothing else."""
    earlier = output / "report.md"
    if earlier.is_file():
        for name in re.findall(
            r"\((figures/[\w-]+|tables/[\w-]+)\.\w+\)", earlier.read_text(encoding="utf-8")
        ):
            for suffix in (".svg", ".png", ".csv"):
                (output / f"{name}{suffix}").unlink(missing_ok=True)
