"""The sides of statements that hold at every tabular policy, and of their controls."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp

from theory.arrays import AnyArray
from theory.bounds import lemmas
from theory.instances.tabular import PolicyInstance
from theory.moments import advantage, variance, variance_from_pairs
from theory.statement import Sides, inequality
from theory.tabular.policy import (
    kl_divergence,
    kl_regularized_reward,
    log_normalizer,
    log_probabilities,
    objective,
    policy_gradient,
    probabilities,
    probability_velocity,
)


def log_policy_of(instance: PolicyInstance) -> AnyArray:
    """`ln pi`, shape `(*batch, outputs)`."""
    return log_probabilities(instance.logits)


def _log_reference(instance: PolicyInstance) -> AnyArray:
    return log_probabilities(instance.problem.initial_log_probabilities)


def regularized_reward(instance: PolicyInstance) -> AnyArray:
    """`r_KL` at the policy, shape `(*batch, outputs)`."""
    problem = instance.problem
    return kl_regularized_reward(
        log_policy_of(instance), _log_reference(instance), problem.proxy_reward, problem.kl_coefficient
    )


def definition_2(factor: float) -> Callable[[PolicyInstance], Sides]:
    """`factor` times the reward variance as a mean over pairs, and the variance as a mean over outputs."""

    def sides(instance: PolicyInstance) -> Sides:
        policy = jnp.exp(log_policy_of(instance))
        pairs = factor * variance_from_pairs(policy, instance.problem.proxy_reward)
        direct = variance(policy, instance.problem.proxy_reward)
        return Sides(pairs, direct, direct)

    return sides


def lemma_3(factor: float) -> Callable[[PolicyInstance], Sides]:
    """The KL divergence, and `factor` times its bound."""

    def sides(instance: PolicyInstance) -> Sides:
        divergence = kl_divergence(log_policy_of(instance), _log_reference(instance))
        return inequality(divergence, factor * lemmas.lemma_3_bound(_log_reference(instance)))

    return sides


def lemma_4(factor: float) -> Callable[[PolicyInstance], Sides]:
    """Both sides of Lemma 4 for each output, the larger one times `factor`."""

    def sides(instance: PolicyInstance) -> Sides:
        left, right = lemmas.lemma_4_sides(log_policy_of(instance), _log_reference(instance))
        return inequality(left, factor * right)

    return sides


def _rounded_policy(instance: PolicyInstance) -> AnyArray:
    """`pi(y)` as a scale: a logarithm beyond -64 is rounded by so much that its exponential is off by more than what is
    allowed for a term of that size."""
    log_policy = log_policy_of(instance)
    return jnp.exp(log_policy) * jnp.maximum(1.0, -log_policy / 64)


def _gradient_scale(instance: PolicyInstance) -> AnyArray:
    largest = jnp.max(jnp.abs(regularized_reward(instance)), axis=-1, keepdims=True)
    return _rounded_policy(instance) * (largest + jnp.asarray(instance.problem.kl_coefficient)[..., None])


def lemma_7(instance: PolicyInstance) -> Sides:
    """The closed form of the policy gradient against automatic differentiation of the objective."""
    problem = instance.problem
    arguments = (_log_reference(instance), problem.proxy_reward, problem.kl_coefficient)

    def total(logits: AnyArray) -> AnyArray:
        return jnp.sum(objective(logits, *arguments))

    differentiated = jax.grad(total)(instance.logits)
    return Sides(policy_gradient(instance.logits, *arguments), differentiated, _gradient_scale(instance))


def lemma_7_without_baseline(instance: PolicyInstance) -> Sides:
    """As in `lemma_7`, with the reward itself in place of what it is above its mean."""
    claimed = jnp.exp(log_policy_of(instance)) * regularized_reward(instance)
    return Sides(claimed, lemma_7(instance).larger, _gradient_scale(instance))


def lemma_8(factor: float) -> Callable[[PolicyInstance], Sides]:
    """Both sides of Lemma 8, the larger one times `factor`."""

    def sides(instance: PolicyInstance) -> Sides:
        left, right = lemmas.lemma_8_sides(jnp.exp(log_policy_of(instance)), regularized_reward(instance))
        return inequality(left, factor * right)

    return sides


def lemma_9(instance: PolicyInstance) -> Sides:
    """The closed form of the velocity of each probability against automatic differentiation along the flow."""
    problem = instance.problem
    claimed = lemmas.lemma_9_velocity(
        log_policy_of(instance), _log_reference(instance), problem.proxy_reward, problem.kl_coefficient
    )
    gradient = policy_gradient(instance.logits, _log_reference(instance), problem.proxy_reward, problem.kl_coefficient)
    _, differentiated = jax.jvp(probabilities, (instance.logits,), (gradient,))
    log_ratio = log_policy_of(instance) - _log_reference(instance)
    size = 1 + problem.kl_coefficient * jnp.max(jnp.abs(log_ratio), axis=-1)
    return Sides(claimed, differentiated, _rounded_policy(instance) * size[..., None])


def lemma_9_unsquared(instance: PolicyInstance) -> Sides:
    """As in `lemma_9`, with probabilities that are not squared in the sum."""
    policy = jnp.exp(log_policy_of(instance))
    centred = advantage(policy, regularized_reward(instance))
    claimed = policy * (policy * centred - jnp.sum(policy * centred, axis=-1, keepdims=True))
    _, differentiated, scale = lemma_9(instance)
    return Sides(claimed, differentiated, scale)


def lemma_11(factor: float) -> Callable[[PolicyInstance], Sides]:
    """Both sides of Lemma 11 for each output, the larger one times `factor`."""

    def sides(instance: PolicyInstance) -> Sides:
        left, right = lemmas.lemma_11_sides(log_policy_of(instance), _log_reference(instance))
        return inequality(left, factor * right)

    return sides


def sharpened_lemma_11(factor: float) -> Callable[[PolicyInstance], Sides]:
    """Both sides of S-L11 for each output, the larger one times `factor`."""

    def sides(instance: PolicyInstance) -> Sides:
        left, right = lemmas.sharpened_lemma_11_sides(log_policy_of(instance), _log_reference(instance))
        # The sum of terms as large as these has the sign of neither.
        size = lemmas.lemma_3_bound(_log_reference(instance))[..., None]
        return Sides(left, factor * right, jnp.abs(left) + size)

    return sides


def variance_rate(constant: float) -> Callable[[PolicyInstance], Sides]:
    """How fast reward variance grows, and `constant` times its power 3/2."""

    def sides(instance: PolicyInstance) -> Sides:
        policy, reward = jnp.exp(log_policy_of(instance)), regularized_reward(instance)
        rate = lemmas.variance_rate(policy, reward, instance.problem.kl_coefficient)
        return inequality(rate, constant * variance(policy, reward) ** 1.5)

    return sides


def value_rate(constant: float) -> Callable[[PolicyInstance], Sides]:
    """How fast the expected true reward moves, and `constant` times the standard deviation of the reward."""

    def sides(instance: PolicyInstance) -> Sides:
        policy, reward = jnp.exp(log_policy_of(instance)), regularized_reward(instance)
        rate = jnp.abs(lemmas.value_rate(policy, reward, instance.problem.ground_truth_reward))
        return inequality(rate, constant * jnp.sqrt(variance(policy, reward)))

    return sides


def variance_identity(instance: PolicyInstance) -> Sides:
    """The closed form of `d Var / dt` against automatic differentiation along the flow."""
    return variance_rate_sides(instance, 1.0)


def variance_rate_sides(instance: PolicyInstance, kl_factor: float) -> Sides:
    """As in `variance_identity`, with `kl_factor` times the KL coefficient in the closed form."""
    problem = instance.problem
    log_reference = _log_reference(instance)

    def spread(logits: AnyArray) -> AnyArray:
        log_policy = log_probabilities(logits)
        regularized = kl_regularized_reward(log_policy, log_reference, problem.proxy_reward, problem.kl_coefficient)
        return variance(jnp.exp(log_policy), regularized)

    gradient = policy_gradient(instance.logits, log_reference, problem.proxy_reward, problem.kl_coefficient)
    _, differentiated = jax.jvp(spread, (instance.logits,), (gradient,))
    policy, reward = jnp.exp(log_policy_of(instance)), regularized_reward(instance)
    claimed = lemmas.variance_rate(policy, reward, kl_factor * problem.kl_coefficient)
    centred = jnp.abs(advantage(policy, reward))
    largest = jnp.max(centred, axis=-1)
    spread_scale = jnp.sum(policy**2 * centred * (centred**2 + largest[..., None] ** 2), axis=-1)
    kl_scale = problem.kl_coefficient * jnp.sum(policy * centred * largest[..., None], axis=-1)
    return Sides(claimed, differentiated, spread_scale + 2 * kl_scale)


def reward_errors(instance: PolicyInstance, *, under_the_proxy: bool = False) -> Sides:
    """By how much faster `V_G` rises under the proxy reward than under the truth, and the rate of the expected error of
    the proxy under the flow of the truth (of the proxy itself for the control); without KL."""
    problem, log_reference = instance.problem, _log_reference(instance)
    proxy, truth = jnp.asarray(problem.proxy_reward), jnp.asarray(problem.ground_truth_reward)
    without_kl = jnp.zeros_like(problem.kl_coefficient)
    by_proxy, by_truth = (
        probability_velocity(instance.logits, log_reference, reward, without_kl) for reward in (proxy, truth)
    )
    gained = jnp.sum((by_proxy - by_truth) * truth, axis=-1)
    moved = jnp.sum((proxy - truth) * (by_proxy if under_the_proxy else by_truth), axis=-1)
    policy = jnp.exp(log_policy_of(instance))
    size = policy + jnp.sum(policy**2, axis=-1, keepdims=True)
    return Sides(gained, moved, 8 * jnp.sum(_rounded_policy(instance) * size, axis=-1))


def step_threshold(curvature: float) -> Callable[[PolicyInstance], Sides]:
    """The gap of a change of the logits between rewarded outputs and those of the lowest reward, and by how much the
    log-odds of the rewarded ones rise, with what the spread of the change over the others can cost."""

    def sides(instance: PolicyInstance) -> Sides:
        before, after = _log_reference(instance), log_policy_of(instance)
        reward, change = jnp.asarray(instance.problem.proxy_reward), after - before
        low = reward == jnp.min(reward, axis=-1, keepdims=True)

        def moments(members: AnyArray) -> tuple[AnyArray, AnyArray]:
            """`E[u]` and `ln E[e^u]` over the members, by differences from the largest: equal ones are exact. Where the
            largest is too rare for that, logarithms are added instead."""
            largest = jnp.max(jnp.where(members, change, -jnp.inf), axis=-1)
            below = jnp.where(members, change - largest[..., None], 0.0)
            log_weights = jnp.where(members, before, -jnp.inf)
            log_weights -= logsumexp(log_weights, axis=-1, keepdims=True)
            weights = jnp.exp(log_weights)
            lost = jnp.sum(weights * jnp.expm1(below), axis=-1)
            near = jnp.log1p(jnp.maximum(lost, -0.5))
            grown = jnp.where(lost > -0.5, near, logsumexp(log_weights + below, axis=-1))
            return largest + jnp.sum(weights * below, axis=-1), largest + grown

        largest, smallest = (jnp.max(jnp.where(low, sign * change, -jnp.inf), axis=-1) for sign in (1.0, -1.0))
        cost = curvature * (largest + smallest) ** 2
        (high_mean, high_grown), (low_mean, low_grown) = moments(~low), moments(low)
        gap, rise = high_mean - low_mean, high_grown - low_grown
        # Logarithms are rounded in units of their own size.
        size = (jnp.max(jnp.abs(before), axis=-1) + jnp.max(jnp.abs(after), axis=-1)) / 64
        return Sides(gap, rise + cost, jnp.abs(gap) + jnp.abs(rise) + cost + size)

    return sides


LIFT = 2.0**800
"""Velocities are computed this many times too large: a rare output's, times small rewards, is below float64's range."""


def integrable(instance: PolicyInstance, with_normalizer: float) -> Sides:
    """`|S| Z du/dt` for `u = exp(-theta)` along the flow without KL, by differentiation, against `V_RM - r_RM(y)`."""
    problem = instance.problem
    logits = instance.logits
    without_kl = jnp.zeros_like(problem.kl_coefficient)
    claimed = -advantage(jnp.exp(log_policy_of(instance)), problem.proxy_reward)
    largest = jnp.max(jnp.abs(claimed), axis=-1, keepdims=True)
    # Time runs as fast as the rewards are large, and a constant added to them changes nothing.
    lifted = -claimed * (LIFT / jnp.where(largest > 0, largest, 1.0))
    gradient = policy_gradient(logits, _log_reference(instance), lifted, without_kl)
    _, differentiated = jax.jvp(lambda theta: jnp.exp(-theta), (logits,), (gradient,))
    clock = jnp.exp(with_normalizer * log_normalizer(logits))[..., None]
    return Sides(clock * differentiated * (largest / LIFT), claimed, jnp.broadcast_to(largest, claimed.shape))
