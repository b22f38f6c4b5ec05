"""What only collects or is only imported waits for no heavy library."""

import subprocess
import sys
from pathlib import Path

import pytest

import bench

BENCH = str(Path(bench.__file__).parent)
HEAVY = ("pandas", "matplotlib", "scipy", "sympy", "cpuinfo", "jax", "torch")
SAYS = f"print('heavy:', [name for name in {HEAVY} if name in sys.modules])"


def test_the_plugin_waits_for_no_array():
    arrays = {"numpy", "optree", "modes", "reports"}
    code = f"import sys, bench.plugin; print([name for name in {arrays} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "code",
    [
        "import bench.plugin",
        "import bench, reports, reports.schema, reports.statistics",
        f"import pytest; pytest.main(['--collect-only', '-q', '--grid=small', {BENCH!r}])",
    ],
)
def test_nothing_heavy_is_loaded(code):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; {SAYS}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "heavy: []"
    assert "collect" not in code or "tests collected" in done.stdout
