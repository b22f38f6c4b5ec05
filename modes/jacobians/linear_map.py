"""Linear maps of the user's own."""

from collections.abc import Callable
from typing import Any

import numpy as np

from modes.core.errors import DifferentiationError
from modes.core.operands import as_array
from modes.core.primitive import linear
from modes.core.traced import Traced, primal
from modes.maps.batches import dense
from modes.maps.linear import Pair


def linear_map(
    apply: Callable[[Any], Any], transpose: Callable[[Any], Any], *, batched: bool = False
) -> "LinearFunction":
    """A linear function of one array of which the transpose is known, as an operation of your own.

    Parameters
    ----------
    apply, transpose : callable
        The function y = A x and its transpose x̄ = Aᵀ ȳ, of plain arrays; anything may stand in them.
    batched : bool
        They take one axis more, in front, and are called once for a whole batch.

    Returns
    -------
    callable
        Of an array, plain or traced; ``.T`` is the transposed one. It serves both modes, batches and
        nesting to any depth.

    Raises
    ------
    DifferentiationError
        At the first differentiation, where ``⟨ȳ, A x⟩ = ⟨Aᵀ ȳ, x⟩`` does not hold.

    >>> import numpy as np, scipy.sparse
    >>> A = scipy.sparse.csr_array(np.array([[0.0, 2.0], [0.0, 3.0]]))
    >>> times = linear_map(lambda x: A @ x, lambda y: A.T @ y)
    >>> from modes import jacrev
    >>> jacrev(lambda x: times(x) ** 2)(np.array([1.0, 1.0]))
    array([[ 0.,  8.],
           [ 0., 18.]])
    """
    one, other = LinearFunction(apply, batched), LinearFunction(transpose, batched)
    one.T, other.T = other, one
    return one


class LinearFunction:
    """A function of `linear_map`."""

    T: "LinearFunction"
    checked = False

    def __init__(self, function: Callable[[Any], Any], batched: bool) -> None:
        self.function, self.batched = function, batched

    def __call__(self, x: Any) -> Any:
        x = as_array(x, "a linear map")
        if isinstance(x, Traced):
            return _LINEAR(x, self)
        return np.array(self.function(x[None])[0] if self.batched else self.function(x))[()]  # not a buffer

    def over(self, batch, ndim):
        """The function of a value of `ndim` axes, or of each in a batch of them."""
        batch = dense(batch)
        if batch.ndim == ndim:
            return self(batch)
        if self.batched and not isinstance(batch, Traced):
            return np.array(self.function(batch))
        return np.stack([self(row) for row in batch])

    def check(self, x, y):
        """The dot-product test, once."""
        if self.checked:
            return
        rng = np.random.default_rng(0)
        u, v = rng.uniform(0.5, 1.5, np.shape(y)), rng.uniform(0.5, 1.5, np.shape(x))
        pushed, pulled = self(v), self.T(u)
        if np.shape(pulled) != np.shape(x):
            raise DifferentiationError(
                f"linear_map: transpose gives shape {np.shape(pulled)} for an argument of shape {np.shape(x)}"
            )
        scale = np.abs(pushed).ravel() @ u.ravel() + np.abs(pulled).ravel() @ v.ravel()
        if not abs(np.vdot(u, pushed) - np.vdot(pulled, v)) <= 1e-5 * scale:
            raise DifferentiationError(
                "linear_map: apply and transpose are not each other's transpose: for random x and y, "
                f"⟨y, apply(x)⟩ = {np.vdot(u, pushed):.6g}, but ⟨transpose(y), x⟩ = {np.vdot(pulled, v):.6g}"
            )
        self.checked = self.T.checked = True


def _linear_maps(y, x, function):
    function.check(primal(x), primal(y))
    inner, outer = np.ndim(x), np.ndim(y)
    return Pair(lambda t: function.over(t, inner), lambda g: function.T.over(g, outer))


_LINEAR = linear(lambda x, function: function(x), _linear_maps, name="a linear map")
