"""Reward models that are made from samples: their scale, their accuracy, and what heads learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sims.llm import ScoredTexts
from sims.llm.experiment import teachers as module
from sims.llm.experiment.config import WORD_MODEL, Course, ExperimentConfig
from sims.llm.experiment.initial_samples import InitialSamples
from sims.llm.experiment.prompts import built_in_prompts, prompt_roles
from sims.llm.experiment.reward_choice import RewardChoice
from sims.llm.experiment.teachers import Teachers, make_teachers
from sims.llm.training.placement import placement
from tests.small_training import SMALL, small_model
from theory.errors import InvalidInputError

CHOICES = (
    RewardChoice("truth again", "vader"),
    RewardChoice("half", "half lexicon"),
    RewardChoice("squashed", "squashed"),
    RewardChoice("flattened", "flattened"),
    RewardChoice("on", "preferences"),
    RewardChoice("off", "preferences", {"on_policy_share": 0.0}),
)
WORDS = [
    "great",
    "good",
    "happy",
    "love",
    "terrible",
    "bad",
    "sad",
    "hate",
    "table",
    "chair",
    "and",
    "of",
    "the",
    "window",
]


def config(*choices: RewardChoice) -> ExperimentConfig:
    return ExperimentConfig(
        model=WORD_MODEL,
        truth=RewardChoice("ground truth", "vader"),
        rewards=choices,
        courses=(Course((choices[0].name,), (0,), SMALL),),
        reward_model_prompts=24,
        taught_prompts=8,
        held_out_prompts=8,
        initial_completions=6,
        off_policy_completions=4,
    )


def made_up(model, prompts, each, max_tokens, *, prefix="", first_number=0, **_):
    """Words at random in place of drawn completions; features count each of them: a head can learn the truth."""
    random = np.random.default_rng(first_number)
    texts = [" ".join(random.choice(WORDS, 4)) for _ in range(len(prompts) * each)]
    features = np.array([[text.split().count(word) for word in WORDS] for text in texts], np.float32)
    count = len(texts)
    return InitialSamples(
        tuple(text for text in prompts for _ in range(each)),
        tuple(texts),
        np.zeros(count, np.float32),
        np.full(count, 4, np.int32),
        features,
        each,
    )


def teachers(folder: Path, *choices: RewardChoice) -> Teachers:
    asked = config(*choices)
    roles = prompt_roles(built_in_prompts(), reward_model=24, taught=8, held_out=8)
    return make_teachers(small_model(), asked, roles, max_tokens=4, folder=folder, placement=placement())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Teachers:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "initial_samples", made_up)
        return teachers(tmp_path_factory.mktemp("teachers"), *CHOICES)


def measure(found: Teachers, reward: str, name: str, source: str = "initial policy") -> float:
    return float(found.measures.filter(reward=reward, measure=name, source=source)["value"].item())


@pytest.mark.parametrize("name", [choice.name for choice in CHOICES])
def test_rewards_are_normalised_over_the_prompts_of_the_policy(found: Teachers, name: str) -> None:
    rows = found.samples.filter(pl.col("source") == "initial policy", pl.col("role") != "reward_model")
    assert rows.height == 16 * 6
    values = rows[f"reward: {name}"].to_numpy()
    assert values.mean() == pytest.approx(0, abs=1e-9)
    assert values.std() == pytest.approx(1, abs=1e-9)


def test_the_table_holds_what_the_rewards_say(found: Teachers) -> None:
    rows = found.samples.filter(source="other source", role="held_out")
    assert rows.height == 8 * 4
    features = np.array([[text.split().count(word) for word in WORDS] for text in rows["completion"]], np.float32)
    texts = ScoredTexts(tuple(rows["prompt"]), tuple(rows["completion"]), features)
    for name, reward in found.rewards.items():
        assert reward.name == name
        np.testing.assert_allclose(reward(texts), rows[f"reward: {name}"].to_numpy(), atol=1e-12)
    assert found.truth.name == "ground truth"
    scale = np.polyfit(rows["truth"].to_numpy(), found.truth(texts), 1)
    np.testing.assert_allclose(np.polyval(scale, rows["truth"].to_numpy()), found.truth(texts), atol=1e-9)
    np.testing.assert_allclose(found.truth(texts), found.rewards["truth again"](texts), atol=1e-12)


@pytest.mark.parametrize("name", ["truth again", "squashed", "flattened"])
@pytest.mark.parametrize("source", ["initial policy", "other source"])
def test_what_is_made_from_the_truth_orders_as_it_does(found: Teachers, name: str, source: str) -> None:
    assert measure(found, name, "accuracy", source) == 1.0
    assert measure(found, name, "half_credit_accuracy", source) == 1.0


def test_the_squashed_truth_varies_less_within_prompts(found: Teachers) -> None:
    assert measure(found, "squashed", "variance") < 0.1 * measure(found, "truth again", "variance")
    assert measure(found, "flattened", "variance") < measure(found, "truth again", "variance")


@pytest.mark.parametrize("name", ["on", "off"])
@pytest.mark.parametrize("source", ["initial policy", "other source"])
def test_heads_are_better_than_chance(found: Teachers, name: str, source: str) -> None:
    assert measure(found, name, "accuracy", source) > 0.75


def test_every_reward_is_measured_on_both_sources(found: Teachers) -> None:
    assert found.measures.height == len(CHOICES) * 2 * 3
    assert (found.measures["low"] <= found.measures["value"]).all()
    assert (found.measures["value"] <= found.measures["high"]).all()
    assert measure(found, "half", "accuracy") < 1


def test_a_reward_that_does_not_vary_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "initial_samples", made_up)
    constant = RewardChoice("constant", "python", {"function": "tests.sims.llm.experiment.test_teachers:constant"})
    with pytest.raises(InvalidInputError, match="reward 'constant': got a standard deviation of 0"):
        teachers(tmp_path, constant)


def constant(prompts: list[str], completions: list[str]) -> list[float]:
    return [1.0] * len(completions)


def test_a_function_that_is_not_there_is_refused_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was drawn")

    monkeypatch.setattr(module, "initial_samples", refuse)
    with pytest.raises(InvalidInputError, match="function: got no_such_module:f"):
        teachers(tmp_path, RewardChoice("mine", "python", {"function": "no_such_module:f"}))
