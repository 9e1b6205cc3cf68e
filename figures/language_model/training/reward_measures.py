"""Variance and accuracies of reward models prompt by prompt, and their means over resampled prompts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float64

from sims.llm.experiment.teachers import OFF, ON
from sims.llm.rewards.measures import RewardMeasures, prompt_measures, reward_measures

COLUMN = "reward: "
"""What stands before a reward's name in the table of samples."""

MEASURED_ON = ("taught", "held_out")
"""The roles of the prompts on which reward models are measured."""


class MeasuresByPrompt(NamedTuple):
    """Measures of the rewards, a column a prompt; NaN where a prompt has no pair that the truth distinguishes.

    **Fields**: `variance` and `on_policy` accuracy on the initial policy's completions; `off_policy` accuracy on the
    other source's. Accuracies by the paper's sign rule (Definition 1).
    """

    variance: Float64[np.ndarray, "models prompts"]
    on_policy: Float64[np.ndarray, "models prompts"]
    off_policy: Float64[np.ndarray, "models prompts"]


def rewards_and_truth(
    samples: pl.DataFrame, role: str, source: str, names: list[str]
) -> tuple[Float64[np.ndarray, "models prompts completions"], Float64[np.ndarray, "prompts completions"]]:
    """Rewards and truth of the kept completions of a role's prompts, those of a prompt in one row."""
    rows = samples.filter(role=role, source=source)
    prompts = rows["prompt"].n_unique()
    rewards = np.stack([rows[COLUMN + name].to_numpy().reshape(prompts, -1) for name in names])
    return rewards, rows["truth"].to_numpy().reshape(prompts, -1)


def measures_over_prompts(samples: pl.DataFrame, source: str, names: list[str]) -> RewardMeasures:
    """The experiment's measures, computed again from the kept completions."""
    parts = [rewards_and_truth(samples, role, source, names) for role in MEASURED_ON]
    return reward_measures(np.concatenate([p[0] for p in parts], axis=1), np.concatenate([p[1] for p in parts]))


def measures_by_prompt(samples: pl.DataFrame, role: str, names: list[str]) -> MeasuresByPrompt:
    """The measures of each prompt of a role, in the order of the samples."""
    on, off = (prompt_measures(*rewards_and_truth(samples, role, source, names)) for source in (ON, OFF))
    return MeasuresByPrompt(on.variance, on.accuracy, off.accuracy)


def weighted_means(
    values: Float64[np.ndarray, "models prompts"], weights: Float64[np.ndarray, "resamples prompts"]
) -> Float64[np.ndarray, "resamples models"]:
    """Means over the prompts that have a value, for each row of weights; NaN where none of them has weight."""
    there = ~np.isnan(values)
    total = weights @ there.T.astype(np.float64)
    sums = weights @ np.where(there, values, 0.0).T
    return np.divide(sums, total, out=np.full(sums.shape, np.nan), where=total > 0)
