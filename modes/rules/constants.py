"""Functions without a derivative: constants, and what is refused, with the way out."""

import numpy as np

from modes._dispatch import constant, refuse

# Booleans, integers, shapes, positions, texts.
constant(
    *(
        getattr(np, name)
        for name in ["all", "allclose", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere", "array2string", "array_equal", "array_equiv", "array_repr", "array_str", "bincount", "can_cast", "common_type", "count_nonzero", "diag_indices_from", "digitize", "einsum_path", "equal", "flatnonzero", "greater", "greater_equal", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd", "iscomplex", "iscomplexobj", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "isrealobj", "less", "less_equal", "lexsort", "logical_and", "logical_not", "logical_or", "logical_xor", "may_share_memory", "min_scalar_type", "nanargmax", "nanargmin", "ndim", "nonzero", "not_equal", "ravel_multi_index", "result_type", "searchsorted", "shape", "shares_memory", "signbit", "size", "tril_indices_from", "triu_indices_from", "unravel_index"]
    )
)
constant(np.linalg.matrix_rank)

# Steps: constant between their jumps, so the derivative is zero wherever it exists.
constant(np.ceil, np.fix, np.floor, np.floor_divide, np.rint, np.round, np.sign, np.spacing, np.trunc)

_COMPLEX = "its result is complex; derivatives here are of real functions"
refuse(
    _COMPLEX,
    *(
        getattr(np.fft, name)
        for name in ["fft", "fft2", "fftn", "hfft", "ifft", "ifft2", "ifftn", "ihfft", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftn"]
    ),
)
refuse("write it as a product with the real DFT matrices", np.fft.fftshift, np.fft.ifftshift)
refuse(
    "it is complex in general; for a symmetric matrix use np.linalg.eigh or eigvalsh",
    np.linalg.eig,
    np.linalg.eigvals,
)
refuse(
    "the roots may be complex and meet; write the equation and use the implicit function theorem",
    np.roots,
    np.poly,
)
refuse(
    "it works on the integers' bits; use x.astype(int) for a constant",
    *(
        getattr(np, name)
        for name in ["bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "gcd", "invert", "lcm", "left_shift", "right_shift", "packbits", "unpackbits"]
    ),
)
refuse(
    "it is about dates",
    *(getattr(np, name) for name in ["busday_count", "busday_offset", "datetime_as_string", "is_busday", "isnat"]),
)
refuse(
    "it writes a file, which loses the derivative; save stop_gradient(x)",
    np.save,
    np.savez,
    np.savez_compressed,
    np.savetxt,
)
refuse(
    "sorted sets change with the values; use np.sort for the values or np.unique(stop_gradient(x)) for a constant",
    *(
        getattr(np, name)
        for name in ["intersect1d", "setdiff1d", "setxor1d", "union1d", "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values", "trim_zeros"]
    ),
)
refuse("it changes type with the values; take x itself, which is real", np.real_if_close, np.sort_complex)
