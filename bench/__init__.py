"""How the cost of each accumulation mode grows with n inputs against m outputs.

``pytest bench --benchmark-only`` measures every workload under every mode (``--grid small|default|large``,
or ``tracing`` for the price of tracing alone; ``--cell-seconds``, ``--peers``, ``--threads``) and saves a
results file under ``.benchmarks/``; ``python -m bench module:function --inputs 0.5,2,1`` does so for one
function of the user's and says which mode to use (``--sweep n=1..1024``: how each mode's cost grows), as does
the fixture `jacobian_benchmark` in a test;
``python -m bench network --layers 64,128,10`` for the ways to a network's gradient.

===================  ==========================================================
``workloads/``       functions with n and m to choose and a Jacobian by hand
``grids``            which of them at which ``sizes``
``_modes``           the modes measured; ``_peers``: those of others
``_cell``            what is measured together; ``own``, ``networks``: the user's
``_point``           what f is called with, and which of it are the inputs
``_runner``          how: ``_check`` first, then ``_sampling`` in turns, ``_counts``
``run``              one run; ``_results_file``, with ``_environment``, ``_example``
``_advice``          what to write, for the user's own function
``plugin``           the pytest side; ``_replay``: samples for pytest-benchmark
``_command``         the command line; ``_inputs`` and ``_sweep``: points and sizes on it
===================  ==========================================================

The schema of results, the statistics and the closing lines are those of ``reports``. The names below are
loaded when first used, so that a test run that has only the plugin loaded waits for no library.
"""

# ruff: noqa: F401 (the imports below are for type checkers)
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._cell import Cell
    from .grids import GRIDS, cells
    from .own import own_cell
    from .run import Run
    from .workloads import WORKLOADS, Workload

_HOME = {
    "Cell": "_cell",
    "GRIDS": "sizes",
    "Run": "run",
    "WORKLOADS": "workloads",
    "Workload": "workloads",
    "cells": "grids",
    "own_cell": "own",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
