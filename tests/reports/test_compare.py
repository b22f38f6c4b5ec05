"""Comparing runs: changes are found, noise is not, and the build fails when told to."""

import numpy as np
import pytest

from reports import ResultsError, compare
from reports.__main__ import main

SIZES = [2**k for k in range(8)]


def write(run, factor=1.0, mode="reverse", operations=100, sizes=SIZES):
    """Write cells of two modes, one of them slower by a factor."""
    for n in sizes:
        costs = {("forward", 1): 1e-5 * n, ("reverse", 1): 3e-5, ("reverse (A/A)", 1): 3e-5}
        costs = {key: cost * (factor if key[0].startswith(mode) else 1) for key, cost in costs.items()}
        run.cell("n", "dense", n, 1, costs, f=1e-5, operations=operations)
    return run.write()


def test_noise_is_no_change(synthetic):
    wrong = cells = 0
    for seed in range(10):
        old = write(synthetic("old", seed=seed, noise=0.05))
        new = write(synthetic("new", seed=1000 + seed, noise=0.05))
        found = compare(old, new)
        wrong += (found.cells["verdict"] != "").sum()
        cells += len(found.cells)
        assert not found.failures(1.2)
        assert (found.series["verdict"] == "").all()
    assert wrong <= 0.02 * cells


@pytest.mark.parametrize("speed", [1.0, 3.0])
def test_a_slower_mode_is_named_whatever_the_machines_speed(speed, synthetic):
    old, new = write(synthetic("old", seed=1)), write(synthetic("new", seed=2, speed=speed), 1.4)
    found = compare(old, new)
    slower = found.cells[found.cells["verdict"] == "slower"]
    assert set(slower["series"]) == {"reverse, one by one"}
    assert len(slower) >= 7
    truth = np.mean((slower["change_low"] <= 1.4) & (slower["change_high"] >= 1.4))
    assert truth >= 0.9
    summary = found.series.set_index("series")["verdict"]
    assert summary["reverse, one by one"] == "slower"
    assert summary["forward, one by one"] == ""
    assert found.yardstick == pytest.approx(speed, rel=0.2)
    assert found.failures(1.2)
    assert not found.failures(2)


def test_a_disturbed_scale_is_no_change(synthetic):
    old, new = (synthetic(name, seed=seed) for seed, name in enumerate(("old", "new")))
    write(old)
    write(new)
    for line in new.lines[1:]:
        line["reference"] = [2 * seconds for seconds in line["reference"]]
    assert (compare(old.write(), new.write()).cells["verdict"] == "").all()


def test_one_disturbed_cell_is_shown_and_fails_no_build(synthetic):
    old, new = (synthetic(name, seed=seed) for seed, name in enumerate(("old", "new")))
    write(old)
    write(new)
    new.lines[-3]["seconds"] = [1.5 * seconds for seconds in new.lines[-3]["seconds"]]
    found = compare(old.write(), new.write())
    assert (found.cells["verdict"] == "slower").sum() == 1
    assert not found.failures(1.2)


def test_a_faster_mode_is_no_failure(synthetic):
    found = compare(write(synthetic("old", seed=1)), write(synthetic("new", seed=2), 0.5))
    assert (found.cells["verdict"] == "faster").sum() >= 7
    assert not found.failures(1)


def test_exact_counts_need_no_statistics(synthetic):
    found = compare(write(synthetic("old", seed=1)), write(synthetic("new", seed=2), operations=130))
    assert len(found.counts) == 16
    assert found.failures(1.2)[0].endswith("operations 100 → 130")
    assert not found.failures(1.31)


def test_a_file_compared_with_itself_is_unchanged(synthetic):
    path = write(synthetic())
    found = compare(path, path)
    assert (found.cells["change"] == 1).all()
    assert (found.cells["verdict"] == "").all()


def test_one_round_shows_the_change_and_claims_nothing(synthetic):
    found = compare(write(synthetic("old", rounds=1)), write(synthetic("new", rounds=1), 2))
    assert (found.cells["verdict"] == "").all()
    assert found.cells["change"].max() > 1.8


def test_runs_without_a_common_cell_are_refused(synthetic):
    with pytest.raises(ResultsError, match="no measured cell in common"):
        compare(write(synthetic("old"), sizes=[1]), write(synthetic("new"), sizes=[2]))


def test_the_command_line_fails_a_build(synthetic, capsys):
    old, new = str(write(synthetic("old", seed=1))), str(write(synthetic("new", seed=2), 1.5))
    assert main(["compare", old, new]) == 0
    assert "reverse, one by one" in capsys.readouterr().out
    assert main(["compare", old, new, "--fail-over", "1.2"]) == 1
    assert "×1.2:" in capsys.readouterr().out
    assert main(["compare", old, new, "--fail-over", "3"]) == 0
    assert main(["compare", old, "nowhere.jsonl"]) == 2
    assert "no such file" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["compare", old, new, "--fail-over", "0.5"])
    assert "must be at least 1" in capsys.readouterr().err
