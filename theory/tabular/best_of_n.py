"""Best-of-N sampling: the exact distribution of its output and its expected reward (paper, Proposition 1).

`N` outputs are drawn independently from the policy and one of those with the highest proxy reward is kept, uniformly
among them if several tie. Given that the highest reward seen is that of a level (a set of outputs with the same proxy
reward), the samples inside it are independent draws from the policy restricted to it, so the kept output has that
restricted distribution. The level itself wins with probability `F^N - F_below^N`, where `F` is the probability of an
output at or below the level and `F_below` of one strictly below it.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from theory.arguments.checks import (
    as_float64,
    as_reward,
    check_outputs,
    check_probabilities,
    check_reward,
    check_same_shape,
)
from theory.arguments.names import POSITIVE_DISTRIBUTION
from theory.arguments.number_rules import counts
from theory.arguments.precision import double_precision
from theory.arrays import Integers, OutputVector, Scalars
from theory.errors import InvalidInputError
from theory.moments import expectation

LOG1P_LIMIT = 0.25
"""`ln(1 - x)` is taken by `log1p` up to this `x`. Beyond, `1 - x` keeps its digits, and XLA's `log1p` on the CPU loses
two of them (a relative error of 2.6e-14 at x = 0.41)."""


class BestOfN(NamedTuple):
    """Checked input of `best_of_n_reward`, in that order, as float64 NumPy arrays (`samples` of shape `(*batch)`)."""

    probabilities: Float[np.ndarray, "*batch outputs"]
    proxy_reward: Float[np.ndarray, "*batch outputs"]
    ground_truth_reward: Float[np.ndarray, "*batch outputs"]
    samples: Float[np.ndarray, "*batch"]


def check_best_of_n(
    *, probabilities: object, proxy_reward: object, ground_truth_reward: object, samples: object
) -> BestOfN:
    """The arguments of `best_of_n_reward` in float64.

    **Raises** `InvalidInputError` unless `probabilities` is a positive distribution over the last axis, the rewards
    have its shape and lie in [-1, 1], and `samples` is whole, at least 1, and one number or one per problem.
    """
    policy = as_float64("probabilities", probabilities)
    check_outputs("probabilities", policy)
    check_probabilities("probabilities", policy)
    proxy, truth = as_reward("proxy_reward", proxy_reward), as_reward("ground_truth_reward", ground_truth_reward)
    check_same_shape([("probabilities", policy), ("proxy_reward", proxy), ("ground_truth_reward", truth)])
    check_reward("proxy_reward", proxy)
    check_reward("ground_truth_reward", truth)
    count = as_float64("samples", samples)
    counts("samples", count, 0.0)
    if count.shape not in ((), policy.shape[:-1]):
        raise InvalidInputError(
            "samples", f"shape {count.shape}", f"Give one number, or one per problem of the batch {policy.shape[:-1]}."
        )
    return BestOfN(policy, proxy, truth, np.array(np.broadcast_to(count, policy.shape[:-1])))


@double_precision(probabilities=POSITIVE_DISTRIBUTION)
def best_of_n_reward(
    probabilities: OutputVector,
    proxy_reward: OutputVector,
    ground_truth_reward: OutputVector,
    samples: Scalars | Integers,
) -> Scalars:
    """`E_{y ~ BoN(pi, r_RM, N)}[r_G(y)]`, exact (paper, Proposition 1).

    **Arguments**

    - `probabilities`: the policy, shape `(*batch, outputs)`, positive; normalised again to rounding.
    - `proxy_reward`, `ground_truth_reward`: same shape.
    - `samples`: `N >= 1`, whole, a number or shape `(*batch)`; of any size.

    **Returns** shape `(*batch)`, in units of `ground_truth_reward`.

    **Example**

    >>> import theory
    >>> float(theory.best_of_n_reward([0.5, 0.5], [1.0, 0.0], [1.0, -1.0], 2))
    0.5
    """
    return expectation(best_of_n_policy(probabilities, proxy_reward, samples), jnp.asarray(ground_truth_reward))


@double_precision(probabilities=POSITIVE_DISTRIBUTION)
def best_of_n_policy(
    probabilities: OutputVector, proxy_reward: OutputVector, samples: Scalars | Integers
) -> OutputVector:
    """The distribution of the output that Best-of-N sampling keeps, at a cost of `outputs * log(outputs)`.

    **Arguments** as in `best_of_n_reward`.

    **Returns** shape `(*batch, outputs)`; each entry is exact to a small multiple of rounding relative to itself, up to
    the rounding of `F^N`.

    **Example**

    >>> import theory
    >>> theory.best_of_n_policy([0.5, 0.5], [1.0, 0.0], 2).tolist()
    [0.75, 0.25]
    """
    policy = jnp.asarray(probabilities)
    policy = policy / jnp.sum(policy, axis=-1, keepdims=True)
    batch_shape, outputs = policy.shape[:-1], policy.shape[-1]
    count = jnp.broadcast_to(jnp.asarray(samples, dtype=policy.dtype), batch_shape)
    per_problem = _best_of_n_policies(
        policy.reshape(-1, outputs), jnp.asarray(proxy_reward).reshape(-1, outputs), count.reshape(-1)
    )
    return per_problem.reshape(policy.shape)


@jax.jit
@jax.vmap
def _best_of_n_policies(policy: jax.Array, proxy_reward: jax.Array, samples: jax.Array) -> jax.Array:
    outputs = policy.shape[0]
    order = jnp.argsort(proxy_reward)
    ascending = proxy_reward[order]
    rises = jnp.concatenate([jnp.zeros(1, dtype=bool), ascending[1:] > ascending[:-1]])
    level = jnp.zeros(outputs, dtype=order.dtype).at[order].set(jnp.cumsum(rises))
    # One entry per level; those beyond the last level have no mass and win nothing.
    mass = jax.ops.segment_sum(policy, level, num_segments=outputs)
    wins = _level_win_probabilities(mass, samples)
    return wins[level] * (policy / mass[level])


def _level_win_probabilities(mass: jax.Array, samples: jax.Array) -> jax.Array:
    """`F^N - F_below^N` for levels of the given masses in ascending order, without cancellation.

    It is `F^N (1 - (F_below / F)^N)`. Near the top `ln F` comes from the mass above, since `1 - F` has lost its digits
    there and `N` would magnify the loss; and `F_below / F` comes from whichever of the two shares is small.
    """
    nothing = jnp.zeros(1, dtype=mass.dtype)
    at_or_below = jnp.cumsum(mass)
    below = jnp.concatenate([nothing, at_or_below[:-1]])
    above = jnp.concatenate([jnp.cumsum(mass[::-1])[::-1][1:], nothing])
    # Each branch gets a harmless argument where the other one is taken.
    few_above = above < LOG1P_LIMIT
    log_reached = jnp.where(
        few_above, jnp.log1p(-jnp.where(few_above, above, 0.0)), jnp.log(jnp.where(few_above, 1.0, at_or_below))
    )
    share = mass / at_or_below
    small_share = share < LOG1P_LIMIT
    lowest = below == 0
    log_missed = jnp.where(
        small_share,
        jnp.log1p(-jnp.where(small_share, share, 0.0)),
        jnp.log(jnp.where(small_share | lowest, 1.0, below / at_or_below)),
    )
    hit = jnp.where(lowest, 1.0, -jnp.expm1(samples * log_missed))
    return jnp.exp(samples * log_reached) * hit
