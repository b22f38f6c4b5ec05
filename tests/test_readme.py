"""What the documents at the root say: their Python runs, and the files they name are there."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
CONTRIBUTING = " ".join((ROOT / "CONTRIBUTING.md").read_text().split())
MADE = {"README.md": ["report/index.html"], "CONTRIBUTING.md": []}  # by a command
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
SELF_CONTAINED = [block for block in BLOCKS if block.startswith(("import ", "from "))]


def test_there_are_blocks():
    assert SELF_CONTAINED


@pytest.mark.parametrize("block", SELF_CONTAINED, ids=lambda block: block.splitlines()[0])
def test_a_block_runs(block):
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


def test_the_first_example_is_right():
    names: dict = {"__name__": "readme"}
    exec(SELF_CONTAINED[0], names)
    a, b, c = x = names["x"]
    exact = [[b - c, a, -a], [-c / (1 - a), 0.0, np.log(1 - a)]]
    for transformation in ("jacfwd", "jacrev", "jacobian"):
        np.testing.assert_allclose(names[transformation](names["f"])(x), exact, rtol=1e-14)
    np.testing.assert_allclose(names["ydot"], np.sum(exact, axis=1), rtol=1e-14)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_files_that_it_names_are_there(document):
    text = (ROOT / document).read_text()
    linked = [name for name in re.findall(r"\]\(([^)#]+)", text) if "://" not in name]
    quoted = re.findall(r"`([a-z]+/[\w./]+)`", text)
    assert len(linked) + len(quoted) > 5
    assert [name for name in linked + quoted if not (ROOT / name).exists()] == MADE[document]


def test_the_rule_that_is_quoted_is_there():
    (quoted,) = re.findall(r"`(elementwise\(.*?)` in `modes/rules/elementwise.py`", CONTRIBUTING)
    assert quoted in (ROOT / "modes/rules/elementwise.py").read_text()
