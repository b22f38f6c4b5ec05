"""The rules: one line or one pair for each NumPy operation, each derivative written once."""

from modes.rules import (
    constants,
    elementwise,
    indexing,
    products,
    reductions,
    selection,
    structure,
)

__all__ = ["constants", "elementwise", "indexing", "products", "reductions", "selection", "structure"]


def load_special(function):
    """Load the rules of SciPy's ufuncs when one of them is met for the first time."""
