"""One step of policy gradient: draw outputs for a minibatch, estimate the gradient, let the optimiser move."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Float, Int

from sims.policy_gradient.estimator import exact_weights, output_weights, sample_advantages
from sims.policy_gradient.method import Method
from sims.policy_gradient.prompt_subset import PromptSubset
from sims.policy_gradient.sampling import outputs_at
from sims.policy_gradient.surrogate import score_weights
from sims.policy_gradient.teaching import Teaching
from theory.arrays import AnyArray
from theory.moments import expectation
from theory.policies.policy import Parameters, output_log_probabilities


class Learner(NamedTuple):
    """**Fields**: `parameters`; `optimizer`, its state; `rewards_seen`, how many steps, and `reward_sum`, the sum of
    their mean rewards."""

    parameters: Parameters
    optimizer: optax.OptState
    rewards_seen: Float[AnyArray, ""]
    reward_sum: Float[AnyArray, ""]


def new_learner(optimizer: optax.GradientTransformation, parameters: Parameters) -> Learner:
    """A learner before its first step."""
    return Learner(parameters, optimizer.init(parameters), jnp.zeros(()), jnp.zeros(()))


def policy_gradient_step(
    method: Method,
    optimizer: optax.GradientTransformation,
    teaching: Teaching,
    learner: Learner,
    batch: Int[AnyArray, " batch"],
    uniform: Float[AnyArray, "batch samples"],
) -> Learner:
    """The learner after one minibatch: `method.inner_epochs` steps of the optimiser.

    **Arguments**: `batch`, the numbers of the prompts; `uniform`, random numbers that choose their samples,
    `method.samples` for each prompt.
    """
    chosen = PromptSubset(teaching.policy, batch)

    def log_probabilities(parameters: Parameters) -> jax.Array:
        return jnp.asarray(output_log_probabilities(chosen, parameters))

    log_policy, pull_back = jax.vjp(log_probabilities, learner.parameters)
    policy, regularized = jnp.exp(log_policy), teaching.regularized(log_policy, batch)
    if method.exact:
        return _moved(optimizer, learner, pull_back(exact_weights(policy, regularized))[0])

    samples = outputs_at(uniform, policy)
    rewards = jnp.take_along_axis(regularized, samples, axis=-1)
    proxy = jnp.take_along_axis(teaching.proxy_reward[batch], samples, axis=-1)
    earlier_mean = learner.reward_sum / jnp.maximum(learner.rewards_seen, 1)
    advantages = sample_advantages(method, rewards, proxy, expectation(policy, regularized), earlier_mean)
    learner = learner._replace(rewards_seen=learner.rewards_seen + 1, reward_sum=learner.reward_sum + jnp.mean(rewards))
    # The first step finds the policy that drew the samples: all ratios are one and nothing is clipped.
    weights = output_weights(samples, advantages, log_policy.shape[-1])
    learner = _moved(optimizer, learner, pull_back(weights)[0])
    if method.inner_epochs == 1:
        return learner

    drawn = jnp.take_along_axis(log_policy, samples, axis=-1)

    def again(_: jax.Array | int, learner: Learner) -> Learner:
        now, pull_back = jax.vjp(log_probabilities, learner.parameters)
        log_ratio = jnp.take_along_axis(now, samples, axis=-1) - drawn
        active = score_weights(log_ratio, advantages, method.clip_lower, method.clip_upper)
        return _moved(optimizer, learner, pull_back(output_weights(samples, active, now.shape[-1]))[0])

    return jax.lax.fori_loop(1, method.inner_epochs, again, learner)


def _moved(optimizer: optax.GradientTransformation, learner: Learner, ascent: Parameters) -> Learner:
    # Optimisers descend.
    updates, state = optimizer.update(jax.tree.map(jnp.negative, ascent), learner.optimizer, learner.parameters)
    return learner._replace(parameters=optax.apply_updates(learner.parameters, updates), optimizer=state)
