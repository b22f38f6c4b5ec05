"""Digits of the elementwise rules over their whole domains, against formulas in 60 digits that no rule made.

A derivative that is a normal number is right to 1e-12; one that over- or underflows is inf or (nearly) 0.
"""

import warnings

import numpy as np
import pytest
from exact_slopes import HUGE, PARTIALS, SLOPES, TINY
from mpmath import mp, mpf
from scipy import special as sp

from modes import jvp


def differences(found, exact):
    """The relative errors of derivatives where the exact one is a normal number; elsewhere, 0 where right."""
    errors = np.zeros(len(found))
    for i, (mine, truth) in enumerate(zip(found.tolist(), exact, strict=True)):
        size = abs(truth)
        if size < TINY:
            errors[i] = 0.0 if abs(mine) < 1.01 * TINY else np.inf
        elif size > HUGE:
            errors[i] = 0.0 if abs(mine) > 0.99 * HUGE and (mine > 0) == (truth > 0) else np.inf
        else:
            errors[i] = abs(mpf(mine) - truth) / size if np.isfinite(mine) else np.inf
    return errors


def slopes(function, args, position):
    """The partials at many points, by a tangent of ones."""

    def of_one(x):
        return function(*args[:position], x, *args[position + 1 :])

    with np.errstate(all="ignore"):
        return np.broadcast_to(
            jvp(of_one, (args[position],), (np.ones_like(args[position]),))[1], args[position].shape
        )


@pytest.mark.parametrize("function", SLOPES, ids=lambda f: f"{f.__name__}")
def test_unary_rule(function):
    points, slope = SLOPES[function]
    with mp.workdps(60):
        exact = [mpf(slope(mpf(x))) for x in points.tolist()]
        errors = differences(slopes(function, (points,), 0), exact)
    wrong = errors > 1e-12
    assert not wrong.any(), list(zip(points[wrong], errors[wrong], strict=True))


@pytest.mark.parametrize("function", PARTIALS, ids=lambda f: f.__name__)
def test_rule_of_two_arguments(function):
    points, *partials = PARTIALS[function]
    for position, partial in enumerate(partials):
        if partial is None:
            continue
        with mp.workdps(60):
            exact = [mpf(partial(mpf(a), mpf(b))) for a, b in points.T.tolist()]
            errors = differences(slopes(function, tuple(points), position), exact)
        wrong = errors > 1e-12
        assert not wrong.any(), (position, list(zip(points.T[wrong].tolist(), errors[wrong], strict=True)))


@pytest.mark.parametrize("function", SLOPES, ids=lambda f: f.__name__)
def test_no_warning_where_the_function_gives_none(function):
    """And where the derivative is a number: one that is infinite is told by NumPy."""
    for at in SLOPES[function][0]:
        with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
            warnings.simplefilter("error")
            try:
                function(at)
            except RuntimeWarning:
                continue
            warnings.simplefilter("ignore")
            if np.isfinite(jvp(function, (at,), (1.0,))[1]):
                warnings.simplefilter("error")
                jvp(function, (at,), (1.0,))


@pytest.mark.parametrize("function", SLOPES, ids=lambda f: f.__name__)
def test_single_precision_stays(function):
    x = np.array([0.3, 0.7], np.float32) * (-1 if function is sp.ndtri_exp else 1) + (function is np.arccosh)

    def slope(x):
        return jvp(function, (x,), (np.ones_like(x),))[1]

    assert slope(x).dtype == jvp(slope, (x,), (np.ones_like(x),))[1].dtype == np.float32
