"""The results file that is being written; `reports.schema` says what stands in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.schema import SCHEMA, Outcome, as_record


class ResultsFile:
    """A results file that is being written; one without an outcome is taken away again when it is closed.

    Raises
    ------
    OSError
        If `directory` cannot be made or written into.
    """

    def __init__(self, directory: Path, grid: str, header: Mapping[str, Any]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        stem = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{grid}"
        self.outcomes = 0
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
        self.outcomes += 1
        self._write(as_record(outcome))

    def add_trace(self, record: Mapping[str, Any]) -> None:
        """Append an evaluation trace."""
        self._write(record)

    def close(self, status: str, noise: Mapping[str, Any]) -> None:
        """Append the last line, with the run's `resolution` and `drift`, and close the file."""
        self._write({"kind": "end", "finished": _now(), "status": status, **noise})
        self._file.close()
        if not self.outcomes:
            self.path.unlink()

    def _write(self, record: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(record, allow_nan=False) + "\n")
        self._file.flush()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
