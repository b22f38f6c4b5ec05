"""Difference modes: Jacobians from values of f alone, one input at a time.

The steps are SciPy's (`scipy.optimize._numdiff`): ``h = eps**(1/s) · sign(x) · max(1, |x|)`` with s = 2 for
forward and 3 for central differences, eps that of the precision of x; and the step divided by is the
one actually taken, ``(x + h) - x``. With the option ``rel_step`` a step is ``rel_step · sign(x) · |x|``, or
the default where rounding swallows that.
"""

import warnings

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import is_float, is_real
from modes.core.traced import contains_traced
from modes.jacobians.registry import register_mode

_STEP = 1e-20  # the complex step: its square is lost against any x
_CHECKED = 1e-8  # a larger complex step errs by its square, as its user wants to see


def _refuse_traced(x):
    if contains_traced(x):
        raise DifferentiationError(
            "differences of a value that an outer differentiation traces: the step depends on the value; "
            "use mode='forward' or 'reverse' inside another derivative"
        )


def _steps(x, root, rel_step):
    """The size of each step: by default near the best one, else `rel_step` times |x| where that is not 0."""
    _refuse_traced(x)
    sign = np.where(x < 0, -1, 1)
    h = np.finfo(x.dtype).eps ** (1 / root) * sign * np.maximum(1, np.abs(x))
    if rel_step is not None:
        step = np.asarray(rel_step)
        if (
            step.dtype.kind not in "fiu"
            or step.shape not in ((), x.shape)
            or not np.all((step > 0) & (step < np.inf))
        ):
            raise ValueError(f"rel_step must be positive, a number or an array of x's size; got {rel_step!r}")
        wanted = np.broadcast_to(rel_step, x.shape) * sign * np.abs(x)
        h = np.where((x + wanted) - x == 0, h, wanted)  # as SciPy: no step that rounding swallows
    return h.astype(x.dtype)


def _moved(x, i, step):
    moved = x.copy()
    moved[i] += step
    return moved


def _real(y):
    if not is_real(y.dtype):
        raise DifferentiationError(f"the function returned dtype {y.dtype}; differences need real results")
    return y if is_float(y.dtype) else y.astype(float)


def _stack_columns(columns, f, x):
    return np.stack(columns, axis=1) if columns else np.zeros((_real(f(x)).size, 0))


@register_mode("forward-difference")
def forward_difference(f, x, chunk_size=None, rel_step=None):
    """``(f(x + h) - f(x)) / h``: n + 1 values of f; error about eps**(1/2) = 1.5e-8, relative.

    Truncation h·f''/2 and rounding eps·f/h balance at h = eps**(1/2). `chunk_size` plays no part.
    """
    h, y = _steps(x, 2, rel_step), _real(f(x))
    columns = []
    for i in range(x.size):
        moved = _moved(x, i, h[i])
        columns.append((_real(f(moved)) - y) / (moved[i] - x[i]))
    return _stack_columns(columns, f, x)


@register_mode("central-difference")
def central_difference(f, x, chunk_size=None, rel_step=None):
    """``(f(x + h) - f(x - h)) / 2h``: 2n values of f; error about eps**(2/3) = 3.7e-11, relative.

    Truncation h²·f'''/6 and rounding eps·f/h balance at h = eps**(1/3). `chunk_size` plays no part.
    """
    h = _steps(x, 3, rel_step)
    columns = []
    for i in range(x.size):
        up, down = _moved(x, i, h[i]), _moved(x, i, -h[i])
        columns.append((_real(f(up)) - _real(f(down))) / (up[i] - down[i]))
    return _stack_columns(columns, f, x)


@register_mode("complex-step")
def complex_step(f, x, chunk_size=None, rel_step=None):
    """``Im f(x + ih) / h`` with h = 1e-20 (Squire & Trapp 1998): n values of f; error of rounding only.

    f must be analytic as written: `np.abs`, `np.conj` and the like drop the imaginary part. So the
    product with one direction is held against central differences of two steps (four values more), unless
    a large `rel_step` is asked for.

    Raises
    ------
    DifferentiationError
        Where f takes no complex numbers, or loses their imaginary part on the way.
    """
    _refuse_traced(x)
    h = np.full(x.shape, _STEP) if rel_step is None else np.abs(_steps(x, 3, rel_step))
    columns = []
    kind = np.result_type(x.dtype, np.complex64)
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        for i in range(x.size):
            z = x.astype(kind)
            z[i] += 1j * h[i]
            try:
                columns.append(np.imag(f(z)) / x.dtype.type(h[i]))
            except (TypeError, np.exceptions.ComplexWarning) as error:
                raise DifferentiationError(
                    f"complex-step: the function does not take complex numbers ({error}); "
                    "use mode='forward' or 'central-difference'"
                ) from error
    jacobian = _stack_columns(columns, f, x)
    if x.size and np.max(h) < _CHECKED * max(1.0, np.abs(x).max()):
        _check_analytic(f, x, jacobian)
    return jacobian


def _check_analytic(f, x, jacobian):
    direction = np.random.default_rng(0).uniform(0.5, 1.0, x.size).astype(x.dtype)
    direction[1::2] *= -1
    h = np.finfo(x.dtype).eps ** (1 / 3) * max(1.0, np.abs(x).max())
    ahead, behind = _real(f(x + h * direction)), _real(f(x - h * direction))
    fine = (ahead - behind) / (2 * h)
    coarse = (_real(f(x + 2 * h * direction)) - _real(f(x - 2 * h * direction))) / (4 * h)
    rounding = np.finfo(x.dtype).eps * (np.abs(ahead) + np.abs(behind)) / h
    scale = np.abs(jacobian) @ np.abs(direction)
    wrong = np.abs(jacobian @ direction - fine) > 10 * (np.abs(fine - coarse) + rounding) + 1e-7 * scale
    if np.any(wrong):
        row = int(np.argmax(wrong))
        raise DifferentiationError(
            f"complex-step: output {row} is not analytic as the function is written (directional derivative "
            f"{(jacobian @ direction)[row]:.6g} by complex step, {fine[row]:.6g} by differences): np.abs, "
            "np.conj and the like lose the imaginary part; use mode='forward' or 'reverse'"
        )
