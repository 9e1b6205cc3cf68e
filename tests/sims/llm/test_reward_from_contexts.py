"""Rewards from contrasting contexts: the formula, the cache, and the real problems."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import softmax

from sims.llm import (
    CONTRAST_PROMPTS,
    ContrastPrompt,
    LanguageModel,
    contrast_reward,
    language_model_problems,
    load_language_model,
)

PROMPTS = (ContrastPrompt("ab", "good ", "bad "), ContrastPrompt("in the", "", "not "))
LOGITS = hnp.arrays(np.float32, (2, 6), elements=st.floats(-40, 40, width=32))


@given(LOGITS, LOGITS)
def test_reward_is_the_difference_of_posteriors(wanted: np.ndarray, unwanted: np.ndarray) -> None:
    reward = contrast_reward(wanted, unwanted)
    first, second = (softmax(x.astype(np.float64), axis=-1) for x in (wanted, unwanted))
    np.testing.assert_allclose(reward, (first - second) / (first + second), atol=1e-12)
    assert reward.dtype == np.float64
    assert np.abs(reward).max() <= 1
    np.testing.assert_allclose(contrast_reward(unwanted, wanted), -reward, atol=1e-15)


def test_cache_gives_the_same_and_heals(tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_language_model(tiny_file)
    first = language_model_problems(model, prompts=PROMPTS, cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    monkeypatch.setattr("sims.llm.reward_from_contexts.next_token_logits", None)
    cached = language_model_problems(model, prompts=PROMPTS, cache=tmp_path)
    monkeypatch.undo()
    for damage in (b"", b"nonsense", kept.read_bytes()[:-40], kept.read_bytes()[:300]):
        kept.write_bytes(damage)
        healed = language_model_problems(model, prompts=PROMPTS, cache=tmp_path)
        assert list(tmp_path.iterdir()) == [kept]
        for other in (cached, healed):
            assert other.prompts == first.prompts == ("ab", "in the")
            np.testing.assert_array_equal(other.initial_logits, first.initial_logits)
            np.testing.assert_array_equal(other.ground_truth_reward, first.ground_truth_reward)
    language_model_problems(model, prompts=PROMPTS[:1], cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / "file").write_text("in the way")
    language_model_problems(model, prompts=PROMPTS, cache=tmp_path / "file" / "cache")


@pytest.mark.model
def test_the_real_problems_are_usable(language_model: LanguageModel, tmp_path: Path) -> None:
    problems = language_model_problems(language_model, cache=tmp_path)
    again = language_model_problems(cache=tmp_path)
    np.testing.assert_array_equal(problems.ground_truth_reward, again.ground_truth_reward)
    assert len(problems.prompts) == len(CONTRAST_PROMPTS) >= 8
    assert problems.initial_logits.shape == problems.ground_truth_reward.shape == (len(CONTRAST_PROMPTS), 49_152)
    assert problems.initial_logits.dtype == problems.ground_truth_reward.dtype == np.float64
    policy = softmax(problems.initial_logits, axis=-1)
    assert policy.min() > 1e-18
    reward = problems.ground_truth_reward
    assert np.abs(reward).max() < 1
    value = (policy * reward).sum(-1, keepdims=True)
    variance = (policy * (reward - value) ** 2).sum(-1)
    assert 0.01 < variance.min() < variance.max() < 0.3
    assert (reward.max(-1) - value[:, 0] > 0.3).all(), "there must be something left to gain"
