"""``python -m bench.handwritten``: Jacobians of a tanh chain against NumPy written by hand.

The chain is W₃ tanh(W₂ tanh(W₁ x)) with 64 hidden units. By hand its Jacobian is five lines in either
accumulation order; what a mode takes beyond them is the price of tracing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from modes import jacfwd, jacobian, jacrev

from ._sampling import Sampler, clock_for, probe
from ._statistics import median_interval

CELLS = (
    (1, 1), (16, 16), (256, 1), (1, 256), (64, 64),
    (256, 256), (1024, 1024), (4096, 1), (1024, 16), (16, 1024),
)  # fmt: skip
HIDDEN = 64

Function = Callable[[np.ndarray], np.ndarray]


def chain(n: int, m: int) -> tuple[Function, Function, Function, np.ndarray]:
    """Return f, its Jacobian by hand accumulated forward and in reverse, and a point of shape (n,)."""
    rng = np.random.default_rng(0)
    W1 = rng.normal(size=(HIDDEN, n)) / np.sqrt(n)
    W2 = rng.normal(size=(HIDDEN, HIDDEN)) / 8
    W3 = rng.normal(size=(m, HIDDEN)) / 8

    def f(x: np.ndarray) -> np.ndarray:
        return W3 @ np.tanh(W2 @ np.tanh(W1 @ x))

    def forward(x: np.ndarray) -> np.ndarray:
        a = np.tanh(W1 @ x)
        J = (1 - a * a)[:, None] * W1
        b = np.tanh(W2 @ a)
        J = (1 - b * b)[:, None] * (W2 @ J)
        W3 @ b  # the value, which every mode computes too
        return W3 @ J

    def reverse(x: np.ndarray) -> np.ndarray:
        a = np.tanh(W1 @ x)
        b = np.tanh(W2 @ a)
        W3 @ b
        G = W3 * (1 - b * b)
        G = (G @ W2) * (1 - a * a)
        return G @ W1

    return f, forward, reverse, rng.normal(size=n)


def ratios(n: int, m: int, sampler: Sampler, seconds: float) -> dict[str, tuple[float, float, float]]:
    """Return medians and 95 % intervals: each mode over the same by hand, auto over the better mode."""
    f, by_hand_forward, by_hand_reverse, x = chain(n, m)
    functions = {
        "by hand, forward": by_hand_forward,
        "by hand, reverse": by_hand_reverse,
        "forward": jacfwd(f),
        "reverse": jacrev(f),
        "auto": jacobian(f),
    }
    calls = {name: (lambda g=g: g(x)) for name, g in functions.items()}
    taken = sampler.interleave(
        calls, {name: probe(call, sampler.clock) for name, call in calls.items()}, seconds
    )
    better = min(("forward", "reverse"), key=lambda name: np.median(taken[name].seconds))
    pairs = [("forward", "by hand, forward"), ("reverse", "by hand, reverse"), ("auto", better)]
    return {a: median_interval(np.divide(taken[a].seconds, taken[b].seconds)) for a, b in pairs}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.handwritten", description=__doc__.split("\n\n")[1])
    parser.add_argument("--threads", type=int, default=1, help="threads for BLAS (default: 1)")
    parser.add_argument("--seconds", type=float, default=3.0, help="time for each cell (default: 3)")
    options = parser.parse_args(arguments)
    if options.threads < 1 or not options.seconds > 0:
        parser.error("--threads and --seconds must be positive")
    print(f"{'(n, m)':<14}{'forward/by hand':>20}{'reverse/by hand':>20}{'auto/better mode':>20}")
    with threadpool_limits(options.threads):
        sampler = Sampler(clock_for(options.threads))
        for n, m in CELLS:
            row = ratios(n, m, sampler, options.seconds)
            cells = "".join(f"{f'{mid:.2f} [{low:.2f}, {high:.2f}]':>20}" for mid, low, high in row.values())
            print(f"{f'({n}, {m})':<14}{cells}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
