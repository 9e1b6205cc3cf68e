"""The reward variance within prompts and its mean over them, without bias, from sampled outputs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from .draws import Rewards, check_draws
from .intervals import CONFIDENCE, Interval, jackknife_interval

DRAWS_OF_A_VARIANCE = 2


def reward_variances(rewards: Rewards) -> Float64[np.ndarray, " prompts"]:
    """An unbiased estimate of `Var_{y ~ pi(.|x)}[r(x, y)]` for each prompt.

    The U-statistic of the paper's Definition 2: the mean of `(r - r')^2 / 2` over all pairs of draws.
    `student_interval` of it speaks of prompts that these were drawn from; `mean_reward_variance` of these prompts.

    **Arguments**: `rewards`, of at least two draws.

    **Raises** `InvalidInputError` for fewer, and for numbers that are not finite.

    **Example**

    >>> import numpy as np
    >>> reward_variances(np.array([[0.0, 1.0], [0.5, 0.5]])).tolist()
    [0.5, 0.0]
    """
    check_draws(rewards, None, least=DRAWS_OF_A_VARIANCE)
    return np.var(rewards, axis=1, ddof=1)


def mean_reward_variance(rewards: Rewards, *, confidence: float = CONFIDENCE) -> Interval:
    """`E_x Var_{y ~ pi(.|x)}[r(x, y)]` over the given prompts: unbiased, with the jackknife's interval over draws.

    **Arguments**: `rewards`, of at least three draws; `confidence`, of the interval.

    **Raises** `InvalidInputError` for fewer, numbers that are not finite, and a confidence outside (0, 1).

    **Example**

    >>> import numpy as np
    >>> mean_reward_variance(np.array([[0.0, 1.0, 0.0, 1.0], [0.5, 0.5, 0.5, 0.5]])).estimate
    0.16666666666666666
    """
    check_draws(rewards, None, least=DRAWS_OF_A_VARIANCE + 1)
    without = [float(np.mean(reward_variances(np.delete(rewards, k, axis=1)))) for k in range(rewards.shape[1])]
    return jackknife_interval(float(np.mean(reward_variances(rewards))), np.array(without), confidence=confidence)
