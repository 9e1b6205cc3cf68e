"""Our upper bounds on `t_gamma` evaluated on an instance: the good outputs, and how fast their mass must grow.

The share `rho` counts every other output as worth the worst ground-truth reward of the instance, where the paper counts
it as -1. All functions take a batch of instances and return shape `(*batch)`.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from theory import fast_bounds as bounds
from theory.arrays import AnyArray, Scalars
from theory.hitting_time_bounds import (
    best_output,
    best_probability,
    initial_policy,
    is_best,
    smallest_log_probability,
    truth_advantage,
    value_at,
)
from theory.instance import Instance, needed
from theory.moments import advantage
from theory.padding import is_output


class FastSet(NamedTuple):
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
        return bounds.logistic_span(self.mass, self.remaining, self.shortfall)


def _worst_truth(instance: Instance) -> AnyArray:
    return jnp.min(jnp.asarray(instance.problem.ground_truth_reward), axis=-1)


def log_inverse(instance: Instance) -> AnyArray:
    """`ln(1 / min_y pi0(y))`."""
    return -smallest_log_probability(instance)


def best_alone(instance: Instance) -> FastSet:
    """`Y+ = {y_g}`, the output that the reward model ranks first; `margin` is its distance to the next.

    `rho - P0` is `(gamma + sum of pi0 (r_G - min r_G) over the others) / (r_G(y_g) - min r_G)`: nothing cancels.
    """
    problem, policy, best = instance.problem, initial_policy(instance), is_best(instance)
    proxy, truth = jnp.asarray(problem.proxy_reward), jnp.asarray(problem.ground_truth_reward)
    worst = _worst_truth(instance)
    height = value_at(truth, best_output(instance)) - worst
    others = jnp.sum(jnp.where(best, 0.0, policy * (truth - worst[..., None])), axis=-1)
    gap = jnp.max(proxy, axis=-1) - jnp.max(jnp.where(best, -jnp.inf, proxy), axis=-1)
    return FastSet(
        mass=best_probability(instance),
        remaining=(needed(instance.increase) + others) / height,
        shortfall=(value_at(truth_advantage(instance), best_output(instance)) - needed(instance.increase)) / height,
        margin=gap,
        size=jnp.ones_like(gap),
        bad_mass=jnp.zeros_like(gap),
    )


def others_are_below_average(instance: Instance) -> AnyArray:
    """Whether every output but `y_g` has `r_RM <= V_RM(0)`, and `y_g` more; boolean."""
    above = advantage(initial_policy(instance), instance.problem.proxy_reward) > 0
    return jnp.all(above == is_best(instance), axis=-1)


def kl_loss(instance: Instance, good: FastSet) -> Scalars:
    """The share of the rate that the KL term can take."""
    return bounds.kl_loss(
        instance.problem.kl_coefficient, log_inverse(instance), good.mass, good.shortfall, good.margin, good.size
    )


def _time(instance: Instance, good: FastSet, loss: Scalars) -> Scalars:
    return bounds.growth_time(good.span, good.margin, good.size, loss, instance.problem.prompts)


def sharpened_theorem_5_fast_bound(instance: Instance) -> Scalars:
    """Our upper bound for one output ranked above the average, shape `(*batch)`."""
    good = best_alone(instance)
    return _time(instance, good, kl_loss(instance, good))


def one_rewarded(instance: Instance) -> FastSet:
    """`Y+ = {y_g}` where the reward model gives +1 to `y_g` and -1 to all other outputs."""
    good = best_alone(instance)
    outputs = jnp.sum(is_output(instance.problem), axis=-1).astype(jnp.asarray(good.margin).dtype)
    return good._replace(margin=jnp.full_like(jnp.asarray(good.margin), bounds.one_rewarded_margin(outputs)))


def sharpened_theorem_6_fast_bound(instance: Instance) -> Scalars:
    """Our upper bound for a reward model that rewards one output only, shape `(*batch)`."""
    good = one_rewarded(instance)
    return _time(instance, good, kl_loss(instance, good))


class ChosenSet(NamedTuple):
    """The set `Y+` of S-P4 with the smallest bound (fields of shape `(*batch)`).

    **Fields**: `valid` (some output is eligible), `good` (the set), `loss` (what the KL term and bad outputs can take).
    """

    valid: AnyArray
    good: FastSet
    loss: Scalars


def chosen_set(instance: Instance) -> ChosenSet:
    """The best of the natural candidates: the `k` eligible outputs of highest proxy reward, for each `k`.

    Eligible are outputs with `r_G > V_G(0) + gamma` and `r_RM > V_RM(0)`. Where no candidate meets the hypotheses, all
    eligible outputs are taken, so that the failing hypothesis can be named.
    """
    problem, policy = instance.problem, initial_policy(instance)
    gamma = jnp.asarray(needed(instance.increase))[..., None]
    truth, worst = jnp.asarray(problem.ground_truth_reward), _worst_truth(instance)[..., None]
    proxy_advantage, risen = advantage(policy, problem.proxy_reward), truth_advantage(instance)
    above = proxy_advantage > 0
    eligible = above & (risen > gamma)
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
    bad_mass = jnp.sum(jnp.where(above, policy, 0.0), axis=-1, keepdims=True) - mass
    # The difference of sums leaves rounding where there is no bad output at all.
    bad_mass = jnp.where(jnp.sum(above, axis=-1, keepdims=True) == size, 0.0, jnp.maximum(bad_mass, 0.0))
    good = FastSet(mass, 1 - shortfall - mass, shortfall, margin, size, bad_mass)
    per_candidate = (jnp.asarray(problem.kl_coefficient), log_inverse(instance))
    loss = _loss(good, *(jnp.broadcast_to(value[..., None], mass.shape) for value in per_candidate))
    holds = present & (margin > 0) & (loss <= bounds.LARGEST_LOSS)
    time = bounds.growth_time(good.span, margin, size, loss, 1.0)
    smallest = jnp.argmin(jnp.where(holds, time, jnp.inf), axis=-1, keepdims=True)
    last = jnp.maximum(jnp.sum(present, axis=-1, keepdims=True) - 1, 0)
    place = jnp.where(jnp.any(holds, axis=-1, keepdims=True), smallest, last)

    def at_place(values: Scalars) -> AnyArray:
        return jnp.take_along_axis(jnp.asarray(values), place, axis=-1)[..., 0]

    return ChosenSet(jnp.any(eligible, axis=-1), FastSet(*(at_place(field) for field in good)), at_place(loss))


def _loss(good: FastSet, kl_coefficient: AnyArray, log_inverse: AnyArray) -> AnyArray:
    later = bounds.bad_mass_later(good.bad_mass, kl_coefficient, log_inverse, good.span, good.margin, good.size)
    by_bad = bounds.bad_loss(later, good.mass, good.shortfall, good.margin, good.size)
    by_kl = bounds.kl_loss(kl_coefficient, log_inverse, good.mass, good.shortfall, good.margin, good.size)
    # No bad output stays none, however large the factor.
    return jnp.where(jnp.asarray(good.bad_mass) == 0, 0.0, by_bad) + by_kl


def sharpened_proposition_4_bound(instance: Instance) -> Scalars:
    """Our upper bound for the set that `chosen_set` picks, shape `(*batch)`."""
    chosen = chosen_set(instance)
    return _time(instance, chosen.good, chosen.loss)


def bound_without_losses(instance: Instance) -> Scalars:
    """The same as if neither bad outputs nor the KL term cost anything, which is false: a negative control's bound."""
    good = chosen_set(instance).good
    return _time(instance, good, jnp.zeros_like(jnp.asarray(good.mass)))
