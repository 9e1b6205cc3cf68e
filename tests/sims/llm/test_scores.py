"""Scores of reward models: which models and rows have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from sims.llm import load_language_model, logits_after_tokens, scores_of_tokens
from theory.errors import InvalidInputError


def test_models_and_rows_that_have_no_score(checkpoint: Callable[[str], Path]) -> None:
    reward, language = (load_language_model(checkpoint(name)) for name in ("llama-score", "llama-tied"))
    with pytest.raises(InvalidInputError, match="gives no scores"):
        scores_of_tokens(language, [[1]])
    with pytest.raises(InvalidInputError, match="predicts no tokens"):
        logits_after_tokens(reward, [[1]])
    for rows, message in (
        ([], "at least one"),
        ([[]], "no tokens"),
        ([[97]], "token id 97"),
        ([[1] * 129], "at most 128"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            scores_of_tokens(reward, rows)
    broken = reward._replace(parameters=jax.tree.map(lambda x: x.at[0].set(jnp.nan), reward.parameters))
    with pytest.raises(InvalidInputError, match="non-finite scores"):
        scores_of_tokens(broken, [[1, 2]])
