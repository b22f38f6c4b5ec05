"""Arguments as rules can use them, and the one policy of dtypes.

Derivatives are of real floating-point values. Integers and booleans are real, carry no derivative, and become
floats where they meet one; complex numbers, objects, texts and dates are refused.
"""

import sys
from fractions import Fraction

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.registry import RULES
from modes.core.traced import Traced, contains_traced, takes_traced
from modes.maps.batches import is_plain

# Constant operands that the fast paths of the operators take as they are (arrays of floats only).
PLAIN = frozenset({float, int, bool, np.ndarray, np.float64, np.float32, np.int64, np.int32, np.bool_})


def is_float(dtype):
    """True for dtypes whose values carry derivatives."""
    return dtype.kind == "f"


def is_whole(dtype):
    """True for integers and booleans: real, without a derivative."""
    return dtype.kind in "iub"


def is_real(dtype):
    """True for floats, integers and booleans."""
    return dtype.kind in "fiub"


def float_type(value):
    """The precision of a value's (co)tangents; those of a constant integer are float64, too."""
    return value.dtype if is_float(value.dtype) else np.dtype(float)


def as_operand(value, name):
    """An array argument in a form that rules can use: object arrays and lists of traced values stacked."""
    if isinstance(value, Traced):
        return value
    if isinstance(value, list | tuple):
        value = np.array(value) if not contains_traced(value) else np.array(value, dtype=object)
    if isinstance(value, np.ndarray):
        if type(value) is not np.ndarray:
            value = plain_array(value, name)
            if isinstance(value, Traced):
                return value
        if is_real(value.dtype):
            return value
        if value.dtype == object:
            return RULES[np.array](value)
    if is_sparse(value):
        raise DifferentiationError(
            f"{name}: a traced value met a sparse matrix of SciPy, with which A @ x and x @ A "
            "have a rule, for a constant A; for another operation write A.toarray()"
        )
    if isinstance(value, Fraction):
        return float(value)
    if hasattr(value, "__array__") and not isinstance(value, np.ndarray | np.generic):
        raise DifferentiationError(
            f"{name}: a {type(value).__name__} has arithmetic of its own; give its values as a plain array "
            "first (np.asarray, or .to_numpy() in pandas)"
        )
    if not isinstance(value, np.ndarray | np.generic | int | float | complex):
        raise DifferentiationError(
            f"{name}: a {type(value).__name__} met a traced value, and is neither an array nor a real number"
        )
    if np.iscomplexobj(value):
        raise DifferentiationError(
            f"{name}: complex operand; derivatives here are of real functions: "
            "write the real and imaginary parts as two real arrays"
        )
    return value


def is_sparse(value):
    """True for SciPy's sparse matrices and arrays."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and not isinstance(value, np.ndarray | float | int) and sparse.issparse(value)


def as_array(value, name):
    """`as_operand`, with numbers as arrays: a traced value or an ndarray."""
    value = as_operand(value, name)
    return value if isinstance(value, Traced) else np.asarray(value)


def plain_array(array, name):
    """An instance of a subclass of ndarray as an ndarray, or as what it stands for; refused is what has
    arithmetic of its own.
    """
    if takes_traced(array):
        return array._stands_for()
    if isinstance(array, np.ma.MaskedArray | np.matrix):
        raise DifferentiationError(
            f"{name}: a {type(array).__name__} has arithmetic of its own; convert it to a plain array first "
            "(np.asarray, or x.filled(...) for a masked array)"
        )
    return np.asarray(array)


def as_floats(operands):
    """Operands with integers and booleans among the arrays in the floats of NumPy's result.

    So that partials made of them alone do not wrap around, as products of uint8 and sums of booleans do.
    """
    whole = [is_plain(x) and hasattr(x, "dtype") and not is_float(x.dtype) for x in operands]
    if not any(whole):
        return operands
    dtype = np.result_type(*(getattr(x, "dtype", x) for x in operands))
    return [x.astype(dtype) if change else x for x, change in zip(operands, whole, strict=True)]
