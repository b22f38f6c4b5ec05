"""The pytest side, in runs of its own: options, results, the fixture, failures, interruption."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bench

pytest_plugins = ["pytester"]
BENCH = str(Path(bench.__file__).parent)


def lines(directory):
    (path,) = Path(directory).glob("*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def run(pytester):
    def run(*arguments, grid="small"):
        return pytester.runpytest_subprocess(BENCH, "--benchmark-only", f"--grid={grid}", *arguments)

    return run


def test_samples_reach_pytest_benchmark_as_they_were_taken(run, pytester):
    result = run("-k", "sources and blocks1-", "--cell-seconds=0.3", "--benchmark-json=out.json")
    result.assert_outcomes(passed=6)
    rows = {(r["mode"], r["chunk"]): r for r in lines(pytester.path / ".benchmarks") if r["kind"] == "row"}
    reported = json.loads((pytester.path / "out.json").read_text())["benchmarks"]
    assert len(reported) == len(rows) == 6
    for entry in reported:
        row = rows[entry["extra_info"]["mode"], entry["extra_info"]["chunk"]]
        assert entry["stats"]["data"] == row["seconds"]
        assert entry["stats"]["median"] == pytest.approx(row["median_seconds"])
        assert entry["extra_info"] == row


def test_end_of_the_run_is_readable_in_80_columns(run):
    result = run("-k", "grid-tanh", "--cell-seconds=0.1")
    text = result.stdout.str().split("forward against reverse accumulation")[1]
    result.stdout.fnmatch_lines(["resolution *", "drift *", "results *.jsonl", "report *reports*"])
    assert "A/A pair" in " ".join(text.split())  # where the line breaks depends on the figures
    own = [line for line in text.splitlines()[1:] if "results" not in line and "report " not in line]
    assert [line for line in own if len(line) > 80] == []


def test_selected_modes_only_are_measured(run, pytester):
    run("-k", "sources and blocks8 and reverse", "--cell-seconds=0.1").assert_outcomes(passed=3)
    assert {r["mode"] for r in lines(pytester.path / ".benchmarks") if r["kind"] == "row"} == {
        "reverse",
        "reverse (A/A)",
    }


def test_skipped_cells_are_reported(run, pytester):
    result = run("-k", "grid-tanh-chain-n64-m64", "--cell-seconds=0.001")
    assert result.ret == 0
    reasons = [r["reason"] for r in lines(pytester.path / ".benchmarks") if r["kind"] == "skipped"]
    assert reasons
    assert all("--cell-seconds is 0.001" in reason for reason in reasons)
    result.stdout.fnmatch_lines(["skipped *reasons in the results file*"])


def test_unknown_grid(run):
    result = run(grid="huge")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*--grid: invalid choice: 'huge' (choose from *small*default*large*tracing*)"]
    )


def test_cell_seconds_must_be_positive(run):
    result = run("--cell-seconds=-1")
    result.stderr.fnmatch_lines(["*--cell-seconds: invalid positive float value: '-1'"])


def test_directory_that_cannot_be_written(pytester):
    pytester.path.joinpath("file").write_text("")
    result = pytester.runpytest_subprocess(BENCH, "--grid=small", "--benchmark-storage=file://file/below")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*cannot write results into *file/below*--benchmark-storage=file://DIRECTORY"]
    )


OWN = """
    import numpy as np
    pytest_plugins = ["bench.plugin"]
"""


def test_fixture_measures_any_function_and_advises(pytester):
    pytester.makeini("[pytest]\nfilterwarnings = error")
    pytester.makeconftest(OWN)
    pytester.makepyfile(
        """
        import numpy as np

        def test_mine(jacobian_benchmark):
            jacobian_benchmark(lambda x: np.sin(x) @ np.cos(x), np.linspace(0, 1, 500))
        """
    )
    result = pytester.runpytest_subprocess("--cell-seconds=3")
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["*n = 500 inputs, m = 1 outputs*", "use reverse*times faster than forward*"])
    assert len([r for r in lines(pytester.path / ".benchmarks") if r["kind"] == "row"]) == 6


def test_wrong_derivative_fails_the_run_and_is_told(pytester):
    pytester.makeconftest(
        OWN
        + """
    from modes import register_mode
    register_mode("wrong", lambda f, x, chunk_size: 2 * np.eye(x.size))
    import bench.plugin
    from bench._modes import of_modes
    bench.plugin.STANDARD = (of_modes("reverse", lambda n, m: m), of_modes("wrong", lambda n, m: n))
    bench.plugin.measured_modes.__defaults__ = (bench.plugin.STANDARD,)
    """
    )
    pytester.makepyfile(
        """
        import numpy as np

        def test_mine(jacobian_benchmark):
            jacobian_benchmark(lambda x: 3 * x, np.ones(2))
        """
    )
    result = pytester.runpytest_subprocess("--cell-seconds=0.1")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(['wrong gave a wrong Jacobian: entry [[]0, 0[]] is 2, mode="auto" 3 *'])
    assert [r["kind"] for r in lines(pytester.path / ".benchmarks")] == ["run", "row", "failed", "end"]


def test_function_that_cannot_be_measured_is_told_once_a_mode_without_traceback(pytester):
    pytester.makeini("[pytest]\nfilterwarnings = error")
    pytester.makeconftest(OWN)
    pytester.makepyfile("def test_mine(jacobian_benchmark): jacobian_benchmark(lambda x: 'text', [1.0])")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines(["f returned *it must return real numbers to have a Jacobian"])
    assert "Traceback" not in result.stdout.str()


def test_disabled_benchmarks_are_skipped(pytester):
    result = pytester.runpytest_subprocess(BENCH, "--grid=small", "--benchmark-disable", "-k", "n-sources")
    assert result.ret == 0
    assert set(result.parseoutcomes()) <= {"skipped", "deselected"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_interrupted_run_keeps_its_results(tmp_path):
    command = [sys.executable, "-m", "pytest", BENCH, "--benchmark-only", "--grid=small"]
    command += [f"--benchmark-storage=file://{tmp_path}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if any(path.read_text().count('"row"') >= 10 for path in tmp_path.glob("*.jsonl")):
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    written = lines(tmp_path)
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert written[-1]["kind"] == "end"
    assert written[-1]["status"] == "interrupted"
    assert sum(r["kind"] == "row" for r in written) >= 10
    assert b"results  " in output
