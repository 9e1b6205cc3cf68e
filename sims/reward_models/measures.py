"""The measures of a reward model in the paper: its reward variance, and its accuracy on pairs of a distribution."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Float, Int

from sims.reward_models.reward_input import check_distribution, check_models, chosen_prompts
from theory.accuracy.pairs import pair_accuracy
from theory.arguments.checks import as_float64, check_finite
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.moments import variance


def mean_reward_variance(
    rewards: Float[AnyArray, "models all outputs"],
    log_policy: Float[AnyArray, "all outputs"],
    *,
    prompts: Int[AnyArray, " chosen"] | None = None,
) -> Float[AnyArray, " models"]:
    """`E_x Var_{pi(.|x)}[r]` of every model (Definition 2), exact, over the prompts numbered `prompts` (or all).

    **Raises** `InvalidInputError` for arrays that do not fit or are not finite, and for prompts that are not there.

    >>> import numpy as np
    >>> from sims.reward_models import mean_reward_variance
    >>> log_policy = np.log([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    >>> truth = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    >>> found = mean_reward_variance(np.stack([truth, 0.1 * truth]), log_policy)
    >>> [round(float(variance), 4) for variance in found]
    [0.51, 0.0051]
    """
    shape = check_distribution("log_policy", log_policy)
    check_models(rewards, shape)
    if prompts is not None:
        prompts = chosen_prompts(prompts, shape[0])
    rewards, logs = jnp.asarray(rewards), jnp.asarray(log_policy)
    if prompts is not None:
        rewards, logs = rewards[:, prompts], logs[prompts]
    return jnp.mean(variance(jnp.broadcast_to(jnp.exp(logs), rewards.shape), rewards), axis=-1)


def policy_pairs(
    log_policy: Float[AnyArray, "prompts outputs"], ground_truth_reward: Float[AnyArray, "prompts outputs"]
) -> Float[AnyArray, "prompts outputs outputs"]:
    """The distribution of pairs drawn from a policy whose ground-truth rewards differ: `D` of Definition 1.

    **Returns** strictly upper triangular matrices as `theory.accuracy` takes them; all zero for a prompt without such
    pairs.

    **Raises** `InvalidInputError` for arrays that do not fit or are not finite.

    >>> import numpy as np
    >>> from sims.reward_models import policy_pairs
    >>> log_policy = np.log([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    >>> truth = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    >>> first_prompt = policy_pairs(log_policy, truth)[0]
    >>> [round(float(weight), 4) for weight in first_prompt[np.triu_indices(3, 1)]]
    [0.4839, 0.3226, 0.1935]
    """
    _check_truth(ground_truth_reward, check_distribution("log_policy", log_policy))
    policy, truth = jnp.exp(jnp.asarray(log_policy)), jnp.asarray(ground_truth_reward)
    differ = truth[:, :, None] != truth[:, None, :]
    weights = jnp.triu(jnp.where(differ, policy[:, :, None] * policy[:, None, :], 0.0), 1)
    total = jnp.sum(weights, axis=(-2, -1), keepdims=True)
    return jnp.where(total > 0, weights / jnp.where(total > 0, total, 1.0), 0.0)


def _check_truth(ground_truth_reward: object, shape: tuple[int, ...]) -> None:
    truth = as_float64("ground_truth_reward", ground_truth_reward)
    check_finite("ground_truth_reward", truth)
    if truth.shape != shape:
        raise InvalidInputError(
            "ground_truth_reward", f"shape {truth.shape}", f"Give one number per prompt and output: {shape}."
        )


def policy_accuracy(
    rewards: Float[AnyArray, "models all outputs"],
    ground_truth_reward: Float[AnyArray, "all outputs"],
    log_policy: Float[AnyArray, "all outputs"],
    *,
    prompts: Int[AnyArray, " chosen"] | None = None,
) -> Float[AnyArray, " models"]:
    """The accuracy of every model on pairs drawn from a policy (Definition 1), exact.

    On-policy for `log_policy` of the initial policy, off-policy for that of another distribution. The mean over the
    prompts numbered `prompts` (or all) that have a pair to order; NaN if none has.

    **Raises** `InvalidInputError` for arrays that do not fit or are not finite, and for prompts that are not there.

    >>> import numpy as np
    >>> from sims.reward_models import policy_accuracy
    >>> log_policy = np.log([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    >>> truth = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    >>> np.round(policy_accuracy(np.stack([truth, -truth]), truth, log_policy), 4).tolist()
    [1.0, 0.0]
    """
    shape = check_distribution("log_policy", log_policy)
    check_models(rewards, shape)
    _check_truth(ground_truth_reward, shape)
    if prompts is not None:
        prompts = chosen_prompts(prompts, shape[0])
    rewards, truth, logs = jnp.asarray(rewards), jnp.asarray(ground_truth_reward), jnp.asarray(log_policy)
    if prompts is not None:
        rewards, truth, logs = rewards[:, prompts], truth[prompts], logs[prompts]
    pairs = policy_pairs(logs, truth)
    judged = jnp.any(pairs > 0, axis=(-2, -1))
    # A prompt without a pair to order is measured on any pair, and left out.
    some_pair = jnp.zeros(pairs.shape[1:], pairs.dtype).at[0, 1].set(1.0)
    pairs = jnp.where(judged[:, None, None], pairs, some_pair[None])
    correct = pair_accuracy(
        rewards, jnp.broadcast_to(truth, rewards.shape), jnp.broadcast_to(pairs, (*rewards.shape, rewards.shape[-1]))
    )
    return jnp.sum(jnp.where(judged[None, :], correct, 0.0), axis=-1) / jnp.sum(judged)
