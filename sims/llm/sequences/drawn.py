"""Completions of prompts, drawn from the model itself, with their texts and the rewards of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float64

from sims.llm.loading import LanguageModel
from sims.llm.sampled_completions import sample_completions
from sims.llm.sampling.settings import SamplingSettings
from theory.errors import InvalidInputError

RewardOfTexts: TypeAlias = Callable[[Sequence[str]], Sequence[float]]
"""The rewards of completions by their texts, each in [-1, 1]."""


class DrawnCompletion(NamedTuple):
    """One completion: token ids, a stop token included, and the text without that."""

    tokens: list[int]
    text: str


def draw_completions(
    model: LanguageModel, prompts: Sequence[Sequence[int]], completions: int, max_tokens: int, *, seed: int
) -> list[list[DrawnCompletion]]:
    """Completions as the policy has them: temperature 1, all tokens, until an end token or the most tokens.

    **Arguments**

    - `model`: with a tokenizer. `prompts`: rows of token ids.
    - `completions`: of each prompt. `max_tokens`: `L`, the most tokens of each.
    - `seed`: of the random numbers.

    **Raises** `InvalidInputError` as `sample_completions` does.
    """
    tokenizer = model.require_tokenizer()
    settings = SamplingSettings(max_tokens, stop_tokens=model.end_tokens)
    drawn = sample_completions(model, prompts, completions, settings, seed=seed, at_once=16)

    def text(tokens: Sequence[int]) -> str:
        # An embedding may be longer than the tokenizer's list.
        return tokenizer.decode([token for token in tokens if token < tokenizer.vocabulary_size])

    return [
        [DrawnCompletion(list(each.tokens), text(each.tokens[:-1] if each.stopped else each.tokens)) for each in row]
        for row in drawn
    ]


def rewards_of(
    reward: RewardOfTexts, drawn: Sequence[Sequence[DrawnCompletion]]
) -> Float64[np.ndarray, "prompts draws"]:
    """The reward of each completion.

    **Raises** `InvalidInputError` for another number of rewards, NaN, and what lies outside [-1, 1].
    """
    texts = [completion.text for row in drawn for completion in row]
    found = np.asarray(list(reward(texts)), np.float64)
    if found.shape != (len(texts),):
        raise InvalidInputError("reward", f"shape {found.shape} for {len(texts)} texts", "Give one number a text.")
    bad = np.flatnonzero(~(np.abs(found) <= 1))
    if bad.size:
        value = f"{found[bad[0]]} for {texts[bad[0]]!r}"
        raise InvalidInputError("reward", value, "The theorems take rewards in [-1, 1]: shift and rescale it first.")
    return found.reshape(len(drawn), -1)
