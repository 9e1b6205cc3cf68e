"""Bootstrap over prompts: against resampling by hand, its coverage, and what it does with gaps."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ragged_rewards import NAN
from theory.errors import InvalidInputError
from theory.estimators.bootstrap import bootstrap_means, interval, order_probabilities
from theory.estimators.resampling import drawn_counts


def test_against_prompts_drawn_one_by_one():
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(4, 50)) * 10.0 ** np.arange(-3, 5, 2)[:, None] + 1e3
    columns[1, rng.random(50) < 0.5] = NAN
    found = bootstrap_means(columns, resamples=20, seed=7)
    np.testing.assert_allclose(found.means, np.nanmean(columns, axis=1), rtol=1e-14)
    for number in range(20):
        drawn = np.repeat(np.arange(50), drawn_counts(50, 7, number))
        wanted = np.nanmean(columns[:, drawn], axis=1)
        # In single precision of the largest difference from the mean.
        error = 1e-6 * np.nanmax(np.abs(columns - found.means[:, None]), axis=1)
        assert (np.abs(found.resampled[number] - wanted) <= error).all()


def test_blocks_change_rounding_only():
    columns = np.random.default_rng(1).normal(size=(3, 500))
    whole = bootstrap_means(columns, resamples=70)
    for block in (1, 7, 64):
        found = bootstrap_means(list(columns), resamples=70, block=block)
        np.testing.assert_allclose(found.resampled, whole.resampled, atol=1e-6)
    longer = bootstrap_means(columns, resamples=90).resampled[:70]
    np.testing.assert_allclose(longer, whole.resampled, atol=1e-6)
    assert (bootstrap_means(columns, resamples=70, seed=1).resampled != whole.resampled).all()


def test_gaps():
    """A column without any number, one with a single one, and one that does not vary."""
    found = bootstrap_means(np.array([[NAN] * 3, [NAN, 5.0, NAN], [0.1] * 3]), resamples=200)
    np.testing.assert_array_equal(found.means, [NAN, 5.0, 0.1])
    assert np.isnan(found.resampled[:, 0]).all()
    own = found.resampled[:, 1]
    assert set(own[~np.isnan(own)]) == {5.0}
    # The prompt with the number is drawn in 1 - (2/3)^3 of the resamples.
    assert np.isnan(own).mean() == pytest.approx(8 / 27, abs=0.12)
    assert set(found.resampled[:, 2]) == {0.1}


@pytest.mark.parametrize("kind", ["percentile", "basic"])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_cover_at_the_stated_rate(kind, level):
    """2,000 repetitions with 150 prompts each: of a mean, and of the difference and the ratio of two."""
    rng = np.random.default_rng(5)
    first, noise = rng.exponential(size=(2000, 150)), rng.normal(size=(2000, 150))
    second = 2.0 + 0.5 * first + noise
    found = bootstrap_means(np.concatenate([first, second]), resamples=800)
    means, resampled = found.means.reshape(2, -1), found.resampled.reshape(-1, 2, 2000)
    cases = [
        (means[0], resampled[:, 0], 1.0),
        (means[1] - means[0], resampled[:, 1] - resampled[:, 0], 1.5),
        (means[1] / means[0], resampled[:, 1] / resampled[:, 0], 2.5),
    ]
    for estimate, draws, exact in cases:
        ends = interval(estimate, draws, level=level, kind=kind)
        rate = ((ends.low <= exact) & (exact <= ends.high)).mean()
        assert rate == pytest.approx(level, abs=0.03)


def test_rows_are_not_resampled():
    """40 prompts of 16 rows with effects of prompts: resampling rows would give a quarter of the deviation."""
    rng = np.random.default_rng(2)
    effects = rng.normal(size=40)
    rows = effects[:, None] + 0.1 * rng.normal(size=(40, 16))
    by_prompt = bootstrap_means(rows.mean(axis=1)[None]).resampled.std()
    by_row = bootstrap_means(rows.reshape(1, -1)).resampled.std()
    assert by_prompt == pytest.approx(effects.std() / 40**0.5, rel=0.1)
    assert by_prompt / by_row == pytest.approx(4, rel=0.1)


def test_pairing_makes_differences_sure():
    rng = np.random.default_rng(3)
    effects = rng.normal(size=200)
    columns = np.stack([effects + 0.01 + 0.001 * rng.normal(size=200), effects])
    found = bootstrap_means(columns)
    ends = interval(found.means, found.resampled)
    assert ends.low[0] < found.means[1] < ends.high[0]
    assert order_probabilities(found.resampled)[0].tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    "changed",
    [
        {"columns": np.zeros((0, 3))},
        {"columns": np.zeros((3, 0))},
        {"columns": [np.zeros(3), np.zeros(4)]},
        {"columns": np.array([[1.0, np.inf]])},
        {"resamples": 0},
        {"seed": -1},
        {"block": 0},
    ],
)
def test_bad_input(changed):
    with pytest.raises(InvalidInputError):
        bootstrap_means(**({"columns": np.ones((1, 2))} | changed))


@pytest.mark.parametrize("changed", [{"level": 1.0}, {"level": 0.0}, {"kind": "studentised"}])
def test_bad_intervals(changed):
    with pytest.raises(InvalidInputError):
        interval(np.array(0.0), np.zeros(10), **changed)
