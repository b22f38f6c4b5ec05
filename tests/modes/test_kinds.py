"""A branch on the kind of a value takes the same way whether it is traced or not."""

import collections.abc
import copy
import numbers

import numpy as np
import pytest

from modes import check_jacobian, grad, jacfwd, jacobian, jacrev, jvp, vjp

X = np.array([0.3, 0.7, 1.1])

QUESTIONS = {
    "np.isscalar": np.isscalar,
    "float": lambda v: isinstance(v, float),
    "Number": lambda v: isinstance(v, numbers.Number),
    "Real": lambda v: isinstance(v, numbers.Real),
    "ndarray": lambda v: isinstance(v, np.ndarray),
    "np.generic": lambda v: isinstance(v, np.generic),
    "np.floating": lambda v: isinstance(v, np.floating),
    "Iterable": lambda v: isinstance(v, collections.abc.Iterable),
    "Sized": lambda v: isinstance(v, collections.abc.Sized),
    "list or tuple": lambda v: isinstance(v, list | tuple),
    "has a length": lambda v: hasattr(v, "__len__"),
    "has an iterator": lambda v: hasattr(v, "__iter__"),
    "has a shape": lambda v: hasattr(v, "shape"),
    "class": lambda v: v.__class__ is np.ndarray,
    "np.ndim": lambda v: np.ndim(v) == 0,
    "callable": callable,
}
VALUES = {
    "array": lambda x: x,
    "row": lambda x: np.outer(np.ones(2), x)[0],
    "item": lambda x: x[1],
    "sum": lambda x: np.sum(x),
    "array without axes": lambda x: np.reshape(x[:1], ()),
}


@pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_branch_is_taken(question, value, jac):
    ask, make = QUESTIONS[question], VALUES[value]

    def f(x):
        y = make(x)
        return 2.0 * y if ask(y) else 3.0 * y

    plain = f(X)
    np.testing.assert_allclose(jvp(f, (X,), (X,))[0], plain)
    np.testing.assert_allclose(vjp(f, X)[0], plain)
    np.testing.assert_allclose(jac(f)(X) @ X, plain, rtol=1e-14)


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_numbers_are_not_iterable_and_have_no_length(jac):
    def f(x):
        for attempt in (len, iter_once, lambda v: v[0], list):
            with pytest.raises(TypeError):
                attempt(x[0])
        return [v * 2 for v in x][1] + len(x) * x[2]

    np.testing.assert_array_equal(jac(f)(X), [0, 2, 3])


def iter_once(v):
    return next(iter(v))


@pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])
def test_functions_of_numbers_and_arrays_alike(jac):
    def mean(values):  # as people write it
        if isinstance(values, numbers.Number):
            return values
        if isinstance(values, np.ndarray) and values.ndim > 1:
            return sum(mean(row) for row in values) / len(values)
        return sum(values) / len(values)

    np.testing.assert_allclose(jac(lambda x: mean(np.outer(x, x)) + mean(x[0]))(X)[0], np.mean(X) * 2 / 3 + 1)
    step = np.vectorize(lambda v: v**2 if v > 0.5 else v)
    np.testing.assert_allclose(jac(step)(X), np.diag([1, 1.4, 2.2]))


def test_a_branch_on_the_very_type_is_told_by_the_check():
    def f(x):
        return 2.0 * x if type(x) is np.ndarray else 3.0 * x

    with pytest.raises(AssertionError, match=r"type\(x\) is"):
        check_jacobian(f, X)


def test_copies_keep_the_kind():
    def f(x):
        y = copy.deepcopy(x)
        y[0] = 0.0
        return np.sum(copy.copy(x) * y)

    np.testing.assert_allclose(grad(f)(X), 2 * X * [0, 1, 1])
