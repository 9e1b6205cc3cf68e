"""Advantages from several rewards at once: summed before they are standardised (GRPO), or afterwards (GDPO)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from theory.comparison.trainer_conventions import TrainerConvention, trainer_advantages
from theory.errors import InvalidInputError
from theory.estimators.grouped_rewards import GroupedRewards


def summed_advantages(
    grouped: GroupedRewards, weights: Float64[np.ndarray, " models"], convention: TrainerConvention
) -> Float64[np.ndarray, " rows"]:
    """The advantages of the weighted sum of the rewards, as GRPO has them.

    **Arguments**: `grouped`: one row of rewards for each of the rewards that are added up; `weights`, finite.

    **Returns** NaN for a completion that one of the rewards has not scored.

    **Raises** `InvalidInputError` for weights that are not finite, or not one for each reward.

    **Example**

    >>> import numpy as np
    >>> from theory.comparison.trainer_conventions import trainer_convention
    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 0.0], [0.0, 1.0]], [0, 2])
    >>> summed_advantages(data, np.ones(2), trainer_convention("trl")).tolist()
    [0.0, 0.0]
    """
    _check_weights(grouped, weights)
    total = (weights[:, None] * grouped.rewards).sum(axis=0)
    return trainer_advantages(grouped._replace(rewards=total[None]), convention)[0]


def decoupled_advantages(
    grouped: GroupedRewards, weights: Float64[np.ndarray, " models"], convention: TrainerConvention
) -> Float64[np.ndarray, " rows"]:
    """The weighted sum of the advantages under each reward, as GDPO has them (arXiv 2601.05242).

    What GDPO does to a whole batch afterwards is left out: there the mean is zero, and zero stays zero.

    **Arguments**, **Returns**, **Raises**: as `summed_advantages`.

    **Example**

    >>> import numpy as np
    >>> from theory.comparison.trainer_conventions import trainer_convention
    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 0.0], [0.0, 0.01]], [0, 2])
    >>> decoupled_advantages(data, np.ones(2), trainer_convention("trl")).round(2).tolist()
    [0.01, -0.01]
    """
    _check_weights(grouped, weights)
    return (weights[:, None] * trainer_advantages(grouped, convention)).sum(axis=0)


def _check_weights(grouped: GroupedRewards, weights: np.ndarray) -> None:
    models = len(grouped.rewards)
    if weights.shape != (models,):
        raise InvalidInputError("weights", f"shape {weights.shape}", f"Give one for each reward: shape ({models},).")
    if not np.isfinite(weights).all():
        raise InvalidInputError("weights", weights, "Give finite weights.")
