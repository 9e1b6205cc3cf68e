"""The metrics of a policy in training: exact expectations over all outputs, and the paper's sampled evaluation."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from sims.policy_gradient.degeneracy import degenerate_probability
from sims.policy_gradient.estimator import exact_weights
from sims.policy_gradient.prompt_subset import PromptSubset
from sims.policy_gradient.sampling import sample_outputs
from sims.policy_gradient.teaching import Teaching
from theory.moments import expectation, variance
from theory.parameter_space.objective import squared_norm
from theory.policies.policy import Parameters, output_log_probabilities
from theory.tabular.policy import kl_divergence


class Metrics(NamedTuple):
    """Means over the prompts, exact but for the two that are sampled; all of one shape.

    **Fields**

    - `proxy_reward`, `ground_truth_reward`: `E[r_RM]` and `E[r_G]`.
    - `kl_divergence`: `KL(pi || pi_ref)`, nats.
    - `reward_variance`: `Var[r_RM]` (Definition 2).
    - `gradient_norm`: `|| grad phi ||` of the objective over all prompts (Eq (1)).
    - `degenerate_probability`: that a group of the method's size has equal proxy rewards; NaN for the exact gradient
      or if it is not asked for.
    - `sampled_proxy_reward`, `sampled_ground_truth_reward`: means over a few samples per prompt; NaN if there are none.
    """

    proxy_reward: jax.Array
    ground_truth_reward: jax.Array
    kl_divergence: jax.Array
    reward_variance: jax.Array
    gradient_norm: jax.Array
    degenerate_probability: jax.Array
    sampled_proxy_reward: jax.Array
    sampled_ground_truth_reward: jax.Array


def measure(
    teaching: Teaching, parameters: Parameters, key: jax.Array, group_size: int, evaluation_samples: int
) -> Metrics:
    """The metrics of the policy at `parameters`, over the prompts that are taught.

    **Arguments**: `key`, for the sampled ones; `group_size`, of the degenerate groups, zero for none;
    `evaluation_samples` per prompt.
    """
    prompts = teaching.prompts
    chosen = PromptSubset(teaching.policy, prompts)
    log_policy, pull_back = jax.vjp(lambda theta: output_log_probabilities(chosen, theta), parameters)
    policy, regularized = jnp.exp(log_policy), teaching.regularized(log_policy, prompts)
    proxy, truth = teaching.proxy_reward[prompts], teaching.ground_truth_reward[prompts]
    missing = jnp.full((), jnp.nan, log_policy.dtype)
    sampled_proxy = sampled_truth = missing
    if evaluation_samples:
        samples = sample_outputs(key, log_policy, evaluation_samples)
        sampled_proxy = jnp.mean(jnp.take_along_axis(proxy, samples, axis=-1))
        sampled_truth = jnp.mean(jnp.take_along_axis(truth, samples, axis=-1))
    return Metrics(
        proxy_reward=jnp.mean(expectation(policy, proxy)),
        ground_truth_reward=jnp.mean(expectation(policy, truth)),
        kl_divergence=jnp.mean(kl_divergence(log_policy, teaching.log_reference[prompts])),
        reward_variance=jnp.mean(variance(policy, proxy)),
        gradient_norm=jnp.sqrt(squared_norm(pull_back(exact_weights(policy, regularized))[0])),
        degenerate_probability=(jnp.mean(degenerate_probability(policy, proxy, group_size)) if group_size else missing),
        sampled_proxy_reward=sampled_proxy,
        sampled_ground_truth_reward=sampled_truth,
    )
