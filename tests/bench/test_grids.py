"""The grids hold what they promise."""

import re

import pytest

from bench._modes import STANDARD, complex_step, forward
from bench.grids import GRIDS, cells
from bench.workloads import WORKLOADS
from reports.schema import CONTROL


@pytest.mark.parametrize("name", GRIDS)
def test_cells_are_unique_and_every_workload_and_mode_is_in(name):
    todo = cells(GRIDS[name])
    assert len({cell.id for cell in todo}) == len(todo)
    assert {cell.key.split(",")[0] for cell in todo} == (
        {"tanh-chain"} if name == "tracing" else set(WORKLOADS)
    )
    for cell in todo:
        labels = [mode.label for mode in cell.modes]
        assert len(set(labels)) == len(labels)
        if cell.family not in ("chunk", "step", "tracing"):
            assert set(labels) >= {mode.label for mode in STANDARD}
    assert any(mode.name.endswith(CONTROL) for cell in todo for mode in cell.modes)


@pytest.mark.parametrize("name", ["small", "default", "tracing"])
def test_cells_can_be_built_at_the_sizes_they_name(name):
    for cell in cells(GRIDS[name]):
        if "width=999" in cell.key or "width=1024" in cell.key:
            continue  # large and built like the others
        w = cell.build()
        for size in re.findall(r",(\w+)=\d+(?!\w)", cell.key):
            assert size in w.size or hasattr(w, size)
        if cell.family == "grid":
            assert f"n={w.n},m={w.m}" in cell.key
            assert f"-n{w.n}-m{w.m}" in cell.id


def test_default_grid_is_n_by_m_in_powers_of_two_to_1024():
    sizes = {cell.key for cell in cells(GRIDS["default"]) if cell.family == "grid"}
    powers = [2**k for k in range(11)]
    assert sizes == {f"tanh-chain,n={n},m={m}" for n in powers for m in powers}


def test_network_reaches_from_ten_to_a_million_parameters():
    widths = GRIDS["default"].widths
    counts = [(w + 1) * (w + 2) for w in widths]
    assert all(0.9 < count / 10**k < 1.3 for k, count in enumerate(counts, start=1))
    assert WORKLOADS["network"](widths[1]).n == counts[1]


def test_the_price_of_tracing_is_in_every_grid():
    for name in GRIDS:
        found = [cell for cell in cells(GRIDS[name]) if cell.family == "tracing"]
        assert len(found) == (2 if name == "small" else 10)
        labels = {"by-hand-forward", "by-hand-reverse", "forward", "reverse", "auto"}
        assert all(labels <= {mode.label for mode in cell.modes} for cell in found)
    assert len(cells(GRIDS["tracing"])) == 10
    for name, passes in (
        ("by-hand-forward", 3),
        ("by-hand-reverse", 7),
    ):  # by which a cell's time is foretold
        (mode,) = {mode.label: mode for mode in found[0].modes if mode.label == name}.values()
        assert mode.passes(3, 7) == passes


def test_a_complex_step_is_counted_by_the_evaluations_it_takes():
    assert complex_step().sweeps(39, 1) == 39
    w = WORKLOADS["sources"]()
    assert complex_step().allowed == forward().tolerance(w, w.jacobian())
