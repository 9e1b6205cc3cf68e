"""From samples to advantages, by any method."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Float, Int

from sims.policy_gradient.advantages import (
    baseline_advantages,
    group_mean_advantages,
    keep_varied,
    leave_one_out_advantages,
    standardised_advantages,
)
from sims.policy_gradient.degeneracy import degenerate_groups
from sims.policy_gradient.method import Baseline, Method
from theory.arrays import AnyArray
from theory.moments import advantage


def sample_advantages(
    method: Method,
    rewards: Float[AnyArray, "prompts samples"],
    proxy_reward: Float[AnyArray, "prompts samples"],
    values: Float[AnyArray, " prompts"],
    earlier_mean: Float[AnyArray, ""],
) -> Float[AnyArray, "prompts samples"]:
    """What each sample's score is multiplied by; their mean over prompts and samples estimates the gradient.

    **Arguments**

    - `rewards`: `r_KL` of the samples. `proxy_reward`: `r_RM` of them, which decides what a degenerate group is.
    - `values`: `E[r_KL]` of each prompt under the policy that drew the samples.
    - `earlier_mean`: the mean reward of earlier steps.
    """
    match method.baseline:
        case Baseline.NONE:
            found = rewards
        case Baseline.RUNNING_MEAN:
            found = baseline_advantages(rewards, earlier_mean)
        case Baseline.VALUE:
            found = baseline_advantages(rewards, values[:, None])
        case Baseline.LEAVE_ONE_OUT:
            found = leave_one_out_advantages(rewards)
        case Baseline.GROUP_MEAN:
            found = group_mean_advantages(rewards)
        case Baseline.GROUP_STANDARDISED:
            found = standardised_advantages(rewards, method.epsilon)
    return keep_varied(found, degenerate_groups(proxy_reward)) if method.drop_degenerate else found


def output_weights(
    samples: Int[AnyArray, "prompts samples"], weights: Float[AnyArray, "prompts samples"], outputs: int
) -> Float[AnyArray, "prompts outputs"]:
    """Weights of samples added up over equal outputs, over the number of samples: the gradient in `ln pi`."""
    # Compared and added up in one loop: a scatter runs entry by entry.
    taken = samples[:, :, None] == jnp.arange(outputs)[None, None, :]
    return jnp.sum(jnp.where(taken, weights[:, :, None], 0.0), axis=1) / weights.size


def exact_weights(
    policy: Float[AnyArray, "prompts outputs"], rewards: Float[AnyArray, "prompts outputs"]
) -> Float[AnyArray, "prompts outputs"]:
    """The same for the exact gradient: `pi A` over the number of prompts (Lemma 7)."""
    return policy * advantage(policy, rewards) / policy.shape[0]
