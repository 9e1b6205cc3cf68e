"""The log-probabilities of given completions of given prompts."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np

from theory.errors import InvalidInputError

from .loading import LanguageModel
from .next_token import require_language_model
from .sampling.log_probability import token_log_probabilities
from .token_batches import check_token_rows, in_batches, power_of_two

_compiled = jax.jit(token_log_probabilities, static_argnames="config")


def completion_log_probabilities(
    model: LanguageModel, prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]]
) -> list[np.ndarray]:
    """The log-probability of each token of each completion, given its prompt and the tokens before it.

    **Arguments**

    - `model`: what `load_language_model` returned.
    - `prompts`, `completions`: as many rows of ids of each, none empty.

    **Returns** one float32 array a completion; its sum is the completion's log-probability.

    **Raises** `InvalidInputError` for a reward model, rows that do not pair up, are empty, too long together or hold
    ids outside the vocabulary, and for log-probabilities that are not finite.
    """
    require_language_model(model)
    if len(prompts) != len(completions):
        raise InvalidInputError("completions", f"{len(completions)} for {len(prompts)} prompts", "Give one a prompt.")
    check_token_rows(prompts, model.config)
    for number, completion in enumerate(completions):
        if not completion:
            raise InvalidInputError(f"completion {number}", "no tokens", "Give a text that is not empty.")
    rows = [[*prompt, *completion] for prompt, completion in zip(prompts, completions, strict=True)]
    check_token_rows(rows, model.config)
    width = max(16, power_of_two(max(map(len, rows))))

    def run(padded: jax.Array, kept: jax.Array) -> jax.Array:
        found = _compiled(model.parameters, model.config, padded, kept)
        # Rows of one batch may be shorter than the longest of all: padding stands on the left.
        return jax.numpy.pad(found, ((0, 0), (width - found.shape[1], 0)))

    found = in_batches(rows, width, run)
    if not np.isfinite(found).all():
        raise InvalidInputError("model", "log-probabilities that are not finite", "Give an intact model file.")
    return [row[width - len(completion) :] for row, completion in zip(found, completions, strict=True)]
