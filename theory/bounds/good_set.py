"""Proposition 4's hypotheses for a given set of good outputs, and a good choice of that set."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from theory.arguments.names import DISTRIBUTION, MADE_HERE
from theory.arguments.precision import double_precision
from theory.arrays import AnyArray, OutputMask, OutputVector, Scalars
from theory.bounds import upper_bounds
from theory.moments import advantage, expectation


class GoodSet(NamedTuple):
    """What Proposition 4 needs to know of a set `Y+` of outputs (each of shape `(*batch)`).

    **Fields**: `valid` (all members have `r_G > V_G(0) + gamma` and `r_RM > V_RM(0)`, and the set is not empty),
    `share` (`rho`), `margin` (`delta`), `mass` (`pi0(Y+)`), `size` (`|Y+|`), `bad_mass` (`pi0(Y_bad)`).
    """

    valid: AnyArray
    share: Scalars
    margin: Scalars
    mass: Scalars
    size: Scalars
    bad_mass: Scalars


@double_precision(policy=DISTRIBUTION)
def describe_good_set(
    policy: OutputVector,
    proxy_reward: OutputVector,
    ground_truth_reward: OutputVector,
    increase: Scalars,
    members: OutputMask,
) -> GoodSet:
    """The quantities of Proposition 4 for `Y+ = members`, a mask of shape `(*batch, outputs)`."""
    # Advantages, not rewards against their mean: the sign of a difference of 1e-19 decides on which side an output is.
    proxy_advantage = advantage(policy, proxy_reward)
    above = proxy_advantage > 0
    good = above & (advantage(policy, ground_truth_reward) > jnp.asarray(increase)[..., None])
    highest = jnp.max(jnp.where(members, proxy_advantage, -jnp.inf), axis=-1)
    lowest = jnp.min(jnp.where(members, proxy_advantage, jnp.inf), axis=-1)
    lowest_truth = jnp.min(jnp.where(members, ground_truth_reward, jnp.inf), axis=-1)
    share = upper_bounds.required_share(increase, expectation(policy, ground_truth_reward), lowest_truth)
    return GoodSet(
        valid=jnp.any(members, axis=-1) & jnp.all(~members | good, axis=-1),
        share=share,
        margin=(1 - share) * highest - (highest - lowest),
        mass=jnp.sum(jnp.where(members, policy, 0.0), axis=-1),
        size=jnp.sum(members, axis=-1).astype(policy.dtype),
        bad_mass=jnp.sum(jnp.where(above & ~members, policy, 0.0), axis=-1),
    )


@double_precision(good_set=MADE_HERE)
def hypotheses_hold(good_set: GoodSet, kl_coefficient: Scalars, smallest_log_probability: Scalars) -> AnyArray:
    """Whether every hypothesis of Proposition 4 holds for the set, shape `(*batch)`, boolean."""
    _, share, margin, mass, size, bad_mass = good_set
    kl_limit = upper_bounds.proposition_4_kl_limit(share, margin, mass, size, smallest_log_probability)
    mass_limit = upper_bounds.proposition_4_mass_limit(share, margin, mass, size)
    return good_set.valid & (margin > 0) & (kl_coefficient <= kl_limit) & (bad_mass <= mass_limit)


@double_precision(policy=DISTRIBUTION)
def choose_good_set(
    policy: OutputVector,
    proxy_reward: OutputVector,
    ground_truth_reward: OutputVector,
    increase: Scalars,
    kl_coefficient: Scalars,
    smallest_log_probability: Scalars,
) -> OutputMask:
    """A set `Y+` for which Proposition 4 holds with a small bound, if one of the natural candidates does.

    The candidates are the eligible outputs (`r_G > V_G(0) + gamma`, `r_RM > V_RM(0)`) of the `k` highest proxy rewards,
    for each `k`: a good set must hold almost all the mass above `V_RM(0)`, so it is such a set up to outputs of
    vanishing probability. All candidates are judged at once with running sums.

    **Returns** a mask of shape `(*batch, outputs)`: the candidate of smallest bound among those whose hypotheses hold,
    otherwise the one of largest mass (so that the failing hypothesis can be named).
    """

    def per_candidate(value: Scalars) -> AnyArray:
        return jnp.broadcast_to(jnp.asarray(value)[..., None], policy.shape)

    truth = per_candidate(expectation(policy, ground_truth_reward))
    gamma = per_candidate(increase)
    proxy_advantage = advantage(policy, proxy_reward)
    above = proxy_advantage > 0
    eligible = above & (advantage(policy, ground_truth_reward) > gamma)
    order = jnp.argsort(jnp.where(eligible, -proxy_reward, jnp.inf), axis=-1)

    def in_order(values: AnyArray) -> AnyArray:
        return jnp.take_along_axis(values, order, axis=-1)

    present = in_order(eligible)
    mass = jnp.cumsum(jnp.where(present, in_order(policy), 0.0), axis=-1)
    size = jnp.cumsum(present, axis=-1).astype(policy.dtype)
    lowest_truth = _running_minimum(jnp.where(present, in_order(ground_truth_reward), jnp.inf))
    lowest = _running_minimum(jnp.where(present, in_order(proxy_advantage), jnp.inf))
    highest = lowest[..., :1]
    share = upper_bounds.required_share(gamma, truth, lowest_truth)
    margin = (1 - share) * highest - (highest - lowest)
    bad_mass = mass_left_out(policy, above & ~eligible, jnp.where(present, in_order(policy), 0.0))
    candidates = GoodSet(present, share, margin, mass, size, bad_mass)
    holds = hypotheses_hold(candidates, per_candidate(kl_coefficient), per_candidate(smallest_log_probability))
    bound = upper_bounds.proposition_4(share, margin, mass, size, 1.0)
    best = jnp.argmin(jnp.where(holds, bound, jnp.inf), axis=-1, keepdims=True)
    last = jnp.maximum(jnp.sum(present, axis=-1, keepdims=True) - 1, 0)
    chosen = jnp.where(jnp.any(holds, axis=-1, keepdims=True), best, last)
    rank = jnp.argsort(order, axis=-1)
    return eligible & (rank <= chosen)


def mass_left_out(policy: OutputVector, never: OutputMask, in_order: OutputVector) -> OutputVector:
    """The mass of bad outputs for each set of the first `k` eligible outputs, `(*batch, outputs)`.

    A sum of what is left out: the difference of two masses would lose a bad output of 1e-17 among good ones.

    **Arguments**: `never`: outputs that are bad for every set; `in_order`: the masses of the eligible outputs in order.
    """
    following = jnp.flip(jnp.cumsum(jnp.flip(in_order, axis=-1), axis=-1), axis=-1)[..., 1:]
    following = jnp.concatenate([following, jnp.zeros_like(in_order[..., :1])], axis=-1)
    return jnp.sum(jnp.where(never, policy, 0.0), axis=-1, keepdims=True) + following


def _running_minimum(values: OutputVector) -> OutputVector:
    return jax.lax.cummin(jnp.asarray(values), axis=values.ndim - 1)
