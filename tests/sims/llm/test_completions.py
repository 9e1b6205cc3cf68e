"""Log-probabilities of completions: equal to those from the logits of each prefix, whatever the batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax

from sims.llm import completion_log_probabilities, load_language_model, logits_after_tokens
from theory.errors import InvalidInputError

PROMPTS = [[5, 17, 3], [11], [8] * 30]
COMPLETIONS = [[4, 4], [96, 0, 7, 1, 2], [3]]


@pytest.mark.parametrize("name", ["llama-untied", "gpt_neox-tied", "gemma2-tied"])
def test_the_sum_over_prefixes(checkpoint: Callable[[str], Path], name: str) -> None:
    model = load_language_model(checkpoint(name))
    found = completion_log_probabilities(model, PROMPTS, COMPLETIONS)
    for prompt, completion, values in zip(PROMPTS, COMPLETIONS, found, strict=True):
        logits = logits_after_tokens(model, [[*prompt, *completion[:place]] for place in range(len(completion))])
        expected = log_softmax(logits.astype(float), axis=-1)[np.arange(len(completion)), completion]
        np.testing.assert_allclose(values, expected, atol=2e-5)


def test_what_is_refused(checkpoint: Callable[[str], Path]) -> None:
    model = load_language_model(checkpoint("llama-tied"))
    for prompts, completions, message in (
        ([[1]], [], "0 for 1 prompts"),
        ([[1]], [[]], "completion 0: got no tokens"),
        ([[1]], [[97]], "token id 97"),
        ([[1] * 128], [[1]], "129 tokens"),
        ([], [], "at least one prompt"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            completion_log_probabilities(model, prompts, completions)
