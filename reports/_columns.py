"""The columns of a results table, with their meaning and unit."""

COLUMNS = {
    "run": "name of the run (its file's name without suffix)",
    "status": "measured, skipped (predicted to take too long) or failed (wrong Jacobian or exception)",
    "family": "which sweep of sizes the cell belongs to: n, m, grid, parameters, depth, batch, chunk, step",
    "cell": "identifier of the workload at its sizes; rows of one cell were measured round by round in turn",
    "workload": "the function that was differentiated",
    "mode": "accumulation mode or method",
    "control": "True for the A/A twin of a mode: the same mode entered a second time",
    "library": "whose implementation: modes, ffnn, bench (differences at a given step), or a peer",
    "chunk": "tangents or cotangents a sweep; 1 is the textbook; missing where all go in one vector sweep",
    "series": "mode and chunk as one label, as in the figures",
    "n": "inputs",
    "m": "outputs",
    "sweeps": "sweeps for one Jacobian",
    "operations": "exact count of elementary operations for one Jacobian",
    "multiplications": "exact count of multiplications for one Jacobian",
    "yardstick_operations": "exact count of elementary operations of one f(x)",
    "tangent_ratio": "cost of one tangent sweep / f, counted in Griewank and Walther's measure",
    "gradient_ratio": "cost of one reverse sweep for a gradient / f, counted in the same measure",
    "tape_length": "operations recorded",
    "trace_length": "operations of f in this cell: its longest tape, else the size parameter depth",
    "batch": "examples, points or observations: whichever of these size parameters the workload has",
    "tape_bytes": "bytes held by the tape",
    "peak_bytes": "peak of allocated bytes, measured apart from the timing",
    "rounds": "usable rounds (finite, positive times)",
    "seconds": "seconds of each round (array)",
    "yardstick": "seconds of f(x) in the same rounds (array)",
    "reference": "seconds of a fixed piece of work, the same everywhere, in the same rounds (array)",
    "median_seconds": "median of seconds, with seconds_low and seconds_high its 95 % interval",
    "seconds_low": "lower end of the interval of median_seconds",
    "seconds_high": "upper end of the interval of median_seconds",
    "steady_seconds": "like median_seconds, each round scaled by reference to the run's median speed: "
    "for comparing different cells; with steady_seconds_low and steady_seconds_high",
    "steady_seconds_low": "lower end of the interval of steady_seconds",
    "steady_seconds_high": "upper end of the interval of steady_seconds",
    "min_seconds": "smallest of seconds",
    "yardstick_seconds": "median of yardstick",
    "ratio": "median over rounds of seconds / yardstick: cost in evaluations of f",
    "ratio_low": "lower end of the 95 % interval of ratio",
    "ratio_high": "upper end of the 95 % interval of ratio",
    "quiet": "share of samples taken while the machine ran at full speed before and after",
    "error": "largest relative error against the known Jacobian",
    "threads": "BLAS threads",
    "dtype": "floating-point type",
    "compile_seconds": "seconds of compilation, for peers that compile",
    "chose": "which mode 'auto' picked",
    "reason": "why the row was skipped or failed",
    "predicted_seconds": "predicted time of a skipped row",
}
"""Column name → meaning. Further size parameters follow as ``size_<name>``, such as ``size_depth``."""

TEXT = ("run", "status", "family", "cell", "workload", "mode", "library", "dtype", "chose", "reason")
SAMPLES = ("seconds", "yardstick", "reference")
DERIVED = ("run", "status", "control", "series", "trace_length", "batch", "rounds")
NUMBERS = tuple(name for name in COLUMNS if name not in (*TEXT, *SAMPLES, *DERIVED))
