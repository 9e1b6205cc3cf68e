"""Expected rewards of the next token, their variance, and their gradient in all parameters, without sampling.

Without a KL term, as at the initial policy, where that term and its gradient vanish.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters
from theory.arrays import AnyArray

from .batch import PromptBatch, next_token_log_policy

Rewards = Float[AnyArray, "prompts vocabulary"]


class RewardMoments(NamedTuple):
    """The expected reward of each prompt and its variance, both over the next token."""

    mean: Float[Array, " prompts"]
    variance: Float[Array, " prompts"]


def reward_moments(log_policy: Rewards, reward: Rewards) -> RewardMoments:
    """The moments of a reward under a policy that is given by its log-probabilities.

    >>> moments = reward_moments(jnp.log(jnp.array([[0.5, 0.5]])), jnp.array([[1.0, -1.0]]))
    >>> float(moments.mean[0]), float(moments.variance[0])
    (0.0, 1.0)
    """
    policy = jnp.exp(log_policy)
    # Rewards are centred first: the variance of rewards that hardly differ would otherwise cancel.
    some = reward - reward[:, :1]
    mean = jnp.sum(policy * some, axis=-1)
    variance = jnp.sum(policy * jnp.square(some - mean[:, None]), axis=-1)
    return RewardMoments(mean + reward[:, 0], variance)


def objective_gradient(
    parameters: DecoderParameters, config: DecoderConfig, batch: PromptBatch, reward: Rewards
) -> tuple[Float[Array, "prompts vocabulary"], DecoderParameters]:
    """The gradient of the expected reward, averaged over prompts, in all parameters.

    **Arguments**

    - `parameters`, `config`: the model.
    - `batch`: the prompts; `reward`: of every next token, one row a prompt.

    **Returns** the log-probabilities of the next tokens, and `grad (1 / prompts) sum_x E_y[r(x, y)]`, a pytree like the
    parameters, by one backward pass.
    """
    log_policy, backwards = jax.vjp(lambda theta: next_token_log_policy(theta, config, batch), parameters)
    policy = jnp.exp(log_policy)
    some = reward - reward[:, :1]
    centred = some - jnp.sum(policy * some, axis=-1, keepdims=True)
    (gradient,) = backwards((policy * centred / reward.shape[0]).astype(log_policy.dtype))
    return log_policy, gradient


def euclidean_norm(tree: DecoderParameters) -> Float[Array, ""]:
    """The length of a pytree of arrays taken as one vector, summed in float32 or better."""
    leaves = [leaf.astype(jnp.promote_types(leaf.dtype, jnp.float32)) for leaf in jax.tree.leaves(tree)]
    return jnp.sqrt(jnp.sum(jnp.stack([jnp.sum(jnp.square(leaf)) for leaf in leaves])))
