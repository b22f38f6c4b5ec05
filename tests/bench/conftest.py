"""Shared pieces: a pytester for runs of the benchmark, and outcomes made by hand."""

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def quick(monkeypatch):
    """Let no test wait for a quiet machine."""
    monkeypatch.setattr("bench._sampling.PATIENCE", 0)
