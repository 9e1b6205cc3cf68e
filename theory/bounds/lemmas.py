"""The two sides of the tabular lemmas, as functions of a policy (paper, Appendix D, and our sharpened forms).

Shapes: policies and rewards `(*batch, outputs)`; results `(*batch)` or `(*batch, outputs)` as stated. Time
derivatives are those of gradient flow multiplied by `|S|`.
"""

from __future__ import annotations

import jax.numpy as jnp

from theory.arguments.names import DISTRIBUTION, LOG_PROBABILITIES
from theory.arguments.precision import double_precision
from theory.arrays import BatchScalars, OutputMask, OutputVector, Scalars
from theory.moments import advantage, expectation, variance
from theory.tabular.policy import kl_divergence

LEMMA_4_BOUND = 1 / (2 * jnp.e)
LEMMA_10_REWARD_RATE = 4.0
LEMMA_10_KL_RATE = 2.0
SHARPENED_LEMMA_10_REWARD_RATE = 16 / 27
LEMMA_11_LOG_COEFFICIENT = 2.0
LEMMA_11_CONSTANT = 1 / (2 * jnp.e)
VARIANCE_RATE_CONSTANT = 1.0
SHARPENED_VARIANCE_RATE_CONSTANT = 0.5
SHARPENED_VALUE_RATE_CONSTANT = 0.5


@double_precision()
def lemma_3_bound(log_reference: OutputVector) -> BatchScalars:
    """`ln(1 / min_y q(y))`, the bound on `KL(p || q)` (paper, Lemma 3), shape `(*batch)`.

    **Example**

    >>> import numpy as np
    >>> import theory.bounds
    >>> round(float(theory.bounds.lemma_3_bound(np.log([0.25, 0.75]))), 6)
    1.386294
    """
    return -jnp.min(log_reference, axis=-1)


@double_precision(log_policy=LOG_PROBABILITIES, log_reference=LOG_PROBABILITIES)
def lemma_4_sides(log_policy: OutputVector, log_reference: OutputVector) -> tuple[OutputVector, OutputVector]:
    """`-p(y)^2 ln(p(y)/q(y))` and its bound `q(y)^2 / (2e)` (paper, Lemma 4), both divided by `q(y)^2`.

    The quotient keeps outputs of probability 1e-12 comparable: squares of such numbers would hide any violation. Of
    every output by itself: the probabilities need not sum to one.

    **Example**

    >>> import numpy as np
    >>> import theory.bounds
    >>> smaller, larger = theory.bounds.lemma_4_sides(np.log([0.4, 0.6]), np.log([0.25, 0.75]))
    >>> bool((smaller <= larger).all())
    True
    """
    log_ratio = log_policy - log_reference
    return -jnp.exp(2 * log_ratio) * log_ratio, jnp.full_like(log_ratio, LEMMA_4_BOUND)


@double_precision(policy=DISTRIBUTION)
def lemma_8_sides(policy: OutputVector, regularized_reward: OutputVector) -> tuple[BatchScalars, BatchScalars]:
    """`|| pi * (r_KL - E r_KL) ||_1` and `sqrt(Var r_KL)` (paper, Lemma 8), shape `(*batch)`.

    **Example**

    >>> import theory.bounds
    >>> smaller, larger = theory.bounds.lemma_8_sides([0.4, 0.6], [1.0, -1.0])
    >>> float(smaller) <= float(larger)
    True
    """
    centred = advantage(policy, regularized_reward)
    return jnp.sum(jnp.abs(policy * centred), axis=-1), jnp.sqrt(variance(policy, regularized_reward))


@double_precision()
def lemma_9_velocity(
    log_policy: OutputVector, log_reference: OutputVector, proxy_reward: OutputVector, kl_coefficient: Scalars
) -> OutputVector:
    """`|S| d pi(y)/dt` as Lemma 9 prints it: a reward part and a KL part (paper, Appendix D).

    **Example**

    >>> import numpy as np
    >>> import theory.bounds
    >>> start = np.log([0.5, 0.5])
    >>> theory.bounds.lemma_9_velocity(start, start, [1.0, 0.0], 0.0).tolist()
    [0.125, -0.125]
    """
    policy = jnp.exp(log_policy)
    reward_part = _lemma_9_part(policy, advantage(policy, proxy_reward))
    log_ratio = log_policy - log_reference
    divergence = kl_divergence(log_policy, log_reference)[..., None]
    kl_part = _lemma_9_part(policy, log_ratio - divergence)
    return reward_part - jnp.asarray(kl_coefficient)[..., None] * kl_part


def _lemma_9_part(policy: OutputVector, centred: OutputVector) -> OutputVector:
    return policy * (policy * centred - jnp.sum(policy**2 * centred, axis=-1, keepdims=True))


