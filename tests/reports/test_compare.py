"""Comparing runs: changes are found, noise is not, and the build fails when told to."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from reports import ResultsError, compare
from reports.__main__ import main
from reports._change import holm, judged
from reports._compare import LEVELS

SIZES = [2**k for k in range(8)]


def write(run, factor=1.0, mode="reverse", operations=100, sizes=SIZES, f=1.0, extra=0.0):
    """Write cells of two modes, one of them slower by a factor; f by another, both modes by extra work."""
    for n in sizes:
        costs = {("forward", 1): 1e-5 * n, ("reverse", 1): 3e-5, ("reverse (A/A)", 1): 3e-5}
        costs = {
            key: cost * (factor if key[0].startswith(mode) else 1) + extra for key, cost in costs.items()
        }
        run.cell("n", "dense", n, 1, costs, f=1e-5 * f, operations=operations)
    return run.write()


def changed(found):
    """The series that changed, with their verdict."""
    told = found.series[found.series["verdict"] != ""]
    return dict(zip(told["series"], told["verdict"], strict=True))


def small_grid(rng, runs):
    """Runs of one code as they come out on a busy machine: logarithms of costs, cells × runs.

    Each process is off by a few percent, as a whole, in each mode and in each cell; now and then a cell is
    disturbed.
    """
    names = [("n", f"w{k}", 3) for k in range(6)] + [("grid", "w0", 9), ("batch", "w6", 2), ("step", "w0", 1)]
    records = [
        (family, workload, mode, "modes")
        for mode in ("forward/1", "forward", "reverse/1", "reverse", "central")
        for family, workload, count in names
        for _ in range(count)
    ]
    cells = pd.DataFrame(records, columns=["family", "workload", "series", "library"])
    of_mode = cells.groupby("series").ngroup().to_numpy()
    of_series = cells.groupby(["family", "workload", "series"]).ngroup().to_numpy()
    shape = (len(cells), runs)
    logs = rng.normal(0, 0.01, runs) + rng.normal(0, 0.01, (of_mode.max() + 1, runs))[of_mode]
    logs += rng.normal(0, 0.015, (of_series.max() + 1, runs))[of_series] + rng.normal(0, 0.025, shape)
    return cells, logs + np.where(rng.random(shape) < 0.01, rng.exponential(0.2, shape), 0)


@pytest.mark.parametrize(("runs", "least"), [(1, 1.3), (2, 1.2), (4, 1.1)])
def test_one_code_shows_no_change_and_a_slower_mode_does(runs, least):
    alarms = found = 0
    draws = 60
    for seed in range(draws):
        cells, logs = small_grid(np.random.default_rng(seed), 2 * runs)
        alarms += (judged(cells, logs, runs, LEVELS, 0.01, 0)["verdict"] != "").any()
        logs[cells["series"] == "reverse", runs:] += np.log(least)
        series = judged(cells, logs, runs, LEVELS, 0.01, 0)
        found += (series["verdict"][series["series"] == "reverse"] == "slower").any()
    assert alarms <= 1
    assert found >= 0.9 * draws


def test_more_runs_show_smaller_changes():
    shown = []
    for runs in (1, 2, 4, 8):
        cells, logs = small_grid(np.random.default_rng(0), 2 * runs)
        shown.append(judged(cells, logs, runs, LEVELS, 0.01, 0)["shown"].median())
    assert shown == sorted(shown, reverse=True)


def test_holm_stops_at_the_first_that_stands():
    assert list(holm(np.array([0.04, 0.001, 0.013]), 0.05)) == [True, True, True]
    assert list(holm(np.array([0.04, 0.001, 0.03]), 0.05)) == [False, True, False]
    assert list(holm(np.array([0.2, 0.03]), 0.05)) == [False, False]


def test_noise_is_no_change(synthetic):
    for seed in range(10):
        old = write(synthetic("old", seed=seed, noise=0.05))
        new = write(synthetic("new", seed=1000 + seed, noise=0.05))
        found = compare(old, new)
        assert not changed(found)
        assert not found.failures(1)


@pytest.mark.parametrize("speed", [1.0, 3.0])
def test_a_slower_mode_is_named_whatever_the_machines_speed(speed, synthetic):
    old, new = write(synthetic("old", seed=1)), write(synthetic("new", seed=2, speed=speed), 1.4)
    found = compare(old, new)
    assert changed(found) == {"reverse, one by one": "slower"}
    (row,) = found.series[found.series["verdict"] != ""].to_dict("records")
    assert row["change_low"] < 1.4 < row["change_high"]
    assert 1 < row["shown"] < 1.4
    assert row["scale"] == "f"
    assert found.speed == pytest.approx(speed, rel=0.2)
    assert found.failures(1.2)[0].startswith("reverse, one by one, dense (n): ×1.4")
    assert not found.failures(2)


def test_a_fifth_in_one_mode_over_19_cells_is_flagged(synthetic):
    sizes = range(1, 20)
    old, new = write(synthetic("old", seed=1), sizes=sizes), write(synthetic("new", seed=2), 1.2, sizes=sizes)
    assert changed(compare(old, new)) == {"reverse, one by one": "slower"}


def test_work_that_is_constant_in_x_slows_f_and_its_jacobians(synthetic):
    old = write(synthetic("old", seed=1))
    new = write(synthetic("new", seed=2), f=15, extra=1.4e-4)
    found = compare(old, new)
    assert set(changed(found).values()) == {"slower"}
    assert set(changed(found)) == {"f itself", "forward, one by one", "reverse, one by one"}
    told = found.series[found.series["verdict"] != ""].set_index("series")
    assert told["change"]["f itself"] == pytest.approx(15, rel=0.1)
    assert set(told["scale"]) == {"reference work"}
    assert found.failures(1.2)[0].startswith("f itself, dense (n): ×1")


def test_a_faster_f_makes_no_slower_mode(synthetic):
    found = compare(write(synthetic("old", seed=1)), write(synthetic("new", seed=2), f=0.4))
    assert changed(found) == {"f itself": "faster"}
    assert not found.failures(1)


def test_only_where_f_changed_is_time_told_in_reference_work(synthetic):
    old, new = synthetic("old", seed=1), synthetic("new", seed=2)
    for run, factor in ((old, 1), (new, 9)):
        for n in SIZES:
            run.cell("n", "same", n, 1, {("reverse", 1): 3e-5}, f=1e-5)
            run.cell("n", "slow", n, 1, {("reverse", 1): 3e-5 * factor}, f=1e-5 * factor)
    cells = compare(old.write(), new.write()).cells
    scales = cells[cells["series"] != "f itself"].groupby("workload")["scale"].agg(set)
    assert scales.to_dict() == {"same": {"f"}, "slow": {"reference work"}}


def test_one_disturbed_cell_fails_no_build(synthetic):
    old, new = (synthetic(name, seed=seed) for seed, name in enumerate(("old", "new")))
    write(old)
    write(new)
    new.lines[-3]["seconds"] = [1.5 * seconds for seconds in new.lines[-3]["seconds"]]
    found = compare(old.write(), new.write())
    assert found.cells["change"].max() > 1.4
    assert not found.failures(1)


def test_a_faster_mode_is_no_failure(synthetic):
    found = compare(write(synthetic("old", seed=1)), write(synthetic("new", seed=2), 0.5))
    assert changed(found) == {"reverse, one by one": "faster"}
    assert not found.failures(1)


def test_exact_counts_need_no_statistics(synthetic):
    found = compare(write(synthetic("old", seed=1)), write(synthetic("new", seed=2), operations=130))
    assert len(found.counts) == 16
    assert found.failures(1.2)[0].endswith("operations 100 → 130")
    assert not found.failures(1.31)


def test_a_file_compared_with_itself_is_unchanged(synthetic):
    path = write(synthetic())
    found = compare(path, path)
    assert found.cells["change"].to_numpy() == pytest.approx(1)
    assert not changed(found)
    assert not found.differ


def test_files_without_samples_are_compared_by_their_medians(synthetic):
    old, new = (synthetic(name, seed=seed) for seed, name in enumerate(("old", "new")))
    for run, factor in ((old, 1), (new, 3)):
        write(run, factor)
        for line in run.lines[1:]:
            line["median_seconds"] = line.pop("seconds")[0]
            del line["yardstick"], line["reference"], line["n"], line["m"]
    found = compare(old.write(), new.write())
    assert set(found.series["scale"]) == {"seconds"}
    assert changed(found) == {"reverse, one by one": "slower"}


def test_a_machine_and_versions_that_differ_are_named(synthetic):
    old, new = synthetic("old"), synthetic("new")
    new.lines[0]["versions"] = {"python": "3.11", "numpy": "2.5"}
    assert compare(write(old), write(new)).differ == ["versions numpy 2.4 → 2.5"]


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
    for factor in ("0.5", "nan", "much"):
        with pytest.raises(SystemExit):
            main(["compare", old, new, "--fail-over", factor])
        assert f"{factor}: must be a number, at least 1" in capsys.readouterr().err


def test_a_side_is_files_a_folder_or_a_pattern(synthetic, tmp_path, capsys):
    for name, factor in (("old", 1), ("new", 1.15)):
        (tmp_path / name).mkdir()
        for seed in range(4):
            path = write(synthetic(f"{name}{seed}", seed=seed + 10 * round(factor * 100)), factor)
            path.rename(tmp_path / name / path.name)
    old, new = tmp_path / "old", tmp_path / "new"
    files = [*map(str, sorted(old.iterdir())), "--", *map(str, sorted(new.iterdir()))]
    said = []
    for sides in (files, [str(old), str(new)], [str(old), "--", str(new / "*.jsonl")]):
        assert main(["compare", "--fail-over", "1.1", *sides]) == 1
        said.append(capsys.readouterr().out)
    assert len(set(said)) == 1
    assert "old0, old1, old2, old3 → new0, new1, new2, new3" in said[0]
    assert main(["compare", str(old), str(tmp_path / "x*.jsonl")]) == 2
    assert "no results files there" in capsys.readouterr().err
    for wrong in ([str(old)], ["a", "b", "c"], ["--", "a"], ["a", "--"]):
        with pytest.raises(SystemExit):
            main(["compare", *wrong])
        assert "name both sides" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_our_characters_still_gets_its_answer(encoding, synthetic):
    old, new = str(write(synthetic("old", seed=1))), str(write(synthetic("new", seed=2), 1.5))
    done = subprocess.run(
        [sys.executable, "-m", "reports", "compare", old, new, "--fail-over", "1.2"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 1
    assert b"1 failure over" in done.stdout
    assert not done.stderr
