"""The tabular softmax policy (paper, Eq 3) and the exact form of its policy gradient."""

from __future__ import annotations

import jax.numpy as jnp
from jax.nn import log_softmax, softmax
from jax.scipy.special import logsumexp

from theory.arguments.precision import double_precision
from theory.arrays import BatchScalars, OutputVector, Scalars
from theory.moments import advantage, expectation


@double_precision()
def log_probabilities(logits: OutputVector) -> OutputVector:
    """`ln pi_theta(. | x)` of the tabular policy, shape `(*batch, outputs)` (Eq 3).

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> np.exp(theory.log_probabilities([0.0, np.log(3.0)])).round(12).tolist()
    [0.25, 0.75]
    """
    return log_softmax(logits, axis=-1)


@double_precision()
def probabilities(logits: OutputVector) -> OutputVector:
    """`pi_theta(. | x)` of the tabular policy, shape `(*batch, outputs)` (Eq 3).

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> np.asarray(theory.probabilities([0.0, np.log(3.0)])).round(12).tolist()
    [0.25, 0.75]
    """
    return softmax(logits, axis=-1)


@double_precision()
def kl_divergence(log_policy: OutputVector, log_reference: OutputVector) -> BatchScalars:
    """`KL(pi || pi_ref)` in nats, from log-probabilities of shape `(*batch, outputs)`; `0 ln 0 = 0`.

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> round(float(theory.kl_divergence(np.log([0.5, 0.5]), np.log([0.25, 0.75]))), 6)
    0.143841
    """
    policy = jnp.exp(log_policy)
    log_ratio = jnp.where(policy > 0, log_policy - log_reference, 0.0)
    return jnp.sum(policy * log_ratio, axis=-1)


@double_precision()
def kl_regularized_reward(
    log_policy: OutputVector, log_reference: OutputVector, proxy_reward: OutputVector, kl_coefficient: Scalars
) -> OutputVector:
    """`r_KL(x, y; theta) = r_RM(x, y) - lambda ln(pi_theta(y|x) / pi_ref(y|x))` (paper, Section 2).

    **Returns** shape `(*batch, outputs)`, in units of reward; exactly `r_RM` where `lambda = 0`.

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> log_policy = np.log([0.5, 0.5])
    >>> theory.kl_regularized_reward(log_policy, log_policy, [1.0, -1.0], 0.1).tolist()
    [1.0, -1.0]
    """
    coefficient = jnp.asarray(kl_coefficient)[..., None]
    return proxy_reward - coefficient * (log_policy - log_reference)


@double_precision()
def objective(
    logits: OutputVector, log_reference: OutputVector, proxy_reward: OutputVector, kl_coefficient: Scalars
) -> BatchScalars:
    """`phi(theta; x) = E_pi[r_RM] - lambda KL(pi || pi_ref)`, one prompt's part of Eq (1).

    **Returns** shape `(*batch)`. The objective over `|S|` prompts is the mean of this over the prompts.

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> start = np.log([0.5, 0.5])
    >>> float(theory.objective(start, start, [1.0, 0.0], 0.1))
    0.5
    """
    log_policy = log_probabilities(logits)
    return expectation(
        jnp.exp(log_policy), kl_regularized_reward(log_policy, log_reference, proxy_reward, kl_coefficient)
    )


@double_precision()
def objective_rise(
    log_policy: OutputVector, log_reference: OutputVector, proxy_reward: OutputVector, kl_coefficient: Scalars
) -> BatchScalars:
    """`phi(theta; x) - phi(theta_ref; x) = E_pi[r_RM] - E_ref[r_RM] - lambda KL(pi || pi_ref)`, shape `(*batch)`.

    Exact to rounding also near the reference, where the divergence is the square of what its terms are: with
    `l = ln(pi / pi_ref)` it is the sum of `pi_ref (e^l (l - 1) + 1)`, none of which is negative. Their rounding errors,
    times a large `lambda`, would outweigh the rise otherwise.
    """
    reference, log_ratio = jnp.exp(log_reference), log_policy - log_reference
    growth = jnp.expm1(log_ratio)
    gained = expectation(reference, growth * advantage(reference, proxy_reward))
    divergence = expectation(reference, growth * (log_ratio - 1) + log_ratio)
    return gained - kl_coefficient * divergence


@double_precision()
def policy_gradient(
    logits: OutputVector, log_reference: OutputVector, proxy_reward: OutputVector, kl_coefficient: Scalars
) -> OutputVector:
    """`grad_{theta[:, x]} phi(theta; x) = pi * (r_KL - E_pi r_KL)` (paper, Lemma 7).

    The gradient of Eq (1) over `|S|` prompts is this divided by `|S|`.

    **Returns** shape `(*batch, outputs)`; it sums to zero over the outputs.

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> start = np.log([0.5, 0.5])
    >>> theory.policy_gradient(start, start, [1.0, 0.0], 0.0).tolist()
    [0.25, -0.25]
    """
    log_policy = log_probabilities(logits)
    policy = jnp.exp(log_policy)
    regularized = kl_regularized_reward(log_policy, log_reference, proxy_reward, kl_coefficient)
    return policy * advantage(policy, regularized)


@double_precision()
def probability_velocity(
    logits: OutputVector, log_reference: OutputVector, proxy_reward: OutputVector, kl_coefficient: Scalars
) -> OutputVector:
    """`|S| d pi(y) / dt` under gradient flow (paper, Lemma 9).

    Written with `A = r_KL - E_pi r_KL` as `pi(y) [pi(y) A(y) - sum_y' pi(y')^2 A(y')]`; the paper expands `A` into its
    reward and its KL part.

    **Example**

    >>> import numpy as np
    >>> import theory
    >>> start = np.log([0.5, 0.5])
    >>> theory.probability_velocity(start, start, [1.0, 0.0], 0.0).tolist()
    [0.125, -0.125]
    """
    policy = probabilities(logits)
    gradient = policy_gradient(logits, log_reference, proxy_reward, kl_coefficient)
    return policy * (gradient - expectation(policy, gradient)[..., None])


@double_precision()
def log_normalizer(logits: OutputVector) -> BatchScalars:
    """`ln sum_y exp(theta_y)`, shape `(*batch)`."""
    return logsumexp(logits, axis=-1)
