"""Best-of-k against all subsets."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ragged_rewards import CONFORMANCE, NAN, prompts_of, ragged_rewards, scored
from theory.errors import InvalidInputError
from theory.estimators.best_of_k import best_of_k_rewards, best_of_k_truths
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.ranks import ranks


def test_numbers_by_hand():
    data = make_grouped_rewards([[-1.0, 0.2, 0.5, 3.0]], [0, 4])
    found = [best_of_k_rewards(data, k)[0, 0] for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(found, [0.675, 1.7, 2.375, 3.0], rtol=1e-13)


@given(ragged_rewards(), st.integers(1, 5))
def test_against_all_subsets(data, k):
    rewards, truths = best_of_k_rewards(data, k), best_of_k_truths(data, k)
    for prompt, rows in prompts_of(data):
        for model, row in enumerate(data.rewards[:, rows]):
            own = scored(row)
            wanted = np.mean([max(chosen) for chosen in combinations(own, k)]) if len(own) >= k else np.nan
            np.testing.assert_allclose(rewards[model, prompt], wanted, atol=1e-12)
            known = ~np.isnan(row) & ~np.isnan(data.truth[rows])
            own, truth = row[known], data.truth[rows][known]
            picks = []
            for chosen in map(list, combinations(range(len(own)), k)):
                best = own[chosen] == own[chosen].max()
                picks.append(truth[chosen][best].mean())
            np.testing.assert_allclose(truths[model, prompt], np.mean(picks) if picks else np.nan, atol=1e-12)


def test_unbiased():
    """Over all samples of four from three values, best-of-two has the expectation of the larger of two draws."""
    values, truth, chances = np.array([0.0, 1.0, 5.0]), np.array([0.3, 0.9, -1.0]), np.array([0.5, 0.3, 0.2])
    samples = np.array(list(product(range(3), repeat=4)))
    data = make_grouped_rewards(
        [values[samples].ravel()], np.arange(0, samples.size + 1, 4), truth=truth[samples].ravel()
    )
    weights = chances[samples].prod(axis=1)
    larger = np.maximum.outer(np.arange(3), np.arange(3))
    assert weights @ best_of_k_rewards(data, 2)[0] == pytest.approx(chances @ values[larger] @ chances, rel=1e-13)
    assert weights @ best_of_k_truths(data, 2)[0] == pytest.approx(chances @ truth[larger] @ chances, rel=1e-13)


def test_known_places():
    places = ranks(CONFORMANCE)
    np.testing.assert_array_equal(best_of_k_rewards(CONFORMANCE, 2, places), best_of_k_rewards(CONFORMANCE, 2))
    other = make_grouped_rewards([[0.0]], [0, 1], truth=[NAN])
    with pytest.raises(InvalidInputError, match="places"):
        best_of_k_rewards(other, 2, places)
    assert np.isnan(best_of_k_truths(other, 1)).all()
    with pytest.raises(InvalidInputError, match="truth"):
        best_of_k_truths(make_grouped_rewards([[0.0]], [0, 1]), 1)
