"""Reading: every file is read, skipped by name, or refused in one sentence."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from reports import ResultsError, load, newest, read
from reports._analysis import Analysis


@pytest.fixture
def run(synthetic):
    made = synthetic(noise=0.01)
    for n in (1, 2, 4, 8):
        made.dense("n", n, 1)
    return made


def test_the_table_is_tidy_and_every_column_documented(run):
    run.end()
    table = load(run.write())
    assert set(reports.COLUMNS) <= set(table.columns)
    assert all(name in reports.COLUMNS or name.startswith("size_") for name in table.columns)
    assert len(table) == 4 * 7
    row = table[(table["n"] == 8) & (table["series"] == "forward, one by one")].iloc[0]
    assert row["sweeps"] == 8
    assert row["rounds"] == len(row["seconds"]) == 11
    assert row["seconds_low"] < row["median_seconds"] < row["seconds_high"]
    assert row["ratio"] == pytest.approx(np.median(row["seconds"] / row["yardstick"]))
    assert table["control"].sum() == 4
    assert not table["mode"].str.contains("A/A").any()


def test_drift_between_cells_is_taken_out_by_the_reference(synthetic):
    made = synthetic(noise=0.001)
    for n in range(1, 30):
        made.cell("n", "constant", n, 1, {("forward", 1): 1e-3})
    table = load(made.write())
    assert table["median_seconds"].max() / table["median_seconds"].min() > 1.1
    assert table["steady_seconds"].max() / table["steady_seconds"].min() < 1.01


def test_runs_of_several_files_and_machines_stay_apart(run, synthetic):
    other = synthetic("other")
    other.dense("n", 2, 1)
    table = load([run.write(), other.write()])
    assert list(table["run"].unique()) == ["run", "other"]


def test_version_1_is_read_too(run):
    run.lines[0]["schema"] = 1
    run.end(resolution={"aa_median": 1.0, "aa_low": 0.9, "aa_high": 1.1}, drift=0.05)
    assert len(load(run.write())) == 4 * 7


def test_the_same_name_in_two_folders_is_two_runs(run, tmp_path):
    first = run.write()
    (tmp_path / "b").mkdir()
    second = tmp_path / "b" / first.name
    second.write_text(first.read_text())
    assert [r.name for r in read([first, second]).runs] == ["run", "run (2)"]
    assert len(read([first, first]).runs) == 1


def test_an_interrupted_run_is_read_up_to_the_broken_line(run):
    path = run.write()
    path.write_text(path.read_text()[:-200])
    with pytest.warns(UserWarning, match="ends in the middle of a line"):
        table = load(path)
    assert len(table) == 4 * 7 - 1
    assert read(path).runs[0].status == "interrupted"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        ("not json at all\n", "not a results file"),
        ('{"a": 1}\n', "not a results file"),
        ("[1, 2, 3]\n", "not a results file"),
        ('{"kind": "run", "schema": 3}\n', "written in schema version 3, this reader knows version 2"),
        ('{"kind": "run", "schema": "x"}\n', "'x' is no version number"),
        (b"\xff\xfe\x00\x80", "not a text file"),
        ("[" * 100_000, "not a results file"),
        (None, "no such file"),
    ],
)
def test_a_file_that_is_no_results_file_is_refused_by_name(content, says, run, tmp_path):
    path = tmp_path / "strange.jsonl"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.write_text(content)
    with pytest.raises(ResultsError, match=says) as caught:
        load(path)
    assert "strange.jsonl" in str(caught.value)
    with pytest.warns(UserWarning, match=says):
        assert len(load([path, run.write()])) == 4 * 7


def test_a_folder_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ResultsError, match=str(tmp_path)):
        load(tmp_path)


@pytest.mark.parametrize(
    "line", ['{"kind": "row"}', '{"kind": "row", "workload": "a", "mode": 3}', "garbage"]
)
def test_a_broken_line_is_skipped_by_number(line, run):
    path = run.write()
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], line, *lines[3:]]) + "\n")
    with pytest.warns(UserWarning, match="line 4"):
        assert len(load(path)) == 4 * 7


def test_wrong_types_zero_and_nan_become_missing_values(run):
    run.cell("n", "odd", 1, 1, {("forward", 1): 1e-3}, operations="many", peak_bytes=True)
    run.lines[-1] |= {"seconds": [0, None, "x", float("nan"), -1], "size": [1], "n": None}
    row = load(run.write()).iloc[-1]
    assert row["rounds"] == 0
    assert np.isnan(row["median_seconds"])
    assert np.isnan(row["operations"])
    assert np.isnan(row["n"])


def test_plain_pytest_benchmark_is_read_as_far_as_it_goes(tmp_path):
    content = {
        "machine_info": {"cpu": {"brand_raw": "CPU"}, "python_version": "3.11"},
        "commit_info": {"id": "abc"},
        "benchmarks": [
            {
                "group": "sums",
                "name": "test_a",
                "fullname": "t.py::test_a",
                "params": {"n": 4},
                "extra_info": {},
                "stats": {"median": 2e-3, "min": 1e-3, "data": [1e-3, 2e-3, 3e-3]},
            },
            {
                "group": None,
                "name": "test_b",
                "fullname": "t.py::test_b",
                "params": None,
                "extra_info": {"mode": "x"},
                "stats": {"median": 5e-3, "min": 4e-3},
            },
            "nonsense",
        ],
    }
    path = tmp_path / "0001_plain.json"
    path.write_text(json.dumps(content))
    table = load(path)
    assert list(table["workload"]) == ["sums", "t.py"]
    assert list(table["mode"]) == ["test_a", "x"]
    assert list(table["median_seconds"]) == [2e-3, 5e-3]
    assert table["n"].iloc[0] == 4
    assert read(path).runs[0].header["machine"]["cpu"] == "CPU"


def test_the_newest_file_with_rows_is_found(run, synthetic, tmp_path):
    with pytest.raises(ResultsError, match="run `pytest bench"):
        newest(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match="no readable results"):
        newest(tmp_path)
    run.path = tmp_path / "20260101T000000Z-small.jsonl"
    run.write()
    synthetic("20260102T000000Z-small").write()  # a header without rows
    (tmp_path / "20260103T000000Z-small.jsonl").write_text("broken")
    assert newest(tmp_path) == run.path


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(
    ["kind", "size", "seconds", "yardstick", "reference", "run", "status", *reports.COLUMNS]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(fields, values, max_size=8), max_size=6))
def test_whatever_stands_in_a_line_the_rest_is_read(tmp_path_factory, lines):
    good = {"kind": "row", "workload": "w", "mode": "forward", "n": 1, "m": 1, "seconds": [1.0]}
    strange = [{"kind": "row", "workload": "w", "mode": "forward", **line} for line in lines]
    header = {"kind": "run", "schema": 1}
    path = tmp_path_factory.mktemp("fuzz") / "r.jsonl"
    path.write_text("\n".join(map(json.dumps, [header, *strange, *lines, good])) + "\n")
    results = read(path)
    assert results.rows.iloc[-1]["median_seconds"] == 1
    assert Analysis(results).rows["median_seconds"].gt(0).all()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(ResultsError, match=r"r\.jsonl"):
        read(path)
