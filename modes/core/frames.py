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

import opcode
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.traced import Traced, contains_traced

INSTEAD = {
    "logsumexp": "np.logaddexp.reduce(x, axis=axis), of x + np.log(b) with weights b",
    "log_softmax": "x - np.logaddexp.reduce(x, axis=axis, keepdims=True)",
    "polygamma": "psi(x) of scipy.special for n = 0, else (-1)**(n + 1) * gamma(n + 1) * zeta(n + 1, x)",
    "multigammaln": "it as the sum of scipy.special.gammaln(a - j / 2) over j < d, and a constant",
    "comb": "scipy.special.binom(n, k)",
    "perm": "scipy.special.poch(n - k + 1, k)",
    "factorial": "scipy.special.gamma(n + 1)",
}

# What to write in place of SciPy's functions that compute in C, by their names, or by the module of the rest.
_RULE = "or give it a rule of your own by modes.custom_vjp"
WAYS_OUT = {
    "scipy.linalg.norm": "np.linalg.norm",
    **{
        f"scipy.linalg.{name}": f"np.linalg.{name}, or modes.scipy.{name}"
        for name in ("inv", "det", "solve", "cholesky")
    },
    **{f"scipy.linalg.{name}": f"modes.scipy.{name}" for name in ("solve_triangular", "expm")},
    **{
        f"scipy.linalg.{name}": f"np.linalg.{name}"
        for name in ("eigh", "eigvalsh", "svd", "svdvals", "qr", "pinv", "lstsq")
    },
    **{
        f"scipy.linalg.{name}": f"np.linalg.solve(a, b), or np.linalg.{other}"
        for name, other in (
            ("lu_factor", "det"),
            ("lu_solve", "inv"),
            ("lu", "det"),
            ("cho_factor", "cholesky"),
            ("cho_solve", "cholesky"),
            ("solve_banded", "inv"),
            ("solve_toeplitz", "inv"),
        )
    },
    "scipy.linalg.sqrtm": "for a symmetric matrix, it by np.linalg.eigh: (v * np.sqrt(w)) @ v.T",
    "scipy.linalg.logm": "for a symmetric matrix, it by np.linalg.eigh: (v * np.log(w)) @ v.T",
    "scipy.sparse.linalg.spsolve": "modes.scipy.spsolve(A, b) with a constant A",
    "scipy.stats.norm": "-((x - loc) / scale) ** 2 / 2 - np.log(scale * np.sqrt(2 * np.pi)) for logpdf, and "
    "scipy.special.ndtr((x - loc) / scale) for cdf",
    "scipy.special": "it with ufuncs of scipy.special, which have rules",
    "scipy.linalg": "it with np.linalg",
    "scipy.sparse.linalg": "modes.scipy.spsolve(A, b) for a solution with a constant matrix A, "
    "modes.linear_map(lambda x: A @ x, lambda y: A.T @ y) for a linear function (A @ x alone needs nothing)",
    "scipy.sparse": "A @ x for the product with a constant sparse matrix, or "
    "modes.linear_map(lambda x: A @ x, lambda y: A.T @ y), and A.toarray() for other operations",
    "scipy.stats": "the formula in NumPy and scipy.special (gammaln, ndtr, betainc have rules)",
    "scipy.integrate": "the steps in NumPy (a loop of Runge-Kutta steps, or np.trapezoid of the values)",
    "scipy.optimize": "a step or two of Newton's method in NumPy, from the solution that SciPy finds with "
    "stop_gradient(x); they have the derivative of the solution",
    "scipy.interpolate": "np.interp, or, as it is linear in the data, modes.linear_map",
    "scipy.signal": "np.convolve, or, as it is linear, modes.linear_map",
    "scipy.ndimage": "np.convolve, or, where it is linear, modes.linear_map",
    "scipy.fft": "modes.linear_map of its real and its imaginary part",
    "pandas": "it with NumPy, of the plain values (.to_numpy())",
    "statistics": "np.mean, np.median, np.std(x, ddof=1) or np.var(x, ddof=1)",
    "scipy.spatial": "it with NumPy: np.sqrt(np.sum((a[:, None] - b) ** 2, axis=-1)) for distances",
}
_FOREIGN = ("scipy", "pandas", "statistics")
_OF_OBJECTS = re.compile(
    r"object|dtype\('O'\)|'O'|traced value|array of floats|numerical coefficients|no callable|sequence|"
    r"Dual|Variable|data types? |array type|enough dimensions|real number|float|numpy.ndarray|input types|"
    r"parse arguments|non-numeric|numerator"
)


