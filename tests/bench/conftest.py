"""What several tests of the benchmark share."""

import pytest


@pytest.fixture
def quick(monkeypatch):
    """Let no test wait for a quiet machine."""
    monkeypatch.setattr("bench._sampling.PATIENCE", 0)
