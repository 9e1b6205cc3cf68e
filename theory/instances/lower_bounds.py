"""Every bound on `t_gamma` evaluated on an instance, and the quantities of the instance that it takes.

All functions take a batch of instances and return shape `(*batch)`, or `(*batch, outputs)` where they say so.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arrays import AnyArray, Scalars
from theory.bounds import good_set as good_sets
from theory.bounds import growth_control, lower_bounds, upper_bounds
from theory.bounds.pathwise import artanh_rise_between
from theory.instances.tabular import HittingTimeInstance, TabularInstance, given_or_chosen, shareable
from theory.moments import advantage, expectation, variance
from theory.tabular.padding import is_output
from theory.tabular.policy import log_probabilities


@shareable
def initial_policy(instance: TabularInstance) -> AnyArray:
    """`pi_theta(0)`, shape `(*batch, outputs)`."""
    return jnp.exp(log_probabilities(instance.problem.initial_log_probabilities))


@shareable
def smallest_log_probability(instance: TabularInstance) -> AnyArray:
    """`ln min_y pi0(y)`."""
    log_policy = log_probabilities(instance.problem.initial_log_probabilities)
    return jnp.min(jnp.where(is_output(instance.problem), log_policy, jnp.inf), axis=-1)


@shareable
def reward_variance(instance: TabularInstance) -> AnyArray:
    """`Var_{pi0}[r_RM]` (Definition 2)."""
    return variance(initial_policy(instance), instance.problem.proxy_reward)


def initial_truth(instance: TabularInstance) -> AnyArray:
    """`V_G(theta(0))`."""
    return expectation(initial_policy(instance), instance.problem.ground_truth_reward)


@shareable
def truth_advantage(instance: TabularInstance) -> AnyArray:
    """`r_G - V_G(0)`, shape `(*batch, outputs)`, in which the hypotheses compare: the difference of nearly equal
    rewards would lose its digits."""
    return advantage(initial_policy(instance), instance.problem.ground_truth_reward)


def value_at(values: AnyArray, index: AnyArray) -> AnyArray:
    """The entry of `values`, shape `(*batch, outputs)`, at one index per instance."""
    return jnp.take_along_axis(values, index[..., None], axis=-1)[..., 0]


@shareable
def best_output(instance: TabularInstance) -> AnyArray:
    """The output that the reward model ranks first: `y_g` of Theorems 5 and 6."""
    return jnp.argmax(instance.problem.proxy_reward, axis=-1)


def is_best(instance: TabularInstance) -> AnyArray:
    """Where the output is `best_output`, boolean, shape `(*batch, outputs)`."""
    proxy = instance.problem.proxy_reward
    return jnp.broadcast_to(jnp.arange(proxy.shape[-1]), proxy.shape) == best_output(instance)[..., None]


@shareable
def best_probability(instance: TabularInstance) -> AnyArray:
    """`pi0(y_g)`."""
    return value_at(initial_policy(instance), best_output(instance))


@shareable
def best_share(instance: HittingTimeInstance) -> Scalars:
    """`rho` for `y_g = best_output` (`theory.bounds.lower_bounds.required_share`)."""
    best_truth = value_at(instance.problem.ground_truth_reward, best_output(instance))
    return upper_bounds.required_share(instance.increase, initial_truth(instance), best_truth)


@shareable
def reward_range(instance: TabularInstance) -> AnyArray:
    """`max r_RM - min r_RM`."""
    proxy = instance.problem.proxy_reward
    return jnp.max(proxy, axis=-1) - jnp.min(proxy, axis=-1)


def proposition_3_bound(instance: HittingTimeInstance) -> Scalars:
    """Proposition 3's lower bound on the instance, shape `(*batch)`."""
    return lower_bounds.proposition_3(instance.increase, reward_variance(instance), instance.problem.prompts)


def sharpened_proposition_3_bound(instance: HittingTimeInstance) -> Scalars:
    """S3's lower bound on the instance, shape `(*batch)`."""
    return lower_bounds.sharpened_proposition_3(instance.increase, reward_variance(instance), instance.problem.prompts)


@shareable
def rise_of_artanh(instance: HittingTimeInstance) -> Scalars:
    """`artanh(V_G(0) + gamma) - artanh(V_G(0))`, shape `(*batch)`."""
    policy, truth = initial_policy(instance), jnp.asarray(instance.problem.ground_truth_reward)
    return artanh_rise_between(instance.increase, expectation(policy, 1 + truth), expectation(policy, 1 - truth))


