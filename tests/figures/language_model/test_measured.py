"""The kept measurement of the language model: whole, of the model at hand, and equal to a piece computed anew."""

from __future__ import annotations

import os

import numpy as np
import pytest

from figures.language_model.measured import kept_record, measurement
from sims.llm import CONTRAST_PROMPTS, language_model_problems, load_language_model
from sims.llm.model_file import MODEL_SHA256
from sims.llm.one_token.batch import prompt_batch
from sims.llm.one_token.check import CheckSettings
from sims.llm.one_token.landscape import gradient_rows
from sims.llm.one_token.teachers import TEACHERS
from theory.errors import InvalidInputError


def test_is_a_whole_check_of_the_pinned_model() -> None:
    check = measurement("quick")
    assert kept_record()["model"]["sha256"] == MODEL_SHA256
    assert check.settings == CheckSettings()
    assert [prompt.prompt for prompt in check.prompts] == [prompt.prompt for prompt in CONTRAST_PROMPTS]
    assert [lesson.teacher for lesson in check.lessons] == list(TEACHERS)
    assert check.violated == []


def test_halving_the_step_changed_times_by_less_than_two_per_cent() -> None:
    for lesson in measurement("quick").lessons:
        assert lesson.hitting_time is not None
        assert lesson.hitting_time == pytest.approx(lesson.coarse_hitting_time, rel=0.02)


def test_a_piece_computed_anew_is_the_same() -> None:
    try:
        model = load_language_model()
    except InvalidInputError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the model cannot be had: {error}")
    number = 3
    kept = measurement("quick").prompts[number]
    problems = language_model_problems(model)
    logits, truth = problems.initial_logits[number], problems.ground_truth_reward[number]
    policy = np.exp(logits - logits.max())
    policy /= policy.sum()
    rewards = {name: make(policy, truth) for name, make in TEACHERS.items() if name.startswith(("truth", "steep"))}
    rewards.pop("truth times 0.1")
    undecided = share_of_pairs_nearer_than(float(np.finfo(np.float32).eps * np.abs(logits).max()), truth)
    assert undecided < 1e-5
    batch = prompt_batch(model.config, [model.require_tokenizer().encode(kept.prompt)])
    for row in gradient_rows(model.parameters, model.config, batch, rewards, kept.norms):
        (before,) = (old for old in kept.rows if old.teacher == row.teacher)
        assert row.variance == pytest.approx(before.variance, rel=1e-4)
        assert row.gradient_norm == pytest.approx(before.gradient_norm, rel=1e-3)
        assert row.accuracy == pytest.approx(before.accuracy, rel=0, abs=undecided)
        assert row.on_policy_accuracy == pytest.approx(before.on_policy_accuracy, abs=1e-3)
        assert row.bounds == pytest.approx(before.bounds, rel=1e-4)


def share_of_pairs_nearer_than(distance: float, values: np.ndarray) -> float:
    """Of the pairs of `values`, the share whose order another order of a network's sums may turn round."""
    ordered = np.sort(values)
    places = np.arange(len(ordered))
    nearer = np.searchsorted(ordered, ordered + distance, side="right") - places - 1
    return float(nearer.sum() / (len(ordered) * (len(ordered) - 1) / 2))
