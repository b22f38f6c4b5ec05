"""Make ``pytest bench`` the whole benchmark: its options, and no table of a thousand lines at its end."""

import pytest

pytest_plugins = ["bench.plugin"]


def pytest_configure(config: pytest.Config) -> None:
    """Leave the table of pytest-benchmark to ``--benchmark-verbose``; the results file has every figure."""
    config.option.benchmark_quiet = True
