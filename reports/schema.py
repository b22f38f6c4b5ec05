"""The results file, schema version 2: what ``bench`` writes and this package reads.

One JSON-lines file a run, ``.benchmarks/<UTC yyyymmddThhmmssZ>-<grid>[-k].jsonl``; written and flushed
line by line, never overwritten, so it is readable while the run goes on and complete as far as it got.
Every line is an object with a `kind`:

``run`` (first line)
    `schema`, `started` (ISO 8601, UTC), `grid`, `machine` {cpu, cores, memory_bytes, system}, `blas`
    {name, version, threads}, `versions` {python, numpy, …}, `commit` (null outside git; with a ``+`` if
    files had been changed), `clock` (``"process_time"``: processor seconds of this process, with one
    thread; ``"perf_counter"``: wall-clock seconds, with more), `options`.
``row``
    One mode in one cell: the fields of `Subject` and `Measured`.
``skipped``, ``failed``
    A mode that was not run, or was wrong: the fields of `Subject` and of `Skipped` or `Failed`. `n` and `m`
    are null if the workload itself could not be set up.
``trace``
    The evaluation trace of the sources' example: `workload`, `at`, `nodes` (`name`, `operation`,
    `operands`, `partials` by them, `value`; in the order of evaluation), `outputs` (names), `svg` (the
    graph drawn; missing in version 1).
``end`` (last line; missing if the process was killed)
    `finished`, `status` (``"complete"`` or ``"interrupted"``), `resolution` {factor, middle, pairs} and
    `drift` as `reports.Analysis` defines them, null where nothing was measured. (Version 1 had
    {aa_median, aa_low, aa_high} there. Readers compute both from the rows.)

What each field means is said in `FIELDS`. Sample i of every row of one cell in one family was taken in the
same round. To compare seconds of *different* cells, put them on one scale:
``seconds[i] * median over the run / reference[i]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

SCHEMA = 2
CONTROL = " (A/A)"
OURS = ("modes", "ffnn", "bench")

FIELDS = {
    "family": "which sweep of sizes the cell belongs to: n (n varies, m fixed), m, grid (n × m), parameters, "
    "depth, batch, chunk, step, tracing (modes against NumPy by hand), own (the user's own function)",
    "cell": "identifier of the workload at its sizes; rows of one cell were measured round by round in turn; "
    "the same cell in two families is two measurements",
    "workload": "the function that was differentiated",
    "mode": f"accumulation mode or method; in the file the second entry of a mode ends in «{CONTROL}»",
    "chunk": "tangents or cotangents a sweep; 1 is the textbook; missing where all go in one vector sweep",
    "n": "inputs",
    "m": "outputs",
    "size": "further size parameters of the workload (object)",
    "library": "whose implementation: modes, ffnn, bench (by hand), or a peer",
    "sweeps": "sweeps for one Jacobian; of differences, the evaluations of f",
    "operations": "exact count of elementary operations for one Jacobian, f included",
    "multiplications": "exact count of multiplications of all sweeps, without f and the local partials",
    "tape_length": "array operations recorded",
    "tape_bytes": "bytes held by the tape",
    "yardstick_operations": "exact count of elementary operations of one f(x)",
    "tangent_ratio": "cost of one tangent sweep / f, counted in Griewank and Walther's measure",
    "gradient_ratio": "cost of one reverse sweep for a gradient / f, counted in the same measure",
    "chose": "which mode 'auto' picked",
    "peak_bytes": "peak of allocated bytes, measured apart from the timing",
    "median_seconds": "median of seconds, with seconds_low and seconds_high its 95 % interval",
    "seconds_low": "lower end of the interval of median_seconds",
    "seconds_high": "upper end of the interval of median_seconds",
    "min_seconds": "smallest of seconds",
    "yardstick_seconds": "median of yardstick",
    "ratio": "median over rounds of seconds / yardstick: cost in evaluations of f",
    "ratio_low": "lower end of the 95 % interval of ratio",
    "ratio_high": "upper end of the 95 % interval of ratio",
    "error": "largest deviation from the known Jacobian over its largest entry",
    "threads": "BLAS threads",
    "dtype": "floating-point type",
    "compile_seconds": "seconds of compilation, for peers that compile",
    "quiet": "share of samples taken while the machine ran at full speed before and after",
    "seconds": "seconds of each round (array)",
    "yardstick": "seconds of f(x) in the same rounds (array)",
    "reference": "seconds of a fixed piece of work, the same everywhere, in the same rounds (array)",
    "reason": "why the row was skipped or failed",
    "predicted_seconds": "predicted time of a skipped row",
}
"""Field of a row, skipped or failed line → meaning; null in the file where unknown or not applicable."""


@dataclass(frozen=True)
class Subject:
    """What a line is about: a mode in a cell."""

    family: str
    cell: str
    workload: str
    mode: str
    chunk: int | None
    n: int | None
    m: int | None
    size: Mapping[str, Any]


@dataclass(frozen=True)
class Skipped:
    """A mode that was not run, and why."""

    kind: ClassVar[str] = "skipped"
    subject: Subject
    reason: str
    predicted_seconds: float | None = None


@dataclass(frozen=True)
class Failed:
    """A mode that gave a wrong Jacobian or none."""

    kind: ClassVar[str] = "failed"
    subject: Subject
    reason: str


@dataclass(frozen=True)
class Measured:
    """A mode that was measured."""

    kind: ClassVar[str] = "row"
    subject: Subject
    library: str
    sweeps: int | None
    operations: int | None
    multiplications: int | None
    tape_length: int | None
    tape_bytes: int | None
    yardstick_operations: int | None
    tangent_ratio: float | None
    gradient_ratio: float | None
    chose: str | None
    peak_bytes: int | None
    median_seconds: float
    seconds_low: float
    seconds_high: float
    min_seconds: float
    yardstick_seconds: float
    ratio: float
    ratio_low: float
    ratio_high: float
    error: float
    threads: int
    dtype: str
    compile_seconds: float | None
    quiet: float
    seconds: list[float] = field(repr=False)
    yardstick: list[float] = field(repr=False)
    reference: list[float] = field(repr=False)


Outcome = Measured | Skipped | Failed


def as_record(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as the flat object that stands in the file."""
    record = asdict(outcome)
    return {"kind": outcome.kind, **record.pop("subject"), **record}
