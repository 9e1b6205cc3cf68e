from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sims.llm import completion_log_probabilities, load_language_model
from sims.llm.sequences.drawn import DrawnCompletion, draw_completions, rewards_of
from theory.errors import InvalidInputError

DRAWN = [[DrawnCompletion([1], "good"), DrawnCompletion([2], "bad")]]


def test_a_text_is_without_its_stop_token_and_what_cannot_be_read(checkpoint: Callable[[str], Path]) -> None:
    model = load_language_model(checkpoint("llama-tied"))._replace(end_tokens=())
    tokenizer = model.require_tokenizer()
    plain = draw_completions(model, [[5, 17, 3]], 6, 8, seed=0)[0]
    assert all(len(each.tokens) == 8 for each in plain)
    unreadable = [token for each in plain for token in each.tokens if token >= tokenizer.vocabulary_size]
    assert unreadable, "the embedding of this model is longer than its tokenizer's list"
    stop = plain[0].tokens[2]
    stopped = draw_completions(model._replace(end_tokens=(stop,)), [[5, 17, 3]], 6, 8, seed=0)[0]
    until = plain[0].tokens[: plain[0].tokens.index(stop)]
    assert stopped[0].tokens == [*until, stop]
    assert stopped[0].text == tokenizer.decode([token for token in until if token < tokenizer.vocabulary_size])


def test_draws_are_of_the_policy_itself(checkpoint: Callable[[str], Path]) -> None:
    """Frequencies of first tokens agree with the model's probabilities."""
    model = load_language_model(checkpoint("llama-tied"))
    drawn = draw_completions(model, [[5, 17, 3]], 400, 1, seed=1)[0]
    tokens = [[token] for token in range(97)]
    exact = np.exp([float(row[0]) for row in completion_log_probabilities(model, [[5, 17, 3]] * 97, tokens)])
    counts = np.bincount([each.tokens[0] for each in drawn], minlength=97)
    assert (np.abs(counts - 400 * exact) < 5 * np.sqrt(400 * exact * (1 - exact)) + 1).all()


def test_rewards_stand_as_their_texts_do() -> None:
    found = rewards_of(lambda texts: [{"good": 1, "bad": -0.5}[text] for text in texts], DRAWN)
    assert found.tolist() == [[1.0, -0.5]]


@pytest.mark.parametrize("given", [[0.5], [0.5, 1.5], [np.nan, 0.0], [[0.0], [0.0]]])
def test_refuses_other_rewards(given: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="reward"):
        rewards_of(lambda texts: given, DRAWN)
