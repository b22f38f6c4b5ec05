"""The statistics recover what was put into them."""

import numpy as np
import pytest

from bench._statistics import crossover, fit_growth, median_interval


@pytest.mark.parametrize("count", [6, 9, 15, 25])
def test_interval_of_the_median_covers_at_its_rate(count):
    rng = np.random.default_rng(count)
    samples = rng.lognormal(0, 0.5, (2000, count))  # median 1, skewed as timings are
    hits = [low <= 1 <= high for _, low, high in map(median_interval, samples)]
    assert 0.94 <= np.mean(hits) <= 1


def test_interval_of_one_sample_is_the_sample():
    assert median_interval([3.0]) == (3.0, 3.0, 3.0)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="samples is empty"):
        median_interval([])


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("floor", [0.0, 30.0])
def test_growth_recovers_the_exponent_above_a_floor(exponent, floor):
    sizes = 2.0 ** np.arange(11)
    rng = np.random.default_rng(1)
    exponents = []
    for _ in range(40):
        costs = (floor + 2 * sizes**exponent) * rng.lognormal(0, 0.02, sizes.size)
        growth = fit_growth(sizes, costs)
        assert growth is not None
        exponents.append(growth.exponent)
    assert np.median(exponents) == pytest.approx(exponent, abs=0.03)


def test_uncertainty_of_the_exponent_is_of_the_size_of_its_scatter():
    sizes = 2.0 ** np.arange(11)
    rng = np.random.default_rng(2)
    fits = [fit_growth(sizes, (30 + 2 * sizes) * rng.lognormal(0, 0.03, sizes.size)) for _ in range(200)]
    exponents, uncertainties = np.transpose([(fit.exponent, fit.uncertainty) for fit in fits if fit])
    assert 0.5 < np.median(uncertainties) / np.std(exponents) < 2


def test_three_sizes_support_no_growth_law():
    assert fit_growth([1, 2, 4], [1, 2, 4]) is None


def crossings(slope, noise, count=200):
    sizes = 2.0 ** np.arange(11)
    rng = np.random.default_rng(3)
    errors = np.full(11, noise)
    return [
        crossover(sizes, (sizes / 20) ** slope * rng.lognormal(0, noise, 11), errors) for _ in range(count)
    ]


def test_crossover_of_a_noisy_line():
    for found in crossings(slope=1, noise=0.03):
        assert found is not None
        assert found.size == pytest.approx(20, rel=0.15)


def test_uncertainty_of_a_crossover_is_of_the_size_of_its_scatter():
    for slope in (1.0, 0.3):
        found = [c for c in crossings(slope, noise=0.03) if c]
        scatter = np.std([np.log(c.size) for c in found])
        assert 0.6 < np.median([c.uncertainty for c in found]) / scatter < 1.6


def test_crossover_needs_a_passage():
    assert crossover([1, 2, 4, 8], [2, 3, 4, 5], np.full(4, 0.01)) is None
