"""Effects on tables whose increases are known: their values, their signs, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest

from figures.drawing.crossed_intervals import Interval
from figures.language_model.training.effects import MeasuredEffect, measured_effects
from figures.language_model.training.published_effects import published_effects
from figures.paper.experiment.effects import EFFECTS
from sims.llm.experiment.presets import FLATTENED, ON_POLICY, SQUASHED, TRUTH
from tests.synthetic_training import synthetic_training

GAINS = {
    (TRUTH, "rloo", "lora"): 0.8,
    (ON_POLICY, "rloo", "lora"): 1.0,
    (FLATTENED, "rloo", "lora"): 0.25,
    (SQUASHED, "rloo", "lora"): 0.2,
    (TRUTH, "grpo", "lora"): 0.7,
    (SQUASHED, "grpo", "lora"): 0.7,
    (TRUTH, "rloo", "all"): 0.4,
    (SQUASHED, "rloo", "all"): 0.3,
}


@pytest.fixture(scope="module")
def effects() -> dict[str, MeasuredEffect]:
    return {one.id: one for one in measured_effects(synthetic_training(GAINS, noise=0.02))}


@pytest.mark.parametrize(
    ("id", "value", "verdict"),
    [
        ("flat", 0.75, "appears"),
        ("flat-late", 0.75, "appears"),
        ("early", 0.25, "appears"),
        ("late", -0.25, "opposite"),
        ("squashed-rloo", 0.6, "appears"),
        ("squashed-rloo-grpo", 0.6, "appears"),
        ("squashed-all", 0.1, "appears"),
        ("lora-all", 0.4, "appears"),
    ],
)
def test_known_increases_give_known_effects(
    effects: dict[str, MeasuredEffect], id: str, value: float, verdict: str
) -> None:
    assert effects[id].found.value == pytest.approx(value, abs=0.03)
    assert effects[id].found.low < effects[id].found.value < effects[id].found.high
    assert effects[id].verdict == verdict


def test_equal_lessons_cannot_be_told_apart(effects: dict[str, MeasuredEffect]) -> None:
    assert effects["squashed-grpo"].verdict == "cannot be told"


def test_truth_that_rises_to_the_end_is_not_hacked(effects: dict[str, MeasuredEffect]) -> None:
    assert effects["hacking"].verdict == "not seen"


def test_the_faster_teacher_needs_less_divergence_for_the_same_gain(effects: dict[str, MeasuredEffect]) -> None:
    """Divergences are alike at every step: at half of 0.25, the flat one has spent a half, the other an eighth."""
    assert effects["kl"].found.value == pytest.approx(0.125 / 0.5 - 1, abs=0.03)


def test_the_effects_of_the_miniature_are_all_there(effects: dict[str, MeasuredEffect]) -> None:
    assert {effect.id for effect in EFFECTS} <= set(effects)
    for effect in EFFECTS:
        assert effects[effect.id].claim == effect.claim


def test_noise_without_increases_tells_nothing() -> None:
    none = dict.fromkeys(GAINS, 0.0)
    found = {one.id: one for one in measured_effects(synthetic_training(none, noise=1.0, seed=1))}
    for id in ("flat", "early", "late"):
        assert found[id].verdict == "cannot be told"


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Interval(0.2, 0.1, 0.3), "appears"),
        (Interval(-0.2, -0.3, -0.1), "opposite"),
        (Interval(0.2, -0.1, 0.3), "cannot be told"),
        (Interval(0.2, np.nan, np.nan), "cannot be told"),
        (Interval(0.2, -np.inf, np.inf), "cannot be told"),
        (Interval(0.0, 0.0, 0.0), "not seen"),
    ],
)
def test_verdicts_are_those_of_the_interval(found: Interval, verdict: str) -> None:
    assert MeasuredEffect("id", "claim", "measure", 5, found).verdict == verdict


def test_the_papers_leads_are_those_of_its_tables() -> None:
    found = published_effects()
    assert found["variance"] == pytest.approx(0.982 - -0.762)
    assert found["both"] == pytest.approx(0.94 - 0.834)
