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
    import bench._modes
    from bench._modes import of_modes
    bench._modes.STANDARD = (of_modes("reverse", lambda n, m: m), of_modes("wrong", lambda n, m: n))
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


def test_disabled_benchmarks_are_run_once_and_checked(pytester):
    result = pytester.runpytest_subprocess(
        BENCH, "--grid=small", "--benchmark-disable", "-k", "n-sources and blocks1-"
    )
    result.assert_outcomes(passed=6, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines([DISABLED])
    assert not list(pytester.path.rglob("*.jsonl"))


DISABLED = "benchmarks are disabled, so every mode was run once and checked, none timed"
CASES = """
    import numpy as np
    import pytest
    from modes import custom_vjp

    @custom_vjp
    def wrong(x):
        return np.sin(x)

    wrong.defvjp(lambda x: (np.sin(x), x), lambda x, g: (2 * np.cos(x) * g,))

    @pytest.mark.parametrize("case", ["right-1", "wrong"])
    @pytest.mark.parametrize("cell", [[1], [2]], ids=["a", "b"])
    def test_mine(jacobian_benchmark, case, cell):
        jacobian_benchmark({"right-1": lambda x: np.sin(x), "wrong": lambda x: wrong(x)}[case], np.ones(2))
"""


@pytest.fixture
def cases(pytester):
    pytester.makeconftest(OWN)
    pytester.makepyfile(CASES)
    return pytester


def test_each_case_of_a_test_is_a_cell_of_its_own_and_a_wrong_one_fails_as_a_whole(cases):
    result = cases.runpytest_subprocess("--cell-seconds=1")
    result.assert_outcomes(passed=12, failed=12)
    result.stdout.fnmatch_lines(["the modes agree with each other but not with central-difference: entry *"])
    kinds = {(r["cell"], r["kind"]) for r in lines(cases.path / ".benchmarks") if "cell" in r}
    names = {case: f"{file_of(cases)}::test_mine[{case}]" for case in ("a-right-1", "b-right-1", "a-wrong")}
    assert (names["a-right-1"], "row") in kinds
    assert (names["b-right-1"], "row") in kinds
    assert (names["a-wrong"], "failed") in kinds
    assert len(kinds) == 4


def file_of(pytester):
    (path,) = pytester.path.glob("test_*.py")
    return path.name


def test_a_wrong_case_fails_too_where_nothing_is_timed(cases):
    result = cases.runpytest_subprocess("--benchmark-disable")
    result.assert_outcomes(passed=12, failed=12)
    result.stdout.fnmatch_lines(["the modes agree with each other but not with *", DISABLED])
    assert not list(cases.path.rglob("*.jsonl"))


def test_under_xdist_modes_are_checked_and_no_file_is_left(cases):
    pytest.importorskip("xdist")
    result = cases.runpytest_subprocess("-n", "2", "-k", "a-", "-W", "ignore")
    result.assert_outcomes(passed=6, failed=6)
    result.stdout.fnmatch_lines(["the modes agree with each other but not with *", DISABLED])
    assert not list(cases.path.rglob("*.jsonl"))


def test_a_wrong_case_fails_where_no_differences_are_selected(cases):
    result = cases.runpytest_subprocess("--benchmark-disable", "-k", "a-wrong and reverse")
    result.assert_outcomes(failed=3, deselected=21)
    result.stdout.fnmatch_lines(["the modes agree with each other but not with differences along one *"])


def test_selected_modes_of_ones_own_test_are_measured_only(cases):
    result = cases.runpytest_subprocess("-k", "a-right and reverse", "--cell-seconds=1")
    result.assert_outcomes(passed=3, deselected=21)
    modes = [r["mode"] for r in lines(cases.path / ".benchmarks") if r["kind"] == "row"]
    assert modes == ["reverse", "reverse", "reverse (A/A)"]


def test_no_file_is_left_where_nothing_is_measured(cases):
    cases.runpytest_subprocess("--benchmark-skip").assert_outcomes(skipped=24)
    assert not list(cases.path.rglob("*.jsonl"))


def test_several_functions_of_several_arguments_in_one_test(pytester):
    pytester.makeini("[pytest]\nfilterwarnings = error")
    pytester.makeconftest(OWN)
    pytester.makepyfile(
        """
        import numpy as np

        def test_mine(jacobian_benchmark):
            jacobian_benchmark(lambda x: np.sin(x), np.ones(2), rounds=7)
            jacobian_benchmark(lambda x, p, k=1: {"y": k * p["b"] * x}, np.ones(2), {"b": 3.0}, k=2, rounds=7)
        """
    )
    result = pytester.runpytest_subprocess("--cell-seconds=3", "--benchmark-json=out.json")
    result.assert_outcomes(passed=6)
    rows = [r for r in lines(pytester.path / ".benchmarks") if r["kind"] == "row"]
    name = f"{file_of(pytester)}::test_mine"
    assert [(r["cell"], r["n"], r["m"]) for r in rows] == [(name, 2, 2)] * 6 + [(f"{name},#2", 3, 2)] * 6
    assert {len(r["seconds"]) for r in rows} == {7}
    reported = json.loads((pytester.path / "out.json").read_text())["benchmarks"]
    assert [entry["extra_info"]["cell"] for entry in reported] == [name] * 6


def test_modes_and_tolerance_of_a_test(pytester):
    pytester.makeconftest(OWN)
    pytester.makepyfile(
        """
        import numpy as np

        def test_some(jacobian_benchmark):
            jacobian_benchmark(np.sin, np.ones(2), modes=("forward[1]", "central-difference"))

        def test_exact(jacobian_benchmark):
            jacobian_benchmark(np.sin, np.ones(2), modes=("central-difference",), tolerance=0)

        def test_mistakes(jacobian_benchmark):
            jacobian_benchmark(np.sin, np.ones(2), modes=["backward"])

        def test_rounds(jacobian_benchmark):
            jacobian_benchmark(np.sin, np.ones(2), rounds=2)
        """
    )
    result = pytester.runpytest_subprocess("--cell-seconds=1")
    result.assert_outcomes(passed=2, skipped=9, failed=13)
    result.stdout.fnmatch_lines(
        [
            "*allowed 0)*",
            "modes is [[]'backward'[]]; it must hold some of *",
            "rounds is 2; *needs 6 at least",
        ]
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_interrupted_run_keeps_its_results(tmp_path):
    command = [sys.executable, "-m", "pytest", BENCH, "--benchmark-only", "--grid=small"]
    command += [f"--benchmark-storage=file://{tmp_path}"]
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731  (jobs in the background ignore it)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=heard)
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
