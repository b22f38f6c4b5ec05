"""Crossover: where forward and reverse cost the same, who wins elsewhere, and what auto makes of it."""

import numpy as np
import pandas as pd

from .. import _draw as draw
from .._analysis import AXES, Analysis
from .._crossing import Crossing, Curve, curve
from .._duel import Duel, duel_along, headline
from .._format import as_factor, counted, interval
from .._looks import INK, LOOKS
from .._section import DataTable, Section
from .._series import VARIANTS
from ..statistics import Estimate, by_chance

STEPS = (2, 10, 100)
TEXT = (
    "Theory: n forward sweeps against m reverse sweeps, so that the two cost the same on n = m. "
    "Ratios are medians over rounds of times taken side by side; a winner is named only where the whole 95 % "
    "interval lies beyond the run's resolution, size by size from the largest down, so that the chance of a "
    "wrong «from … on» stays below 5 %."
)


def section(analysis: Analysis) -> Section | None:
    """Return winners at one output and one input, the crossover curve, maps, and the regret of auto."""
    result = Section("crossover", "Forward against reverse", TEXT)
    for variant in VARIANTS:
        duels = list(filter(None, [duel_along(analysis, axis, variant) for axis in AXES[:2]]))
        result.headline = result.headline or headline(duels)
        for duel in duels:
            _winner(result, duel, variant)
    for variant in VARIANTS:
        for workload in analysis.crossings["workload"].unique():
            _map(result, analysis, str(workload), variant)
    if len(analysis.crossings):
        drop = [
            "run",
            "family",
            "chose",
            "mode",
            "library",
            "mode_below",
            "library_below",
            "series",
            "series_below",
        ]
        cells = analysis.crossings.drop(columns=drop).rename(columns={"ratio": "forward/reverse"})
        cells = cells.rename(columns={f"ratio_{e}": f"forward/reverse_{e}" for e in ("low", "high")})
        result.tables.append(DataTable("crossover", "Where they cost the same", _table(analysis)))
        result.tables.append(DataTable("forward-over-reverse", "Time of forward / time of reverse", cells))
    _regret(result, analysis)
    return result if result.verdicts or result.tables else None


def _winner(result: Section, duel: Duel, variant: str) -> None:
    axis, lead, largest, found = duel.axis, duel.workload, duel.largest, duel.winners
    at = f"At {axis.fixed} = {duel.fixed:.0f}"
    if duel.named is None:
        ratio = Estimate.of(largest, "ratio")
        where = f"at {axis.column} = {largest[axis.column]:.0f} on {lead}"
        result.withhold(
            f"{at}, forward / reverse {where}, {variant}: {as_factor(ratio)} is not beyond noise."
        )
        return
    name, first, factor = duel.named
    text = (
        f"{at} {name} wins from {axis.column} = {first:.0f} on, {variant}: {as_factor(factor)} at "
        f"{axis.column} = {largest[axis.column]:.0f} ({lead})"
    )
    if len(found) > 1:
        same = sum(v is not None and v[0] == name for v in found.values())
        text += f"; {name} wins at the largest {axis.column} on {same} of {len(found)} workloads"
    result.claim(f"{text}.", lead=variant == "one by one")


def _inside(analysis: Analysis, workload: str, variant: str) -> dict[float, Crossing]:
    """Return m → crossing, where one is supported."""
    found = analysis.crossover.items()
    mine = {m: c for (w, v, m), c in found if (w, v) == (workload, variant)}
    return {m: c for m, c in mine.items() if c.side == "inside" and not c.reason}


def _curve(analysis: Analysis, workload: str, variant: str) -> Curve:
    inside = _inside(analysis, workload, variant)
    return curve(np.array(list(inside)), np.array([c.at.value for c in inside.values()]))


def _table(analysis: Analysis) -> pd.DataFrame:
    records = []
    for (workload, variant, m), found in analysis.crossover.items():
        sides = {"below": "reverse wins at every n", "above": "forward wins at every n", "inside": ""}
        note = sides[found.side] or found.reason
        record = {"workload": workload, "variant": variant, "m": m, **found.at.columns("n")}
        records.append(record | {"theory n": m, "note": note})
    return pd.DataFrame(records)


