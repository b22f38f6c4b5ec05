"""The results file, schema version 1: what ``bench`` writes and ``reports`` reads.

One JSON-lines file a run, ``.benchmarks/<UTC yyyymmddThhmmssZ>-<grid>[-k].jsonl``; written and flushed
line by line, never overwritten, so it is readable while the run goes on and complete as far as it got.
Every line is an object with a `kind`:

``run`` (first line)
    `schema` (1), `started` (ISO 8601, UTC), `grid`, `machine` {cpu, cores, memory_bytes, system}, `blas`
    {name, version, threads}, `versions` {python, numpy, …}, `commit` (null outside git; with a ``+`` if
    files had been changed), `clock` (``"process_time"``: processor seconds of this process, with one
    thread; ``"perf_counter"``: wall-clock seconds, with more), `options`.
``row``
    One mode in one cell. `family`: the sweep of sizes that the cell belongs to: ``n`` (n varies, m
    fixed), ``m``, ``grid`` (n × m), ``parameters``, ``depth``, ``batch``, ``chunk``, ``step``, ``own``
    (the user's own function). `cell`: unique id of the workload at its sizes; the same cell in two
    families is two measurements. `workload`, `mode` (the second entry of a mode for the A/A control ends
    in ``" (A/A)"``), `library`, `n`, `m`, `size` (object of further size parameters), `chunk` (1: the
    textbook, one tangent or cotangent a sweep; null: all in one vector sweep, or does not apply),
    `sweeps` (for differences, the evaluations of f; null where unknown), `operations`, `multiplications`,
    `tape_length`, `tape_bytes`, `yardstick_operations`, `tangent_ratio`, `gradient_ratio` (exact, see
    `_counts.Exact`, or null), `chose` (the mode that ``auto`` took; else null), `peak_bytes` (measured
    apart from the timing; null where not measured), `seconds`, `yardstick` and `reference` (lists of
    equal length, one sample a round: the mode; f(x); a fixed piece of work, always the same),
    `quiet` (share of the samples with the machine at its full speed just before and after),
    `median_seconds`, `min_seconds`, `yardstick_seconds` (median), `ratio` (median of seconds/yardstick,
    paired by round), `ratio_low`, `ratio_high` (95 % interval of that median), `error` (largest deviation
    from the known Jacobian over its largest entry), `threads`, `dtype`, `compile_seconds` (peers that
    compile; else null).
``trace``
    The evaluation trace of the sources' example: `workload`, `at`, `nodes` (`name`, `operation`,
    `operands`, `partials` by them, `value`; in the order of evaluation), `outputs` (names).
``skipped``
    `family`, `cell`, `workload`, `mode`, `chunk`, `n`, `m`, `size`, `reason`, `predicted_seconds`.
``failed``
    The same without a prediction: a wrong Jacobian or an exception. `n` and `m` are null if the workload
    itself could not be set up.
``end`` (last line; missing if the process was killed)
    `finished`, `status` (``"complete"`` or ``"interrupted"``), `resolution` {aa_median, aa_low, aa_high}
    (the A/A ratios of all cells: median, 5th and 95th percentile), `drift` (half the range, 5th to 95th
    percentile, of the reference's medians over the cells, relative to their median). Null where nothing
    was measured.

Sample i of every row of one cell in one family was taken in the same round. To compare seconds of
*different* cells, put them on one scale: ``seconds[i] * median over the run / reference[i]``.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ClassVar

import cpuinfo
from pytest_benchmark.utils import get_commit_info
from threadpoolctl import threadpool_info

SCHEMA = 1
PACKAGES = ("numpy", "scipy", "pytest-benchmark", "accumulation-bench")


@dataclass(frozen=True)
class Place:
    """Which mode at which sizes a line is about."""

    family: str
    cell: str
    workload: str
    mode: str
    chunk: int | None
    n: int | None
    m: int | None
    size: Mapping[str, Any]


@dataclass(frozen=True)
class Skipped:
    """A mode that was not run, and why."""

    kind: ClassVar[str] = "skipped"
    place: Place
    reason: str
    predicted_seconds: float | None = None


@dataclass(frozen=True)
class Failed:
    """A mode that gave a wrong Jacobian or none."""

    kind: ClassVar[str] = "failed"
    place: Place
    reason: str


@dataclass(frozen=True)
class Row:
    """A mode that was measured; the fields are described in this module's docstring."""

    kind: ClassVar[str] = "row"
    place: Place
    library: str
    sweeps: int | None
    operations: int | None
    multiplications: int | None
    tape_length: int | None
    tape_bytes: int | None
    yardstick_operations: int | None
    tangent_ratio: float | None
    gradient_ratio: float | None
    chose: str | None
    peak_bytes: int | None
    yardstick_seconds: float
    median_seconds: float
    min_seconds: float
    ratio: float
    ratio_low: float
    ratio_high: float
    error: float
    threads: int
    dtype: str
    compile_seconds: float | None
    quiet: float
    seconds: list[float] = field(repr=False)
    yardstick: list[float] = field(repr=False)
    reference: list[float] = field(repr=False)


Outcome = Row | Skipped | Failed


def as_record(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as the flat object that stands in the file."""
    record = asdict(outcome)
    return {"kind": outcome.kind, **record.pop("place"), **record}


class ResultsFile:
    """A results file that is being written.

    Raises
    ------
    OSError
        If `directory` cannot be made or written into.
    """

    def __init__(self, directory: Path, grid: str, header: Mapping[str, Any]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        stem = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{grid}"
        suffix, number = "", 1
        while True:
            self.path = directory / f"{stem}{suffix}.jsonl"
            try:
                self._file = open(self.path, "x", encoding="utf-8")  # noqa: SIM115 (open for the whole run)
                break
            except FileExistsError:
                number += 1
                suffix = f"-{number}"
        self._write({"kind": "run", "schema": SCHEMA, "started": _now(), "grid": grid, **header})

    def add(self, outcome: Outcome) -> None:
        """Append an outcome."""
        self._write(as_record(outcome))

    def add_trace(self, record: Mapping[str, Any]) -> None:
        """Append an evaluation trace."""
        self._write(record)

    def close(self, status: str, resolution: Mapping[str, float | None], drift: float | None) -> None:
        """Append the last line and close the file."""
        self._write(
            {
                "kind": "end",
                "finished": _now(),
                "status": status,
                "resolution": dict(resolution),
                "drift": drift,
            }
        )
        self._file.close()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(record, allow_nan=False) + "\n")
        self._file.flush()


def environment(peers: Iterable[str] = ()) -> dict[str, Any]:
    """Return what a reader must know of the machine and the software: machine, blas, versions, commit."""
    blas: dict[str, Any] = next((pool for pool in threadpool_info() if pool["user_api"] == "blas"), {})
    return {
        "machine": {
            "cpu": cpuinfo.get_cpu_info().get("brand_raw", platform.processor()),
            "cores": os.cpu_count(),
            "memory_bytes": _memory_bytes(),
            "system": platform.platform(),
        },
        "blas": {
            "name": blas.get("internal_api"),
            "version": blas.get("version"),
            "threads": blas.get("num_threads"),
        },
        "versions": {"python": platform.python_version(), **_versions(PACKAGES + tuple(peers))},
        "commit": _commit(),
    }


def _memory_bytes() -> int | None:
    if not hasattr(os, "sysconf"):  # Windows
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _commit() -> str | None:
    commit = get_commit_info()
    if commit["id"] == "unversioned":
        return None
    return commit["id"] + ("+" if commit["dirty"] else "")


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
