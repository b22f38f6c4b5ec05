"""Intervals hold what they promise: coverage by simulation on laws, crossings and noise that are known."""

import numpy as np
import pytest

from reports import crossing, curve, fit_bilinear, fit_growth
from reports.statistics import by_chance, median, paired_ratio

SIZES = 2.0 ** np.arange(11)
ROUNDS = 200


def holds(estimate, truth):
    return estimate.low <= truth <= estimate.high


@pytest.mark.parametrize("rounds", [3, 6, 9, 25])
def test_the_interval_of_a_median_covers_it_under_heavy_tails(rounds):
    rng = np.random.default_rng(rounds)
    hits = [holds(median(np.exp(0.05 * rng.standard_t(3, rounds))), 1) for _ in range(600)]
    assert np.mean(hits) >= 0.93


def test_a_single_round_has_no_interval():
    assert np.isnan(median([2.0]).low)
    assert median([2.0]).value == 2
    assert np.isnan(median([np.nan, 0.0, -1.0]).value)


def test_pairing_cancels_what_both_samples_share():
    rng = np.random.default_rng(1)
    drift = np.exp(rng.normal(0, 0.5, 21))
    ratio = paired_ratio(3 * drift * np.exp(rng.normal(0, 0.01, 21)), drift)
    assert holds(ratio, 3)
    assert ratio.high / ratio.low < 1.03
    assert paired_ratio(np.array([1.0, np.nan, 0.0]), np.array([2.0, 2.0, 2.0])).value == 0.5


@pytest.mark.parametrize(
    ("overhead", "factor", "exponent", "noise"),
    [
        (10, 1, 1, 0.03),
        (0, 1, 1, 0.03),
        (100, 1, 1, 0.05),
        (10, 1, 2, 0.1),
        (5, 5, 0.5, 0.03),
        (10, 0.1, 1, 0.02),
    ],
)
def test_the_interval_of_an_exponent_covers_it(overhead, factor, exponent, noise):
    rng = np.random.default_rng(0)
    law = overhead + factor * SIZES**exponent
    fits = [fit_growth(SIZES, law * np.exp(rng.normal(0, noise, len(law)))) for _ in range(ROUNDS)]
    claimed = [fit for fit in fits if not fit.reason]
    assert len(claimed) > 0.9 * ROUNDS
    assert np.mean([holds(fit.exponent, exponent) for fit in claimed]) > 0.91
    if overhead:
        assert np.mean([holds(fit.overhead, overhead) for fit in claimed]) > 0.91


@pytest.mark.parametrize("seed", range(3))
def test_a_flat_or_hidden_growth_gets_no_exponent(seed):
    rng = np.random.default_rng(seed)
    for law in (np.ones(11), 1 + 1e-4 * SIZES):
        fit = fit_growth(SIZES, law * np.exp(rng.normal(0, 0.05, 11)))
        assert "overhead hides" in fit.reason


def test_laws_that_are_none_are_refused():
    rng = np.random.default_rng(0)
    assert fit_growth(SIZES, np.exp(rng.normal(0, 2, 11))).reason
    assert fit_growth(SIZES[:3], SIZES[:3]).reason == "3 sizes, 4 needed"
    assert "span" in fit_growth([1, 2, 3, 4], [1, 2, 3, 4]).reason
    assert fit_growth(SIZES, np.full(11, np.nan)).reason == "0 sizes, 4 needed"
    assert fit_growth(SIZES, np.where(SIZES > 16, np.inf, 0)).reason == "0 sizes, 4 needed"
    steps = np.where(SIZES < 32, 1.0, 1000.0)
    assert fit_growth(SIZES, steps).reason


def test_exact_counts_give_an_exact_exponent():
    fit = fit_growth(SIZES, 7 + 3 * SIZES**2)
    assert fit.exponent.value == pytest.approx(2, abs=1e-6)
    assert fit.overhead.value == pytest.approx(7, rel=1e-4)
    value, low, high = fit.curve(SIZES)
    np.testing.assert_allclose(value, 7 + 3 * SIZES**2, rtol=1e-5)
    assert np.all(low <= value)
    assert np.all(value <= high)


@pytest.mark.parametrize("truth", [(10, 1, 0.1, 0.01), (100, 1, 1, 0), (1, 1, 1, 1)])
def test_the_two_variable_law_covers_its_coefficients(truth):
    rng = np.random.default_rng(0)
    n, m = (v.ravel() for v in np.meshgrid(SIZES[::2], SIZES[::2]))
    law = truth[0] + truth[1] * n + truth[2] * m + truth[3] * n * m
    fits = [fit_bilinear(n, m, law * np.exp(rng.normal(0, 0.05, len(n)))) for _ in range(ROUNDS)]
    assert not any(fit.reason for fit in fits)
    for k in range(4):
        assert np.mean([holds(fit.coefficients[k], truth[k]) for fit in fits]) > 0.9


def test_the_two_variable_law_is_refused_without_a_plane():
    assert fit_bilinear(SIZES, np.ones(11), SIZES).reason
    rng = np.random.default_rng(0)
    n, m = (v.ravel() for v in np.meshgrid(SIZES, SIZES))
    assert "misses" in fit_bilinear(n, m, np.exp(rng.normal(0, 2, len(n)))).reason


@pytest.mark.parametrize("place", [3.0, 20.0, 300.0])
@pytest.mark.parametrize("noise", [0.02, 0.2])
def test_the_interval_of_a_crossing_covers_it(place, noise):
    rng = np.random.default_rng(0)
    found = [crossing(SIZES, SIZES / place * np.exp(rng.normal(0, noise, 11))) for _ in range(ROUNDS)]
    assert all(c.side == "inside" for c in found)
    assert np.mean([holds(c.at, place) for c in found if not c.reason]) > 0.91


def test_a_crossing_outside_the_sizes_is_not_invented():
    rng = np.random.default_rng(0)
    assert crossing(SIZES, 5 * SIZES * np.exp(rng.normal(0, 0.05, 11))).side == "below"
    assert crossing(SIZES, 1e-5 * SIZES * np.exp(rng.normal(0, 0.05, 11))).side == "above"
    assert crossing(SIZES[:2], SIZES[:2]).reason
    claims = [crossing(SIZES, np.exp(rng.normal(0, 0.05, 11))) for _ in range(ROUNDS)]
    assert np.mean([c.side == "inside" and not c.reason for c in claims]) < 0.05


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_crossover_curve_covers_its_factor(factor):
    rng = np.random.default_rng(0)
    m = SIZES[2:9]
    found = [curve(m, factor * m * np.exp(rng.normal(0, 0.1, len(m)))) for _ in range(ROUNDS)]
    assert np.mean([holds(c.factor, factor) for c in found]) > 0.91
    assert np.mean([holds(c.exponent, 1) for c in found]) > 0.91
    assert curve(m[:2], m[:2]).reason


def test_what_chance_alone_may_show():
    assert by_chance(0) == 0
    assert by_chance(1) == 0
    assert 3 <= by_chance(100) <= 7