@double_precision()
def lemma_10_exponent(
    elapsed: Scalars, kl_coefficient: Scalars, smallest_log_probability: Scalars, prompts: Scalars
) -> Scalars:
    """`(4 + 2 lambda ln(1/min_y pi0(y))) t / |S|`, the most that `ln pi_t(A)` can have grown (paper, Lemma 10).

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.lemma_10_exponent(1.0, 0.1, -3.0, 1)), 6)
    4.6
    """
    rate = LEMMA_10_REWARD_RATE - LEMMA_10_KL_RATE * kl_coefficient * smallest_log_probability
    return rate * elapsed / prompts


@double_precision()
def sharpened_lemma_10_exponent(
    elapsed: Scalars, kl_coefficient: Scalars, smallest_log_probability: Scalars, prompts: Scalars
) -> Scalars:
    """`(16/27 + 2 lambda ln(1/min_y pi0(y))) t / |S|` (ours, S-L10); without KL the rate is the best possible.

    **Example**

    >>> import theory.bounds
    >>> round(float(theory.bounds.sharpened_lemma_10_exponent(1.0, 0.1, -3.0, 1)), 6)
    1.192593
    """
    rate = SHARPENED_LEMMA_10_REWARD_RATE - LEMMA_10_KL_RATE * kl_coefficient * smallest_log_probability
    return rate * elapsed / prompts


@double_precision()
def log_mass(log_policy: OutputVector, subset: OutputMask) -> BatchScalars:
    """`ln pi(A)` for the subset `A` of outputs, shape `(*batch)`; minus infinity for the empty set."""
    return jnp.log(jnp.sum(jnp.where(subset, jnp.exp(log_policy), 0.0), axis=-1))


@double_precision()
def lemma_11_sides(log_policy: OutputVector, log_reference: OutputVector) -> tuple[OutputVector, OutputVector]:
    """Both sides of Lemma 11 divided by `pi(y)` (paper, Appendix D), shape `(*batch, outputs)`.

    `| pi(y) (ln(pi(y)/pi_ref(y)) - KL) - sum_y' pi(y')^2 (ln(pi(y')/pi_ref(y')) - KL) |` and
    `2 ln(1/min pi_ref) + 1/(2e)`.

    **Example**

    >>> import numpy as np
    >>> import theory.bounds
    >>> smaller, larger = theory.bounds.lemma_11_sides(np.log([0.4, 0.6]), np.log([0.25, 0.75]))
    >>> bool((smaller <= larger).all())
    True
    """
    left = jnp.abs(_kl_velocity(log_policy, log_reference))
    right = LEMMA_11_LOG_COEFFICIENT * lemma_3_bound(log_reference) + LEMMA_11_CONSTANT
    return left, jnp.broadcast_to(right[..., None], left.shape)


@double_precision()
def sharpened_lemma_11_sides(
    log_policy: OutputVector, log_reference: OutputVector
) -> tuple[OutputVector, OutputVector]:
    """The same number with its sign and the bound `(1 - pi(y)^2) ln(1/min pi_ref)` (ours, S-L11).

    This is the direction that slows an output down; shape `(*batch, outputs)`.

    **Example**

    >>> import numpy as np
    >>> import theory.bounds
    >>> smaller, larger = theory.bounds.sharpened_lemma_11_sides(np.log([0.4, 0.6]), np.log([0.25, 0.75]))
    >>> bool((smaller <= larger).all())
    True
    """
    rest = -jnp.expm1(2 * log_policy)
    return _kl_velocity(log_policy, log_reference), rest * lemma_3_bound(log_reference)[..., None]


def _kl_velocity(log_policy: OutputVector, log_reference: OutputVector) -> OutputVector:
    policy = jnp.exp(log_policy)
    centred = log_policy - log_reference - kl_divergence(log_policy, log_reference)[..., None]
    return policy * centred - jnp.sum(policy**2 * centred, axis=-1, keepdims=True)


@double_precision(policy=DISTRIBUTION)
def variance_rate(policy: OutputVector, regularized_reward: OutputVector, kl_coefficient: Scalars) -> BatchScalars:
    """`|S| d/dt Var_pi[r_KL]` along the flow, shape `(*batch)` (behind the paper's Proposition 3).

    With `A = r_KL - E r_KL`: `sum p^2 A^3 - Var sum p^2 A - 2 lambda sum p^2 A^2`. The first comes from the motion of
    the policy, the last from that of `r_KL` itself.
    """
    centred = advantage(policy, regularized_reward)
    spread = expectation(policy, centred**2)
    growth = jnp.sum(policy**2 * centred * (centred**2 - spread[..., None]), axis=-1)
    return growth - 2 * kl_coefficient * jnp.sum((policy * centred) ** 2, axis=-1)


@double_precision(policy=DISTRIBUTION)
def value_rate(policy: OutputVector, regularized_reward: OutputVector, reward: OutputVector) -> BatchScalars:
    """`|S| d/dt E_pi[reward]` along the flow: `sum p^2 A (reward - E reward)`, shape `(*batch)`."""
    return jnp.sum(policy**2 * advantage(policy, regularized_reward) * advantage(policy, reward), axis=-1)
