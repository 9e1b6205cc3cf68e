"""The two ways in which the paper makes reward models comparable (Section 4.1; Figure 11)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from sims.policy_gradient.sampling import sample_outputs
from sims.reward_models.measures import mean_reward_variance
from sims.reward_models.reward_input import check_distribution, check_models, chosen_prompts
from theory.arguments.checks import check_whole
from theory.arrays import AnyArray
from theory.errors import InvalidInputError

PAPER_PROMPTS, PAPER_SAMPLES = 500, 10


def normalise_by_samples(
    key: jax.Array,
    rewards: Float[AnyArray, "models all outputs"],
    log_policy: Float[AnyArray, "all outputs"],
    *,
    prompts: Int[AnyArray, " chosen"] | None = None,
    prompt_count: int = PAPER_PROMPTS,
    samples: int = PAPER_SAMPLES,
) -> Float[np.ndarray, "models all outputs"]:
    """Shifts and scales every model by the mean and standard deviation of its reward over sampled outputs.

    The samples are the same for all models: `samples` outputs of the policy for each of `prompt_count` prompts, drawn
    from those numbered `prompts` (all if not given); with repetition only if there are not as many.

    **Raises** `InvalidInputError` if the reward of a model is the same for all samples, for arrays that do not fit or
    are not finite, for prompts that are not there and for counts that are not whole.

    >>> import jax, numpy as np
    >>> from sims.reward_models import normalise_by_samples
    >>> log_policy = np.log([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    >>> truth = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    >>> one, other = normalise_by_samples(jax.random.key(0), np.stack([truth, 3 * truth + 1]), log_policy)
    >>> bool(np.allclose(one, other, atol=1e-5))
    True
    """
    shape = check_distribution("log_policy", log_policy)
    check_models(rewards, shape)
    check_whole("prompt_count", prompt_count, least=1)
    check_whole("samples", samples, least=1)
    numbers = jnp.asarray(chosen_prompts(prompts, shape[0]))
    prompt_key, sample_key = jax.random.split(key)
    repeat = prompt_count > len(numbers)
    chosen = jax.random.choice(prompt_key, numbers, (prompt_count,), replace=repeat)
    drawn = sample_outputs(sample_key, jnp.asarray(log_policy)[chosen], samples)
    sampled = np.asarray(jnp.asarray(rewards)[:, chosen[:, None], drawn]).reshape(len(rewards), -1)
    mean, deviation = sampled.mean(axis=1), sampled.std(axis=1)
    _check_varies(deviation)
    return (np.asarray(rewards) - mean[:, None, None]) / deviation[:, None, None]


def normalise_by_variance(
    rewards: Float[AnyArray, "models all outputs"],
    log_policy: Float[AnyArray, "all outputs"],
    *,
    prompts: Int[AnyArray, " chosen"] | None = None,
) -> Float[np.ndarray, "models all outputs"]:
    """Divides every model by the root of its reward variance, the exact mean over the prompts numbered `prompts`.

    **Raises** `InvalidInputError` if the reward variance of a model is zero, or as `mean_reward_variance`.

    >>> import numpy as np
    >>> from sims.reward_models import mean_reward_variance, normalise_by_variance
    >>> log_policy = np.log([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    >>> truth = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])
    >>> scaled = normalise_by_variance(np.stack([truth, 3 * truth]), log_policy)
    >>> np.round(mean_reward_variance(scaled, log_policy), 4).tolist()
    [1.0, 1.0]
    """
    deviation = np.sqrt(np.asarray(mean_reward_variance(rewards, log_policy, prompts=prompts)))
    _check_varies(deviation)
    return np.asarray(rewards) / deviation[:, None, None]


def _check_varies(deviation: np.ndarray) -> None:
    if not (deviation > 0).all():
        raise InvalidInputError(
            "rewards",
            f"reward model {int(np.argmin(deviation > 0))}, the same for all samples",
            "A reward that does not vary cannot be scaled: leave that model out.",
        )
