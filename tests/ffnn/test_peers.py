# ruff: noqa: E741  (l is the layer, as in the sources)
"""The same numbers from differentiation tools that other people wrote."""

import numpy as np
import pytest

from ffnn import Parameters, gradient

CASES = [
    ("relu", "multi-class-cross-entropy"),
    ("tanh", "binary-cross-entropy"),
    ("sigmoid", "multi-label-cross-entropy"),
    ("gelu", "mean-squared-error"),
    ("silu", "multi-class-cross-entropy"),
    ("softplus", "mean-squared-error"),
    ("leaky-relu", "multi-label-cross-entropy"),
    ("softmax", "multi-class-cross-entropy"),
]


def hidden_forms(np_like):
    exp, tanh, maximum = np_like.exp, np_like.tanh, np_like.maximum
    scale = np.sqrt(2 / np.pi)
    return {
        "relu": lambda z: maximum(z, 0.0),
        "leaky-relu": lambda z: maximum(z, 0.01 * z),
        "tanh": tanh,
        "sigmoid": lambda z: 1 / (1 + exp(-z)),
        "gelu": lambda z: 0.5 * z * (1 + tanh(scale * (z + 0.044715 * z**3))),
        "silu": lambda z: z / (1 + exp(-z)),
        "softplus": lambda z: np_like.logaddexp(0.0, z),
        "softmax": lambda z: exp(z) / exp(z).sum(0),
    }


def peer_cost(np_like, hidden, cost, X, Y):
    """The textbook's cost in the peer's own NumPy, not ours."""

    def J(leaves):
        A, count = X, len(leaves) // 2
        for l in range(count):
            Z = np_like.dot(leaves[l], A) + leaves[count + l][:, None]
            A = hidden_forms(np_like)[hidden](Z) if l < count - 1 else Z
        if cost == "mean-squared-error":
            return np_like.sum((A - Y) ** 2) / Y.shape[1]
        if cost == "multi-class-cross-entropy":
            return -np_like.sum(Y * (A - np_like.log(np_like.exp(A).sum(0)))) / Y.shape[1]
        P = 1 / (1 + np_like.exp(-A))
        return -np_like.sum(Y * np_like.log(P) + (1 - Y) * np_like.log(1 - P)) / Y.shape[1]

    return J


def compare(problem, relative, hidden, cost, differentiate):
    sizes = (4, 6, 5, 1 if cost == "binary-cross-entropy" else 3)
    network, parameters, X, Y = problem(sizes, 9, hidden=hidden, cost=cost)
    leaves = [*parameters.W[1:], *parameters.b[1:]]
    found = [np.array(leaf) for leaf in differentiate(hidden, cost, X, Y, leaves)]
    peer = Parameters((None, *found[:3]), (None, *found[3:]))
    for method in ("backpropagation", "reverse", "forward"):
        assert relative(gradient(network, parameters, X, Y, method), peer) < 1e-12, method


@pytest.mark.parametrize(("hidden", "cost"), CASES)
def test_autograd(problem, relative, hidden, cost):
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    def differentiate(hidden, cost, X, Y, leaves):
        return autograd.grad(peer_cost(anp, hidden, cost, X, Y))(leaves)

    compare(problem, relative, hidden, cost, differentiate)


@pytest.mark.parametrize(("hidden", "cost"), CASES)
def test_jax(problem, relative, hidden, cost):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    def differentiate(hidden, cost, X, Y, leaves):
        return jax.grad(peer_cost(jax.numpy, hidden, cost, X, Y))(leaves)

    compare(problem, relative, hidden, cost, differentiate)


@pytest.mark.parametrize(("hidden", "cost"), CASES)
def test_torch(problem, relative, hidden, cost):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    forms = {
        "relu": torch.relu,
        "leaky-relu": functional.leaky_relu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "gelu": lambda z: functional.gelu(z, approximate="tanh"),
        "silu": functional.silu,
        "softplus": functional.softplus,
        "softmax": lambda z: torch.softmax(z, 0),
    }
    losses = {
        "mean-squared-error": functional.mse_loss,
        "multi-class-cross-entropy": lambda z, y: functional.cross_entropy(z.T, y.T, reduction="sum"),
        "binary-cross-entropy": functional.binary_cross_entropy_with_logits,
        "multi-label-cross-entropy": functional.binary_cross_entropy_with_logits,
    }

    def differentiate(hidden, cost, X, Y, leaves):
        tensors = [torch.tensor(leaf, requires_grad=True) for leaf in leaves]
        A, count = torch.tensor(X), len(tensors) // 2
        for l in range(count):
            Z = tensors[l] @ A + tensors[count + l][:, None]
            A = forms[hidden](Z) if l < count - 1 else Z
        arguments = {} if cost.startswith("multi-class") else {"reduction": "sum"}
        J = losses[cost](A, torch.tensor(Y), **arguments) / Y.shape[1]
        return [slope.numpy() for slope in torch.autograd.grad(J, tensors)]

    compare(problem, relative, hidden, cost, differentiate)
