"""Bounds on `t_gamma` with another reference, evaluated on an instance, and what of the instance they take.

All functions take a batch of instances and return shape `(*batch)`, or `(*batch, outputs)` where they say so.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arrays import AnyArray, Scalars
from theory.bounds.growth_control import controlled_time
from theory.bounds.pathwise import artanh_rise_between
from theory.instances.lower_bounds import initial_policy
from theory.instances.tabular import ReferenceInstance
from theory.moments import expectation, variance
from theory.tabular.policy import kl_regularized_reward, log_probabilities


def _start(instance: ReferenceInstance) -> AnyArray:
    return log_probabilities(instance.problem.initial_log_probabilities)


def regularized_start(instance: ReferenceInstance) -> AnyArray:
    """`r_RM - lambda ln(pi0 / pi_ref)`, which drives the flow at the start; shape `(*batch, outputs)`."""
    problem = instance.problem
    return kl_regularized_reward(
        _start(instance), log_probabilities(instance.reference), problem.proxy_reward, problem.kl_coefficient
    )


def entropy_start(instance: ReferenceInstance) -> AnyArray:
    """`r_RM - lambda ln pi0`, shape `(*batch, outputs)`: the same up to a constant where the reference is uniform."""
    problem = instance.problem
    return problem.proxy_reward - jnp.asarray(problem.kl_coefficient)[..., None] * _start(instance)


def spread_of(reward: AnyArray) -> AnyArray:
    """`max - min` over the outputs of a reward of shape `(*batch, outputs)`."""
    return jnp.max(reward, axis=-1) - jnp.min(reward, axis=-1)


def unevenness(instance: ReferenceInstance) -> AnyArray:
    """`max ln pi_ref - min ln pi_ref`."""
    return spread_of(jnp.asarray(instance.reference))


def time_by_variance_of(instance: ReferenceInstance, driving: AnyArray) -> Scalars:
    """S3++'s bound with the variance of `driving`, shape `(*batch, outputs)`, under the initial policy."""
    policy, truth = initial_policy(instance), jnp.asarray(instance.problem.ground_truth_reward)
    rise = artanh_rise_between(instance.increase, expectation(policy, 1 + truth), expectation(policy, 1 - truth))
    return controlled_time(rise, variance(policy, driving), instance.problem.prompts)


def bound_by_regularized_start(instance: ReferenceInstance) -> Scalars:
    """S3++ with the deviation of the regularised reward at the start."""
    return time_by_variance_of(instance, regularized_start(instance))


def bound_by_entropy_start(instance: ReferenceInstance) -> Scalars:
    """The same for entropy regularisation."""
    return time_by_variance_of(instance, entropy_start(instance))


def bound_by_reward_alone(instance: ReferenceInstance) -> Scalars:
    """S3++ with the deviation of the reward model, which is no bound here."""
    return time_by_variance_of(instance, jnp.asarray(instance.problem.proxy_reward))
