"""Lines of a results file made into records, and records into the table."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ._columns import COLUMNS, NUMBERS, SAMPLES, TEXT
from ._series import series
from .schema import CONTROL
from .statistics import paired_ratio, summary, usable

BATCH = ["size_batch", "size_points", "size_observations"]
MEDIAN = ["median_seconds", "seconds_low", "seconds_high"]
STEADY = ["steady_seconds", "steady_seconds_low", "steady_seconds_high"]


def record_of(item: dict[str, Any], run: str) -> dict[str, Any] | str:
    """Return the record of one line, or what is wrong with it."""
    for name in ("workload", "mode"):
        if not isinstance(item.get(name), str):
            return f"a row without {name!r}"
    status = "measured" if item["kind"] == "row" else str(item["kind"])
    mode = _text(item["mode"]).removesuffix(CONTROL)
    record: dict[str, Any] = {"run": run, "status": status, "control": item["mode"].endswith(CONTROL)}
    record |= {name: _text(item.get(name)) for name in TEXT if name not in record} | {"mode": mode}
    record["cell"] = record["cell"] or f"{record['workload']} n={item.get('n')} m={item.get('m')}"
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
    found = summary(record["seconds"], record["yardstick"])
    if not found:
        positive = record["median_seconds"] if record["median_seconds"] > 0 else np.nan
        found = {"median_seconds": positive, "seconds_low": np.nan, "seconds_high": np.nan}
    return {"rounds": len(usable(record["seconds"])), **found}


def _number(value: Any) -> float:
    usable_number = isinstance(value, (int, float)) and abs(value) <= sys.float_info.max
    return float(value) if usable_number else np.nan


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _samples(value: Any) -> np.ndarray:
    return np.array([_number(v) for v in value] if isinstance(value, list) else [], float)


def table_of(records: list[dict[str, Any]]) -> pd.DataFrame:
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
