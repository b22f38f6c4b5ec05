"""Matrix products as bound calls, in the pieces that BLAS multiplies fastest."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from threadpoolctl import ThreadpoolController

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
    if m <= 32 and 8 <= rows < n and one_blas_thread():
        return [partial(P[i : i + rows].dot, Q, out[i : i + rows]) for i in range(0, n, rows)]
    return [partial(P.dot, Q, out)]


def one_blas_thread() -> bool:
    """Whether BLAS works with a single thread at the moment."""
    return all(pool["num_threads"] == 1 for pool in _pools().info() if pool["user_api"] == "blas")


@cache
def _pools() -> ThreadpoolController:
    """The thread pools of the loaded libraries; finding them takes milliseconds, asking them does not."""
    return ThreadpoolController()
