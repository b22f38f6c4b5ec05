"""Drawing: axes, marks per mode, and pictures that follow the page from light to dark."""

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator, NullLocator
from PIL import Image

from ._laws import Growth
from ._looks import INK, LOOKS, MUTED, OTHER, PAPER, look
from ._text import LONGEST, digest

STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",  # text stays text: small files, searchable, in the page's font
    "svg.hashsalt": "reports",  # the same data give the same file
    "axes.edgecolor": MUTED[0],
    "axes.labelcolor": INK[0],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK[0],
    "xtick.color": INK[0],
    "ytick.color": INK[0],
    "axes.grid": True,
    "grid.color": MUTED[0],
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.markersize": 4.5,
}
WIDTH = 4.5  # inches; a figure is read at full width on a phone
SCHEME = {pair[0]: (name, pair) for name, pair in {"ink": INK, "muted": MUTED, "paper": PAPER}.items()} | {
    mode.light: (name, (mode.light, mode.dark)) for name, mode in {**LOOKS, "other": OTHER}.items()
}
"""light colour → (name, (light, dark)): colours that change with the page's scheme."""


@dataclass
class Drawing:
    """A figure, or the SVG of one that was drawn before, with its name (of its files) and its caption."""

    name: str
    caption: str
    figure: Figure | str


def panel(title: str, x: str, y: str, height: float = 3.2) -> Axes:
    """Return log-log axes in a new figure; `finish` adds the legend."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_axisbelow(True)
    return axes


def finish(axes: Axes, name: str, caption: str, columns: int = 2, left: float = 0.2) -> Drawing:
    """Place the legend under the axes and make room for it, and for the labels on the left."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    upper, legend_height = figure.get_figheight(), 0.0
    handles = [a.get_legend_handles_labels() for a in figure.axes]
    seen = {label: handle for some, labels in handles for handle, label in zip(some, labels, strict=True)}
    if seen:
        legend_height = 0.19 * -(-len(seen) // columns) + 0.1
    height = upper + legend_height
    figure.set_figheight(height)
    if seen:
        with mpl.rc_context(STYLE):
            spacing = {"columnspacing": 1.2, "handlelength": 2.4, "labelspacing": 0.3, "borderaxespad": 0.2}
            figure.legend(seen.values(), seen.keys(), loc="lower center", ncols=columns, **spacing)
    figure.subplots_adjust(
        left=left, right=0.97, top=1 - 0.3 / height, bottom=(legend_height + 0.48) / height, hspace=0.12
    )
    return Drawing(name, caption, figure)


def sizes(axis: Axis, values: np.ndarray) -> None:
    """Tick an axis at the sizes themselves where they are powers of two, else at powers of ten."""
    values = np.unique(values[np.isfinite(values) & (values > 0)])
    short = EngFormatter(sep="")
    if len(values) and np.all(np.log2(values) % 1 == 0):
        ticks = values[:: max(1, -(-len(values) // 6))]
        axis.set_ticks(ticks, labels=[f"{v:.0f}" if v < 1e4 else short(v) for v in ticks])
    else:
        axis.set_major_locator(LogLocator(numticks=7))
        axis.set_major_formatter(short)
    axis.set_minor_locator(NullLocator())


def unit(axis: Axis, name: str = "", factor: bool = False) -> None:
    """Tick a cost axis with the unit's prefix, or as ×10 for a factor; more densely where it spans little."""
    low, high = axis.get_view_interval()
    subs = (1, 2, 3, 5, 7) if high / low < 10 else (1, 2, 5) if high / low < 150 else (1,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=8))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"×{v:g}") if factor else EngFormatter(unit=name))


def decades(axis: Axis) -> None:
    """Tick an axis of many decades at powers of ten."""
    axis.set_major_locator(LogLocator(numticks=8))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"1e{np.log10(v):.0f}"))


