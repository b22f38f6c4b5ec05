"""Runs in the order of time: a step is found where it is, and none where there is none."""

import numpy as np
import pytest

from reports import ResultsError
from reports.__main__ import main
from reports._change import steps
from reports._history import history

SIZES = [2**k for k in range(6)]


def runs(synthetic, factors, **header):
    """Write a run for each factor by which reverse is slower."""
    paths = []
    for day, factor in enumerate(factors, start=1):
        run = synthetic(f"day{day}", seed=day, noise=0.02)
        run.lines[0] |= {"started": f"2026-01-{day:02d}T00:00:00+00:00", **header}
        for n in SIZES:
            run.cell("n", "dense", n, 1, {("forward", 1): 1e-5 * n, ("reverse", 1): 3e-5 * factor}, f=1e-5)
        paths.append(run.write())
    return paths


def test_a_step_is_found_where_it_is(synthetic):
    found = history(runs(synthetic, [1] * 5 + [1.3] * 5)[::-1])
    (step,) = found.steps.to_dict("records")
    assert (step["series"], step["at"], step["verdict"]) == ("reverse, one by one", "day6", "slower")
    assert step["change"] == pytest.approx(1.3, rel=0.03)
    assert list(found.course) == [f"day{day}" for day in range(1, 11)]
    assert found.course.loc["f itself"].to_numpy() == pytest.approx(1, rel=0.05)


def test_steps_up_and_down_again(synthetic):
    found = history(runs(synthetic, [1] * 5 + [1.4] * 5 + [1] * 5))
    assert list(found.steps["at"]) == ["day6", "day11"]
    assert list(found.steps["verdict"]) == ["slower", "faster"]


def test_noise_has_no_steps():
    found = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        found += bool(steps(rng.normal(0, 0.03, 12), 0.01))
    assert found <= 6


def test_other_machines_and_grids_are_left_out(synthetic):
    paths = runs(synthetic, [1] * 4)
    other = synthetic("other")
    other.lines[0] |= {"machine": {"cpu": "another"}, "started": "2025-01-01"}
    other.cell("n", "dense", 1, 1, {("reverse", 1): 1e-5})
    found = history([*paths, other.write()])
    assert found.left_out == 1
    assert "other" not in found.course


def test_too_few_runs_are_refused(synthetic):
    with pytest.raises(ResultsError, match="3 runs of one machine and grid; a history needs 4"):
        history(runs(synthetic, [1] * 3))


def test_the_command_line(synthetic, tmp_path, capsys):
    runs(synthetic, [1] * 4 + [2] * 4)
    assert main(["history", str(tmp_path), "--output", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "reverse, one by one became slower at day5: ×2.0" in said
    assert "▁▁▁▁████" in said
    assert "<svg" in (tmp_path / "out/history.svg").read_text()
    assert main(["history", str(tmp_path / "nothing*")]) == 2
    assert "no results files there" in capsys.readouterr().err
