"""The logits of the token after each of any number of prompts, and the likeliest tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float32

from theory.errors import InvalidInputError

from .decoder.forward import last_logits
from .loading import LanguageModel
from .token_batches import check_finite_rows, check_token_rows, in_batches

_compiled_logits = jax.jit(last_logits, static_argnames="config")


def next_token_logits(model: LanguageModel, prompts: Sequence[str]) -> Float32[np.ndarray, "prompts vocabulary"]:
    """The logits of the token after each raw prompt, without a chat template.

    **Arguments**

    - `model`: what `load_language_model` returned.
    - `prompts`: texts of at least one and at most `context_length` tokens each; the model's own first token, if its
      tokenizer puts one in front of a text, counts.

    **Returns** logits, one row a prompt; their softmax is the next-token distribution.

    **Raises** `InvalidInputError` for no prompts, an empty or too long one, or logits that are not finite.
    """
    tokenizer = model.require_tokenizer()
    return logits_after_tokens(model, [tokenizer.encode(prompt, model.config.context_length) for prompt in prompts])


def logits_after_tokens(
    model: LanguageModel, token_ids: Sequence[Sequence[int]]
) -> Float32[np.ndarray, "prompts vocabulary"]:
    """The logits of the token after each sequence of tokens.

    **Arguments**

    - `model`: what `load_language_model` returned.
    - `token_ids`: ragged rows of ids.

    **Returns** and **Raises** as `next_token_logits`, and for ids outside the vocabulary and a reward model.
    """
    require_language_model(model)
    check_token_rows(token_ids, model.config)
    logits = in_batches(
        token_ids,
        model.config.vocabulary_size,
        lambda padded, kept: _compiled_logits(model.parameters, model.config, padded, kept),
    )
    check_finite_rows(logits, "logits")
    return logits


def require_language_model(model: LanguageModel) -> None:
    """Refuse a reward model.

    **Raises** `InvalidInputError`.
    """
    if model.config.labels:
        remedy = "Give a language model, or ask for a score."
        raise InvalidInputError("model", "a reward model, which predicts no tokens", remedy)


class LikelyToken(NamedTuple):
    """A token that may come next: its text (None if there is none), id, float64 probability and float32 logit."""

    token: str | None
    id: int
    probability: float
    logit: float


def most_likely_tokens(model: LanguageModel, prompt: str | Sequence[int], count: int) -> list[LikelyToken]:
    """The tokens that are most likely to follow a raw prompt.

    **Arguments**

    - `model`: what `load_language_model` returned.
    - `prompt`: a text of at least one token, or token ids.
    - `count`: how many tokens, from 1 to the size of the vocabulary.

    **Returns** them, most likely first, equally likely ones by id; the probability is over the whole vocabulary.

    **Raises** `InvalidInputError` as `next_token_logits`, and when `count` is out of range.
    """
    if not 1 <= count <= model.config.vocabulary_size:
        raise InvalidInputError("count of tokens", count, f"Give a number from 1 to {model.config.vocabulary_size}.")
    rows = next_token_logits(model, [prompt]) if isinstance(prompt, str) else logits_after_tokens(model, [prompt])
    logits = rows[0].astype(np.float64)
    weights = np.exp(logits - logits.max())
    probabilities = weights / weights.sum()
    order = np.argsort(-logits, kind="stable")[:count].tolist()
    return [LikelyToken(token_text(model, k), k, float(probabilities[k]), float(logits[k])) for k in order]


def token_text(model: LanguageModel, token: int) -> str | None:
    """The text of one token; None without a tokenizer, or where the embedding is longer than the tokenizer's list."""
    tokenizer = model.tokenizer
    return tokenizer.decode([token]) if tokenizer is not None and token < tokenizer.vocabulary_size else None
