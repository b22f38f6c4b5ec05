"""The worked example of the sources, for ``python -m modes trace modes.example:f --at 0.5,2,1``."""

import numpy as np


def f(x):
    """y₁ = x₁(x₂ − x₃), y₂ = x₃ log(1 − x₁), for x of shape (3,) with x₁ < 1.

    J. Lalin, "How Backpropagation Is Able To Reduce the Time Spent on Computing Gradients" (2021).
    """
    x1, x2, x3 = x
    return np.array([x1 * (x2 - x3), x3 * np.log(1 - x1)])
