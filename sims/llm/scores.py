"""The scores that a reward model gives to texts."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Float32

from theory.errors import InvalidInputError

from .decoder.forward import sequence_scores
from .loading import LanguageModel
from .token_batches import check_finite_rows, check_token_rows, in_batches

_compiled_scores = jax.jit(sequence_scores, static_argnames="config")


def scores_of_tokens(
    model: LanguageModel, token_ids: Sequence[Sequence[int]]
) -> Float32[np.ndarray, "sequences labels"]:
    """What a sequence-classification head says of each sequence of tokens, read at its last token.

    **Arguments**

    - `model`: what `load_language_model` returned, with a head of this kind.
    - `token_ids`: ragged rows of ids.

    **Returns** one row a sequence; a reward model has one label.

    **Raises** `InvalidInputError` for a language model, no rows, an empty or too long one, ids outside the vocabulary,
    or scores that are not finite.
    """
    if not model.config.labels:
        remedy = "Give a reward model, one whose architecture ends in ForSequenceClassification."
        raise InvalidInputError("model", "a language model, which gives no scores", remedy)
    check_token_rows(token_ids, model.config)
    scores = in_batches(
        token_ids,
        model.config.labels,
        lambda padded, kept: _compiled_scores(model.parameters, model.config, padded, kept),
    )
    check_finite_rows(scores, "scores")
    return scores
