"""The machine and the software of a run, as its results file names them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pytest_benchmark.utils import get_commit_info
from threadpoolctl import threadpool_info

PACKAGES = ("numpy", "scipy", "pytest-benchmark", "accumulation-bench")


def environment(peers: Iterable[str] = ()) -> dict[str, Any]:
    """Return what a reader must know of the machine and the software: machine, blas, versions, commit."""
    import cpuinfo  # starts a process to ask, so not before a run

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
