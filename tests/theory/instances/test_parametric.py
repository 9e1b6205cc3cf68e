"""Measurements at a policy and along a flow, against the largest of each prompt's own measurement."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tests.small_policies import KINDS, flattened, random_parameters, small_policy
from theory.errors import InvalidInputError
from theory.instances.parametric import measure_policy, measure_state
from theory.parameter_space.problem import make_policy_problem
from theory.policies.policy import output_log_probabilities


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_has_the_largest_over_prompts_and_the_mean_variance(kind):
    policy = small_policy(kind, prompts=3)
    rewards = np.random.default_rng(1).uniform(-1, 1, (3, policy.vocabulary**policy.length)) * [[0.1], [1.0], [0.4]]
    parameters = random_parameters(policy, seed=2, scale=0.5)
    problem = make_policy_problem(policy, parameters, proxy_reward=rewards, ground_truth_reward=rewards)
    with jax.enable_x64(True):
        prompts, state = measure_policy(problem), measure_state(problem, parameters)
    assert prompts.batch_shape == (3,)
    assert state.batch_shape == ()
    for name in ("jacobian_norm", "contrast_norm", "largest_reward"):
        own = np.asarray(getattr(prompts, name))
        assert own.shape == (3,)
        np.testing.assert_allclose(getattr(state, name), own.max(), rtol=1e-12)
    assert np.ptp(np.asarray(prompts.largest_reward)) > 0.1
    np.testing.assert_allclose(state.fisher_norm, np.asarray(prompts.fisher_norm)[0], rtol=1e-12)
    np.testing.assert_allclose(state.variance, np.mean(np.asarray(prompts.variance)), rtol=1e-12)
    np.testing.assert_allclose(prompts.martingale_variance, prompts.variance, rtol=1e-9)
    # What the first token tells of the reward: the variance of its expectation given that token.
    probabilities = np.exp(np.asarray(output_log_probabilities(policy, parameters)))
    first = probabilities.reshape(3, policy.vocabulary, -1)
    share = first.sum(axis=-1)
    told = np.sum(first * rewards.reshape(first.shape), axis=-1) / share
    mean = np.sum(share * told, axis=-1, keepdims=True)
    np.testing.assert_allclose(prompts.first_token_variance, np.sum(share * (told - mean) ** 2, axis=-1), rtol=1e-9)
    assert (np.asarray(prompts.first_token_variance) <= np.asarray(prompts.martingale_variance) + 1e-15).all()


@pytest.mark.parametrize("kl_coefficient", [0.0, 0.4])
def test_what_a_state_says_of_scores_advantages_and_the_watched_prompt(kl_coefficient):
    policy = small_policy("log-linear", prompts=3)
    rng = np.random.default_rng(3)
    proxy, truth = rng.uniform(-1, 1, (2, 3, 9))
    reference = np.log(rng.dirichlet(np.ones(9), 3))
    parameters = random_parameters(policy, seed=5)
    problem = make_policy_problem(
        policy,
        parameters,
        proxy_reward=proxy,
        ground_truth_reward=truth,
        kl_coefficient=kl_coefficient,
        log_reference=reference,
    )
    with jax.enable_x64(True):
        log_policy = np.asarray(output_log_probabilities(policy, parameters))
        scores = flattened(jax.jacfwd(lambda theta: output_log_probabilities(policy, theta))(parameters), axes=2)
        states = [measure_state(problem, parameters, prompt) for prompt in range(3)]
        fisher_norms = np.asarray(measure_policy(problem).fisher_norm)
    probabilities = np.exp(log_policy)
    reward = proxy - kl_coefficient * (log_policy - reference)
    advantage = reward - np.sum(probabilities * reward, axis=1, keepdims=True)
    mean = np.einsum("xy,xyi,xyj->ij", probabilities, scores, scores) / 3
    for prompt, state in enumerate(states):
        np.testing.assert_allclose(state.mean_fisher_norm, np.linalg.norm(mean, 2), rtol=1e-11)
        np.testing.assert_allclose(state.score_norm, np.linalg.norm(scores, axis=2).max(), rtol=1e-12)
        np.testing.assert_allclose(state.largest_advantage, np.abs(advantage).max(), rtol=1e-12)
        np.testing.assert_allclose(state.fisher_norm, fisher_norms[prompt], rtol=1e-12)
        np.testing.assert_allclose(state.expected_truth, probabilities[prompt] @ truth[prompt], rtol=1e-12)
    with pytest.raises(InvalidInputError, match="prompt"):
        measure_state(problem, parameters, 3)
