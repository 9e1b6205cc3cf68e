"""Our upper bounds on `t_gamma` evaluated on an instance: the good outputs, and how fast their mass must grow.

The share `rho` counts every other output as worth the worst ground-truth reward of the instance, where the paper counts
it as -1. All functions take a batch of instances and return shape `(*batch)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from theory.arrays import AnyArray, Scalars
from theory.bounds import upper_bounds
from theory.bounds.good_set import mass_left_out
from theory.instances.lower_bounds import (
    best_output,
    best_probability,
    best_share,
    good_members,
    good_set_of,
    initial_policy,
    is_best,
    reward_range,
    reward_variance,
    rise_of_artanh,
    smallest_log_probability,
    truth_advantage,
    value_at,
)
from theory.instances.tabular import HittingTimeInstance, given_or_chosen, share, shareable
from theory.moments import advantage
from theory.tabular.padding import is_output

ROUNDINGS_ALLOWED = 64.0
"""Roundings of the size of a term that are allowed as it is (`theory.statement.Sides`)."""


class GoodOutputs(NamedTuple):
    """What an upper bound needs to know of the good outputs `Y+` (each of shape `(*batch)`).

    **Fields**: `mass` (`P0`), `remaining` (`rho - P0`), `shortfall` (`1 - rho`), `margin` (`kappa`), `size` (`n`) and
    `bad_mass` (of outputs above `V_RM(0)` that are not in `Y+`).
    """

    mass: Scalars
    remaining: Scalars
    shortfall: Scalars
    margin: Scalars
    size: Scalars
    bad_mass: Scalars

    @property
    def span(self) -> Scalars:
        """`G(rho) - G(P0)`."""
        return upper_bounds.logistic_span(self.mass, self.remaining, self.shortfall)


def _worst_truth(instance: HittingTimeInstance) -> AnyArray:
    return jnp.min(jnp.asarray(instance.problem.ground_truth_reward), axis=-1)


def log_inverse(instance: HittingTimeInstance) -> AnyArray:
    """`ln(1 / min_y pi0(y))`."""
    return -smallest_log_probability(instance)


@shareable
def best_alone(instance: HittingTimeInstance) -> GoodOutputs:
    """`Y+ = {y_g}`, the output that the reward model ranks first; `margin` is its distance to the next.

    `rho - P0` is `(gamma + sum of pi0 (r_G - min r_G) over the others) / (r_G(y_g) - min r_G)`: nothing cancels.
    """
    problem, policy, best = instance.problem, initial_policy(instance), is_best(instance)
    proxy, truth = jnp.asarray(problem.proxy_reward), jnp.asarray(problem.ground_truth_reward)
    worst = _worst_truth(instance)
    height = value_at(truth, best_output(instance)) - worst
    others = jnp.sum(jnp.where(best, 0.0, policy * (truth - worst[..., None])), axis=-1)
    gap = jnp.max(proxy, axis=-1) - jnp.max(jnp.where(best, -jnp.inf, proxy), axis=-1)
    return GoodOutputs(
        mass=best_probability(instance),
        remaining=(instance.increase + others) / height,
        shortfall=(value_at(truth_advantage(instance), best_output(instance)) - instance.increase) / height,
        margin=gap,
        size=jnp.ones_like(gap),
        bad_mass=jnp.zeros_like(gap),
    )


def growth_of_rounding(instance: HittingTimeInstance) -> Scalars:
    """By how much more than itself our bounds for one output may be off in units of rounding, shape `(*batch)`.

    They grow like `1 / (1 - rho)`, and `1 - rho` is the difference of `r_G(y_g) - V_G(0)` and `gamma`: near the largest
    `gamma` that can be reached, rounding these two is magnified by their size over their difference.
    """
    gain, increase = value_at(truth_advantage(instance), best_output(instance)), jnp.asarray(instance.increase)
    magnified = (jnp.abs(gain) + increase) / jnp.abs(gain - increase)
    return jnp.maximum(1.0, magnified / ROUNDINGS_ALLOWED)


def others_are_below_average(instance: HittingTimeInstance) -> AnyArray:
    """Whether every output but `y_g` has `r_RM <= V_RM(0)`, and `y_g` more; boolean."""
    above = advantage(initial_policy(instance), instance.problem.proxy_reward) > 0
    return jnp.all(above == is_best(instance), axis=-1)


def kl_loss(instance: HittingTimeInstance, good: GoodOutputs) -> Scalars:
    """The share of the rate that the KL term can take."""
    return upper_bounds.kl_loss(
        instance.problem.kl_coefficient, log_inverse(instance), good.mass, good.shortfall, good.margin, good.size
    )


def _time(instance: HittingTimeInstance, good: GoodOutputs, loss: Scalars) -> Scalars:
    return upper_bounds.growth_time(good.span, good.margin, good.size, loss, instance.problem.prompts)


def sharpened_theorem_5_fast_bound(instance: HittingTimeInstance) -> Scalars:
    """Our upper bound for one output ranked above the average, shape `(*batch)`."""
    good = best_alone(instance)
    return _time(instance, good, kl_loss(instance, good))


@shareable
def one_rewarded(instance: HittingTimeInstance) -> GoodOutputs:
    """`Y+ = {y_g}` where the reward model gives +1 to `y_g` and -1 to all other outputs."""
    good = best_alone(instance)
    outputs = jnp.sum(is_output(instance.problem), axis=-1).astype(jnp.asarray(good.margin).dtype)
    return good._replace(margin=jnp.full_like(jnp.asarray(good.margin), upper_bounds.one_rewarded_margin(outputs)))


def sharpened_theorem_6_fast_bound(instance: HittingTimeInstance) -> Scalars:
    """Our upper bound for a reward model that rewards one output only, shape `(*batch)`."""
    good = one_rewarded(instance)
    return _time(instance, good, kl_loss(instance, good))


class ChosenSet(NamedTuple):
    """The set `Y+` of S-P4 (fields of shape `(*batch)`).

    **Fields**: `valid` (it has members, all of them eligible), `good` (the set), `loss` (what the KL term and bad
    outputs can take).
    """

    valid: AnyArray
    good: GoodOutputs
    loss: Scalars


@shareable
def eligible_outputs(instance: HittingTimeInstance) -> AnyArray:
    """Outputs with `r_G > V_G(0) + gamma` and `r_RM > V_RM(0)`, boolean, shape `(*batch, outputs)`."""
    above = advantage(initial_policy(instance), instance.problem.proxy_reward) > 0
    return above & (truth_advantage(instance) > jnp.asarray(instance.increase)[..., None])


@shareable
def fast_members(instance: HittingTimeInstance) -> AnyArray:
    """S-P4's `Y+`: the instance's own, or the best of the natural ones; boolean, shape `(*batch, outputs)`."""
    return given_or_chosen(instance, _best_prefix(instance))


@shareable
def chosen_set(instance: HittingTimeInstance) -> ChosenSet:
    """What S-P4 needs to know of its set `Y+`; no difference of nearly equal numbers is taken."""
    problem, policy, members = instance.problem, initial_policy(instance), fast_members(instance)
    gamma, worst = jnp.asarray(instance.increase), _worst_truth(instance)
    truth, risen = jnp.asarray(problem.ground_truth_reward), truth_advantage(instance)
    proxy_advantage = advantage(policy, problem.proxy_reward)

    def lowest(values: AnyArray) -> AnyArray:
        return jnp.min(jnp.where(members, values, jnp.inf), axis=-1)

    height = lowest(truth) - worst
    shortfall = (lowest(risen) - gamma) / height
    # `rho - P0`: what is missing to `gamma`, and what the rest and better members have above `w` and the lowest member.
    over = jnp.where(members, truth - lowest(truth)[..., None], truth - worst[..., None])
    remaining = (gamma + jnp.sum(policy * over, axis=-1)) / height
    spread = jnp.max(jnp.where(members, proxy_advantage, -jnp.inf), axis=-1) - lowest(proxy_advantage)
    margin = height_above_the_rest(instance, members) - spread / shortfall
    mass = jnp.sum(jnp.where(members, policy, 0.0), axis=-1)
    bad_mass = jnp.sum(jnp.where((proxy_advantage > 0) & ~members, policy, 0.0), axis=-1)
    good = GoodOutputs(mass, remaining, shortfall, margin, jnp.sum(members, axis=-1).astype(policy.dtype), bad_mass)
    valid = jnp.any(members, axis=-1) & jnp.all(~members | eligible_outputs(instance), axis=-1)
    return ChosenSet(valid, good, _loss(good, jnp.asarray(problem.kl_coefficient), log_inverse(instance)))


def height_above_the_rest(instance: HittingTimeInstance, members: AnyArray) -> AnyArray:
    """`max_{Y+} r_RM - h`, `h` the highest reward that is not above `V_RM(0)`."""
    proxy_advantage = advantage(initial_policy(instance), instance.problem.proxy_reward)
    highest = jnp.max(jnp.where(members, proxy_advantage, -jnp.inf), axis=-1)
    return highest - jnp.max(jnp.where(proxy_advantage > 0, -jnp.inf, proxy_advantage), axis=-1)


def _best_prefix(instance: HittingTimeInstance) -> AnyArray:
    """Of the sets of the `k` eligible outputs of highest proxy reward, for each `k`, that of the smallest bound.

    Where no candidate meets the hypotheses, all eligible outputs are taken: the failing hypothesis can be named.
    """
    problem, policy = instance.problem, initial_policy(instance)
    gamma = jnp.asarray(instance.increase)[..., None]
    truth, worst = jnp.asarray(problem.ground_truth_reward), _worst_truth(instance)[..., None]
    proxy_advantage, risen = advantage(policy, problem.proxy_reward), truth_advantage(instance)
    above, eligible = proxy_advantage > 0, eligible_outputs(instance)
    order = jnp.argsort(jnp.where(eligible, -jnp.asarray(problem.proxy_reward), jnp.inf), axis=-1)

    def in_order(values: AnyArray) -> AnyArray:
        return jnp.take_along_axis(values, order, axis=-1)

    def lowest(values: AnyArray) -> AnyArray:
        kept = jnp.where(present, in_order(values), jnp.inf)
        return jax.lax.cummin(kept, axis=kept.ndim - 1)

    present = in_order(eligible)
    mass = jnp.cumsum(jnp.where(present, in_order(policy), 0.0), axis=-1)
    size = jnp.cumsum(present, axis=-1).astype(policy.dtype)
    shortfall = (lowest(risen) - gamma) / (lowest(truth) - worst)
    lowest_proxy = lowest(proxy_advantage)
    next_best = jnp.max(jnp.where(above, -jnp.inf, proxy_advantage), axis=-1, keepdims=True)
    margin = lowest_proxy[..., :1] - next_best - (lowest_proxy[..., :1] - lowest_proxy) / shortfall
    bad_mass = mass_left_out(policy, above & ~eligible, jnp.where(present, in_order(policy), 0.0))
    good = GoodOutputs(mass, 1 - shortfall - mass, shortfall, margin, size, bad_mass)
    per_candidate = (jnp.asarray(problem.kl_coefficient), log_inverse(instance))
    loss = _loss(good, *(jnp.broadcast_to(value[..., None], mass.shape) for value in per_candidate))
    holds = present & (margin > 0) & upper_bounds.loss_is_small(loss, bad_mass)
    time = upper_bounds.growth_time(good.span, margin, size, loss, 1.0)
    smallest = jnp.argmin(jnp.where(holds, time, jnp.inf), axis=-1, keepdims=True)
    last = jnp.maximum(jnp.sum(present, axis=-1, keepdims=True) - 1, 0)
    place = jnp.where(jnp.any(holds, axis=-1, keepdims=True), smallest, last)
    return eligible & (jnp.argsort(order, axis=-1) <= place)


def _loss(good: GoodOutputs, kl_coefficient: AnyArray, log_inverse: AnyArray) -> AnyArray:
    later = upper_bounds.bad_mass_later(good.bad_mass, kl_coefficient, log_inverse, good.span, good.margin, good.size)
    by_bad = upper_bounds.bad_loss(later, good.mass, good.shortfall, good.margin, good.size)
    by_kl = upper_bounds.kl_loss(kl_coefficient, log_inverse, good.mass, good.shortfall, good.margin, good.size)
    # No bad output stays none, however large the factor.
    return jnp.where(jnp.asarray(good.bad_mass) == 0, 0.0, by_bad) + by_kl


def sharpened_proposition_4_bound(instance: HittingTimeInstance) -> Scalars:
    """Our upper bound for S-P4's set `Y+`, shape `(*batch)`."""
    chosen = chosen_set(instance)
    return _time(instance, chosen.good, chosen.loss)


def bound_without_losses(instance: HittingTimeInstance) -> Scalars:
    """The same as if neither bad outputs nor the KL term cost anything, which is false: a negative control's bound."""
    good = chosen_set(instance).good
    return _time(instance, good, jnp.zeros_like(jnp.asarray(good.mass)))


TIMED_QUANTITIES: tuple[Callable[[HittingTimeInstance], Any], ...] = (
    initial_policy,
    smallest_log_probability,
    reward_variance,
    reward_range,
    rise_of_artanh,
    truth_advantage,
    best_output,
    best_probability,
    best_share,
    good_members,
    good_set_of,
    eligible_outputs,
    fast_members,
    chosen_set,
    best_alone,
    one_rewarded,
)
"""What bounds on `t_gamma` and their hypotheses take more than once, in an order in which each takes those before it
(`theory.instances.tabular.share`)."""


def with_timed_quantities(instance: Any) -> Any:
    """An instance about `t_gamma` with `TIMED_QUANTITIES` computed once for all statements; any other as it is."""
    return share(instance, TIMED_QUANTITIES) if isinstance(instance, HittingTimeInstance) else instance