def _map(result: Section, analysis: Analysis, workload: str, variant: str) -> None:
    """Draw the n × m plane: who wins and by how much, the crossover, n = m and auto's choices."""
    pairs = analysis.crossings
    pairs = pairs[(pairs["workload"] == workload) & (pairs["variant"] == variant)]
    if pairs["n"].nunique() < 2 or pairs["m"].nunique() < 2:
        return
    axes = draw.panel(f"{workload}, {variant}", "inputs n", "outputs m", height=3.9)
    wide, high = (_half_step(pairs[name]) for name in ("n", "m"))
    for row in pairs.itertuples(index=False):
        ratio = Estimate(row.ratio, row.ratio_low, row.ratio_high)
        if not analysis.told(ratio):
            continue
        shade = 0.18 + 0.2 * sum(max(ratio.value, 1 / ratio.value) > step for step in STEPS)
        colour = LOOKS["reverse" if ratio.value > 1 else "forward"].light
        left, right, low, top = row.n / wide, row.n * wide, row.m / high, row.m * high
        axes.fill([left, right, right, left], [low, low, top, top], color=colour, alpha=shade, lw=0)
    for mode in ("forward", "reverse"):
        axes.fill([], [], color=LOOKS[mode].light, alpha=0.58, lw=0, label=f"{mode} wins")
    ends = np.array([max(pairs["n"].min(), pairs["m"].min()), min(pairs["n"].max(), pairs["m"].max())])
    axes.plot(ends, ends, color=INK[0], ls=":", lw=1.3, label="theory: n = m")
    inside = _inside(analysis, workload, variant)
    if inside:
        at = np.array([c.at for c in inside.values()])
        m = np.array(list(inside))
        axes.plot(at[:, 0], m, color=INK[0], lw=1.6, marker="o", ms=3.5, label="same cost (95 %)")
        axes.hlines(m, at[:, 1], at[:, 2], color=INK[0], lw=1)
    auto = _switch(analysis, workload)
    if len(auto):
        axes.plot(
            auto.to_numpy(), auto.index, color=LOOKS["auto"].light, ls="--", lw=1, label="auto switches"
        )
    draw.sizes(axes.xaxis, pairs["n"].to_numpy())
    draw.sizes(axes.yaxis, pairs["m"].to_numpy())
    axes.grid(False)
    caption = f"Who wins where on {workload} ({variant}): blank is noise, deeper is more: ×2, ×10, ×100."
    result.figures.append(draw.finish(axes, draw.slug(f"crossover-{workload}-{variant}"), caption))
    _say_where(result, analysis, workload, variant)


def _half_step(sizes: pd.Series) -> float:
    """Return the root of the usual ratio of neighbouring sizes: from a size to the edge of its cell."""
    return float(np.exp(np.median(np.diff(np.log(np.sort(sizes.unique())))) / 2))


def _switch(analysis: Analysis, workload: str) -> pd.Series:
    """Return, for each m, the n between auto's last forward and its first reverse choice."""
    rows = analysis.ours[(analysis.ours["mode"] == "auto") & (analysis.ours["family"] == "grid")]
    rows = rows[rows["workload"] == workload]
    last = rows[rows["chose"] == "forward"].groupby("m")["n"].max()
    first = rows[rows["chose"] == "reverse"].groupby("m")["n"].min()
    return np.sqrt(last * first).dropna()


def _say_where(result: Section, analysis: Analysis, workload: str, variant: str) -> None:
    line = _curve(analysis, workload, variant)
    if line.reason:
        result.withhold(f"A crossover curve for {workload}, {variant}: {line.reason}.")
        return
    crossings = _inside(analysis, workload, variant)
    if line.exponent.low <= 1 <= line.exponent.high:
        inside = "inside" if line.factor.low <= 1 <= line.factor.high else "outside"
        where = (
            f"near n = {interval(line.factor)} · m over {line.points} values of m (theory: 1, {inside} that)"
        )
    else:
        ends = (f"n = {interval(crossings[m].at)} for m = {m:.0f}" for m in (min(crossings), max(crossings)))
        power = interval(line.exponent)
        where = f"from {' to '.join(ends)}, growing as m^{power} (theory: n = m, outside that)"
    text = f"On {workload}, {variant}, forward and reverse cost the same {where}"
    result.claim(f"{text}.", lead=variant == "one by one")


def _regret(result: Section, analysis: Analysis) -> None:
    """Compare auto with the better of forward and reverse in vector mode, cell by cell."""
    worst = analysis.auto
    if not len(worst):
        return
    names = {f"ratio{end}": f"regret{end}" for end in ("", "_low", "_high")} | {"mode_below": "better"}
    table = worst.rename(columns=names)
    estimates = [Estimate.of(row, "regret") for _, row in table.iterrows()]
    told = [analysis.told(estimate) and estimate.value > 1 for estimate in estimates]
    table = table[["family", "workload", "n", "m", "chose", "better", "regret", "regret_low", "regret_high"]]
    table = table.assign(**{"beyond noise": told}).sort_values("regret", ascending=False)
    note = "time of auto / time of the better of forward and reverse, all at once"
    result.tables.append(DataTable("auto-regret", "Regret of auto", table, note))
    count, lost, middle = len(table), int(np.sum(told)), float(table["regret"].median())
    text = f"auto takes ×{middle:.2f} the better mode's time in the median of {counted(count, 'cell')}"
    if lost > by_chance(count):
        top = table[table["beyond noise"]].iloc[0]
        factor = as_factor(Estimate.of(top, "regret"))
        where = f"{top['workload']}, n = {top['n']:.0f}, m = {top['m']:.0f}"
        result.claim(f"{text}, and loses beyond noise in {lost}, at worst {factor} ({where}).", lead=True)
    else:
        result.claim(f"{text}; it loses in no more cells ({lost}) than noise alone would show.", lead=True)
