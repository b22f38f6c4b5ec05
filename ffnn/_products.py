"""Matrix products as bound calls, in the pieces that BLAS multiplies fastest."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from ffnn._activations import Array

SMALL = 10**6
"""OpenBLAS multiplies n × k by k × m without packing while n·k·m does not exceed this."""


def product(P: Array, Q: Array, out: Array) -> list[Callable[[], object]]:
    """Calls that write P @ Q to ``out``.

    One BLAS thread multiplies a large matrix by a few columns 1.3 to 2 times as fast in blocks of rows
    that OpenBLAS takes for small; two threads share the whole product better.
    """
    (n, k), m = P.shape, Q.shape[1]
    rows = SMALL // (k * m)
    if one_blas_thread() and m <= 32 and 8 <= rows < n:
        return [partial(P[i : i + rows].dot, Q, out[i : i + rows]) for i in range(0, n, rows)]
    return [partial(P.dot, Q, out)]


def one_blas_thread() -> bool:
    """Whether the environment leaves BLAS a single thread."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        if os.environ.get(name, "").isdecimal():
            return os.environ[name] == "1"
    affinity = getattr(os, "sched_getaffinity", None)
    return (len(affinity(0)) if affinity else os.cpu_count()) == 1