def _asking() -> Any:
    """The frame that asks the caller's caller, behind the wrappers that make slates."""
    frame: Any = sys._getframe(3)
    while frame.f_globals.get("__name__") == "modes.core.slates":
        frame = frame.f_back
    return frame


def sparse_asks():
    """True where a sparse matrix of SciPy, left of a product, asks what the right operand is."""
    frame = _asking()
    if frame.f_code.co_name != "_matmul_dispatch":
        return False
    return frame.f_globals.get("__name__", "").startswith("scipy.sparse.")


def refused_elsewhere(error):
    """The sentence for an error that a function of SciPy, or of pandas and the like, met in a traced value.

    None where it is another error.
    """
    if isinstance(error, DifferentiationError) and str(error).startswith("scipy."):
        return None
    frames: list = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    asked: list = []
    for frame in reversed(frames):  # those that the last line of other code called
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package in _FOREIGN:
            asked.append(frame)
        elif package not in ("numpy", "modes"):
            break
    if not asked:
        return _refused_list(frames, error)
    text = f"{error} {error.__cause__ or ''}"
    if not (isinstance(error, DifferentiationError) or _OF_OBJECTS.search(text) or _is_given(asked, error)):
        return None
    name, key = _public_name(asked)
    return _refusal(name, key, type(error).__name__)


def _refusal(name, key, there):
    way = next((WAYS_OUT[part] for part in _and_parents(key) if part in WAYS_OUT), "it with NumPy")
    return (
        f"{name} of a traced value is refused, as it is computed in plain numbers or arrays (there: "
        f"{there}); write {way}, {_RULE}"
    )


def refused_solver():
    """The sentence for a scalar solver of SciPy that asks a traced value for its float; None for others.

    Their C code does not look whether that failed, and calls f with the error pending: it would turn up as
    any other, or spoil what the interpreter knows of our classes. So the refusal waits until they are done.
    """
    frame = sys._getframe(2)
    if frame.f_globals.get("__name__") != "scipy.optimize._zeros_py":
        return None
    return _refusal(f"scipy.optimize.{frame.f_code.co_name}", "scipy.optimize", "float()")


def _refused_list(frames, error):
    """The sentence for a function of NumPy that failed on a list or an array of objects."""
    name = ""
    for frame in reversed(frames):
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package == "numpy" and hasattr(np, frame.f_code.co_name):
            given = [v for v in frame.f_locals.values() if type(v) in (list, np.ndarray)]
            if any(map(contains_traced, given)):
                name = frame.f_code.co_name
        elif package not in ("numpy", "modes"):
            break
    if (
        not name
        or isinstance(error, DifferentiationError)
        or isinstance(error.__cause__, DifferentiationError)
    ):
        return None
    if not isinstance(error, TypeError | AttributeError | ValueError):
        return None
    return (
        f"np.{name} of a list or an array of objects with traced values in it is refused: put the values "
        f"together first, np.{name}(np.stack([...])) (np.stack of rows for a matrix)"
    )


def _is_given(frames, error):
    """True where a function was called with a traced value, and could not do with it."""
    return isinstance(error, TypeError | ValueError) and any(
        isinstance(value, Traced) for frame in frames for value in frame.f_locals.values()
    )


