"""Real data that scikit-learn ships, split, scaled, and laid out with one example a column."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ffnn._activations import Array


class Dataset(NamedTuple):
    """Examples to train and to test on, and the cost that suits their targets.

    X have shape (n[0], m); Y are labels (m,) for the multi-class cost and (1, m) otherwise.
    """

    X_train: Array
    Y_train: Any
    X_test: Array
    Y_test: Any
    cost: str


DATASETS = {
    "digits": "multi-class-cross-entropy",
    "breast-cancer": "binary-cross-entropy",
    "diabetes": "mean-squared-error",
}
"""The cost that each data set is learnt with: 10 classes, 2 classes, regression."""


def load_dataset(name: str, seed: int = 42, test_size: float = 0.25) -> Dataset:
    """A data set by name, split at random into train and test.

    Inputs (and the target of a regression) are shifted and scaled to mean 0 and variance 1 over the
    training examples.

    Raises
    ------
    ValueError : an unknown name.
    ImportError : scikit-learn is not installed.
    """
    if name not in DATASETS:
        raise ValueError(f"dataset is {name!r}; choose one of {', '.join(map(repr, DATASETS))}.")
    try:
        from sklearn import datasets
        from sklearn.model_selection import train_test_split
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise ImportError("the data sets are scikit-learn's: pip install -e '.[train]'.") from None
    cost = DATASETS[name]
    load = {"digits": datasets.load_digits, "breast-cancer": datasets.load_breast_cancer}
    X, y = load.get(name, datasets.load_diabetes)(return_X_y=True)
    labels = None if name == "diabetes" else y
    parts = train_test_split(X, y, test_size=test_size, random_state=seed, stratify=labels)
    X_train, X_test, y_train, y_test = parts
    scaler = StandardScaler().fit(X_train)
    if name == "diabetes":
        mean, scale = y_train.mean(), y_train.std()
        y_train, y_test = (y_train - mean) / scale, (y_test - mean) / scale
    if name != "digits":
        y_train, y_test = y_train[None, :], y_test[None, :]
    return Dataset(
        np.ascontiguousarray(scaler.transform(X_train).T),
        y_train,
        np.ascontiguousarray(scaler.transform(X_test).T),
        y_test,
        cost,
    )