def marks(axes: Axes, points: pd.DataFrame, x: str, y: str, label: str, joined: bool = False) -> None:
    """Draw the rows of one series: points with their intervals, hollow where one sweep does it all."""
    points = points[points[y] > 0].sort_values(x)
    if not len(points):
        return
    seen, hollow = look(points["mode"].iloc[0]), label.endswith("all at once")
    stem = y.removeprefix("median_")
    if f"{stem}_low" in points:
        ends = points[f"{stem}_low"], points[f"{stem}_high"]
        axes.vlines(points[x], *ends, color=seen.light, lw=1.2, alpha=0.8)
    style: dict[str, Any] = {"color": seen.light, "marker": seen.marker, "lw": 1.2, "label": label}
    fill = PAPER[0] if hollow else seen.light
    axes.plot(points[x], points[y], ls=dashes(label) if joined else "none", markerfacecolor=fill, **style)


def dashes(label: str) -> str:
    """Return the line style of a series: how it sweeps shows without colour too."""
    if label.endswith("all at once"):
        return "--"
    return "-" if label.partition(",")[0] in LOOKS else ":"


def law(axes: Axes, x: np.ndarray, growth: Growth, mode: str, label: str) -> None:
    """Draw a fitted law with its 95 % band; a law that the data do not support is only a thin line."""
    if growth.fit is None:
        return
    at = np.geomspace(x.min(), x.max(), 40)
    value, low, high = growth.curve(at)
    axes.plot(at, value, color=look(mode).light, ls=dashes(label), lw=0.7 if growth.reason else 1.4)
    if not growth.reason:
        axes.fill_between(at, low, high, color=look(mode).light, alpha=0.18, lw=0)


def theory(axes: Axes, x: np.ndarray, low: np.ndarray, high: np.ndarray, mode: str, label: str) -> None:
    """Draw a bound of the theory as a hatched band in the mode's colour."""
    style: dict[str, Any] = {
        "facecolor": "none",
        "edgecolor": look(mode).light,
        "hatch": "////",
        "alpha": 0.45,
        "lw": 0.6,
    }
    axes.fill_between(x, low, high, label=label, **style)


def save(drawing: Drawing, folder: Path, svg: bool, png: bool) -> list[Path]:
    """Write the drawing in the forms asked for, SVG first (one that was drawn before: as it is, only)."""
    vector, raster = (folder / f"{drawing.name}.{suffix}" for suffix in ("svg", "png"))
    if isinstance(drawing.figure, str):
        vector.write_text(drawing.figure, encoding="utf-8")
        return [vector]
    with mpl.rc_context(STYLE):
        if svg:
            text = io.StringIO()
            drawing.figure.savefig(
                text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
            )
            vector.write_text(_shortened(text.getvalue()), encoding="utf-8")
        if png:
            pixels = io.BytesIO()  # then in 64 colours, which take a third of the space
            drawing.figure.savefig(pixels, dpi=144 if svg else 96, facecolor="white")
            few = Image.open(pixels).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
            few.save(raster, optimize=True)
    return [vector] * svg + [raster] * png


def _shortened(svg: str) -> str:
    """Return the SVG without comments, metadata, indentation and decimals that nobody sees."""
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|^\s+", "", svg, flags=re.S | re.M)
    return re.sub(r"(\d\.\d\d)\d+", r"\1", svg).replace("\n\n", "\n")


def inline(path: Path, drawing: Drawing) -> str:
    """Return the SVG for embedding: own identifiers, and colours as variables of the page's scheme.

    One that was drawn before the report, which a results file may have from anywhere, becomes an image:
    nothing in it can run or be fetched.
    """
    svg = path.read_text(encoding="utf-8")
    if isinstance(drawing.figure, str):
        content = base64.b64encode(svg.encode()).decode()
        return f'<img src="data:image/svg+xml;base64,{content}" alt="">'
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{drawing.name}-", svg)
    for light, (role, _) in SCHEME.items():
        svg = svg.replace(light, f"var(--{role})")
    return svg


def scheme(dark: bool) -> str:
    """Return the CSS variables of the light or the dark colours."""
    return " ".join(f"--{role}: {pair[dark]};" for role, pair in SCHEME.values())


def slug(text: str) -> str:
    """Return a file name for a figure: short, and another one for another text."""
    short = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    lost = re.sub(r"[\w ,.=():/-]", "", text, flags=re.ASCII)
    return f"{short[:LONGEST]}-{digest(text)}" if lost or len(short) > LONGEST else short
