"""The rules: one line or one pair for each NumPy operation, each derivative written once.

A file is named as NumPy's own chapter is, and registers its rules when it is imported.
"""

import sys

import numpy as np

from modes.core.registry import load_on_demand
from modes.rules import (  # noqa: F401  (each registers its rules)
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
    layout,
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
    ufunc_methods,
    windows,
)

layout.lay_out_results()  # of the rules that are there now


@load_on_demand
def load_special(function):
    """Load the rules of SciPy's ufuncs when one of them is met for the first time."""
    if isinstance(function, np.ufunc) and "scipy.special" in sys.modules:
        from modes.rules import special  # noqa: F401
