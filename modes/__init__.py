"""Accumulation modes: forward and reverse Jacobians of plain NumPy functions, other orders beside them."""

from modes import crosscountry as _crosscountry  # noqa: F401  (registers the mode)
from modes import differences as _differences  # noqa: F401  (registers the difference modes)
from modes import rules as _rules  # noqa: F401  (registers the rules)
from modes._memory import keep_freed_memory
from modes._trees import stop_gradient
from modes.checks import check_grads, check_jacobian
from modes.counts import Counts, counts
from modes.errors import DifferentiationError, TracedConversionError
from modes.forward import Dual, jacfwd, jvp
from modes.jacobian import MODES, Choice, choose_mode, hessian, hvp, jacobian, register_mode
from modes.orders import accumulate
from modes.reverse import grad, jacrev, linearize, value_and_grad, vjp
from modes.trace import trace

keep_freed_memory()

__all__ = [
    "MODES",
    "Choice",
    "Counts",
    "DifferentiationError",
    "Dual",
    "TracedConversionError",
    "accumulate",
    "check_grads",
    "check_jacobian",
    "choose_mode",
    "counts",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "register_mode",
    "stop_gradient",
    "trace",
    "value_and_grad",
    "vjp",
]
