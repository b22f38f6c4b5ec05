"""Peers: other libraries on the same function and data in the same rounds, as ratios to ours."""

import numpy as np
import pandas as pd

from .. import _draw as draw
from .._analysis import Analysis
from .._format import counted, listed, number
from .._looks import accumulation, look
from .._section import DataTable, Section
from ..schema import OURS
from ..statistics import Estimate, by_chance

HOW = {
    "autograd": "autograd runs eagerly, on NumPy",
    "casadi": "CasADi compiles the Jacobian's expression for its own virtual machine",
    "jax": "JAX is jitted",
    "scipy": "SciPy calls f on NumPy",
    "torch": "PyTorch runs eagerly (torch.func), not compiled",
}


def section(analysis: Analysis) -> Section | None:
    """Return the time of every peer over ours in the same kind of accumulation, cell by cell."""
    rows = analysis.rows
    peers = rows[~rows["library"].isin([*OURS, ""])]
    pairs = [_pairs(analysis, group, str(mode)) for mode, group in peers.groupby("mode", sort=False)]
    pairs = [p for p in pairs if len(p)]
    if not pairs:
        return None
    text = (
        "Ratios of times taken in the same rounds: above 1 the peer is slower than this project in the same "
        "kind of accumulation, all at once. Compilation is not counted; its time is in the table. "
    )
    how = [HOW[name] for name in sorted(peers["library"].unique()) if name in HOW]
    text += f"{listed(how)}." if how else ""
    result = Section("peers", "Peers side by side", text, figures=[_figure(pairs)])
    records = [_record(analysis, peers, p) for p in pairs]
    table = pd.DataFrame(records)
    result.tables.append(DataTable("peers", "Time of a peer / ours", table))
    cells = pd.concat(pairs)[
        ["mode", "series_below", "family", "workload", "n", "m", "ratio", "ratio_low", "ratio_high"]
    ]
    cells = cells.rename(columns={"mode": "peer", "series_below": "ours"})
    result.tables.append(DataTable("peer-cells", "Time of a peer / ours, cell by cell", cells))
    for side in ("slower", "faster"):
        named = [f"{r['peer']} (×{number(r['median'])})" for r in records if _side(r) == side]
        if named:
            said = f"Peers {side} than ours beyond noise (median over cells of their time / ours)"
            result.claim(f"{said}: {listed(named)}.", lead=True)
    mixed = [
        f"{r['peer']} (slower in {r['slower than ours in']}, faster in {r['faster than ours in']} of "
        f"{counted(r['cells'], 'cell')})"
        for r in records
        if _side(r) == "mixed"
    ]
    if mixed:
        result.claim(f"Peers on no one side of ours beyond noise: {listed(mixed)}.", lead=True)
    for record in records:
        _verdict(result, record)
    return result


def _pairs(analysis: Analysis, peer: pd.DataFrame, mode: str) -> pd.DataFrame:
    """Return peer / ours per cell, ours being the same kind of accumulation (else central differences)."""
    kind = accumulation(mode)
    ours = analysis.ours[analysis.ours["mode"] == kind]
    if kind in ("forward", "reverse"):
        ours = analysis.variant(kind, "all at once")
    pairs = analysis.paired(peer, ours)
    if not len(pairs) and kind not in ("forward", "reverse"):
        pairs = analysis.paired(peer, analysis.ours[analysis.ours["mode"] == "central-difference"])
    return pairs.drop_duplicates(["family", "cell"])


def _record(analysis: Analysis, peers: pd.DataFrame, pairs: pd.DataFrame) -> dict:
    ends = pairs[["ratio", "ratio_low", "ratio_high"]].to_numpy()
    told = np.array([analysis.told(Estimate(*v)) for v in ends])
    mode = pairs["mode"].iloc[0]
    return {
        "peer": mode,
        "cells": len(pairs),
        "median": float(np.median(ends[:, 0])),
        "least": float(ends[:, 0].min()),
        "most": float(ends[:, 0].max()),
        "slower than ours in": int((told & (ends[:, 0] > 1)).sum()),
        "faster than ours in": int((told & (ends[:, 0] < 1)).sum()),
        "compile_seconds": peers.loc[peers["mode"] == mode, "compile_seconds"].dropna().median(),
    }


def _side(record: dict) -> str:
    """Return "slower" or "faster" where more cells than chance would show, and the median, are on one side.

    Where cells of both sides are, or the median is on the other, it is "mixed"; where none are, "".
    """
    chance, median = by_chance(record["cells"]), record["median"]
    told = record["slower than ours in"] > chance, record["faster than ours in"] > chance
    if told == (True, False) and median > 1:
        return "slower"
    if told == (False, True) and median < 1:
        return "faster"
    return "mixed" if any(told) else ""


def _verdict(result: Section, record: dict) -> None:
    count, slower, faster = record["cells"], record["slower than ours in"], record["faster than ours in"]
    span = f"×{number(record['least'])} to ×{number(record['most'])}, median ×{number(record['median'])}"
    if _side(record):
        of = counted(count, "cell")
        result.claim(
            f"{record['peer']} takes {span} of our time in {of}: "
            f"slower beyond noise in {slower}, faster in {faster}."
        )
    else:
        result.withhold(f"{record['peer']} against ours ({span}): not told apart.")


def _figure(pairs: list[pd.DataFrame]) -> draw.Drawing:
    axes = draw.panel(
        "Time of a peer / ours", "ratio of times (right of 1: the peer is slower)", "", 1.3 + 0.3 * len(pairs)
    )
    axes.set_yscale("linear")
    for row, table in zip(range(len(pairs))[::-1], pairs, strict=True):
        mode = str(table["mode"].iloc[0])
        seen = look(mode)
        spread = row + np.linspace(0.25, -0.25, len(table)) if len(table) > 1 else np.array([row])
        axes.hlines(spread, table["ratio_low"], table["ratio_high"], color=seen.light, lw=0.8, alpha=0.6)
        axes.plot(table["ratio"], spread, seen.marker, color=seen.light, ms=3, alpha=0.8)
        axes.plot([table["ratio"].median()] * 2, [row - 0.38, row + 0.38], color=seen.light, lw=2.2)
    axes.axvline(1, color=draw.INK[0], lw=1)
    axes.set_yticks(range(len(pairs))[::-1], labels=[str(p["mode"].iloc[0]) for p in pairs])
    axes.set_ylim(-0.6, len(pairs) - 0.4)
    draw.unit(axes.xaxis, factor=True)
    caption = (
        "Time of each peer over ours: a point for each cell with its 95 % interval, a bar at the median."
    )
    return draw.finish(axes, "peers", caption, left=0.34)
