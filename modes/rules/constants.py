"""Functions without a derivative: constants, and what is refused, with the way out."""

import numpy as np

from modes.core.registry import constant, refuse


def _named(names, module=np):
    return [getattr(module, name) for name in names.split()]


# Booleans, integers, shapes, positions, texts.
constant(
    *_named(
        """all allclose any argmax argmin argpartition argsort argwhere array2string array_equal
        array_equiv array_repr array_str can_cast common_type count_nonzero diag_indices_from digitize
        einsum_path equal flatnonzero greater greater_equal iscomplex iscomplexobj isclose isfinite
        isin isinf isnan isneginf isposinf isreal isrealobj less less_equal lexsort logical_and
        logical_not logical_or logical_xor may_share_memory min_scalar_type nanargmax nanargmin ndim
        nonzero not_equal ravel_multi_index result_type searchsorted shape shares_memory signbit size
        tril_indices_from triu_indices_from unravel_index"""
    ),
    np.linalg.matrix_rank,
    *_named("in1d" if hasattr(np, "in1d") else ""),  # until NumPy 2.4
)

# Steps: constant between their jumps, so the derivative is zero wherever it exists.
constant(*_named("ceil fix floor floor_divide rint round sign spacing trunc"))

refuse(
    "its result is complex; derivatives here are of real functions",
    *_named("fft fft2 fftn hfft ifft ifft2 ifftn ihfft irfft irfft2 irfftn rfft rfft2 rfftn", np.fft),
)
refuse(
    "it is complex in general; for a symmetric matrix use np.linalg.eigh or eigvalsh",
    np.linalg.eig,
    np.linalg.eigvals,
)
refuse(
    "roots may be complex and may meet; write the equation and use the implicit function theorem",
    np.roots,
    np.poly,
)
refuse(
    "it works on the bits of integers; use x.astype(int) for a constant",
    *_named(
        """bitwise_and bitwise_count bitwise_or bitwise_xor gcd invert lcm left_shift right_shift packbits
        unpackbits"""
    ),
)
refuse(
    "dates carry no derivative",
    *_named("busday_count busday_offset datetime_as_string is_busday isnat"),
)
refuse(
    "it writes a file, which loses the derivative; save stop_gradient(x)",
    *_named("save savez savez_compressed savetxt"),
)
refuse(
    "sets change with the values; use np.sort, or np.unique(stop_gradient(x)) for a constant",
    *_named(
        """intersect1d setdiff1d setxor1d union1d unique unique_all unique_counts unique_inverse unique_values
        trim_zeros"""
    ),
)
refuse("its result is complex; use np.sort", np.sort_complex)
