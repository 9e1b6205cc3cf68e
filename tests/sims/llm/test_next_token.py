"""Next-token logits of the real model against transformers, and of the tiny one under every shape of input."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import (
    LanguageModel,
    load_language_model,
    logits_after_tokens,
    most_likely_tokens,
    next_token,
    next_token_logits,
)
from sims.llm.model_file import MODEL_SHA256
from theory.errors import InvalidInputError

GOLDEN = json.loads((Path(__file__).parent / "golden" / "smollm2.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tiny_model(tiny_file: Path) -> LanguageModel:
    return load_language_model(tiny_file)


@pytest.mark.model
def test_logits_equal_those_of_transformers(language_model: LanguageModel) -> None:
    """Largest difference measured: 1.2e-4, after a single token; 4.5e-5 elsewhere (float32 on both sides)."""
    assert GOLDEN["model_sha256"] == language_model.checksum == MODEL_SHA256
    logits = next_token_logits(language_model, [case["text"] for case in GOLDEN["prompts"]])
    assert logits.dtype == np.float32
    assert logits.shape == (len(GOLDEN["prompts"]), 49_152)
    subset = np.array(GOLDEN["subset_ids"])
    for row, case in zip(logits.astype(np.float64), GOLDEN["prompts"], strict=True):
        np.testing.assert_allclose(row[case["top_ids"]], case["top_logits"], rtol=0, atol=2e-4)
        np.testing.assert_allclose(row[subset], case["subset_logits"], rtol=0, atol=2e-4)
        assert row.argmax() == case["top_ids"][0]
        assert abs(row.sum() - case["sum"]) <= 2e-4 * row.size
        np.testing.assert_allclose(np.sum(row**2), case["sum_of_squares"], rtol=2e-4)


@pytest.mark.model
def test_the_capital_of_france(language_model: LanguageModel) -> None:
    likely = most_likely_tokens(language_model, "The capital of France is", 5)
    assert " Paris" in [token.token for token in likely[:2]]
    assert sum(token.probability for token in likely) < 1
    assert [token.logit for token in likely] == sorted((token.logit for token in likely), reverse=True)


def test_order_and_company_do_not_matter(tiny_model: LanguageModel) -> None:
    random = np.random.default_rng(3)
    rows = [random.integers(0, 270, size=random.integers(1, 65)).tolist() for _ in range(21)]
    together = logits_after_tokens(tiny_model, rows)
    for number in (0, 7, 20):
        np.testing.assert_allclose(together[number], logits_after_tokens(tiny_model, [rows[number]])[0], atol=5e-5)
    np.testing.assert_allclose(logits_after_tokens(tiny_model, rows[::-1])[::-1], together, atol=5e-5)


def test_prompts_of_like_length_share_one_compilation(tiny_model: LanguageModel) -> None:
    logits_after_tokens(tiny_model, [[1] * 17])
    before = next_token._compiled_logits._cache_size()  # type: ignore[attr-defined]
    for length in range(17, 33):
        logits_after_tokens(tiny_model, [[2] * length])
    assert next_token._compiled_logits._cache_size() == before  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "at least one prompt"),
        ([[1], []], "prompt 1: got no tokens"),
        ([[1] * 65], "at most 64"),
        ([[1], [2, 270]], "prompt 1: got token id 270"),
        ([[-1]], "token id -1"),
    ],
)
def test_bad_token_rows(tiny_model: LanguageModel, rows: list[list[int]], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        logits_after_tokens(tiny_model, rows)


def test_bad_prompts_and_counts(tiny_model: LanguageModel) -> None:
    with pytest.raises(InvalidInputError, match="no tokens"):
        next_token_logits(tiny_model, ["fine", ""])
    with pytest.raises(InvalidInputError, match="at most 64 tokens"):
        next_token_logits(tiny_model, ["1" * 65])
    for count in (0, 271):
        with pytest.raises(InvalidInputError, match="1 to 270"):
            most_likely_tokens(tiny_model, "x", count)
    assert sum(token.probability for token in most_likely_tokens(tiny_model, "x", 270)) == pytest.approx(1)


def test_logits_that_are_not_finite_are_refused(tiny_model: LanguageModel) -> None:
    broken = jax.tree.map(lambda x: x.at[0].set(jnp.nan), tiny_model.parameters)
    with pytest.raises(InvalidInputError, match="non-finite"):
        logits_after_tokens(tiny_model._replace(parameters=broken), [[5, 6]])
