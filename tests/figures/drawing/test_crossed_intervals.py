"""Intervals over crossed seeds and prompts: formulas computed another way, coverage, and what has no interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from figures.drawing.crossed_intervals import (
    Interval,
    crossed_mean,
    crossed_ratio,
    percentile_interval,
    resample_weights,
)
from theory.errors import InvalidInputError


def drawn(rng: np.random.Generator, *, by_seed: float, by_prompt: float, rest: float, shape=(3, 64)) -> np.ndarray:
    seeds, prompts = shape
    columns = by_seed * rng.normal(size=(seeds, 1)) + by_prompt * rng.normal(size=(1, prompts))
    return columns + rest * rng.normal(size=shape)


def test_prompts_that_alone_decide_give_the_interval_of_their_means() -> None:
    """Equal rows: the mean squares of seeds and of the rest are zero, and what is left is a one-sample t interval."""
    row = np.random.default_rng(0).normal(size=20)
    found = crossed_mean(np.stack([row] * 3))
    half = stats.t.ppf(0.975, 19) * row.std(ddof=1) / math.sqrt(20)
    assert found == pytest.approx((row.mean(), row.mean() - half, row.mean() + half))


def test_three_seeds_that_alone_decide_have_two_degrees_of_freedom() -> None:
    values = np.repeat([[0.1], [0.2], [0.6]], 30, axis=1)
    half = stats.t.ppf(0.975, 2) * np.std([0.1, 0.2, 0.6], ddof=1) / math.sqrt(3)
    assert crossed_mean(values).high == pytest.approx(0.3 + half)


def test_mean_squares_are_those_of_the_two_way_table() -> None:
    """The same components from sums of squares of all cells, by subtraction."""
    values = drawn(np.random.default_rng(1), by_seed=1.0, by_prompt=1.0, rest=0.3, shape=(4, 9))
    seeds, prompts = values.shape
    correction = values.sum() ** 2 / values.size
    of_seeds = (values.sum(axis=1) ** 2).sum() / prompts - correction
    of_prompts = (values.sum(axis=0) ** 2).sum() / seeds - correction
    rest = ((values**2).sum() - correction - of_seeds - of_prompts) / ((seeds - 1) * (prompts - 1))
    squares = of_seeds / (seeds - 1), of_prompts / (prompts - 1)
    assert min(squares) > rest
    variance = (sum(squares) - rest) / values.size
    freedom = (variance * values.size) ** 2 / (
        squares[0] ** 2 / (seeds - 1) + squares[1] ** 2 / (prompts - 1) + rest**2 / ((seeds - 1) * (prompts - 1))
    )
    half = stats.t.ppf(0.975, freedom) * math.sqrt(variance)
    assert crossed_mean(values).high - values.mean() == pytest.approx(half)


@pytest.mark.parametrize("by_seed", [0.0, 0.1, 0.3, 1.0])
def test_they_hold_the_truth_nearly_as_often_as_they_should(by_seed: float) -> None:
    rng = np.random.default_rng(2)
    held = [
        not (low > 0 or high < 0)
        for _, low, high in (crossed_mean(drawn(rng, by_seed=by_seed, by_prompt=1.0, rest=0.5)) for _ in range(600))
    ]
    # Three standard deviations of 600 draws below 0.945.
    assert np.mean(held) > 0.915


def test_a_ratio_has_every_value_at_which_the_difference_is_not_told_from_zero() -> None:
    rng = np.random.default_rng(3)
    below = 1.0 + drawn(rng, by_seed=0.1, by_prompt=0.5, rest=0.3)
    above = 0.5 * below + drawn(rng, by_seed=0.05, by_prompt=0.3, rest=0.3)
    found = crossed_ratio(above, below)
    for ratio in np.linspace(found.low - 0.3, found.high + 0.3, 61):
        assert crossed_mean(above - ratio * below).includes_zero == (found.low <= ratio <= found.high)
    assert found.value == pytest.approx(above.mean() / below.mean())


def test_a_ratio_to_what_may_be_zero_has_no_bound() -> None:
    rng = np.random.default_rng(4)
    below = drawn(rng, by_seed=1.0, by_prompt=1.0, rest=1.0)
    found = crossed_ratio(1 + below, below)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert found.includes_zero
    assert math.isnan(crossed_ratio(1 + below, 0 * below).value)


def test_a_ratio_of_equal_tables_is_one_without_doubt() -> None:
    table = 1.0 + drawn(np.random.default_rng(5), by_seed=0.01, by_prompt=0.1, rest=0.1)
    assert crossed_ratio(table, table) == pytest.approx((1.0, 1.0, 1.0), abs=1e-9)


def test_resampled_means_vary_as_the_mean_does_even_of_three() -> None:
    weights = resample_weights(np.random.default_rng(6), 3, 200_000)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    values = np.array([0.0, 1.0, 5.0])
    assert np.var(weights @ values) == pytest.approx(np.var(values, ddof=1) / 3, rel=0.02)


def test_percentiles_leave_no_interval_where_much_is_undefined() -> None:
    resampled = np.linspace(0, 1, 1001)
    assert percentile_interval(0.5, resampled) == pytest.approx((0.5, 0.025, 0.975))
    resampled[:100] = np.nan
    found = percentile_interval(0.5, resampled)
    assert math.isnan(found.low)
    assert found.includes_zero


def test_zero_outside_is_told() -> None:
    assert not Interval(0.2, 0.1, 0.3).includes_zero
    assert not Interval(-0.2, -0.3, -0.1).includes_zero
    assert Interval(0.2, -0.1, 0.3).includes_zero


@pytest.mark.parametrize("values", [np.ones((0, 5)), np.ones((5, 1)), np.array([[1.0, np.nan], [1.0, 2.0]])])
def test_what_has_no_interval_is_refused(values: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="values"):
        crossed_mean(values)


def test_unlike_tables_and_one_thing_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="above"):
        crossed_ratio(np.ones((2, 3)), np.ones((2, 4)))
    with pytest.raises(InvalidInputError, match="number"):
        resample_weights(np.random.default_rng(0), 1, 5)


def test_a_single_seed_has_the_interval_for_other_prompts() -> None:
    values = np.random.default_rng(3).normal(0.4, 1.0, 30)
    found = crossed_mean(values[None])
    low, high = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high))
