"""Distances of an instance from the edge of each hypothesis about `t_gamma`, relative, of shape `(*batch)`.

Not negative where the hypothesis holds, not positive where it fails. A comparison of two numbers is measured by their
difference over the larger of the two.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arrays import AnyArray
from theory.bounds.upper_bounds import LARGEST_LOSS
from theory.instances.lower_bounds import (
    best_output,
    best_probability,
    good_members,
    good_set_of,
    initial_policy,
    is_best,
    reward_range,
    truth_advantage,
    value_at,
)
from theory.instances.tabular import HittingTimeInstance, TabularInstance
from theory.instances.upper_bounds import chosen_set, fast_members, height_above_the_rest
from theory.moments import advantage

LARGEST_RANGE = 2.0
"""Of a reward in [-1, 1]."""


def headroom(value: AnyArray | float, limit: AnyArray | float) -> AnyArray:
    """`(limit - value) / max(|limit|, |value|)`: one where there is nothing to be limited."""
    value, limit = jnp.asarray(value), jnp.asarray(limit)
    size = jnp.maximum(jnp.abs(limit), jnp.abs(value))
    gap = (limit - value) / jnp.where((size > 0) & jnp.isfinite(size), size, 1.0)
    # Infinities leave the order only; what is no number is beyond every limit.
    beyond_numbers = jnp.where(value <= limit, 1.0, -1.0)
    return jnp.where(size == 0, 1.0, jnp.where(jnp.isfinite(gap), gap, beyond_numbers))


def reward_varies(instance: TabularInstance) -> AnyArray:
    """The range of the reward model, relative to the largest one."""
    return reward_range(instance) / LARGEST_RANGE


def inside_unit_range(instance: HittingTimeInstance) -> AnyArray:
    """The distance of the range to the nearer end of `(0, 1]`."""
    width = reward_range(instance)
    return jnp.minimum(width, 1 - width)


def _good(instance: HittingTimeInstance) -> AnyArray:
    return headroom(jnp.asarray(instance.increase)[..., None], truth_advantage(instance))


def best_is_good(instance: HittingTimeInstance) -> AnyArray:
    """Of `gamma` below `r_G(y_g) - V_G(0)`."""
    return value_at(_good(instance), best_output(instance))


def two_good(instance: HittingTimeInstance) -> AnyArray:
    """Of `gamma`, for `y_g` and the best of the others."""
    others = jnp.max(jnp.where(is_best(instance), -jnp.inf, _good(instance)), axis=-1)
    return jnp.minimum(best_is_good(instance), others)


def best_stands_out(instance: HittingTimeInstance) -> AnyArray:
    """Of the distances to the other outputs to the ends of `(1 - pi0(y_g), 1)`, relative to its length."""
    proxy = instance.problem.proxy_reward
    gap, probability = jnp.max(proxy, axis=-1, keepdims=True) - proxy, best_probability(instance)[..., None]
    distance = jnp.minimum(gap - (1 - probability), 1 - gap) / probability
    return jnp.min(jnp.where(is_best(instance), jnp.inf, distance), axis=-1)


def others_below_average(instance: HittingTimeInstance) -> AnyArray:
    """Of the highest other reward below `V_RM(0)`, relative to the range."""
    above = _above_average(instance)
    highest = jnp.max(jnp.where(is_best(instance), -jnp.inf, above), axis=-1)
    return jnp.minimum(-highest, value_at(above, best_output(instance)))


def _above_average(instance: HittingTimeInstance) -> AnyArray:
    width = reward_range(instance)[..., None]
    return advantage(initial_policy(instance), instance.problem.proxy_reward) / jnp.where(width > 0, width, 1.0)


def good_set(instance: HittingTimeInstance, members: AnyArray) -> AnyArray:
    """Of the member that is nearest to not being eligible; of the output that is nearest to being so in an empty set.

    **Arguments**: `members`: `Y+`, boolean, shape `(*batch, outputs)`.
    """
    eligible = jnp.minimum(_good(instance), _above_average(instance))
    worst_member = jnp.min(jnp.where(members, eligible, jnp.inf), axis=-1)
    return jnp.where(jnp.any(members, axis=-1), worst_member, jnp.max(eligible, axis=-1))


def paper_good_set(instance: HittingTimeInstance) -> AnyArray:
    """`good_set` for Proposition 4's set."""
    return good_set(instance, good_members(instance))


def sharpened_good_set(instance: HittingTimeInstance) -> AnyArray:
    """`good_set` for S-P4's set."""
    return good_set(instance, fast_members(instance))


def _of_difference(difference: AnyArray | float, minuend: AnyArray | float) -> AnyArray:
    """`minuend - subtrahend` relative to the larger of the two, from the difference; -1 where there is none."""
    size = jnp.maximum(jnp.abs(jnp.asarray(minuend)), jnp.abs(minuend - difference))
    relative = difference / jnp.where(size > 0, size, 1.0)
    return jnp.where(jnp.isfinite(relative), relative, -1.0)


def positive_margin(instance: HittingTimeInstance) -> AnyArray:
    """Of `delta = (1 - rho) (max r_RM - V_RM(0)) - spread`, relative to its parts."""
    good, members = good_set_of(instance), good_members(instance)
    above = advantage(initial_policy(instance), instance.problem.proxy_reward)
    highest = jnp.max(jnp.where(members, above, -jnp.inf), axis=-1)
    return _of_difference(good.margin, (1 - good.share) * highest)


def sharpened_margin(instance: HittingTimeInstance) -> AnyArray:
    """Of `kappa`, relative to its parts."""
    height = height_above_the_rest(instance, fast_members(instance))
    return _of_difference(chosen_set(instance).good.margin, height)


def small_loss(instance: HittingTimeInstance) -> AnyArray:
    """Of S-P4's loss below what it may be."""
    chosen = chosen_set(instance)
    return headroom(chosen.loss, jnp.where(jnp.asarray(chosen.good.bad_mass) == 0, 1.0, LARGEST_LOSS))
