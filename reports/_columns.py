"""The columns of a results table, with their meaning and unit."""

from .schema import FIELDS

DERIVED = {
    "run": "name of the run (its file's name without suffix)",
    "status": "measured, skipped (predicted to take too long) or failed (wrong Jacobian or exception)",
    "control": "True for the A/A twin of a mode: the same mode entered a second time",
    "series": "mode and chunk as one label, as in the figures",
    "trace_length": "operations of f in this cell: its longest tape, else the size parameter depth",
    "batch": "examples, points or observations: whichever of these size parameters the workload has",
    "rounds": "usable rounds (finite, positive times)",
    "steady_seconds": "like median_seconds, each round scaled by reference to the run's median speed: "
    "for comparing different cells; with steady_seconds_low and steady_seconds_high",
    "steady_seconds_low": "lower end of the interval of steady_seconds",
    "steady_seconds_high": "upper end of the interval of steady_seconds",
}
COLUMNS = DERIVED | {name: meaning for name, meaning in FIELDS.items() if name != "size"}
"""Column name → meaning. Further size parameters follow as ``size_<name>``, such as ``size_depth``."""

TEXT = ("family", "cell", "workload", "mode", "library", "dtype", "chose", "reason")
SAMPLES = ("seconds", "yardstick", "reference")
NUMBERS = tuple(name for name in COLUMNS if name not in (*TEXT, *SAMPLES, *DERIVED))
