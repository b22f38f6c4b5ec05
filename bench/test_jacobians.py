"""Every mode in every cell of the grid, one test each."""

from dataclasses import replace

import pytest

from bench.grids import GRIDS, cells
from bench.plugin import measured_modes


def pytest_generate_tests(metafunc):
    grid = GRIDS[metafunc.config.option.grid]
    todo = [replace(cell, modes=measured_modes(metafunc.config, cell.modes)) for cell in cells(grid)]
    metafunc.parametrize(
        ("cell", "label"),
        [
            pytest.param(cell, mode.label, id=f"{cell.id}-{mode.label}")
            for cell in todo
            for mode in cell.modes
        ],
    )


def test_jacobian(record, cell, label):
    record(cell, label)
