"""SciPy's Python functions that take a traced array apart into objects and then fail on them.

They dispatch through none of NumPy's protocols. `scipy.special.softmax` survives, as exponentials, sums
and quotients of objects are those of their entries; `logsumexp` and `log_softmax` call functions that have
no loop for objects. (Traced through, SciPy's way to the logarithm, with the greatest entries taken out,
would be right in value and first derivative, but where two entries are equal not in the second.)
"""

from modes.errors import DifferentiationError

INSTEAD = {
    "logsumexp": "np.logaddexp.reduce(x, axis=axis), of x + np.log(b) with weights b",
    "log_softmax": "x - np.logaddexp.reduce(x, axis=axis, keepdims=True)",
    "polygamma": "(-1)**(n + 1) * gamma(n + 1) * scipy.special.zeta(n + 1, x)",
    "multigammaln": "it as the sum of scipy.special.gammaln(a - j / 2) over j < d, and a constant",
    "comb": "scipy.special.binom(n, k)",
    "perm": "scipy.special.poch(n - k + 1, k)",
    "factorial": "scipy.special.gamma(n + 1)",
}


def check_conversion(frame):
    """Refuse a traced value's conversion to an array, asked for in `frame`, if one of those wants it."""
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