def _and_parents(name):
    while name:
        yield name
        name = name.rpartition(".")[0]


def _public_name(frames):
    """The name by which the caller knows the outermost of some frames of SciPy, and that of its way out."""
    for frame in reversed(frames):
        parts = [part for part in frame.f_globals["__name__"].split(".") if not part.startswith("_")]
        module, name = ".".join(parts[:3] if parts[:3] == ["scipy", "sparse", "linalg"] else parts[:2]), ""
        if module.startswith("pandas"):
            module = "pandas"
        called = frame.f_code.co_name
        owner = frame.f_locals.get("self")
        if owner is not None and not called.startswith("_"):
            name = getattr(owner, "name", None) or type(owner).__name__
            return f"{module}.{name}.{called}", f"{module}.{name}"
        if owner is not None and called.startswith("__"):
            name = type(owner).__name__
            shown = "" if called in ("__init__", "__call__") else f".{called}"
            return f"{module}.{name}{shown}", f"{module}.{name}"
        if hasattr(sys.modules.get(module), called):
            return f"{module}.{called}", f"{module}.{called}"
    return module, module


def numpy_reduces_objects():
    """True where NumPy's mean or variance of an array of objects asks a traced scalar for its dtype.

    It converts its result to that, which must not become a call of ``float``: the answer is object.
    """
    return sys._getframe(2).f_globals.get("__name__") == "numpy._core._methods"


_ROOTS = {"norm": "numpy.linalg._linalg", "_std": "numpy._core._methods"}


def root_is_of_squares():
    """True where NumPy's norm or standard deviation takes a root, of a sum over an array of objects."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("modes."):
        frame = frame.f_back
    return frame is not None and _ROOTS.get(frame.f_code.co_name) == frame.f_globals.get("__name__")


def check_conversion():
    """Refuse a traced value's conversion to an array if one of those functions of SciPy wants it."""
    frame: Any = _asking()
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


def namespaces(f, error=None):
    """The global names of f and of the functions that an exception came through, but those of libraries."""
    found = [getattr(f, "__globals__", None)]
    trace: Any = error and error.__traceback__
    while trace is not None:
        found.append(trace.tb_frame.f_globals)
        trace = trace.tb_next
    return list({id(names): names for names in found if names and not _is_of_a_library(names)}.values())


def is_of_a_library(depth):
    """True where the caller's caller (and so on, `depth` frames up) is code of ours, NumPy's or SciPy's."""
    return _is_of_a_library(sys._getframe(depth + 1).f_globals)


def _is_of_a_library(names):
    return names.get("__name__", "").startswith(("modes.", "numpy.", "scipy."))


def takes_objects():
    """True where the code that asks a traced array to become one of objects can do with that."""
    name = _asking().f_globals.get("__name__", "")
    return name.startswith(("scipy.", "numpy.lib.", "numpy.ma."))


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


_code: dict = {}  # instructions by code, as to ask for them is to have them copied
_IS_COMPARED = frozenset({opcode.opmap.get("COMPARE_OP"), opcode.opmap.get("CACHE"), None})


def c_code_compares():
    """True where no comparison of traced numbers is written, but something in C was called that compares.

    So do NumPy's `maximum` and `minimum` of lists, which ask for ``>=`` and ``<=``.
    """
    frame: Any = sys._getframe(2)
    while frame.f_globals.get("__name__") == "modes.graph.observed":  # which wraps the operators
        frame = frame.f_back
    code, at = frame.f_code, frame.f_lasti
    found = _code.get(id(code))
    if found is None:
        if len(_code) > 1000:
            _code.clear()
        found = _code[id(code)] = code, code.co_code
    if found[1][at] in _IS_COMPARED:
        return False
    return not frame.f_globals.get("__name__", "").startswith(("numpy.", "scipy."))


def line_of_caller():
    """File name and line of the innermost frame that is not of this package, as text."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("modes."):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"
