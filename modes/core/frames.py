"""What is told by who asks: the frames of the callers, looked at in this module and nowhere else.

NumPy and SciPy run Python code of their own on a traced value, or on an array of objects that are traced
values, without any of the protocols that would announce it. Who is asking is then the only thing that tells
what an honest answer is, and the calling frame the only way to know; nothing else of the caller is used, and
where a private module is renamed, a refusal becomes NumPy's own error again, never a number.

`scipy.special.softmax` survives, as exponentials, sums and quotients of objects are those of their entries;
`logsumexp` and `log_softmax` call functions that have no loop for objects. (Traced through, SciPy's way to
the logarithm, with the greatest entries taken out, would be right in value and first derivative, but where
two entries are equal not in the second.)
"""

import sys
from pathlib import Path
from typing import Any

from modes.core.errors import DifferentiationError

INSTEAD = {
    "logsumexp": "np.logaddexp.reduce(x, axis=axis), of x + np.log(b) with weights b",
    "log_softmax": "x - np.logaddexp.reduce(x, axis=axis, keepdims=True)",
    "polygamma": "(-1)**(n + 1) * gamma(n + 1) * scipy.special.zeta(n + 1, x)",
    "multigammaln": "it as the sum of scipy.special.gammaln(a - j / 2) over j < d, and a constant",
    "comb": "scipy.special.binom(n, k)",
    "perm": "scipy.special.poch(n - k + 1, k)",
    "factorial": "scipy.special.gamma(n + 1)",
}


def numpy_reduces_objects():
    """True where NumPy's mean or variance of an array of objects asks a traced scalar for its dtype.

    It converts its result to that, which must not become a call of ``float``: the answer is object.
    """
    return sys._getframe(2).f_globals.get("__name__") == "numpy._core._methods"


def check_conversion():
    """Refuse a traced value's conversion to an array if one of those functions of SciPy wants it."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(("scipy.", "numpy.")):
            return
        name = frame.f_code.co_name
        if name in INSTEAD and module.startswith("scipy.special."):
            raise DifferentiationError(
                f"scipy.special.{name} of a traced value is refused: it turns its argument into a plain "
                f"array; write {INSTEAD[name]}"
            )
        frame = frame.f_back


def is_of_a_library(depth):
    """True where the caller's caller (and so on, `depth` frames up) is code of ours, NumPy's or SciPy's."""
    name = sys._getframe(depth + 1).f_globals.get("__name__", "")
    return name.startswith(("modes.", "numpy.", "scipy."))


_COMPARING = frozenset({"numpy._core.fromnumeric", "numpy._core._methods", "numpy.lib._function_base_impl"})


def numpy_compares_objects():
    """True where a comparison of traced numbers is one step of NumPy's sorting objects, or the like.

    It would follow Python's rules, not NumPy's, where there are ties and NaN.
    """
    frame: Any = sys._getframe(2)
    if frame.f_globals.get("__name__") not in _COMPARING:
        return False
    while frame is not None and frame.f_globals.get("__name__", "").startswith("numpy."):
        frame = frame.f_back
    # what softmax takes off its argument cancels
    return frame is None or frame.f_globals.get("__name__") != "scipy.special._logsumexp"


def line_of_caller():
    """File name and line of the innermost frame that is not of this package, as text."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("modes."):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"
