"""Advantages of completions, some of which may have no reward."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from sims.policy_gradient.advantages import leave_one_out_advantages, standardised_advantages

from .settings import Method

EPSILON = 1e-4
"""What GRPO adds to the deviation of a group, as TRL does."""


def group_advantages(
    rewards: Float64[np.ndarray, "prompts group"], method: Method
) -> Float64[np.ndarray, "prompts group"]:
    """What each completion's score is multiplied by, so that the sum of products estimates the gradient.

    A completion without a reward (NaN) is as if it had not been drawn: its group is smaller. A group with fewer than
    two rewards says nothing and counts for nothing.

    **Arguments**

    - `rewards`: those of a prompt in one row. `method`: of `TrainingSettings`.

    **Returns** the advantages over the number of completions that count.

    >>> import numpy as np
    >>> group_advantages(np.array([[1.0, 0.0], [0.5, 0.5], [2.0, np.nan]]), "rloo").tolist()
    [[0.25, -0.25], [0.0, 0.0], [0.0, 0.0]]
    """
    weights = np.zeros_like(rewards)
    scored = np.isfinite(rewards)
    counts = scored.sum(axis=1)
    counting = counts >= 2
    for size in np.unique(counts[counting]):
        chosen = counts == size
        of_size = rewards[chosen][scored[chosen]].reshape(-1, size)
        found = standardised_advantages(of_size, EPSILON) if method == "grpo" else leave_one_out_advantages(of_size)
        part = np.zeros((int(chosen.sum()), rewards.shape[1]))
        part[scored[chosen]] = np.asarray(found).ravel()
        weights[chosen] = part
    return weights / max(int(counts[counting].sum()), 1)


def share_of_equal_groups(rewards: Float64[np.ndarray, "prompts group"]) -> float:
    """The share of the groups with two rewards or more whose rewards are all equal; NaN if there is no such group.

    >>> import numpy as np
    >>> share_of_equal_groups(np.array([[1.0, 0.0], [0.5, 0.5], [2.0, np.nan]]))
    0.5
    """
    groups = [row[np.isfinite(row)] for row in rewards]
    equal = [float(np.ptp(row) == 0) for row in groups if row.size >= 2]
    return float(np.mean(equal)) if equal else float("nan")
