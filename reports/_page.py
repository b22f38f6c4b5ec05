"""How a report is written: a page with its figures inside, or Markdown alone, tables and figures."""

import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from ._draw import inline, save, scheme
from ._section import LONGEST, Section
from ._text import for_sheets, markdown

KEY = (
    "n counts inputs, m outputs. «One by one» is the textbook's way: one tangent (forward) or one cotangent "
    "(reverse) a sweep; «all at once» carries all of them in one sweep. ×2 is twice the time, brackets are "
    "95 % intervals, and what a mode differs by from itself, entered twice (an A/A pair), is taken for noise."
)
"""What the sentences at the head of a report take for known."""


def write(sections: list[Section], title: str, subtitle: str, output: Path, png: bool, page: bool) -> Path:
    """Write report.md, figures/ and tables/ under output, and index.html unless asked not to.

    Without a page the figures are PNG, and only those that the Markdown shows; with one they are SVG, and
    PNG beside them if asked for. Returns the path of the page, or of the Markdown.
    """
    _forget(output)
    figures, tables = output / "figures", output / "tables"
    for folder in (figures, tables):
        folder.mkdir(parents=True, exist_ok=True)
    pictures, links = {}, {}
    for section in sections:
        for drawing in section.figures:
            paths = save(drawing, figures, svg=page, png=png or not page)
            links[drawing.name] = paths[0].name
            pictures[drawing.name] = Markup(inline(paths[0], drawing)) if page else ""
        for table in section.tables:
            for_sheets(table.frame).to_csv(tables / f"{table.name}.csv", index=False)
    opening = next((section for section in sections if section.headline), None)
    environment = Environment(
        loader=PackageLoader("reports", "."),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["md"] = markdown
    content = {
        "title": title,
        "subtitle": subtitle,
        "sections": sections,
        "opening": opening,
        "picture": opening.figures[0] if opening and opening.figures else None,
        "key": KEY,
        "withheld": [v.text for section in sections for v in section.verdicts if not v.made],
        "longest": LONGEST,
        "pictures": pictures,
        "links": links,
        "light": Markup(scheme(dark=False)),
        "dark": Markup(scheme(dark=True)),
        "css": Markup((Path(__file__).parent / "page.css").read_text(encoding="utf-8")),
    }
    written = output / "report.md"
    for template, path in [("markdown.txt", written), ("page.html", output / "index.html")][: 1 + page]:
        text = environment.get_template(template).render(content)
        path.write_text(text, encoding="utf-8")
        written = path
    return written


def _forget(output: Path) -> None:
    """Remove the page, figures and tables that an earlier report in the folder lists, and nothing else."""
    earlier = output / "report.md"
    if earlier.is_file():
        text = earlier.read_text(encoding="utf-8")
        for name in re.findall(r"\((figures/[\w-]+|tables/[\w-]+)\.\w+\)", text):
            for suffix in (".svg", ".png", ".csv"):
                (output / f"{name}{suffix}").unlink(missing_ok=True)
        (output / "index.html").unlink(missing_ok=True)
