"""Measurements at a policy and along a flow, against the largest of each prompt's own measurement."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tests.small_policies import KINDS, random_parameters, small_policy
from theory.instances.parametric import measure_policy, measure_state
from theory.parameter_space.problem import make_policy_problem


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
    np.testing.assert_allclose(state.variance, np.mean(np.asarray(prompts.variance)), rtol=1e-12)
    np.testing.assert_allclose(prompts.martingale_variance, prompts.variance, rtol=1e-9)
    assert (np.asarray(prompts.first_token_variance) <= np.asarray(prompts.martingale_variance) + 1e-15).all()
