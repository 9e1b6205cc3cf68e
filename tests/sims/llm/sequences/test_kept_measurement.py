"""The kept measurement of the language model: whole, of the model at hand, and equal to a piece computed anew."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from sims.llm import LanguageModel
from sims.llm.model_file import MODEL_SHA256
from sims.llm.rewards.ground_truth import compound_scores, sentiment_analyzer
from sims.llm.sequences.batch import sequence_batch
from sims.llm.sequences.check import SEQUENCE_PROMPTS, SequenceCheck, SequenceSettings
from sims.llm.sequences.gram_products import gram_products

RECORD: dict[str, Any] = json.loads(
    files("figures").joinpath("data", "language_model_sequences.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def check() -> SequenceCheck:
    return SequenceCheck.from_record(RECORD)


def test_is_a_whole_check_of_the_pinned_model(check: SequenceCheck) -> None:
    assert RECORD["model"]["sha256"] == MODEL_SHA256
    assert check.settings == SequenceSettings()
    assert [each.prompt for each in check.prompts] == list(SEQUENCE_PROMPTS[: check.settings.prompts])
    for each in check.prompts:
        assert each.rewards == pytest.approx(
            compound_scores(sentiment_analyzer(), [completion.text for completion in each.completions])
        )
    assert check.contradicted == []


def test_the_kept_landscape_is_what_the_samples_say(check: SequenceCheck) -> None:
    for row, record in zip(check.landscape, RECORD["landscape"], strict=True):
        for name in ("squared_gradient", "variance", "fisher_from_below", "fisher_from_above"):
            limits = getattr(row, name)
            assert record[name] == pytest.approx(limits._asdict(), rel=1e-6, abs=1e-9 * max(map(abs, limits)))
        for bound, kept_bound in zip(row.bounds, record["bounds"], strict=True):
            assert (kept_bound["statement"], kept_bound["prompt"]) == (bound.statement, bound.prompt)
            assert (kept_bound["upper"] is None) == (bound.upper is None)
            limits = [(kept_bound["lower"], bound.lower), (kept_bound["upper"] or 0.0, bound.upper or 0.0)]
            assert all(kept == pytest.approx(found, rel=1e-6) for kept, found in limits)


@pytest.mark.model
def test_a_piece_computed_anew_is_the_same(check: SequenceCheck, language_model: LanguageModel) -> None:
    tokenizer = language_model.require_tokenizer()
    rows = [(tokenizer.encode(each.prompt), each.completions[0].tokens) for each in check.prompts[1:3]]
    batch = sequence_batch([prompt for prompt, _ in rows], [tokens for _, tokens in rows], check.settings.max_tokens)
    found = gram_products(language_model.parameters, language_model.config, batch, range(1), range(2))
    first, second = (k * check.settings.completions for k in (1, 2))
    kept = [check.gram[first][0], check.gram[first][second - first]]
    np.testing.assert_allclose(found[0], kept, rtol=1e-3, atol=1e-4 * kept[0])
