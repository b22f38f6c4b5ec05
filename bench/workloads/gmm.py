"""ADBench's Gaussian mixture: a log-posterior, one output of many inputs, over a batch of points."""

import math

import numpy as np

from . import _adbench
from ._workload import Array, Workload, at_least


def gmm(instance: str = "gmm_1k_d2_K5", points: int | None = None) -> Workload:
    """Log-posterior of K Gaussians in d dimensions on the first `points` points of an ADBench file, m = 1.

    The inputs are, in this order, K log-weights α, the K × d means μ, and K rows of d(d+1)/2 factors of the
    inverse covariance: the logarithms l of its diagonal, then the strictly lower triangle by columns;
    n = K(1 + d + d(d+1)/2). The objective is that of F. Šrajer, Z. Kukelova and A. Fitzgibbon,
    "A benchmark of selected algorithmic differentiation tools on some problems in computer vision and
    machine learning", Optimization Methods and Software 33 (2018).
    """
    data = _adbench.numbers(instance)
    d, K, available = (int(value) for value in data[:3])
    n = K * (1 + d + d * (d + 1) // 2)
    x, rest = data[3 : 3 + n], data[3 + n :]
    N = available if points is None else at_least("points", points, 1)
    if available < N:
        raise ValueError(f"points is {N}; {instance} holds {available}")
    observed = rest[: N * d].reshape(N, d)
    gamma, wishart = rest[available * d], int(rest[available * d + 1])

    below = np.tri(d, k=-1)  # 1 in the strictly lower triangle
    column, row = np.nonzero(below.T)  # its places, column by column
    place = np.zeros((d, d), int)
    place[row, column] = d + np.arange(row.size)

    degrees = d + wishart + 1
    log_gamma = math.log(math.pi) * d * (d - 1) / 4 + sum(math.lgamma(0.5 * (degrees - j)) for j in range(d))
    constant = -N * d * 0.5 * math.log(2 * math.pi) - K * (
        degrees * d * math.log(gamma / math.sqrt(2)) - log_gamma
    )

    def log_sum_exp(v, axis):
        largest = np.max(v, axis=axis, keepdims=True)
        return np.sum(np.log(np.sum(np.exp(v - largest), axis=axis, keepdims=True)) + largest)

    def f(x):
        alpha, means = x[:K], np.reshape(x[K : K + K * d], (K, d))
        factors = np.reshape(x[K + K * d :], (K, d + d * (d - 1) // 2))
        diagonal, lower = np.exp(factors[:, :d]), factors[:, place] * below
        log_diagonal = np.sum(factors[:, :d], axis=1)
        centred = observed[:, None, :] - means
        scaled = diagonal * centred + np.einsum("kij,nkj->nki", lower, centred)
        inner = alpha + log_diagonal - 0.5 * np.sum(scaled * scaled, axis=2)
        prior = 0.5 * gamma**2 * (np.sum(diagonal * diagonal) + np.sum(lower * lower))
        prior = prior - wishart * np.sum(log_diagonal)
        return constant + log_sum_exp(inner, 1) - N * log_sum_exp(alpha, 0) + prior

    def jacobian() -> Array:
        alpha, means = x[:K], x[K : K + K * d].reshape(K, d)
        factors = x[K + K * d :].reshape(K, -1)
        diagonal, lower = np.exp(factors[:, :d]), factors[:, place] * below
        centred = observed[:, None, :] - means
        Q = lower + diagonal[:, :, None] * np.eye(d)
        scaled = np.einsum("kij,nkj->nki", Q, centred)
        inner = alpha + factors[:, :d].sum(1) - 0.5 * (scaled**2).sum(2)
        share = np.exp(inner - inner.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)  # posterior probability of each component for each point
        weight = np.exp(alpha - alpha.max())
        d_alpha = share.sum(0) - N * weight / weight.sum()
        d_means = np.einsum("nk,kij,nki->kj", share, Q, scaled)
        spread = np.einsum("nk,nki,nkj->kij", share, scaled, centred)
        d_log = share.sum(0)[:, None] - np.einsum("kii->ki", spread) * diagonal
        d_log += gamma**2 * diagonal**2 - wishart
        d_lower = (gamma**2 * lower - spread)[:, row, column]
        return np.concatenate([d_alpha, d_means.ravel(), np.hstack([d_log, d_lower]).ravel()])[None, :]

    return Workload("gmm", f, x, jacobian, {"instance": instance, "points": N})
