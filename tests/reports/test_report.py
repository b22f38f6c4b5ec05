"""The report: whole, self-contained and small from a full run; a report all the same from next to nothing."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from reports import report
from reports.__main__ import main
from reports.sections import SECTIONS


def test_a_default_run_in_under_15_seconds(default_run, tmp_path):
    started = time.process_time()
    page = report(default_run, tmp_path / "out")
    assert time.process_time() - started < 15
    html = page.read_text()
    assert len(html) < 2e6
    figures = {p.stem for p in (tmp_path / "out/figures").glob("*.svg")}
    assert figures - {"trace"} == {p.stem for p in (tmp_path / "out/figures").glob("*.png")}
    assert html.count("<svg") == len(figures) - 1 >= 15
    assert html.count('<img src="data:image/svg+xml;base64,') == 1  # the trace, drawn by the run
    markdown = (tmp_path / "out/report.md").read_text()
    first = "With 1 output, reverse accumulation is faster from 2 inputs on"
    assert html.index(first) < html.index("<svg") < html.index("In short")
    assert markdown.index(first) < markdown.index("![") < markdown.index("## In short")
    assert {Path(p).stem for p in re.findall(r"\]\((figures/[^)]*)\)", markdown)} == figures
    columns = set(pd.read_csv(tmp_path / "out/tables/columns.csv")["column"])
    written = pd.read_csv(tmp_path / "out/tables/results.csv").columns
    assert {name for name in written if not name.startswith("size_")} <= columns
    for name in re.findall(r"tables/([\w-]+)\.csv", html):
        assert len(pd.read_csv(tmp_path / f"out/tables/{name}.csv"))


def test_without_a_page_only_what_the_markdown_shows_is_written(default_run, tmp_path):
    (tmp_path / "out").mkdir()
    report(default_run, tmp_path / "out")
    path = report(default_run, tmp_path / "out", page=False)
    assert path == tmp_path / "out/report.md"
    shown = set(re.findall(r"\]\((figures/[^)]*)\)", path.read_text()))
    assert shown == {f"figures/{p.name}" for p in (tmp_path / "out/figures").iterdir()}
    assert {p.suffix for p in (tmp_path / "out/figures").iterdir() if p.stem != "trace"} == {".png"}
    assert not (tmp_path / "out/index.html").exists()


def test_the_page_needs_no_network_and_no_other_file(default_report):
    html = default_report.read_text()
    assert not re.search(r'(?:src|href)="(?!#|data:)', html)
    assert not re.search(r"@import|url\((?!#)", html)
    identifiers = re.findall(r'\bid="([^"]*)"', html)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'(?:url\(|href=")#([^)"]*)', html)) <= set(identifiers)


def test_every_axis_of_every_figure_is_labelled(default_analysis):
    sections = filter(None, (section(default_analysis) for section in SECTIONS))
    drawings = [d for section in sections for d in section.figures if d.name != "trace"]
    for axes in (a for d in drawings for a in d.figure.axes):
        assert axes.get_xlabel()
        assert axes.get_ylabel() or all(t.get_text() for t in axes.get_yticklabels())


def test_the_same_data_give_the_same_files(synthetic, tmp_path):
    run = synthetic()
    for n in (1, 2, 4, 8):
        run.dense("grid", n, 1)
        run.dense("grid", n, 2)
    path = run.write()
    first, second = (report(path, tmp_path / name).parent for name in ("a", "b"))
    for path in (p for p in first.rglob("*") if p.suffix in (".svg", ".md", ".csv", ".html")):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes(), path.name


def rows(count=1, **fields):
    base = {
        "kind": "row",
        "family": "n",
        "cell": "c",
        "workload": "w",
        "mode": "forward",
        "library": "modes",
        "n": 3,
        "m": 2,
        "size": {},
        "chunk": 1,
        "seconds": [1e-3] * 3,
        "yardstick": [1e-4] * 3,
    }
    return [{**base, "cell": f"c{k}", "n": k + 1, **fields} for k in range(count)]


DEGENERATE = {
    "nothing": [],
    "one cell": rows(1),
    "one mode": rows(8),
    "zero times": rows(8, seconds=[0, 0, 0]),
    "NaN": rows(8, seconds=[float("nan")] * 3, error=float("nan")),
    "no samples": rows(8, seconds=[], yardstick=[]),
    "one round": rows(8, seconds=[1e-3], yardstick=[1e-4]),
    "no sizes": rows(8, n=None, m=None),
    "lengths differ": rows(8, seconds=[1e-3] * 5, yardstick=[1e-4] * 2),
    "equal times": rows(8) + rows(8, mode="reverse") + rows(8, mode="reverse (A/A)"),
    "grid of one": rows(1, family="grid") + rows(1, family="grid", mode="reverse"),
    "unknown mode and family": rows(8, mode="sideways", family="weather", library="new"),
    "peers only": rows(8, mode="jax-forward", library="jax", chunk=None),
    "peers of differences": rows(8, mode="central-difference", chunk=None)
    + rows(8, mode="scipy-3-point", library="scipy"),
    "skipped only": [
        {"kind": "skipped", "workload": "w", "mode": "forward", "n": 1, "m": 1, "reason": "long"}
    ],
    "failed only": [
        {"kind": "failed", "workload": "w", "mode": "forward", "n": 1, "m": 1, "reason": "wrong"}
    ],
    "odd trace": [
        {"kind": "trace", "nodes": [{"name": "u", "operands": ["v"], "partials": [1]}]},
        {"kind": "trace"},
    ],
    "odd end": [*rows(2), {"kind": "end", "resolution": "?", "drift": None, "status": "complete"}],
    "markup": rows(8, workload='<b>&"w"|x</b>/../y'),
    "huge numbers and broken text": rows(
        8, workload="\ud800", operations=10**400, seconds=[1e300, 1e-300, 1e-3]
    ),
    "steps without modes": rows(5, family="step", mode="central-difference", error=1e-6, size={"step": 1e-3}),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_a_report_all_the_same(name, tmp_path):
    path = tmp_path / "r.jsonl"
    lines = [{"kind": "run", "schema": 1}, *DEGENERATE[name]]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    page = report(path, tmp_path / "out")
    assert "The run" in page.read_text()
    assert "<b>" not in page.read_text()
    assert {p.parent for p in (tmp_path / "out").rglob("*.*")} <= {
        tmp_path / "out",
        tmp_path / "out/figures",
        tmp_path / "out/tables",
    }


def test_a_new_report_replaces_the_old_one_and_nothing_else(synthetic, tmp_path):
    run, other = synthetic(), synthetic("other")
    for n in (1, 2, 4):
        run.dense("n", n, 1, "first")
        other.dense("n", n, 1, "second")
    report(run.write(), tmp_path / "out")
    mine = tmp_path / "out/figures/cost-n-mine.svg"
    mine.write_text("mine")
    report(other.write(), tmp_path / "out")
    report(other.write(), tmp_path / "out", png=False)
    names = {p.name for p in (tmp_path / "out/figures").iterdir()}
    assert not any(name.endswith(".png") for name in names)
    assert "cost-n-second-m-1.svg" in names
    assert not any("first" in name for name in names)
    assert mine.read_text() == "mine"


def test_several_runs_stand_side_by_side(synthetic, tmp_path):
    paths = []
    for seed in range(2):
        run = synthetic(f"run{seed}", seed=seed)
        for n in (1, 2, 4, 8, 16, 32, 64):
            run.dense("n", n, 1)
        paths.append(run.write())
    report(paths, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out/tables/runs.csv")
    assert table["spread"].max() < 0.1
    assert {"run0", "run1"} < set(table.columns)
    assert "agree within" in (tmp_path / "out/report.md").read_text()


def test_the_command_line(synthetic, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert "no folder .benchmarks: run `pytest bench --benchmark-only`" in capsys.readouterr().err
    run = synthetic()
    run.dense("n", 4, 1)
    written = run.write()
    (tmp_path / ".benchmarks").mkdir()
    Path(".benchmarks/20260101T000000Z-small.jsonl").write_bytes(written.read_bytes())
    assert main([]) == 0
    assert capsys.readouterr().out.strip() == "report/index.html"
    assert main(["nowhere.jsonl"]) == 2
    assert "nowhere.jsonl: no such file" in capsys.readouterr().err
    Path("taken").write_text("a file")
    assert main([str(written), "--output", "taken"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_it_imports_none_of_the_other_packages():
    ours = "('modes', 'ffnn', 'bench')"
    code = f"import sys, reports; print([m for m in sys.modules if m.split('.')[0] in {ours}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
