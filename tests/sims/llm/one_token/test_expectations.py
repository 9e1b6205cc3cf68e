from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm.one_token.batch import prompt_batch
from sims.llm.one_token.expectations import euclidean_norm, objective_gradient, reward_moments
from theory.errors import InvalidInputError

from .conftest import Case, as_float32, flattened


def test_gradient_is_the_expected_reward_weighted_score(case: Case) -> None:
    _, gradient = objective_gradient(case.parameters, case.config, case.batch, as_float32(case.truth))
    expected = np.einsum("pv,pv,pvk->k", case.policy, case.truth, case.scores) / 3
    assert np.linalg.norm(flattened(gradient) - expected) < 2e-5 * np.linalg.norm(expected)
    assert float(euclidean_norm(gradient)) == pytest.approx(np.linalg.norm(expected), rel=2e-5)


def test_gradient_does_not_change_with_padding(case: Case) -> None:
    alone = prompt_batch(case.config, [[200, 9]])
    _, gradient = objective_gradient(case.parameters, case.config, alone, as_float32(case.truth[1:2]))
    expected = np.einsum("v,v,vk->k", case.policy[1], case.truth[1], case.scores[1])
    assert np.linalg.norm(flattened(gradient) - expected) < 2e-5 * np.linalg.norm(expected)


@pytest.mark.parametrize("spread", [1.0, 1e-3, 1e-6])
def test_moments_of_rewards_that_hardly_differ(case: Case, spread: float) -> None:
    reward = np.float32(0.5) + as_float32(spread * case.truth)
    exact = np.asarray(reward, np.float64)
    mean = np.sum(case.policy * exact, axis=-1)
    variance = np.sum(case.policy * (exact - mean[:, None]) ** 2, axis=-1)
    found = reward_moments(jnp.log(as_float32(case.policy)), reward)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(found.variance, variance, rtol=1e-4)


def test_lengths_are_summed_in_float32(case: Case) -> None:
    tree = jax.tree.map(lambda leaf: jnp.full(leaf.shape, 0.125, jnp.bfloat16), case.parameters)
    assert float(euclidean_norm(tree)) == pytest.approx(0.125 * flattened(tree).size ** 0.5, rel=1e-5)


@pytest.mark.parametrize(("rows", "named"), [([], "prompts"), ([[]], "prompt 0"), ([[1], [270]], "prompt 1")])
def test_refuses_prompts_that_cannot_be_read(case: Case, rows: list[list[int]], named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        prompt_batch(case.config, rows)
