"""Feedforward networks: one network, one cost, and the full gradient by every road.

>>> import numpy as np
>>> from ffnn import Network, initialise, gradient
>>> network = Network((2, 8, 1), hidden="tanh", cost="binary-cross-entropy")
>>> parameters = initialise(network, 0)
>>> X, Y = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]]), np.array([0, 1, 1, 0])
>>> by_hand = gradient(network, parameters, X, Y)
>>> forward = gradient(network, parameters, X, Y, method="forward")
>>> bool(np.allclose(by_hand.W[1], forward.W[1], rtol=1e-12))
True
"""

from ffnn._activations import ACTIVATIONS, Activation
from ffnn._agreement import Agreement, compare_methods
from ffnn._check import GradientCheck, check_gradient
from ffnn._costs import COSTS, Cost
from ffnn._datasets import DATASETS, Dataset, load_dataset
from ffnn._descent import Training, accuracy, gradient_descent, r_squared
from ffnn._gradient import METHODS, gradient
from ffnn._network import Network
from ffnn._parameters import Parameters, flatten, initialise, parameter_name, unflatten
from ffnn._propagation import (
    Cache,
    Gradients,
    backward_propagation,
    cost,
    cost_of,
    forward_propagation,
)
from ffnn._symbolic import Swell, expression_swell, symbolic_gradient
from ffnn._validation import one_hot
from ffnn._workspace import Workspace

__all__ = [
    "ACTIVATIONS",
    "COSTS",
    "DATASETS",
    "METHODS",
    "Activation",
    "Agreement",
    "Cache",
    "Cost",
    "Dataset",
    "GradientCheck",
    "Gradients",
    "Network",
    "Parameters",
    "Swell",
    "Training",
    "Workspace",
    "accuracy",
    "backward_propagation",
    "check_gradient",
    "compare_methods",
    "cost",
    "cost_of",
    "expression_swell",
    "flatten",
    "forward_propagation",
    "gradient",
    "gradient_descent",
    "initialise",
    "load_dataset",
    "one_hot",
    "parameter_name",
    "r_squared",
    "symbolic_gradient",
    "unflatten",
]
