"""Increases are read off run by run and prompt by prompt, whatever the order of the rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from figures.language_model.training.increases import GRPO_LORA, RLOO_LORA, increases_of, rewards_of
from sims.llm.experiment.presets import FULL, SQUASHED, TRUTH
from tests.synthetic_training import REWARDS, synthetic_training
from theory.errors import InvalidInputError


def evaluations(noise: float = 0.1) -> pl.DataFrame:
    return synthetic_training({(TRUTH, "rloo", "lora"): 0.9}, noise=noise).evaluations


def test_they_are_differences_from_the_start() -> None:
    found = increases_of(evaluations(noise=0.0), TRUTH, RLOO_LORA)
    settings = FULL.courses[0].settings
    assert found.step.tolist() == [*range(0, settings.steps + 1, settings.evaluate_every)]
    share, shape = found.step / settings.steps, (len(found.step), 3, 16)
    assert found.truth.shape == shape
    np.testing.assert_allclose(found.truth, np.broadcast_to(0.9 * share[:, None, None], shape))
    np.testing.assert_allclose(found.proxy, 2 * found.truth)
    np.testing.assert_allclose(found.kl.mean(axis=(1, 2)), 0.1 * share)


def test_the_order_of_rows_does_not_matter() -> None:
    table = evaluations()
    for one, other in zip(
        increases_of(table, TRUTH, RLOO_LORA),
        increases_of(table.sample(fraction=1.0, shuffle=True, seed=1), TRUTH, RLOO_LORA),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_courses_have_their_own_reward_models() -> None:
    assert rewards_of(evaluations(), RLOO_LORA) == list(REWARDS)
    assert rewards_of(evaluations(), GRPO_LORA) == [TRUTH, SQUASHED]


def test_runs_that_are_missing_or_not_whole_are_refused() -> None:
    table = evaluations()
    with pytest.raises(InvalidInputError, match="no runs of another"):
        increases_of(table, "another", RLOO_LORA)
    with pytest.raises(InvalidInputError, match="same steps"):
        increases_of(table.filter(~((pl.col("seed") == 1) & (pl.col("step") > 0))), TRUTH, RLOO_LORA)
    unscored = table.with_columns(pl.when(pl.col("prompt") == 3).then(float("nan")).otherwise("truth").alias("truth"))
    with pytest.raises(InvalidInputError, match="truth of ground truth"):
        increases_of(unscored, TRUTH, RLOO_LORA)
