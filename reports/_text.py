"""Text from outside, made fit to be shown: names of functions, files and machines may hold anything."""

import re
from hashlib import sha256
from typing import Any

import pandas as pd

LONGEST = 80  # characters of a name


def cleaned(value: Any, key: str = "") -> Any:
    """Return what stood in a results file, under a key, with every text in it printable and every name short.

    Drawings keep their line breaks, reasons their length.
    """
    if isinstance(value, str):
        return whole(value) if key == "svg" else printable(value) if key == "reason" else name(value)
    if isinstance(value, list):
        return [cleaned(item, key) for item in value]
    if isinstance(value, dict):
        return {name(inner): cleaned(item, inner) for inner, item in value.items()}
    return value


def whole(text: str) -> str:
    """Return text that can be written: JSON and names of files may hold halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode()


def printable(text: str) -> str:
    """Return text in one line, without control characters."""
    return "".join(c if c.isprintable() else " " for c in whole(text))


def name(text: str) -> str:
    """Return a name in one line of at most `LONGEST` characters; different names stay different."""
    short = printable(text)
    return short if len(short) <= LONGEST else f"{short[: LONGEST - 10]}… {digest(text)}"


def digest(text: str) -> str:
    """Return eight characters that stand for a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def markdown(text: str) -> str:
    """Return text that Markdown shows as it is: no code, emphasis, link, mathematics or HTML in it."""
    return re.sub(r"[\\`*<|$]|(?<![^\W_])_|_(?![^\W_])|(?<=\])(?=\()", r"\\\g<0>", text)


def for_sheets(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an apostrophe before every text that a spreadsheet would take for a formula."""
    texts = [column for column in table if not pd.api.types.is_numeric_dtype(table[column])]
    guarded = table.assign(**{column: table[column].map(_guarded) for column in texts})
    return guarded.rename(columns=_guarded)


def _guarded(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
