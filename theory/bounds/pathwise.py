"""How far a change of policy moves an expected reward and a reward's deviation: the pathwise lemma (ours, S-PL).

A change `u` of a prompt's logits, by whatever optimiser and of whatever size, moves `artanh E[r]` and `ln Std[r]` by at
most half of its range `max u - min u` (proof: docs/sharpened.md). Shapes: policies and rewards `(*batch, outputs)`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp

from theory.arguments.number_rules import between
from theory.arguments.precision import double_precision
from theory.arguments.rules import Numbers
from theory.arrays import BatchScalars, OutputVector, Scalars

HALF_OF_THE_RANGE = 0.5
BOUNDED_REWARD = Numbers(between(-1.0, 1.0), per_output=True, booleans=True)


@double_precision()
def artanh_rise(increase: Scalars, initial_truth: Scalars) -> Scalars:
    """`artanh(V_0 + gamma) - artanh(V_0)`, by how much a rise by `gamma` moves the artanh of the expected reward.

    **Arguments**: `increase`: `gamma >= 0`; `initial_truth`: `V_0`, in [-1, 1].

    **Returns** at least `2 artanh(gamma / 2) >= gamma`, with equality at `V_0 = -gamma / 2`; infinity where
    `V_0 + gamma >= 1`, as no reward in [-1, 1] that is not constant gets there.

    **Source**: ours, S-PL (docs/sharpened.md).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.artanh_rise(0.5, -0.25)), 6)
    0.510826
    """
    start = jnp.clip(initial_truth, -1.0, 1.0)
    return artanh_rise_between(increase, 1 + start, 1 - start)


@double_precision()
def artanh_rise_between(increase: Scalars, height: Scalars, room: Scalars) -> Scalars:
    """`artanh_rise` by `1 + V_0` and `1 - V_0`, the `height` above the least reward and the `room` left to the largest.

    Sums such as `E[1 + r]` keep their digits where the expected reward itself is one or minus one to rounding.
    """
    below, above = jnp.asarray(height), jnp.asarray(room)
    share = jnp.minimum(jnp.asarray(increase) / jnp.where(above > 0, above, 1.0), 1.0)
    share = jnp.where(above > 0, share, jnp.where(jnp.asarray(increase) > 0, 1.0, 0.0))
    # In quotients of positive numbers: the difference of two large artanh would cancel.
    gained = jnp.where(increase > 0, jnp.asarray(increase) / jnp.where(below > 0, below, 1.0), 0.0)
    gained = jnp.where((below > 0) | (increase <= 0), gained, jnp.inf)
    return (jnp.log1p(gained) - jnp.log1p(-share)) / 2


@double_precision(reward=BOUNDED_REWARD)
def pathwise_value_sides(
    log_reference: OutputVector, log_policy: OutputVector, reward: OutputVector
) -> tuple[BatchScalars, BatchScalars]:
    """`|artanh E_after[r] - artanh E_before[r]|` and half the range of `ln(after / before)` (ours, S-PL).

    **Arguments**: two policies as log-probabilities; `reward` in [-1, 1]. For a constant reward the first side is zero.

    **Returns** two arrays of shape `(*batch)`; the first is at most the second.

    **Example**

    >>> import numpy as np
    >>> import theory.bounds
    >>> smaller, larger = theory.bounds.pathwise_value_sides(np.log([0.5, 0.5]), np.log([0.9, 0.1]), [1.0, -1.0])
    >>> round(float(smaller), 6), round(float(larger), 6)
    (1.098612, 1.098612)
    """
    moved = log_odds_of_value(log_policy, reward) - log_odds_of_value(log_reference, reward)
    return jnp.abs(moved), HALF_OF_THE_RANGE * range_of_change(log_reference, log_policy)


@double_precision()
def pathwise_deviation_sides(
    log_reference: OutputVector, log_policy: OutputVector, reward: OutputVector
) -> tuple[BatchScalars, BatchScalars]:
    """`|ln Std_after[r] - ln Std_before[r]|` and half the range of `ln(after / before)` (ours, S-PL).

    **Arguments**: two policies as log-probabilities; any `reward`. For a constant reward the first side is zero.

    **Returns** two arrays of shape `(*batch)`; the first is at most the second.

    **Example**

    >>> import numpy as np
    >>> import theory.bounds
    >>> rare, twice = np.log([1e-6, 1 - 1e-6]), np.log([2e-6, 1 - 2e-6])
    >>> smaller, larger = theory.bounds.pathwise_deviation_sides(rare, twice, [1.0, -1.0])
    >>> round(float(smaller), 5), round(float(larger), 5)
    (0.34657, 0.34657)
    """
    moved = (log_variance(log_policy, reward) - log_variance(log_reference, reward)) / 2
    return jnp.abs(moved), HALF_OF_THE_RANGE * range_of_change(log_reference, log_policy)


@double_precision()
def range_of_change(log_reference: OutputVector, log_policy: OutputVector) -> BatchScalars:
    """`max u - min u` of the change `u = ln(after / before)`, which a constant added to all logits does not alter."""
    change = jnp.asarray(log_policy) - log_reference
    return jnp.max(change, axis=-1) - jnp.min(change, axis=-1)


@double_precision(reward=BOUNDED_REWARD)
def log_odds_of_value(log_policy: OutputVector, reward: OutputVector) -> BatchScalars:
    """`artanh E[r] = ln(E[1 + r] / E[1 - r]) / 2` of a reward in [-1, 1]; zero for a constant one.

    Exact to rounding also where the expected reward is within float64's precision of one.
    """
    reward = jnp.asarray(reward)
    constant = jnp.max(reward, axis=-1) == jnp.min(reward, axis=-1)
    # A constant reward may be one or minus one, where the logarithm has no value.
    safe = jnp.where(constant[..., None], 0.0, reward)
    above, below = (logsumexp(log_policy, axis=-1, b=1 + sign * safe) for sign in (1, -1))
    return jnp.where(constant, 0.0, (above - below) / 2)


@double_precision()
def log_variance(log_policy: OutputVector, reward: OutputVector) -> BatchScalars:
    """`ln Var[r]`, exact to rounding also where the variance is below float64's range; zero for a constant reward."""
    log_policy, reward = jnp.asarray(log_policy), jnp.asarray(reward)
    most_likely = jnp.argmax(log_policy, axis=-1, keepdims=True)
    gap = reward - jnp.take_along_axis(reward, most_likely, axis=-1)
    there = gap != 0
    log_gap = jnp.where(there, jnp.log(jnp.abs(jnp.where(there, gap, 1.0))), -jnp.inf)
    constant = ~jnp.any(there, axis=-1)
    largest = jnp.max(log_policy + 2 * log_gap, axis=-1, keepdims=True)
    size = jax.lax.stop_gradient(jnp.where(constant[..., None], 0.0, largest))
    second = jnp.sum(jnp.exp(log_policy + 2 * log_gap - size), axis=-1)
    first = jnp.sum(jnp.sign(gap) * jnp.exp(log_policy + log_gap - size / 2), axis=-1)
    spread = jnp.where(constant, 1.0, second - first**2)
    return jnp.where(constant, 0.0, size[..., 0] + jnp.log(spread))
