"""The user's function at growing sizes: rows as a grid's, which the report fits."""

import json

import numpy as np
import pytest

from bench.__main__ import main
from bench._modes import STANDARD
from bench._sweep import read_sweep, sweep_cells

MODULE = """
import numpy as np
def any_length(x):
    return np.sum(x * x)
def chain(n):
    return (lambda x: np.sin(x[:3])), np.ones(n)
def deep(depth):
    def f(x):
        for _ in range(depth):
            x = np.sin(x)
        return x
    return f, np.ones(2)
def stopped(n):
    if n > 1:
        raise KeyboardInterrupt
    return np.sin, np.ones(n)
def no_pair(n):
    return np.ones(n)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "module_of_sweeps.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def records(folder):
    (path,) = (folder / ".benchmarks").glob("*-sweep.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize(
    ("function", "sweep", "family", "sizes"),
    [
        ("any_length", "n=2..9", "n", [(2, 1, {}), (4, 1, {}), (8, 1, {})]),
        ("chain", "n=3,30", "n", [(3, 3, {}), (30, 3, {})]),
        ("deep", "depth=1..2", "depth", [(2, 2, {"depth": 1}), (2, 2, {"depth": 2})]),
    ],
)
def test_every_size_is_a_cell_of_one_workload(here, capsys, quick, function, sweep, family, sizes):
    assert main([f"module_of_sweeps:{function}", "--sweep", sweep, "--cell-seconds", "0.3"]) == 0
    rows = [r for r in records(here) if r["kind"] == "row" and r["mode"] == "reverse" and r["chunk"] is None]
    assert [(r["n"], r["m"], r["size"]) for r in rows] == sizes
    assert {(r["family"], r["workload"]) for r in rows} == {(family, function)}
    assert f"{len(sizes)} cells" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["n", "n=", "n=0..4", "n=4..1", "k=1..4", "n=1,x", "n=1...4"])
def test_sweeps_that_are_none(text):
    with pytest.raises(ValueError, match=r"--sweep is '.*'; write n=1\.\.1024 or n=10,100, with n, m"):
        read_sweep(text)


def test_sizes_are_doubled_or_as_they_stand():
    assert read_sweep("n=1..1024") == ("n", [2**k for k in range(11)])
    assert read_sweep("n=3..20") == ("n", [3, 6, 12])
    assert read_sweep("m=100,10") == ("m", [10, 100])


def test_what_was_measured_before_an_interrupt_is_kept(here, capsys, quick):
    assert main(["module_of_sweeps:stopped", "--sweep", "n=1..2", "--cell-seconds", "0.2"]) == 130
    *_, row, end = records(here)
    assert (row["kind"], row["n"], end["status"]) == ("row", 1, "interrupted")
    told = " ".join(capsys.readouterr().err.split())
    assert told.endswith("-sweep.jsonl python -m bench: interrupted")


def test_what_cannot_grow_is_told(here, capsys):
    with pytest.raises(ValueError, match="sin has no parameter m; write a function of it that returns"):
        sweep_cells(np.sin, "sin", "m", [1], STANDARD)
    assert main(["module_of_sweeps:no_pair", "--sweep", "n=1..2"]) == 1
    assert "it must return the function and its point, (f, x)" in " ".join(capsys.readouterr().err.split())
