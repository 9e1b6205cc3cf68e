"""The order of teachers: probabilities, coverage of intervals, and how many prompts would tell."""

from __future__ import annotations

import numpy as np
import pytest

from flatscape.audit.analysis.order import POWER, further_prompts, ordered_pairs
from theory.estimators.bootstrap import bootstrap_means


def order_of(columns, resamples=200):
    found = bootstrap_means(columns, resamples=resamples)
    return ordered_pairs(found.means, found.resampled, columns=columns)


def test_a_clear_order_is_decided():
    rng = np.random.default_rng(0)
    base = rng.normal(size=40)
    columns = np.stack([base, base + 0.5 + 0.1 * rng.normal(size=40), base - 1.0])
    order, pairs = order_of(columns)
    assert order == [1, 0, 2]
    assert [(p.better, p.worse) for p in pairs] == [(1, 0), (1, 2), (0, 2)]
    assert all(p.decided and p.probability == 1.0 and p.more_prompts is None and not p.hopeless for p in pairs)
    assert pairs[0].low < 0.5 < pairs[0].high


def test_an_undecided_pair_says_how_many_more_prompts():
    rng = np.random.default_rng(1)
    difference = rng.normal(size=50)
    difference += 0.1 - difference.mean()
    (pair,) = order_of(np.stack([difference, np.zeros(50)]))[1]
    assert not pair.decided
    assert pair.low < 0 < pair.high
    wanted = ((1.959964 + 0.841621) * difference.std(ddof=1) / 0.1) ** 2
    assert pair.more_prompts == int(np.ceil(wanted)) - 50


@pytest.mark.parametrize("apart", [np.zeros(30), np.tile([1.0, -1.0], 15)])
def test_a_tie_is_hopeless(apart):
    (pair,) = order_of(np.stack([apart, np.zeros(30)]))[1]
    assert (pair.decided, pair.more_prompts, pair.hopeless) == (False, None, True)
    assert 0.3 < pair.probability < 0.7


def test_one_prompt_tells_nothing():
    (pair,) = order_of(np.array([[1.0], [0.0]]))[1]
    assert not pair.decided
    assert np.isnan([pair.low, pair.high, pair.probability]).all()
    # Nor do two of which one is not known.
    (pair,) = ordered_pairs(np.ones(2), np.ones((5, 2)), columns=np.array([[1.0, np.nan], [0.0, 1.0]]))[1]
    assert np.isnan(pair.probability)


def test_what_is_never_reached_comes_last():
    estimate = np.array([-np.inf, -1.0, -np.inf])
    resampled = np.array([[-np.inf, -1.0, -np.inf]] * 39 + [[-2.0, -np.inf, -np.inf]])
    order, pairs = ordered_pairs(estimate, resampled, columns=np.zeros((3, 9)), are_means=False)
    assert order[0] == 1
    first = pairs[0]
    assert first.probability == pytest.approx(39 / 40)
    assert (first.low, first.decided) == (-np.inf, False)
    never = pairs[-1]
    assert {never.better, never.worse} == {0, 2}
    assert not never.decided


@pytest.mark.parametrize(("prompts", "skewed"), [(8, False), (60, False), (60, True)])
def test_intervals_of_differences_cover(prompts: int, skewed: bool):
    """With so many repetitions a coverage of 95% comes out within about 2%; what is decided by chance is the rest."""
    rng = np.random.default_rng(2)
    repetitions, resamples, truth = 600, 1000, 0.3
    covered = decided_by_chance = 0
    for _ in range(repetitions):
        noise = rng.exponential(size=prompts) - 1 if skewed else rng.normal(size=prompts)
        counts = rng.multinomial(prompts, np.full(prompts, 1 / prompts), size=resamples)
        for mean in (truth, 0.0):
            columns = np.stack([noise + mean, np.zeros(prompts)])
            (pair,) = ordered_pairs(columns.mean(axis=1), counts @ columns.T / prompts, columns=columns)[1]
            low, high = (pair.low, pair.high) if pair.better == 0 else (-pair.high, -pair.low)
            if mean:
                covered += low <= truth <= high
            else:
                decided_by_chance += pair.decided
    assert 0.91 <= covered / repetitions <= 0.98
    assert 0.02 <= decided_by_chance / repetitions <= 0.09


def test_so_many_prompts_have_the_power():
    rng = np.random.default_rng(3)
    mean, deviation, prompts = 0.3, 1.0, 20
    more = further_prompts(mean, deviation, prompts)
    assert more is not None
    drawn = rng.normal(mean, deviation, size=(4000, prompts + more))
    z = drawn.mean(axis=1) / (drawn.std(axis=1, ddof=1) / np.sqrt(prompts + more))
    assert (z > 1.96).mean() == pytest.approx(POWER, abs=0.03)
