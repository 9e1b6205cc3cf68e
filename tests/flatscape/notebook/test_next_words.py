"""The next word of a language model: what is typed becomes rewards, and a missing model one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatscape.notebook import next_words
from flatscape.notebook.answer import attempt
from flatscape.notebook.words_view import beginnings, draw_words, word_facts
from sims.flow_hitting_times import hitting_times
from theory.errors import InvalidInputError

PROMPT, WANTED, UNWANTED = "The film was", "great, good", "bad"


def test_without_the_model_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLATSCAPE_CACHE", str(tmp_path))
    next_words.kept_model.cache_clear()
    sentence = attempt(next_words.kept_model).sentence
    assert sentence is not None
    assert "flatscape lm fetch" in sentence
    assert not list(tmp_path.iterdir())


@pytest.mark.model
def test_words_become_rewards() -> None:
    words = next_words.read_words(" great ,good,, great", "bad")
    assert list(words.wanted) == ["great", "good"]
    assert not words.beginnings
    problem = next_words.word_problem(PROMPT, words, 0.1)
    assert problem.ground_truth_reward.sum() == 1
    assert np.array_equal(problem.proxy_reward, 0.1 * problem.ground_truth_reward)
    shown = next_words.likely_words(problem)
    assert {w.text for w in shown if w.reward == 1} == {"' great'", "' good'"}
    assert "<svg" in draw_words(problem)


@pytest.mark.model
def test_a_word_of_several_tokens_is_told() -> None:
    words = next_words.read_words("flibbertigibbet", "bad")
    assert "flibbertigibbet" in words.beginnings
    assert "flibbertigibbet" in beginnings(words)
    assert beginnings(next_words.read_words("good", "bad")) == ""


@pytest.mark.model
@pytest.mark.parametrize(("wanted", "unwanted"), [("", "bad"), (" , ", "bad"), ("good", ""), ("good, bad", "bad")])
def test_bad_words_are_refused(wanted: str, unwanted: str) -> None:
    with pytest.raises(InvalidInputError, match="words"):
        next_words.read_words(wanted, unwanted)


@pytest.mark.model
@pytest.mark.parametrize("prompt", ["", "  ", "word " * 100])
def test_bad_prompts_are_refused(prompt: str) -> None:
    with pytest.raises(InvalidInputError, match="prompt"):
        next_words.next_token_logits(prompt)


@pytest.mark.model
def test_one_path_serves_every_loudness() -> None:
    course = next_words.word_course(PROMPT, WANTED, UNWANTED, loudness=0.01, increase=0.3)
    direct = hitting_times(course.problem, 0.3)
    assert course.hitting_time == pytest.approx(float(direct.time), rel=1e-8)
    assert np.interp(0.3 + course.initial_truth, course.truth, course.path.times) == pytest.approx(
        course.hitting_time, rel=0.2
    )
    assert "reward-variance" in word_facts(course)
