"""Accumulation modes: forward and reverse Jacobians of plain NumPy functions, other orders beside them.

This is the public face; the folders below it are private.
"""

from modes import rules as _rules  # noqa: F401  (registers the rules)
from modes.core.errors import DifferentiationError, TracedConversionError
from modes.graph.counting import GRADIENT_BOUNDS, TANGENT_BOUNDS, Counts, counts
from modes.graph.edges import accumulate_edges
from modes.graph.elimination import ORDERS, Accumulation, Graph, accumulate
from modes.graph.rows import Trace
from modes.graph.search import search as search_order
from modes.graph.tracing import trace
from modes.jacobians import crosscountry as _crosscountry  # noqa: F401  (registers the mode)
from modes.jacobians import differences as _differences  # noqa: F401  (registers the difference modes)
from modes.jacobians.checks import check_grads, check_jacobian
from modes.jacobians.choice import Choice, choose_mode
from modes.jacobians.custom import custom_jvp, custom_vjp
from modes.jacobians.forward import jacfwd, jvp
from modes.jacobians.linear_map import linear_map
from modes.jacobians.linearization import linearize
from modes.jacobians.registry import MODES, jacobian, register_mode
from modes.jacobians.reverse import grad, jacrev, value_and_grad, vjp
from modes.jacobians.second_order import hessian, hvp
from modes.jacobians.trees import stop_gradient
from modes.tracers.dual import Dual

__all__ = [  # noqa: RUF022  (by topic)
    # one product with the Jacobian
    "jvp", "vjp", "linearize", "Dual",
    # whole derivatives
    "jacobian", "jacfwd", "jacrev", "grad", "value_and_grad", "hessian", "hvp",
    # modes
    "MODES", "register_mode", "Choice", "choose_mode",
    # what a differentiation is not to see, and what it refuses
    "stop_gradient", "DifferentiationError", "TracedConversionError",
    # rules of one's own
    "custom_jvp", "custom_vjp", "linear_map",
    # checks
    "check_jacobian", "check_grads",
    # the graph of one run: its trace, its counts, its elimination in any order
    "trace", "Trace", "counts", "Counts", "TANGENT_BOUNDS", "GRADIENT_BOUNDS",
    "Graph", "ORDERS", "Accumulation", "accumulate", "accumulate_edges", "search_order",
]  # fmt: skip
