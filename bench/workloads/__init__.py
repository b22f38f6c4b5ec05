"""The functions that are measured, each with a Jacobian known independently of any tool.

A new workload is one function that returns a `Workload`, and its line in `WORKLOADS`.
"""

from collections.abc import Callable

from ._workload import Workload
from .bottleneck import bottleneck
from .broyden import broyden
from .bundle_adjustment import bundle_adjustment
from .elementwise import elementwise
from .gmm import gmm
from .iterated_map import iterated_map
from .network import network
from .rosenbrock import rosenbrock
from .sources import sources
from .speelpenning import speelpenning
from .tanh_chain import tanh_chain

__all__ = ["WORKLOADS", "Workload"]

WORKLOADS: dict[str, Callable[..., Workload]] = {
    "sources": sources,
    "tanh-chain": tanh_chain,
    "bottleneck": bottleneck,
    "elementwise": elementwise,
    "speelpenning": speelpenning,
    "rosenbrock": rosenbrock,
    "broyden": broyden,
    "iterated-map": iterated_map,
    "gmm": gmm,
    "bundle-adjustment": bundle_adjustment,
    "network": network,
}
