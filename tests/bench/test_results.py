"""The results file is what the schema says, readable while it grows and never overwritten."""

import json
from dataclasses import replace

import pytest
from threadpoolctl import threadpool_info

from bench._cell import Cell
from bench._environment import environment
from bench._modes import STANDARD, reverse
from bench._results_file import ResultsFile
from bench.run import Run
from bench.workloads import WORKLOADS
from reports.schema import FIELDS, SCHEMA


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def cell():
    return Cell("n", "sources,blocks=2", lambda: WORKLOADS["sources"](2), STANDARD)


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "new" / "directory", "small", cell_seconds=0.2, options={"grid": "small"})


def test_rows_hold_every_field_of_the_schema(run, cell):
    run.measure(cell)
    header, trace, *rows = lines(run.path)  # before the run has ended
    assert trace["kind"] == "trace"
    assert [node["name"] for node in trace["nodes"]] == ["u₋₂", "u₋₁", "u₀", "u₁", "u₂", "u₃", "u₄", "u₅"]
    assert trace["nodes"][4] == {
        "name": "u₂",
        "operation": "subtract",
        "operands": ["u₋₂"],
        "partials": [-1.0],
        "value": 0.5,
    }
    assert trace["outputs"] == ["u₄", "u₅"]
    assert "<svg" in trace["svg"]
    assert header["kind"] == "run"
    assert header["schema"] == SCHEMA
    assert header["clock"] == "process_time"
    assert header["blas"]["threads"] == 1
    assert {"cpu", "cores", "memory_bytes", "system"} == set(header["machine"])
    assert [row["mode"] for row in rows] == [mode.name for mode in STANDARD]
    for row in rows:
        assert set(row) == {"kind", *FIELDS} - {"reason", "predicted_seconds"}
        assert len(row["seconds"]) == len(row["yardstick"]) == len(row["reference"]) >= 6
        assert (row["n"], row["m"], row["size"]) == (6, 4, {"blocks": 2})
        assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
        assert row["min_seconds"] == min(row["seconds"]) <= row["median_seconds"]
        assert row["peak_bytes"] > 0
        assert 0 <= row["error"] < 1e-8
        assert row["yardstick_operations"] == 10  # five for each of two blocks
        assert 2 <= row["tangent_ratio"] <= 2.5
        assert 3 <= row["gradient_ratio"] <= 4
        assert row["chose"] is None
    assert [row["sweeps"] for row in rows] == [6, 4, 1, 1, 1, 12]
    run.close("complete")


def test_last_line_tells_how_the_run_ended_and_its_resolution(run, cell):
    run.measure(cell)
    run.close("interrupted")
    end = lines(run.path)[-1]
    assert end["kind"] == "end"
    assert end["status"] == "interrupted"
    assert end["resolution"]["factor"] >= 1
    assert end["resolution"]["pairs"] == 1
    assert end["drift"] is None  # from one cell


def test_nothing_measured_leaves_nulls(run, cell):
    run.measure(replace(cell, modes=[replace(reverse(), prepare=lambda w: lambda: 0 * w.jacobian())]))
    run.close("interrupted")
    assert (lines(run.path)[-1]["resolution"], lines(run.path)[-1]["drift"]) == (None, None)


def test_a_run_without_an_outcome_leaves_no_file(run):
    run.close("interrupted")
    assert not run.path.exists()
    assert run.closing_lines() == ["nothing was measured"]


def test_a_cell_is_measured_once(run, cell):
    assert run.measure(cell) is run.measure(cell)
    assert len(lines(run.path)) == 2 + len(STANDARD)
    run.close("complete")


def test_files_are_never_overwritten(tmp_path):
    files = [ResultsFile(tmp_path, "small", {"number": i}) for i in range(3)]
    assert len({file.path for file in files}) == 3
    assert [lines(file.path)[0]["number"] for file in files] == [0, 1, 2]
    for file in files:
        file.close("complete", {})


def test_environment_names_installed_peers_only():
    versions = environment(["autograd", "no-such-package"])["versions"]
    assert "numpy" in versions
    assert "no-such-package" not in versions


def test_a_run_that_cannot_write_gives_the_threads_back(tmp_path):
    def threads():
        return [pool["num_threads"] for pool in threadpool_info()]

    (tmp_path / "file").write_text("")
    before = threads()
    with pytest.raises(OSError, match="file"):
        Run(tmp_path / "file" / "below", "small", cell_seconds=0.2, threads=max(before) + 1)
    assert threads() == before
