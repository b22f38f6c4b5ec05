"""Every way to a network's gradient, checked and timed beside each other."""

import json

import pytest

from bench.__main__ import main

WAYS = {
    "backpropagation",
    "reverse",
    "forward",
    "central-difference",
    "forward-difference",
    "complex-step",
    "symbolic",
}


@pytest.fixture
def measured(tmp_path, monkeypatch, capsys):
    """Return a function that runs the command and returns status, rows by mode, and what was printed."""
    monkeypatch.chdir(tmp_path)

    def measured(*arguments):
        status = main(["network", "--cell-seconds", "1", *arguments])
        (path,) = (tmp_path / ".benchmarks").glob("*.jsonl")
        records = [json.loads(line) for line in path.read_text().splitlines()]
        return status, {r["mode"]: r for r in records if "mode" in r}, capsys.readouterr().out

    return measured


def test_all_seven_ways_are_measured_in_one_cell(measured):
    pytest.importorskip("sympy")
    status, rows, said = measured("--layers", "3,4,2", "--batch", "5")
    assert status == 0
    assert {mode for mode, row in rows.items() if row["kind"] == "row"} == {*WAYS, "reverse (A/A)"}
    assert len({tuple(row["yardstick"]) for row in rows.values()}) == 1
    assert "network: n = 26 inputs, m = 1 outputs; ratio: cost in units of f(x)" in said
    assert "forward, 64 at a time" in said


def test_a_network_too_large_for_a_symbolic_program_leaves_it_out_with_the_reason(measured):
    _, rows, said = measured("--layers", "5,12,3", "--hidden", "relu", "--batch", "2", "--chunk-size", "16")
    assert rows["symbolic"]["kind"] == "skipped"
    assert "60" in rows["symbolic"]["reason"]
    assert rows["forward"]["chunk"] == 16
    assert "use reverse" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layers", "3;2"], "--layers is '3;2'; write sizes as 64,128,10"),
        (["--layers", "3"], "sizes needs n[0], …, n[L] with L ≥ 1"),
    ],
)
def test_mistakes_get_one_sentence(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["network", *arguments]) == 2
    assert message in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["network", "--batch", "0"])
