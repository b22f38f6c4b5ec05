"""Numbers, equations and columns as text."""

import numpy as np


def describe(value):
    """A number in six digits; an array by its shape; the kind of a map as it is."""
    if isinstance(value, str):
        return value
    if np.ndim(value):
        return f"array of shape {np.shape(value)}"
    return f"{value:.6g}".replace("-", "−")


def joined(partials):
    parts = []
    for name, written, value in partials:
        number = describe(value)
        parts.append(f"{name} = {written}" + (f" = {number}" if written != number else ""))
    return "   ".join(parts)


def escaped(text):
    return text.replace("|", r"\|").replace("*", r"\*")


def align(lines):
    """Equations as an ``align*`` environment: commas between, a full stop at the end."""
    return "\n".join(
        [r"\begin{align*}", *(rf"{line}, \\" for line in lines[:-1]), f"{lines[-1]}.", r"\end{align*}"]
    )


def columns(rows):
    """Tuples of strings as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def cut(lines, height, width, instead):
    """Lines cut to a terminal: the middle left out and told of, long lines ended by an ellipsis."""
    if height is not None and len(lines) > max(height, 5):
        head = (max(height, 5) - 1) // 2
        tail = max(height, 5) - 1 - head
        left_out = len(lines) - head - tail
        lines = [*lines[:head], f"… {left_out:,} lines left out; {instead}", *lines[-tail:]]
    if width is not None:
        width = max(width, 20)
        lines = [line if len(line) <= width else line[: width - 1] + "…" for line in lines]
    return "\n".join(lines)
