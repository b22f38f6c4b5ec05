"""From results files to one tidy table."""

import json
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ._columns import COLUMNS, NUMBERS, SAMPLES, TEXT
from ._names import CONTROL, series
from ._plain import plain_run
from ._statistics import median, paired_ratio, usable

SCHEMA = 1
BATCH = ["size_batch", "size_points", "size_observations"]
MEDIAN = ["median_seconds", "seconds_low", "seconds_high"]
STEADY = ["steady_seconds", "steady_seconds_low", "steady_seconds_high"]


class ResultsError(ValueError):
    """A results file that cannot be read, or a request that no results file answers."""


@dataclass
class Run:
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
    runs: list[Run]
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
    runs: list[Run] = []
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
                record = _record(item, run.name)
                if isinstance(record, str):
                    problems.append(f"{path}, line {number}: {record}; the line is skipped")
                else:
                    records.append(record)
            elif kind == "trace":
                traces.append(item)
    if not runs:
        raise ResultsError("; ".join(problems) or "no results file was given")
    return Results(_table(records), runs, traces, problems)


def newest(folder: str | Path = ".benchmarks") -> Path:
    """Return the newest results file under folder that holds a row."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultsError(f"no folder {folder}: run `pytest bench --benchmark-only` first, or name a file")
    files = sorted(folder.rglob("*.jsonl"), key=lambda p: p.name) or sorted(folder.rglob("*.json"))
    for path in reversed(files):
        try:
            if (read(path).rows["status"] == "measured").any():
                return path
        except ResultsError:
            continue
    raise ResultsError(
        f"no readable results under {folder}: run `pytest bench --benchmark-only`, or name a file"
    )


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
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _run(path: Path, objects: list[tuple[int, dict[str, Any]]], taken: set[str]) -> Run:
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
    name, number = path.stem, 2
    while name in taken:
        name, number = f"{path.stem} ({number})", number + 1
    ends = [item for _, item in objects if item.get("kind") == "end"]
    return Run(name, str(path), header, ends[-1] if ends else {})


def _record(item: dict[str, Any], run: str) -> dict[str, Any] | str:
    """Return the record of one line, or what is wrong with it."""
    for name in ("workload", "mode"):
        if not isinstance(item.get(name), str):
            return f"a row without {name!r}"
    status = "measured" if item["kind"] == "row" else str(item["kind"])
    mode = item["mode"].removesuffix(CONTROL)
    record: dict[str, Any] = {"run": run, "status": status, "control": mode != item["mode"]}
    record |= {
        name: str(item[name]) if item.get(name) is not None else "" for name in TEXT if name not in record
    }
    record["mode"] = mode
    record["cell"] = record["cell"] or f"{item['workload']} n={item.get('n')} m={item.get('m')}"
    record |= {name: _number(item.get(name)) for name in NUMBERS}
    record["series"] = series(mode, record["chunk"])
    record |= {name: _samples(item.get(name)) for name in SAMPLES}
    size = item.get("size")
    for name, value in size.items() if isinstance(size, dict) else ():
        number = _number(value)
        record[f"size_{name}"] = value if isinstance(value, str) else number
    record |= _summary(record)
    return record


def _summary(record: dict[str, Any]) -> dict[str, float]:
    """Summarise the samples one way for all files; a file without samples keeps its own summary."""
    times, yardstick = record["seconds"], record["yardstick"]
    good = usable(times)
    if not len(good):
        positive = record["median_seconds"] if record["median_seconds"] > 0 else np.nan
        return {"rounds": 0, "median_seconds": positive, "seconds_low": np.nan, "seconds_high": np.nan}
    middle = median(times)
    summary = {"rounds": len(good), "min_seconds": float(good.min())}
    summary |= dict(zip(MEDIAN, middle, strict=True))
    if len(usable(yardstick)):
        summary["yardstick_seconds"] = median(yardstick).value
        ratio = paired_ratio(times, yardstick)
        summary |= dict(zip(("ratio", "ratio_low", "ratio_high"), ratio, strict=True))
    return summary


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and np.isfinite(value) else np.nan


def _samples(value: Any) -> np.ndarray:
    return np.array([_number(v) for v in value] if isinstance(value, list) else [], float)


def _table(records: list[dict[str, Any]]) -> pd.DataFrame:
    _steady(records)
    sizes: Iterator[str] = (name for record in records for name in record if name.startswith("size_"))
    table = pd.DataFrame(records, columns=[*COLUMNS, *dict.fromkeys(sizes)])
    table = table.astype({"control": bool} | dict.fromkeys(NUMBERS, float))  # also where there is no row
    longest = table.groupby(["run", "family", "cell"])["tape_length"].transform("max")
    table["trace_length"] = longest.astype(float)
    for name, sources in {"trace_length": ["size_depth"], "batch": BATCH}.items():
        for source in (s for s in sources if s in table):
            table[name] = table[name].astype(float).fillna(pd.to_numeric(table[source], errors="coerce"))
    return table


def _steady(records: list[dict[str, Any]]) -> None:
    """Fill in steady_seconds: a machine that slows down between two cells slows the reference as well."""
    speeds: dict[str, list[np.ndarray]] = {}
    for record in records:
        speeds.setdefault(record["run"], []).append(usable(record["reference"]))
    usual = {run: np.median(known) for run, each in speeds.items() if len(known := np.concatenate(each))}
    for record in records:
        steady = paired_ratio(record["seconds"], record["reference"])
        plain = [record[name] for name in MEDIAN]
        scaled = [value * usual.get(record["run"], np.nan) for value in steady]
        record |= dict(zip(STEADY, plain if np.isnan(steady.value) else scaled, strict=True))
