"""Mean advantages in groups of samples whose rewards take two values, as a verifier's do: sums over counts.

Of `G` samples let `k` have the higher of two rewards that lie `gap` apart. Their mean is `gap k / G` above the lower
one and their deviation `s = gap sqrt(k (G - k) / (G (G - lost)))`, so advantages are functions of `k` alone. Given that
one sample is known, the number of high ones among the other `G - 1` is binomial.
"""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from theory.arrays import AnyArray, Scalars

Lanes = Float[AnyArray, " lanes"]
Outputs = Float[AnyArray, "outputs lanes"]


class TwoValues(NamedTuple):
    """**Fields**: `high`, which outputs have the higher reward, `(outputs, lanes)`; `of_high` and `of_low`, the
    advantage of an output of either reward by the number of high ones among the others, times the binomial coefficient,
    `(group_size, lanes)`."""

    high: Bool[AnyArray, "outputs lanes"]
    of_high: Float[AnyArray, "others lanes"]
    of_low: Float[AnyArray, "others lanes"]


def two_values(proxy_reward: Outputs, group_size: int, epsilon: Scalars, lost_degrees: int) -> TwoValues:
    """The tables of rewards that take at most two values in each lane (traceable). All zero where they take one."""
    low = jnp.min(proxy_reward, axis=0)
    gap = jnp.max(proxy_reward, axis=0) - low
    others = np.arange(group_size)
    coefficients = np.array([comb(group_size - 1, int(k)) for k in others], float)

    def table(high: np.ndarray, own: float) -> AnyArray:
        deviation = np.sqrt(high * (group_size - high) / (group_size * (group_size - lost_degrees)))
        scale = gap[None] * deviation[:, None] + epsilon
        centred = gap[None] * (own - high / group_size)[:, None]
        return jnp.asarray(coefficients)[:, None] * jnp.where(
            scale > 0, centred / jnp.where(scale > 0, scale, 1.0), 0.0
        )

    return TwoValues(proxy_reward > low[None], table(others + 1.0, 1.0), table(others + 0.0, 0.0))


def two_value_advantages(policy: Outputs, tables: TwoValues) -> AnyArray:
    """`E[(r_i - mean) / (deviation + epsilon) | the first sample is i]`, shape `(outputs, lanes)` (traceable).

    Exact: `sum_k C(G - 1, k) q^k (1 - q)^(G - 1 - k) advantage(k)`, `q` the probability of the higher reward.
    """
    successes = jnp.sum(jnp.where(tables.high, policy, 0.0), axis=0)
    failures = jnp.sum(jnp.where(tables.high, 0.0, policy), axis=0)
    others = len(tables.of_high) - 1
    powers, rest = [jnp.ones_like(successes)], [jnp.ones_like(failures)]
    for _ in range(others):
        powers.append(powers[-1] * successes)
        rest.append(rest[-1] * failures)
    terms = [powers[k] * rest[others - k] for k in range(others + 1)]
    high = sum((term * tables.of_high[k] for k, term in enumerate(terms)), jnp.zeros_like(successes))
    low = sum((term * tables.of_low[k] for k, term in enumerate(terms)), jnp.zeros_like(successes))
    return jnp.where(tables.high, high[None], low[None])
