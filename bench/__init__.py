"""How the cost of each accumulation mode grows with n inputs against m outputs.

``pytest bench --benchmark-only`` measures every workload under every mode (``--grid small|default|large``,
or ``tracing`` for the price of tracing alone; ``--cell-seconds``, ``--peers``, ``--threads``) and saves a
results file under ``.benchmarks/``; ``python -m bench module:function --inputs 0.5,2,1`` does so for one
function of the user's and says which mode to use, as does the fixture `jacobian_benchmark` in a test;
``python -m bench network --layers 64,128,10`` for the ways to a network's gradient.

===================  ==========================================================
``workloads/``       functions with n and m to choose and a Jacobian by hand
``grids``            which of them at which sizes
``_modes``           the modes measured; ``_peers``: those of others
``cells``            what is measured together; ``own``, ``networks``: the user's
``_runner``          how: ``_check`` first, then ``_sampling`` in turns, ``_counts``
``run``              one run; ``_results_file``, with ``_environment``, ``_example``
``plugin``           the pytest side; ``_replay``: samples for pytest-benchmark
===================  ==========================================================

The schema of results, the statistics and the closing lines are those of ``reports``.
"""

from .cells import Cell
from .grids import GRIDS, cells
from .own import own_cell
from .run import Run
from .workloads import WORKLOADS, Workload

__all__ = ["GRIDS", "WORKLOADS", "Cell", "Run", "Workload", "cells", "own_cell"]
