"""How few completions decide where they are weighted: log-probabilities of whole sequences differ by tens."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.estimators.group_moments import divided, group_sums
from theory.estimators.grouped_rewards import GroupedRewards, required_log_weights

FEW = 2.0
"""Effective completions of a prompt below which one of them decides."""


class WeightingReport(NamedTuple):
    """**Fields**: `effective`, how many equally weighted completions those of each prompt are worth, shape
    `(prompts,)`; `sentence`, for a reader."""

    effective: Float64[np.ndarray, " prompts"]
    sentence: str


def weighting_report(grouped: GroupedRewards, weighting: str) -> WeightingReport:
    """The effective number of completions, `(sum w)^2 / sum w^2` in each prompt, and what to think of it.

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 0.0, 0.5]], [0, 3], log_probabilities=[-210.0, -180.0, -340.0])
    >>> weighting_report(data, "logprob").effective.round(6).tolist()
    [1.0]
    """
    logs = required_log_weights(grouped)
    largest = np.maximum.reduceat(logs, grouped.starts)
    weights = np.exp(logs - np.repeat(largest, grouped.sizes))
    effective = divided(group_sums(weights, grouped.offsets) ** 2, group_sums(weights**2, grouped.offsets))
    middle, size = float(np.median(effective)), float(np.median(grouped.sizes))
    sentence = (
        f"Completions are weighted by {weighting}: the {size:g} of the median prompt are worth {middle:.3g} equally "
        "weighted ones."
    )
    if middle < FEW <= size:
        sentence += " One completion decides nearly alone: leave the weighting uniform for samples of the policy."
    return WeightingReport(effective, sentence)
