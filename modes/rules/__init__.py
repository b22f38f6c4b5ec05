"""The rules: one line or one pair for each NumPy operation, each derivative written once."""

import sys

import numpy as np

from modes.rules import (
    along,
    constants,
    contraction,
    cumulative,
    decompositions,
    determinants,
    einsum,
    elementary,
    elementwise,
    filling,
    histograms,
    indexing,
    linalg,
    matrices,
    nan_reductions,
    norms,
    numerics,
    ordering,
    padding,
    polynomials,
    products,
    reductions,
    repetition,
    selection,
    spectra,
    statistics,
    structure,
)

__all__ = [
    "along",
    "constants",
    "contraction",
    "cumulative",
    "decompositions",
    "determinants",
    "einsum",
    "elementary",
    "elementwise",
    "filling",
    "histograms",
    "indexing",
    "linalg",
    "matrices",
    "nan_reductions",
    "norms",
    "numerics",
    "ordering",
    "padding",
    "polynomials",
    "products",
    "reductions",
    "repetition",
    "selection",
    "spectra",
    "statistics",
    "structure",
]


def load_special(function):
    """Load the rules of SciPy's ufuncs when one of them is met for the first time."""
    if isinstance(function, np.ufunc) and "scipy.special" in sys.modules:
        from modes.rules import special  # noqa: F401