def bound_by_room(instance: HittingTimeInstance) -> Scalars:
    """S3+'s lower bound on the instance, shape `(*batch)`."""
    return growth_control.time_by_room(rise_of_artanh(instance), reward_variance(instance), instance.problem.prompts)


def controlled_bound(instance: HittingTimeInstance) -> Scalars:
    """S3++'s lower bound on the instance, shape `(*batch)`."""
    return growth_control.controlled_time(rise_of_artanh(instance), reward_variance(instance), instance.problem.prompts)


def linear_bound(instance: HittingTimeInstance) -> Scalars:
    """The linear corollary of S3++ on the instance, shape `(*batch)`."""
    return growth_control.linear_time(instance.increase, reward_variance(instance), instance.problem.prompts)


def linear_law_bound(instance: HittingTimeInstance) -> Scalars:
    """What the linear law says of the instance, shape `(*batch)`."""
    return growth_control.linear_law_time(instance.increase, reward_variance(instance), instance.problem.prompts)


def theorem_5_slow_bound(instance: HittingTimeInstance) -> Scalars:
    """Theorem 5's lower bound with `1/T` the range of the reward model, shape `(*batch)`."""
    return lower_bounds.theorem_5_slow(instance.increase, 1 / reward_range(instance), instance.problem.prompts)


def sharpened_theorem_5_slow_bound(instance: HittingTimeInstance) -> Scalars:
    """Our lower bound with `1/T` the range of the reward model, shape `(*batch)`."""
    return lower_bounds.sharpened_theorem_5_slow(
        instance.increase, 1 / reward_range(instance), instance.problem.prompts
    )


def theorem_5_fast_bound(instance: HittingTimeInstance) -> Scalars:
    """Theorem 5's upper bound with `y_g` the output that the reward model ranks first, shape `(*batch)`."""
    return upper_bounds.theorem_5_fast(best_share(instance), best_probability(instance), instance.problem.prompts)


def theorem_6_fast_bound(instance: HittingTimeInstance) -> Scalars:
    """Theorem 6's upper bound with `c = pi0(y_g)`, shape `(*batch)`."""
    return upper_bounds.theorem_6_fast(best_share(instance), best_probability(instance), instance.problem.prompts)


def theorem_6_slow_bound(instance: HittingTimeInstance) -> Scalars:
    """Theorem 6's lower bound with `T = pi0(y'_g)^(-1/2)`, shape `(*batch)`."""
    return lower_bounds.theorem_6_slow(instance.increase, best_probability(instance), instance.problem.prompts)


def sharpened_theorem_6_slow_bound(instance: HittingTimeInstance) -> Scalars:
    """Our lower bound for a reward model that rewards one output only, shape `(*batch)`."""
    return lower_bounds.sharpened_theorem_6_slow(
        instance.increase, best_probability(instance), instance.problem.prompts
    )


@shareable
def good_members(instance: HittingTimeInstance) -> AnyArray:
    """Proposition 4's `Y+`: the instance's own, or what `choose_good_set` picks; boolean, `(*batch, outputs)`."""
    problem = instance.problem
    chosen = good_sets.choose_good_set(
        initial_policy(instance),
        problem.proxy_reward,
        problem.ground_truth_reward,
        instance.increase,
        problem.kl_coefficient,
        smallest_log_probability(instance),
    )
    return given_or_chosen(instance, chosen)


@shareable
def good_set_of(instance: HittingTimeInstance) -> good_sets.GoodSet:
    """What Proposition 4 needs to know of its set `Y+`."""
    problem = instance.problem
    return good_sets.describe_good_set(
        initial_policy(instance),
        problem.proxy_reward,
        problem.ground_truth_reward,
        instance.increase,
        good_members(instance),
    )


def proposition_4_bound(instance: HittingTimeInstance) -> Scalars:
    """Proposition 4's upper bound for its set `Y+`, shape `(*batch)`."""
    good = good_set_of(instance)
    return upper_bounds.proposition_4(good.share, good.margin, good.mass, good.size, instance.problem.prompts)


def proposition_4_kl_limit(instance: HittingTimeInstance) -> Scalars:
    """The largest KL coefficient that Proposition 4 admits for that set."""
    good = good_set_of(instance)
    return upper_bounds.proposition_4_kl_limit(
        good.share, good.margin, good.mass, good.size, smallest_log_probability(instance)
    )


def proposition_4_mass_limit(instance: HittingTimeInstance) -> Scalars:
    """The largest `pi0(Y_bad)` that Proposition 4 admits for that set."""
    good = good_set_of(instance)
    return upper_bounds.proposition_4_mass_limit(good.share, good.margin, good.mass, good.size)
