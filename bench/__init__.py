"""How the cost of each accumulation mode grows with n inputs against m outputs.

``pytest bench --benchmark-only`` measures every workload under every mode (``--grid small|default|large``,
``--cell-seconds``, ``--peers``, ``--threads``) and saves a results file under ``.benchmarks/``;
``python -m bench module:function --inputs 0.5,2,1`` does so for one function of the user's and says which
mode to use, as does the fixture `jacobian_benchmark` in a test.

=================  ============================================================
``workloads/``     functions with n and m to choose and a Jacobian by hand
``grids``          which of them at which sizes
``_modes``         the modes measured; ``_peers``: those of others
``cells``          one cell: ``_check`` first, then ``_sampling`` in turns
``run``            one run; ``_results``: its file and the schema of it
``plugin``         the pytest side; ``_replay``: how samples reach pytest-benchmark
``own``            the user's own function
``_summary``       what is printed at the end, from ``_statistics``
=================  ============================================================
"""

from .cells import Cell
from .grids import GRIDS, cells
from .own import own_cell
from .run import Run
from .workloads import WORKLOADS, Workload

__all__ = ["GRIDS", "WORKLOADS", "Cell", "Run", "Workload", "cells", "own_cell"]
