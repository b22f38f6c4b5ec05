"""The last lines of a run say what its report says, to the digit, and fit on a terminal."""

import re

import numpy as np
import pandas as pd
import pytest

from reports import Analysis, closing_lines, read, report
from reports._closing import SERIES, WIDTH
from reports._format import interval, shown
from reports.statistics import Estimate

POWERS = [2**k for k in range(11)]


def closing(run):
    return closing_lines(Analysis(read(run.write())))


def line_of(lines, start):
    return next(line for line in lines if line.startswith(start))


@pytest.fixture(scope="module")
def both(default_run, default_report):
    """Return the closing lines of a full run, and its report's tables as text and as numbers."""
    tables = {path.stem: pd.read_csv(path) for path in (default_report.parent / "tables").glob("*.csv")}
    return closing_lines(Analysis(read(default_run))), tables


def test_every_exponent_is_the_reports_or_withheld_with_it(both):
    lines, tables = both
    start = next(i for i, line in enumerate(lines) if line.startswith("growth of time"))
    stop = next(i for i, line in enumerate(lines) if line.startswith("(×: how much"))
    fits = tables["exponents"]
    fits = fits[(fits["measure"] == "time (s)") & fits["series"].isin(SERIES)]
    printed = 0
    for line in lines[start + 2 : stop]:
        family, workload, fixed = re.fullmatch(
            r"(\w+): ([\w-]+)(?:, (\w = \d+))?", line[:24].strip()
        ).groups()
        axis = {"n": "inputs n", "m": "outputs m", "batch": "examples in the batch", "depth": "trace length"}
        against = axis.get(family, "network parameters n")
        mine = fits[(fits["against"] == against) & (fits["workload"] == workload)]
        mine = mine[mine["fixed"].fillna("") == (fixed or "")].set_index("series")
        for i, series in enumerate(SERIES):
            text = line[24 + 11 * i : 35 + 11 * i].strip()
            if not text:
                continue
            row = mine.loc[series]
            assert ("±" in text) == bool(row["supported"]), line
            if "±" in text:
                value, half = text.split("±")
                digits = len(value.partition(".")[2])
                assert value == f"{row['exponent']:.{digits}f}"
                assert float(half) == round((row["exponent_high"] - row["exponent_low"]) / 2, digits)
                printed += 1
    assert printed > 10
    assert len(lines[start + 2 : stop]) == len(fits.groupby(["against", "workload", "fixed"], dropna=False))


def test_every_crossover_is_the_reports(both):
    lines, tables = both
    table = tables["crossover"].set_index(["workload", "m", "variant"])
    text = shown(tables["crossover"])["n"].set_axis(table.index)
    start = next(i for i, line in enumerate(lines) if line.startswith("n at which forward = reverse"))
    printed = [re.fullmatch(r"([\w-]+), m = (\d+) +(\S.*?\S)  +(\S.*)", line) for line in lines[start + 1 :]]
    printed = [found.groups() for found in printed if found]
    assert len(printed) == 3
    for workload, m, *cells in printed:
        for cell, variant in zip(cells, ("one by one", "all at once"), strict=True):
            note = table.loc[workload, float(m), variant]["note"]
            assert cell == text[workload, float(m), variant] if pd.isna(note) else "[" not in cell


def test_the_price_of_tracing_and_the_resolution_are_the_reports(both, default_report):
    lines, tables = both
    start = next(i for i, line in enumerate(lines) if line.startswith("price of tracing"))
    expected = shown(tables["tracing"])
    for line, (_, row) in zip(lines[start + 2 :], expected.iterrows(), strict=False):
        assert line.split() == " ".join(row).split()
    markdown = (default_report.parent / "report.md").read_text()
    said = re.sub(r"\s+", " ", " ".join(lines))
    for sentence in ("The same mode, entered twice, differs by up to", "The machine's speed drifted by"):
        found = re.search(rf"- ({sentence}.*)", markdown)[1]
        assert found in said


