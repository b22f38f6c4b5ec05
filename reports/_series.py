"""What the series of a mode are called: its name, and how many tangents or cotangents a sweep carries."""

import math

VARIANTS = {"one by one": 1.0, "all at once": math.nan}
"""The two ways of sweeping that are compared throughout: the textbook's, and vector mode."""


def series(mode: str, chunk: float) -> str:
    """Return the label of a mode at a chunk size."""
    if mode not in ("forward", "reverse"):
        return mode
    if math.isnan(chunk):
        return f"{mode}, all at once"
    return f"{mode}, one by one" if chunk == 1 else f"{mode}, {chunk:.0f} at a time"
