"""Reward variance: numbers computed by hand, exact expectations, and what it does not depend on."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given

from tests.ragged_rewards import CONFORMANCE, NAN, prompts_of, ragged_rewards, scored
from theory.errors import InvalidInputError
from theory.estimators.group_moments import defined_mean
from theory.estimators.grouped_rewards import make_grouped_rewards
from theory.estimators.reward_variance import (
    near_zero,
    prompt_variances,
    sample_moments,
    unit_mean_variances,
    whitened_variances,
    within_prompt_share,
)


def test_conformance():
    found = prompt_variances(CONFORMANCE)
    np.testing.assert_allclose(found.variance, [[1 / 3, 0], [0.49 / 3, 0.08]], atol=1e-15)
    np.testing.assert_allclose(defined_mean(found.variance), [1 / 6, 0.365 / 3], atol=1e-15)
    assert found.constant.tolist() == [[0, 1], [0, 0]]
    assert round(float(found.variance[1, 0]), 6) == 0.163333
    assert round(float(defined_mean(found.variance)[1]), 6) == 0.121667


@pytest.mark.parametrize(("second", "whitened", "share"), [(10.0, 0.049645, 0.02878), (100.0, 0.000307, 0.000175)])
def test_whitening_is_not_invariant_to_shifts_of_prompts(second, whitened, share):
    found = prompt_variances(make_grouped_rewards([[1.0, 2, 3, 4, *[second] * 4]], [0, 4, 8]))
    assert round(float(whitened_variances(found).mean()), 6) == whitened
    assert float(within_prompt_share(found)[0]) == pytest.approx(share, rel=2e-3)
    assert defined_mean(found.variance)[0] == pytest.approx(5 / 6)


@given(ragged_rewards())
def test_against_numpy(data):
    found = prompt_variances(data)
    for prompt, rows in prompts_of(data):
        for model, rewards in enumerate(data.rewards[:, rows]):
            own, place = scored(rewards), (model, prompt)
            if len(own) < 2:
                assert np.isnan(found.variance[place])
                assert np.isnan(found.constant[place])
            else:
                assert found.variance[place] == pytest.approx(own.var(ddof=1), abs=1e-13)
                assert found.constant[place] == (len(set(own)) == 1)
    for model, rewards in enumerate(data.rewards):
        own = scored(rewards)
        if len(own) > 1:
            assert sample_moments(found).variance[model] == pytest.approx(own.var(ddof=1), abs=1e-13)


def test_unbiased():
    """The mean over all samples of three from a distribution of three values is the variance itself."""
    values, chances = np.array([0.0, 1.0, 5.0]), np.array([0.5, 0.3, 0.2])
    samples = np.array(list(product(range(3), repeat=3)))
    data = make_grouped_rewards([values[samples].ravel()], np.arange(0, samples.size + 1, 3))
    expected = (prompt_variances(data).variance[0] * chances[samples].prod(axis=1)).sum()
    mean = chances @ values
    assert expected == pytest.approx(chances @ (values - mean) ** 2, rel=1e-14)


def test_singletons_are_neither_live_nor_dead():
    found = prompt_variances(make_grouped_rewards([[1.0, 2.0, NAN, NAN, NAN]], [0, 1, 3, 5]))
    assert np.isnan(found.variance).all()
    assert np.isnan(found.constant).all()
    assert found.scored.tolist() == [[1, 1, 0]]
    np.testing.assert_array_equal(found.mean, [[1.0, 2.0, NAN]])
    assert np.isnan(near_zero(found)).all()
    assert np.isnan(within_prompt_share(found)).all()
    assert np.isnan(whitened_variances(found)).all()


def test_near_zero_by_the_stated_tolerance():
    found = prompt_variances(make_grouped_rewards([[0.0, 1.0, 0.5, 0.5 + 1e-9, 2.0, 2.0]], [0, 2, 4, 6]))
    assert found.constant.tolist() == [[0, 0, 1]]
    assert near_zero(found).tolist() == [[0, 1, 1]]
    assert near_zero(found, tolerance=0.0).tolist() == found.constant.tolist()
    with pytest.raises(InvalidInputError, match="tolerance"):
        near_zero(found, tolerance=-1.0)


@given(ragged_rewards())
def test_units(data):
    """Both normalisations and the share do not depend on the unit and the zero of a reward."""
    moved = prompt_variances(data._replace(rewards=3.0 * data.rewards - 2.0))
    found = prompt_variances(data)
    for measure in (whitened_variances, unit_mean_variances, within_prompt_share):
        np.testing.assert_allclose(measure(moved), measure(found), rtol=1e-9, atol=1e-12)


def test_unit_mean():
    assert float(unit_mean_variances(prompt_variances(CONFORMANCE)).mean(axis=1)[1]) == pytest.approx(1)
