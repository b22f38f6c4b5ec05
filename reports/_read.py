"""From results files to one tidy table."""

import glob
import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ._pytest_benchmark import plain_run
from ._table import record_of, table_of
from ._text import cleaned, printable
from ._text import name as short
from .schema import SCHEMA


class ResultsError(ValueError):
    """A results file that cannot be read, or a request that no results file answers."""


@dataclass
class RunRecord:
    """One results file: what it says of the run as a whole."""

    name: str
    path: str
    header: dict[str, Any]
    end: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Return "complete" or "interrupted" (also for a run that is still going on)."""
        return str(self.end.get("status", "interrupted"))


@dataclass
class Results:
    """All that the files hold: the table, the runs, the evaluation traces, and what could not be read."""

    rows: pd.DataFrame
    runs: list[RunRecord]
    traces: list[dict[str, Any]]
    problems: list[str]


def load(paths: str | Path | Iterable[str | Path]) -> pd.DataFrame:
    """Read results files into one table, a row for each mode in each cell.

    Parameters
    ----------
    paths
        one file or many; files of several runs and machines may be mixed, and plain pytest-benchmark
        JSON files are read as far as they go.

    Returns
    -------
    DataFrame with the columns of `reports.COLUMNS`, then ``size_<name>`` columns. Counts that were not
    taken are NaN. Times are in seconds, memory in bytes. A/A twins have ``control`` set.

    Raises
    ------
    ResultsError
        if no file could be read. Files or lines that are skipped beside readable ones are named in a
        UserWarning.
    """
    results = read(paths)
    for problem in results.problems:
        warnings.warn(problem, UserWarning, stacklevel=2)
    return results.rows


def read(paths: str | Path | Iterable[str | Path]) -> Results:
    """Read results files; like `load`, with the runs, the traces and the problems beside the table."""
    paths = [paths] if isinstance(paths, (str, Path)) else list(paths)
    runs: list[RunRecord] = []
    records: list[dict[str, Any]] = []
    traces: list[dict[str, Any]] = []
    problems: list[str] = []
    for path in dict.fromkeys(Path(p) for p in paths):
        try:
            objects = _objects(path, problems)
            run = _run(path, objects, {run.name for run in runs})
        except ResultsError as error:
            problems.append(str(error))
            continue
        runs.append(run)
        for number, item in objects:
            kind = item.get("kind")
            if kind in ("row", "skipped", "failed"):
                record = record_of(item, run.name)
                if isinstance(record, str):
                    problems.append(f"{path}, line {number}: {record}; the line is skipped")
                else:
                    records.append(record)
            elif kind == "trace":
                traces.append(item)
    if not runs:
        raise ResultsError("; ".join(problems) or "no results file was given")
    return Results(table_of(records), runs, traces, [printable(problem) for problem in problems])


def newest(folder: str | Path = ".benchmarks") -> Path:
    """Return the newest results file under folder that holds a row."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultsError(f"no folder {folder}: run `pytest bench --benchmark-only` first, or name a file")
    for path in reversed(_files(folder)):
        try:
            if (read(path).rows["status"] == "measured").any():
                return path
        except ResultsError:
            continue
    raise ResultsError(
        f"no readable results under {folder}: run `pytest bench --benchmark-only`, or name a file"
    )


def expand(name: str | Path) -> list[Path]:
    """Return the results files that a name stands for: a file, those under a folder, those of a pattern."""
    path = Path(name)
    if path.is_dir():
        files = _files(path)
    elif path.exists() or not glob.has_magic(str(name)):
        return [path]
    else:
        files = sorted(Path(found) for found in glob.glob(str(name), recursive=True))
    if not files:
        raise ResultsError(f"{name}: no results files there; name a file, or a folder that holds some")
    return files


def _files(folder: Path) -> list[Path]:
    """Return the results files under a folder, in the order of their names, which is that of time."""
    return sorted(folder.rglob("*.jsonl"), key=lambda p: p.name) or sorted(folder.rglob("*.json"))


def _objects(path: Path, problems: list[str]) -> list[tuple[int, dict[str, Any]]]:
    """Return the numbered JSON objects of a file; a broken line is named in problems."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ResultsError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise ResultsError(f"{path}: not a text file, so not a results file") from None
    except OSError as error:
        raise ResultsError(f"{path}: {error.strerror or error}") from None
    if not text.strip():
        raise ResultsError(f"{path}: the file is empty")
    whole = _parse(text)
    if isinstance(whole, dict) and "benchmarks" in whole:
        return list(enumerate(plain_run(whole), start=1))
    lines = text.splitlines()
    objects = []
    for number, line in enumerate(lines, start=1):
        item = _parse(line)
        if isinstance(item, dict):
            objects.append((number, item))
        elif line.strip() and objects:
            what = "ends in the middle of a line" if number == len(lines) else f"line {number} is not JSON"
            problems.append(f"{path}: {what}; that line is skipped")
        elif line.strip():
            break  # a file that does not start with an object is not ours
    return objects


def _parse(text: str) -> Any:
    try:
        return cleaned(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _run(path: Path, objects: list[tuple[int, dict[str, Any]]], taken: set[str]) -> RunRecord:
    header = objects[0][1] if objects else {}
    if header.get("kind") != "run":
        raise ResultsError(f"{path}: not a results file (its first line is no object of kind 'run')")
    version = header.get("schema")
    if not isinstance(version, int) or version < 1:
        raise ResultsError(f"{path}: schema version {version!r} is no version number")
    if version > SCHEMA:
        raise ResultsError(
            f"{path}: written in schema version {version}, this reader knows version {SCHEMA}; update reports"
        )
    stem = name = short(path.stem)
    number = 2
    while name in taken:
        name, number = f"{stem} ({number})", number + 1
    ends = [item for _, item in objects if item.get("kind") == "end"]
    return RunRecord(name, printable(str(path)), header, ends[-1] if ends else {})
