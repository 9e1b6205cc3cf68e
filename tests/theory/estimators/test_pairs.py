"""Sums over pairs against loops over pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ragged_rewards import CONFORMANCE, prompts_of, ragged_rewards, scored
from theory.errors import InvalidInputError
from theory.estimators import blocks as blocks_module
from theory.estimators.blocks import blocks
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.pairs import PairSums, pair_sums


def sums_by_loop(data, weighted):
    shape = (len(data.rewards), len(data.sizes))
    found = {name: np.zeros(shape) for name in PairSums._fields if name != "log_scale"}
    for prompt, rows in prompts_of(data):
        logs = data.log_weights[rows] if weighted else np.zeros(rows.stop - rows.start)
        weights = np.exp(logs - logs.max())
        for model, rewards in enumerate(data.rewards[:, rows]):
            own_mean = scored(rewards).mean() if len(scored(rewards)) else np.nan
            for i, j in combinations(range(len(rewards)), 2):
                gap, true_gap = rewards[i] - rewards[j], data.truth[rows][i] - data.truth[rows][j]
                if np.isnan(gap * true_gap):
                    continue
                weight, place = weights[i] * weights[j], (model, prompt)
                worse = rewards[j] if true_gap > 0 else rewards[i]
                found["pairs"][place] += weight
                found["distinguished"][place] += weight * (true_gap != 0)
                found["concordant"][place] += weight * (gap * true_gap > 0)
                found["discordant"][place] += weight * (gap * true_gap < 0)
                found["tied_in_both"][place] += weight * (gap == 0 and true_gap == 0)
                spared = worse < own_mean and not np.isclose(worse, own_mean, rtol=0, atol=1e-12)
                found["harmless"][place] += weight * (true_gap != 0 and (gap * true_gap > 0 or spared))
                found["squared_weights"][place] += weight**2 * (true_gap != 0)
    return found


@given(st.booleans().flatmap(lambda weighted: st.tuples(st.just(weighted), ragged_rewards(weighted=weighted))))
def test_against_a_loop(drawn):
    weighted, data = drawn
    found, wanted = pair_sums(data, weighted=weighted), sums_by_loop(data, weighted)
    for name, values in wanted.items():
        np.testing.assert_allclose(getattr(found, name), values, atol=1e-12, err_msg=name)


def test_many_completions():
    """Above 127 completions counts no longer fit into one byte."""
    rng = np.random.default_rng(0)
    data = make_grouped_rewards(rng.integers(0, 50, (2, 300)) * 1.0, [0, 200, 300], truth=rng.integers(0, 9, 300))
    found, wanted = pair_sums(data), sums_by_loop(data, weighted=False)
    for name, values in wanted.items():
        np.testing.assert_array_equal(getattr(found, name), values, err_msg=name)


@given(ragged_rewards(), st.integers(1, 40))
def test_blocks_hold_every_row_once(data, elements):
    found = list(blocks(data, elements=elements))
    assert sorted(row for block in found for row in block.rows.ravel()) == list(range(data.rewards.shape[1]))
    for block in found:
        assert (data.sizes[block.prompts] == len(block.rows)).all()
        assert (data.starts[block.prompts] == block.rows[0]).all()


def test_small_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    data = make_grouped_rewards(rng.normal(size=(2, 60)), np.arange(0, 61, 5), truth=rng.normal(size=60))
    whole = pair_sums(data)
    monkeypatch.setattr(blocks_module.blocks, "__kwdefaults__", {"elements": 7})
    for one, other in zip(whole, pair_sums(data), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_mean_of_equal_rewards_lies_above_none_of_them():
    """The mean of seven times 0.1 in floating point is not 0.1."""
    data = make_grouped_rewards([[0.1] * 7], [0, 7], truth=np.arange(7.0))
    assert pair_sums(data).harmless.tolist() == [[0.0]]


def test_a_reward_that_is_the_mean_is_not_below_it():
    """In tenths, whatever their sum is rounded to."""
    for shift in range(-30, 30):
        tenths = shift + np.array([0, 1, 2, 3, 4])
        data = make_grouped_rewards([tenths / 10], [0, 5], truth=[0.0, 0.0, 0.0, 0.0, 1.0][::-1])
        # The first is the best; of the worse ones that have more, none lies below the mean but the second.
        assert pair_sums(data).harmless.tolist() == [[1.0]]


def test_given_means():
    data = make_grouped_rewards([[0.0, 0.5]], [0, 2], truth=[1.0, 0.0])
    assert pair_sums(data).harmless.tolist() == [[0.0]]
    assert pair_sums(data, policy_means=np.array([[0.6]])).harmless.tolist() == [[1.0]]
    with pytest.raises(InvalidInputError, match="policy_means"):
        pair_sums(data, policy_means=np.zeros((2, 1)))


def test_what_is_missing_is_named():
    with pytest.raises(InvalidInputError, match="truth"):
        pair_sums(make_grouped_rewards([[0.0, 0.5]], [0, 2]))
    with pytest.raises(InvalidInputError, match="weights"):
        pair_sums(CONFORMANCE, weighted=True)
