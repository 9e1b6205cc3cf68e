"""Reward variance between and within classes of equal truth."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given

from tests.ragged_rewards import prompts_of, ragged_rewards
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.reward_variance import prompt_variances
from theory.estimators.truth_classes import truth_class_variance


@given(ragged_rewards())
def test_against_loops(data):
    found = truth_class_variance(data)
    for prompt, rows in prompts_of(data):
        for model, rewards in enumerate(data.rewards[:, rows]):
            known = ~np.isnan(rewards) & ~np.isnan(data.truth[rows])
            own, truth, place = rewards[known], data.truth[rows][known], (model, prompt)
            if len(own) < 2:
                assert np.isnan([field[place] for field in found]).all()
                continue
            within = sum(((own[truth == v] - own[truth == v].mean()) ** 2).sum() for v in set(truth))
            between = sum((truth == v).sum() * (own[truth == v].mean() - own.mean()) ** 2 for v in set(truth))
            pairs = list(combinations(range(len(own)), 2))
            equal = sum((own[i] - own[j]) ** 2 for i, j in pairs if truth[i] == truth[j]) / (2 * len(pairs))
            wanted = [own.var(ddof=1), between / (len(own) - 1), within / (len(own) - 1), equal]
            np.testing.assert_allclose([field[place] for field in found], wanted, atol=1e-12)


def test_extremes():
    """One class: all is within. A truth that differs everywhere: nothing is."""
    rewards = [[0.0, 1.0, 3.0]]
    one = truth_class_variance(make_grouped_rewards(rewards, [0, 3], truth=[1.0, 1.0, 1.0]))
    assert (one.within_share, one.between.tolist()) == (1.0, [[0.0]])
    assert one.equal_truth[0, 0] == pytest.approx(one.total[0, 0])
    apart = truth_class_variance(make_grouped_rewards(rewards, [0, 3], truth=[1.0, 2.0, 3.0]))
    assert (apart.within_share, apart.equal_truth.tolist()) == (0.0, [[0.0]])


def test_pairs_of_equal_truth_are_unbiased():
    """Over all samples of three outputs; the ANOVA split is not: with three samples it is below `E Var(r | truth)`."""
    values, truth, chances = np.array([0.0, 1.0, 5.0]), np.array([0.0, 0.0, 1.0]), np.array([0.5, 0.3, 0.2])
    samples = np.array(list(product(range(3), repeat=3)))
    data = make_grouped_rewards(
        [values[samples].ravel()], np.arange(0, samples.size + 1, 3), truth=truth[samples].ravel()
    )
    found, weights = truth_class_variance(data), chances[samples].prod(axis=1)
    exact = sum(
        chances[i] * chances[j] * (values[i] - values[j]) ** 2 / 2
        for i in range(3)
        for j in range(3)
        if truth[i] == truth[j]
    )
    assert weights @ found.equal_truth[0] == pytest.approx(exact, rel=1e-13)
    assert weights @ found.within[0] < 0.8 * (0.5 * 0.3 / 0.8**2)


@given(ragged_rewards())
def test_all_truths_known(data):
    data = data._replace(truth=np.nan_to_num(data.truth))
    np.testing.assert_allclose(truth_class_variance(data).total, prompt_variances(data).variance, atol=1e-13)
