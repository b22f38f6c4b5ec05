"""Synthetic runs: results files of known laws, crossovers and noise, as ``bench`` would write them."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from reports import read, report
from reports._analysis import Analysis
from reports.schema import SCHEMA

OVERHEAD, WORK = 4e-6, 2e-9  # seconds: of interpreting f once, and per element
POWERS = [2**k for k in range(11)]


class Synthetic:
    """Writes a results file cell by cell; every sample has relative noise, every round the machine's drift.

    ``crossover`` is the k of "forward and reverse cost the same at n = k·m".
    """

    def __init__(self, path, noise=0.03, seed=0, rounds=11, crossover=1.0, speed=1.0):
        self.path, self.noise, self.rounds, self.crossover, self.speed = path, noise, rounds, crossover, speed
        self.rng = np.random.default_rng(seed)
        self.lines = [
            {
                "kind": "run",
                "schema": SCHEMA,
                "started": "2026-01-02T03:04:05+00:00",
                "grid": "default",
                "machine": {"cpu": "Synthetic CPU", "cores": 2, "memory_bytes": 8e9, "system": "Linux"},
                "blas": {"name": "openblas", "version": "0.3", "threads": 1},
                "versions": {"python": "3.11", "numpy": "2.4"},
                "commit": "abc",
                "options": {"peers": True},
            }
        ]

    def samples(self, seconds, drift):
        return [float(s) for s in seconds * drift * np.exp(self.rng.normal(0, self.noise, len(drift)))]

    def cell(self, family, workload, n, m, costs, f=None, size=None, cell=None, **fields):
        """Add a row for each (mode, chunk) of costs; ``fields`` may be functions of (mode, chunk)."""
        drift = self.speed * np.exp(self.rng.normal(0, 0.05)) * np.linspace(1, 1.1, self.rounds)
        f = OVERHEAD + WORK * 64 * (n + m) if f is None else f
        yardstick, reference = self.samples(f, drift), self.samples(1e-5, drift)
        for (mode, chunk), seconds in costs.items():
            row = {
                "kind": "row",
                "family": family,
                "cell": cell or f"{workload},n={n},m={m},{size or ''}",
                "workload": workload,
                "mode": mode,
                "library": library(mode),
                "n": n,
                "m": m,
                "size": size or {},
                "chunk": chunk,
                "seconds": self.samples(seconds, drift),
                "yardstick": yardstick,
                "reference": reference,
                "error": 3e-16,
                "threads": 1,
                "dtype": "float64",
            }
            row |= {k: v(mode, chunk) if callable(v) else v for k, v in fields.items()}
            self.lines.append(row)

    def dense(self, family, n, m, workload="dense", extra=()):
        """Add a cell whose one-by-one costs are n·(k-th of) sweeps and m sweeps, crossing at n = k·m."""
        f = OVERHEAD + WORK * 64 * (n + m)
        fast = OVERHEAD * 8
        costs = {
            ("forward", 1): 2.5 * f * n / self.crossover,
            ("reverse", 1): 2.5 * f * m,
            ("forward", None): fast + 30 * WORK * 64 * n / self.crossover,
            ("reverse", None): fast + 30 * WORK * 64 * m,
            ("central-difference", None): 2 * n * f,
        }
        costs[("reverse (A/A)", None)] = costs["reverse", None]
        chose = "forward" if n < self.crossover * m else "reverse"
        costs[("auto", None)] = costs[chose, None]
        for mode, factor in extra:
            costs[(mode, None)] = factor * costs["reverse" if mode.endswith("reverse") else "forward", None]
        count = {"forward": 2.4 * n, "reverse": 3.5 * m}
        sweeps = {("forward", 1): n, ("reverse", 1): m}
        self.cell(
            family,
            workload,
            n,
            m,
            costs,
            f,
            operations=lambda mode, c: round(100 * (n + m) * count[mode]) if mode in count else None,
            yardstick_operations=100 * (n + m),
            sweeps=lambda mode, c: sweeps.get((mode, c), 1),
            chose=lambda mode, c: chose if mode == "auto" else None,
            peak_bytes=lambda mode, c: 1000 + 8 * n * m,
        )

    def tracing(self, n, m, prices=(2.0, 3.0, 1.1)):
        """Add a cell of modes beside the same by hand: forward and reverse over it, auto over the better."""
        by_hand = {"forward": 1e-5 * n, "reverse": 1.5e-5 * m}
        costs = {(f"by-hand-{mode}", None): seconds for mode, seconds in by_hand.items()}
        costs |= {(mode, None): by_hand[mode] * price for mode, price in zip(by_hand, prices, strict=False)}
        costs["auto", None] = prices[2] * min(costs[mode, None] for mode in by_hand)
        costs["reverse (A/A)", None] = costs["reverse", None]
        self.cell("tracing", "dense", n, m, costs)

    def end(self, **fields):
        self.lines.append(
            {"kind": "end", "finished": "2026-01-02T03:08:05+00:00", "status": "complete", **fields}
        )

    def write(self):
        self.path.write_text("".join(json.dumps(line) + "\n" for line in self.lines), encoding="utf-8")
        return self.path


def library(mode):
    prefix = mode.partition("-")[0]
    if prefix in ("jax", "autograd", "torch"):
        return prefix
    return "ffnn" if mode.startswith("backprop") else "modes"


def fill(run: Synthetic, sizes=POWERS):
    """Add every family of the default grid."""
    for n in sizes:
        run.dense("n", n, 1, extra=[("jax-reverse", 0.9), ("autograd-reverse", 8)])
        run.dense("n", n, 16, "chain")
        run.dense("m", 1, n, extra=[("jax-forward", 1.5)])
        for m in sizes:
            run.dense("grid", n, m)
    for n in (10, 100, 1000, 10**4, 10**5, 10**6):
        f = OVERHEAD * 5 + WORK * n
        costs = {
            ("reverse", None): 4.5 * f,
            ("backpropagation", None): 3 * f,
            ("forward", None): 2 * f * min(n, 300),
        }
        run.cell(
            "parameters",
            "network",
            n,
            1,
            costs,
            f,
            size={"parameters": n},
            yardstick_operations=4 * n,
            operations=lambda mode, c, n=n: 12 * n if mode != "forward" else None,
        )
    for depth in sizes:
        costs = {("forward", 1): OVERHEAD * depth * 8, ("reverse", 1): OVERHEAD * depth * 12}
        run.cell(
            "depth",
            "iterated-map",
            4,
            4,
            costs,
            OVERHEAD * depth,
            {"depth": depth},
            tape_length=lambda mode, c, d=depth: 3 * d if mode == "reverse" else None,
            peak_bytes=lambda mode, c, d=depth: 2000 + 500 * d if mode == "reverse" else 3000,
        )
    for batch in (1, 4, 16, 64, 256):
        run.cell(
            "batch", "mixture", 40, 1, {("reverse", None): OVERHEAD * (30 + batch)}, size={"batch": batch}
        )
    for chunk in sizes:
        sweeps = math.ceil(1024 / chunk)
        costs = {(mode, chunk): sweeps * (OVERHEAD * 8 + 1e-6 * chunk) for mode in ("forward", "reverse")}
        run.cell("chunk", "dense", 1024, 1024, costs, size={"chunk": chunk}, peak_bytes=10**6 + 8000 * chunk)
    for n, m in [(1, 1), (64, 1), (64, 64)]:
        run.tracing(n, m)
    for step in 10.0 ** -np.arange(1, 21):
        errors = {
            "forward-difference": step + 2e-16 / step,
            "central-difference": step**2 + 2e-16 / step,
            "complex-step": step**2 + 1e-16,
        }
        run.cell(
            "step",
            "dense",
            8,
            8,
            {(mode, None): 1e-4 for mode in errors},
            size={"step": step},
            error=lambda mode, c, e=errors: e[mode],
        )
    run.cell("step", "dense", 8, 8, {("forward", None): 1e-4, ("reverse", None): 1e-4}, cell="dense, no step")
    run.lines.append(
        {
            "kind": "skipped",
            "family": "grid",
            "cell": "x",
            "workload": "dense",
            "mode": "forward",
            "chunk": 1,
            "n": 4096,
            "m": 1,
            "size": {},
            "reason": "too long",
            "predicted_seconds": 12.5,
        }
    )
    run.lines.append(TRACE)
    run.end()
    return run


TRACE = {
    "kind": "trace",
    "workload": "sources",
    "at": [0.5, 2.0, 1.0],
    "outputs": ["u₃", "u₅"],
    "svg": '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path/></svg>',
    "nodes": [
        {"name": "u₋₂", "operation": "input", "operands": [], "partials": [], "value": 0.5},
        {"name": "u₋₁", "operation": "input", "operands": [], "partials": [], "value": 2.0},
        {"name": "u₀", "operation": "input", "operands": [], "partials": [], "value": 1.0},
        {"name": "u₁", "operation": "1 −", "operands": ["u₋₂"], "partials": [-1.0], "value": 0.5},
        {"name": "u₂", "operation": "−", "operands": ["u₋₁", "u₀"], "partials": [1.0, -1.0], "value": 1.0},
        {"name": "u₃", "operation": "×", "operands": ["u₋₂", "u₂"], "partials": [1.0, 0.5], "value": 0.5},
        {"name": "u₄", "operation": "log", "operands": ["u₁"], "partials": [2.0], "value": -0.6931},
        {
            "name": "u₅",
            "operation": "×",
            "operands": ["u₀", "u₄"],
            "partials": [-0.6931, 1.0],
            "value": -0.6931,
        },
    ],
}


@pytest.fixture
def synthetic(tmp_path):
    """Return a function that makes a synthetic run from a name and the options of `Synthetic`."""

    def make(name="run", **options):
        return Synthetic(tmp_path / f"{name}.jsonl", **options)

    return make


@pytest.fixture(scope="session")
def default_run(tmp_path_factory) -> Path:
    """Return the file of a full synthetic run."""
    return fill(Synthetic(tmp_path_factory.mktemp("results") / "default.jsonl")).write()


@pytest.fixture(scope="session")
def default_report(default_run, tmp_path_factory) -> Path:
    """Return the page of the full synthetic run's report."""
    return report(default_run, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def default_analysis(default_run) -> Analysis:
    return Analysis(read(default_run))
