"""Names may hold anything: the report is whole, and shows them as they are, in one line, everywhere."""

import csv
import json
import shlex

import numpy as np
import pytest

from reports import read, report
from reports._draw import slug
from reports._text import LONGEST, markdown, name, printable

NAMES = [
    r"\frac{$",
    "cost_$a_vs_$b",
    "f" * 300,
    "two\nlines\tand\x1b[31m red\u2028\u202e",
    "half \ud800 a pair",
    "<script>alert(1)</script>",
    "a|b `c` *d* _e_ [f](http://g) <!--",
    '=HYPERLINK("http://x")',
    "@SUM(A1)",
    "+1",
    "-1",
]


def write(path, names, family="own"):
    """Write a run of two modes of functions with these names, at several sizes."""
    lines = [{"kind": "run", "schema": 2, "machine": {"cpu": names[0]}, "versions": {names[0]: names[0]}}]
    for text in names:
        for n in (1, 2, 4, 8):
            for mode in ("forward", "reverse", "reverse (A/A)", text):
                lines.append(
                    {
                        "kind": "row",
                        "family": family,
                        "cell": f"{text}{n}",
                        "workload": text,
                        "mode": mode,
                        "library": "modes",
                        "n": n,
                        "m": 1,
                        "size": {text: text},
                        "seconds": [1e-3 * n, 1.1e-3 * n, 1.2e-3 * n] if mode == "forward" else [1e-4] * 3,
                        "yardstick": [1e-4] * 3,
                    }
                )
    lines.append({"kind": "failed", "workload": names[0], "mode": "forward", "reason": "\n".join(names)})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("family", ["own", "n"])
def test_any_name_gives_a_whole_report(family, tmp_path):
    page = report(write(tmp_path / "r.jsonl", NAMES, family), tmp_path / "out")
    out = tmp_path / "out"
    assert "<script>alert" not in page.read_text()
    text = (out / "report.md").read_text()
    assert "<script" not in text.replace(r"\<", "")
    assert "The run" in text
    assert all(line.endswith("|") for line in text.splitlines() if line.startswith("| "))
    drawn = {suffix: len(list((out / "figures").glob(f"*.{suffix}"))) for suffix in ("svg", "png")}
    assert drawn["svg"] == drawn["png"] >= len(NAMES)
    assert max(len(path.name) for path in out.rglob("*.*")) < 120


def test_a_spreadsheet_takes_no_name_for_a_formula(tmp_path):
    tables = report(write(tmp_path / "r.jsonl", NAMES), tmp_path / "out", png=False).parent / "tables"
    for path in tables.glob("*.csv"):
        with open(path, encoding="utf-8", newline="") as file:
            for cell in (cell for row in csv.reader(file) for cell in row):
                assert not cell.startswith(("=", "@", "+"))
                assert not cell.startswith("-") or np.isfinite(float(cell))
                assert len(cell.splitlines()) <= 1


def test_dollars_are_drawn_as_dollars(tmp_path):
    report(write(tmp_path / "r.jsonl", ["a_$x_$y"]), tmp_path / "out", png=False)
    drawn = next((tmp_path / "out/figures").glob("*.svg")).read_text()
    assert "a_$x_$y" in drawn


def test_no_axis_needs_mathematics(default_report):
    assert not any("mathdefault" in path.read_text() for path in default_report.parent.rglob("*.svg"))


def test_names_that_differ_stay_apart():
    long = "f" * 300
    assert name(long + "a") != name(long + "b")
    assert len(name(long)) <= LONGEST
    assert slug(long + "a") != slug(long + "b")
    assert slug("f$") != slug("f")
    assert slug("cost n tanh-chain, m = 16") == "cost-n-tanh-chain-m-16"


def test_printable_text_is_one_line_of_characters_that_can_be_written():
    assert printable("a\r\nb\x00\u2029c\ud800") == "a  b  c?"
    assert printable("n = 3 µs × ε₀ …") == "n = 3 µs × ε₀ …"


def test_markdown_shows_names_as_they_are():
    assert markdown("a|b<c>`d`*e*") == r"a\|b\<c>\`d\`\*e\*"
    assert markdown("gmm_1k _em_ __init__") == r"gmm_1k \_em\_ \_\_init\_\_"
    assert markdown("×608 [463–632] (tanh)") == "×608 [463–632] (tanh)"
    assert markdown("[a](b)") == r"[a]\(b)"


def test_the_command_that_draws_it_again_is_quoted(synthetic, tmp_path):
    run = synthetic("it's a $run")
    run.dense("n", 2, 1)
    path = run.write()
    text = (report(path, tmp_path / "out").parent / "report.md").read_text().replace("\\", "")
    command = text.partition("draw this report again: ")[2].partition(". Every row")[0]
    assert shlex.split(command) == ["python", "-m", "reports", str(path)]


def test_a_file_whose_name_is_no_text_is_read(synthetic, tmp_path):
    run = synthetic("half \udcff a pair")
    run.dense("n", 2, 1)
    path = run.write()
    assert read(path).runs[0].name == "half ? a pair"
    report(path, tmp_path / "out")
