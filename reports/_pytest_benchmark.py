"""Files of plain pytest-benchmark, translated line by line into our own records."""

from collections.abc import Iterator
from typing import Any

from .schema import SCHEMA


def plain_run(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a run object and one row for each benchmark of a pytest-benchmark JSON file.

    Fields that a benchmark carries in ``extra_info`` or ``params`` keep their names; where none says
    so, the test is the mode, and its group (else its file) is the workload.
    """
    machine, commit = content.get("machine_info") or {}, content.get("commit_info") or {}
    cpu = machine.get("cpu") or {}
    yield {
        "kind": "run",
        "schema": SCHEMA,
        "started": content.get("datetime"),
        "grid": "pytest-benchmark",
        "machine": {"cpu": cpu.get("brand_raw"), "cores": cpu.get("count"), "system": machine.get("system")},
        "versions": {"python": machine.get("python_version"), "pytest-benchmark": content.get("version")},
        "commit": commit.get("id"),
    }
    for benchmark in content["benchmarks"]:
        if isinstance(benchmark, dict):
            yield _row(benchmark)
    yield {"kind": "end", "finished": content.get("datetime"), "status": "complete"}


def _row(benchmark: dict[str, Any]) -> dict[str, Any]:
    stats = benchmark.get("stats") or {}
    known = {**(benchmark.get("params") or {}), **(benchmark.get("extra_info") or {})}
    name = str(benchmark.get("name") or "unnamed")
    file = str(benchmark.get("fullname") or name).partition("::")[0]
    return {
        "workload": str(benchmark.get("group") or file),
        "mode": name,
        "seconds": stats.get("data"),
        "median_seconds": stats.get("median"),
        "min_seconds": stats.get("min"),
        **known,
        "kind": "row",
    }
