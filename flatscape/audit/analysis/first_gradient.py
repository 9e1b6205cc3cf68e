"""The first gradient: how fast the truth rises in the beginning, or how strongly a reward moves the policy at all."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from sims.teaching import ScoredGroups
from theory.errors import InvalidInputError
from theory.estimators.group_moments import group_sums


def truth_slopes(groups: ScoredGroups) -> Float64[np.ndarray, "models prompts"]:
    """`d/dt E[truth]` of each prompt when a reward begins to teach, `sum p^2 (r - E r) (truth - E truth)`.

    That is the product of the gradients of both expectations in the logits of a softmax.

    **Raises** `InvalidInputError` without a truth.

    >>> import numpy as np
    >>> from sims.teaching import scored_groups
    >>> rewards = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> truth_slopes(scored_groups(rewards, np.array([0, 2]), truth=np.array([1.0, 0.0]))).tolist()
    [[0.125], [-0.125]]
    """
    if groups.truth is None:
        raise InvalidInputError("truth", "None", "Give a truth: this is how fast it rises.")
    return _products(groups, _centred(groups, groups.truth[None]))


def gradient_squares(groups: ScoredGroups) -> Float64[np.ndarray, "models prompts"]:
    """The squared norm of the gradient of each prompt's expected reward, `sum p^2 (r - E r)^2`.

    >>> import numpy as np
    >>> from sims.teaching import scored_groups
    >>> gradient_squares(scored_groups(np.array([[1.0, 0.0]]), np.array([0, 2]))).tolist()
    [[0.125]]
    """
    return _products(groups, _centred(groups, groups.rewards))


def _products(groups: ScoredGroups, other: np.ndarray) -> np.ndarray:
    squares = np.exp(2 * groups.initial_log_probabilities)
    return group_sums(squares * _centred(groups, groups.rewards) * other, groups.offsets.astype(np.int64))


def _centred(groups: ScoredGroups, values: np.ndarray) -> np.ndarray:
    probabilities = np.exp(groups.initial_log_probabilities)
    means = group_sums(probabilities * values, groups.offsets.astype(np.int64))
    return values - np.repeat(means, groups.sizes, axis=-1)
