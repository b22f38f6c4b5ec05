"""The examples in the docstrings of every package give what they say they give."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WITH_EXAMPLES = [
    path.relative_to(ROOT)
    for package in ("modes", "ffnn", "bench", "reports")
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text()
]


def test_there_are_examples():
    assert {path.parts[0] for path in WITH_EXAMPLES} >= {"modes", "ffnn"}


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=str)
def test_examples(path):
    parts = path.with_suffix("").parts
    try:
        module = importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    except ModuleNotFoundError as error:  # of an extra that is not installed
        if (error.name or "").partition(".")[0] == parts[0]:
            raise
        pytest.skip(str(error))
    result = doctest.testmod(module)
    assert result.attempted == (ROOT / path).read_text().count(">>> ")  # not one is passed over
    assert not result.failed