def test_the_advice_and_the_ranking_are_the_reports(synthetic, tmp_path):
    run = synthetic(noise=0.01)
    run.cell(
        "own", "f", 8, 1, {("forward", None): 3e-5, ("reverse", None): 1e-5, ("reverse (A/A)", None): 1e-5}
    )
    lines = closing(run)
    markdown = report(run.path, tmp_path / "out").with_name("report.md").read_text()
    advice = re.search(r"use reverse.*? cotangents\)", re.sub(r"\s+", " ", " ".join(lines)))[0]
    assert f"At f, n = 8, m = 1: {advice}." in markdown
    for series in ("reverse, all at once", "forward, all at once"):
        line = next(line for line in lines if line.strip().startswith(series))
        assert " ".join(line.split()) in markdown.replace(" |", "")


def test_growth_is_recovered_and_a_constant_cost_is_flat(synthetic):
    run = synthetic(noise=0.02)
    for n in POWERS:
        run.cell("n", "w", n, 1, {("forward", 1): (20 + 10 * n) * 1e-6, ("reverse", 1): 340e-6})
    growth = line_of(closing(run), "n: w, m = 1").split()
    assert float(growth[5].split("±")[0]) == pytest.approx(1, abs=0.05)
    assert growth[6] == "flat"


def test_a_machine_that_slows_down_does_not_change_the_growth(synthetic):
    run = synthetic(noise=0.02)
    for n in POWERS:
        run.speed = 2.0 if n > 30 else 1.0
        run.cell("n", "w", n, 1, {("forward", 1): (20 + 10 * n) * 1e-6})
    growth = line_of(closing(run), "n: w, m = 1").split()
    assert float(growth[5].split("±")[0]) == pytest.approx(1, abs=0.05)


def test_growth_that_is_not_supported_is_told_as_a_factor(synthetic):
    run = synthetic(noise=1.0)
    for n in POWERS:
        run.cell("n", "w", n, 1, {("forward", 1): 1e-4 * n**0.2})
    assert re.search(r"×\d", line_of(closing(run), "n: w, m = 1"))


def test_drift_beyond_the_resolution_is_warned_of(synthetic):
    run = synthetic(noise=0.001)
    for n in POWERS:
        run.speed = 1.0 + 0.1 * np.log2(n)
        run.cell("n", "w", n, 1, {("reverse", 1): 1e-5, ("reverse (A/A)", 1): 1e-5})
    lines = re.sub(r"\s+", " ", " ".join(closing(run)))
    assert "resolution The same mode, entered twice" in lines
    assert "more than its resolution" in lines


def test_what_was_left_out_is_counted_and_every_line_fits(both, synthetic):
    run = synthetic()
    run.dense("n", 4, 1)
    left = {"workload": "w", "mode": "forward", "n": 9, "m": 1, "cell": "c"}
    run.lines += [
        {"kind": "skipped", **left, "reason": "too long"},
        {"kind": "failed", **left, "reason": "wrong"},
    ]
    lines = closing(run)
    assert "skipped     1 (reasons in the results file): forward 1" in lines
    assert "FAILED      1 (reasons in the results file): forward 1" in lines
    assert max(map(len, [*lines, *both[0]])) <= WIDTH


def test_nothing_measured_is_summed_up_all_the_same(synthetic):
    assert "measured    0 rows in 0 cells" in closing(synthetic())
    run = synthetic("own")
    run.lines.append(
        {"kind": "skipped", "family": "own", "workload": "f", "mode": "forward", "reason": "long"}
    )
    assert "nothing could be measured, so there is nothing to advise" in closing(run)


def test_an_interval_of_no_width_is_left_out():
    assert interval(Estimate(0, 0, 0)) == "0"
    assert interval(Estimate(2.5, 2.5, 2.5), "s") == "2.50 s"
