"""The kept experiment: whole, paired as its intervals assume, and equal to pieces computed anew."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from figures.language_model.training.reward_measures import measures_over_prompts
from figures.language_model.training_data import kept_training, run_again, training_data
from sims.llm import Flattened, GroundTruth, ScoredTexts, choose_flattened_prompts, load_language_model
from sims.llm.experiment.config import WORD_MODEL, Course
from sims.llm.experiment.initial_samples import initial_samples
from sims.llm.experiment.presets import FLATTENED, FULL, TRUTH
from sims.llm.experiment.teachers import MEASURES, OFF, ON
from sims.llm.model_file import MODEL_SHA256
from sims.llm.random_words import word_model
from sims.llm.training.placement import placement
from theory.errors import InvalidInputError

REWARDS = [choice.name for choice in FULL.rewards]


def kept_samples(role: str, source: str) -> pl.DataFrame:
    return kept_training().samples.filter(role=role, source=source)


def test_is_the_whole_experiment_on_the_pinned_model() -> None:
    data = training_data("quick")
    assert data.provenance["experiment"] == FULL.record()
    assert data.provenance["sha256"] == MODEL_SHA256
    wanted = {name: settings.steps for name, _, settings in FULL.runs()}
    assert dict(data.steps.group_by("run").len().iter_rows()) == wanted
    assert set(data.provenance["seconds"]) == set(wanted)
    assert set(data.evaluations["run"]) == set(wanted)
    assert data.evaluations.select(pl.col("proxy", "truth", "kl").is_finite().all()).row(0) == (True,) * 3


def test_all_runs_start_from_the_same_completions_of_the_same_prompts() -> None:
    """What makes differences between runs paired."""
    start = kept_training().evaluations.filter(step=0)
    for _, of_prompt in start.group_by("prompt"):
        assert of_prompt["truth"].n_unique() == 1
        assert of_prompt["kl"].n_unique() == 1


def test_sentiment_of_kept_completions_is_the_kept_truth() -> None:
    samples = kept_training().samples.gather_every(3)
    texts = ScoredTexts(tuple(samples["prompt"]), tuple(samples["completion"]), None)
    np.testing.assert_array_equal(GroundTruth()(texts), samples["truth"].to_numpy())


def test_rewards_that_are_read_off_the_truth_are_the_kept_ones() -> None:
    judged = pl.concat([kept_samples(role, ON) for role in ("taught", "held_out")])
    flat: frozenset[str] = frozenset()
    for role in ("taught", "held_out"):
        prompts = tuple(kept_samples(role, ON)["prompt"].unique(maintain_order=True))
        flat |= choose_flattened_prompts(prompts, seed=0)
    texts = ScoredTexts(tuple(judged["prompt"]), tuple(judged["completion"]), None)
    for name, reward in ((TRUTH, GroundTruth()), (FLATTENED, Flattened(GroundTruth(), flat))):
        values = reward(texts)
        normalised = (values - values.mean()) / values.std()
        np.testing.assert_allclose(judged[f"reward: {name}"].to_numpy(), normalised, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("source", [ON, OFF])
def test_variance_and_accuracies_follow_from_the_kept_completions(source: str) -> None:
    data = kept_training()
    found = measures_over_prompts(data.samples, source, REWARDS)
    for measure in MEASURES:
        mean = getattr(found, measure)
        kept = data.measures.filter(source=source, measure=measure)
        assert kept["reward"].to_list() == REWARDS
        for name, values in (("value", mean.value), ("low", mean.low), ("high", mean.high)):
            np.testing.assert_allclose(kept[name].to_numpy(), values, rtol=1e-9, atol=1e-12)


@pytest.mark.model
def test_the_model_draws_the_first_completions_again_with_the_same_probabilities(tmp_path: Path) -> None:
    try:
        model = load_language_model()
    except InvalidInputError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the model cannot be had: {error}")
    kept = kept_samples("reward_model", ON).head(FULL.initial_completions)
    assert kept["prompt"].n_unique() == 1
    longest = max(settings.max_tokens for _, _, settings in FULL.runs())
    found = initial_samples(
        model,
        [kept["prompt"][0]],
        FULL.initial_completions,
        longest,
        file=tmp_path / "drawn.npz",
        placement=placement(),
    )
    assert list(found.completions) == kept["completion"].to_list()
    assert found.lengths.tolist() == kept["tokens"].to_list()
    np.testing.assert_allclose(found.log_probabilities, kept["logprob"].to_numpy(), atol=2e-3)


def test_the_full_level_runs_an_experiment_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the smallest that there is, and a second time from what is left of it."""
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path))
    settings = replace(FULL.courses[0].settings, steps=1, prompts_per_step=2, rows_at_once=4, max_tokens=2)
    config = replace(
        FULL,
        model=WORD_MODEL,
        rewards=FULL.rewards[:1],
        courses=(Course((TRUTH,), (0,), settings),),
        reward_model_prompts=2,
        taught_prompts=2,
        held_out_prompts=4,
        initial_completions=2,
        off_policy_completions=2,
    )
    model = word_model()
    data = run_again(model, config)
    assert data.steps["step"].to_list() == [0]
    assert data.provenance["model"] == WORD_MODEL
    assert list(tmp_path.rglob("evaluations.parquet"))
    again = run_again(model, config)
    assert again.evaluations.equals(data.evaluations)
    assert again.provenance["seconds"] == data.provenance["seconds"]
