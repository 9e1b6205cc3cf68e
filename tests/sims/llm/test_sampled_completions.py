"""Drawn completions: their log-probabilities, their ends, and that neither batches nor interruptions change them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import (
    LanguageModel,
    SamplingSettings,
    completion_log_probabilities,
    load_language_model,
    logits_after_tokens,
    sample_completions,
    sampled_completions,
)
from theory.errors import InvalidInputError

PROMPTS = [[5, 17, 3], [11], [8] * 20]
SETTINGS = SamplingSettings(12, 1.0, 1.0, (4, 33))


@pytest.fixture(scope="module")
def model(checkpoint: Callable[[str], Path]) -> LanguageModel:
    return load_language_model(checkpoint("llama-tied"))


def tokens_of(drawn: list[list[sampled_completions.Completion]]) -> list[list[tuple[int, ...]]]:
    return [[completion.tokens for completion in row] for row in drawn]


@pytest.mark.parametrize("name", ["llama-untied", "gpt_neox-tied", "qwen2-tied", "qwen3-untied", "gemma2-untied"])
def test_log_probabilities_equal_those_of_one_pass(checkpoint: Callable[[str], Path], name: str) -> None:
    model = load_language_model(checkpoint(name))
    drawn = sample_completions(model, PROMPTS, 4, SETTINGS)
    assert [len(row) for row in drawn] == [4, 4, 4]
    every = [(prompt, completion) for prompt, row in zip(PROMPTS, drawn, strict=True) for completion in row]
    prompts, completions = zip(*every, strict=True)
    expected = completion_log_probabilities(model, prompts, [completion.tokens for completion in completions])
    for completion, values in zip(completions, expected, strict=True):
        np.testing.assert_allclose(completion.log_probabilities, values, atol=2e-5)
        ends = [token in SETTINGS.stop_tokens for token in completion.tokens]
        assert not any(ends[:-1])
        assert completion.stopped == ends[-1]
        assert completion.stopped or len(completion.tokens) == 12
    # Two short ones may be the same by chance: one stop token has a probability of 0.29 after a prompt.
    long = [completion.tokens for completion in completions if len(completion.tokens) > 3]
    assert len(set(long)) == len(long) >= 6
    assert any(completion.stopped for completion in completions)


def test_greedy_completions_follow_the_likeliest_tokens(model: LanguageModel) -> None:
    ((completion, again),) = sample_completions(model, [[5, 17, 3]], 2, SamplingSettings(6, 0.0))
    assert completion.tokens == again.tokens
    row = [5, 17, 3]
    for token in completion.tokens:
        assert token == int(logits_after_tokens(model, [row])[0].argmax())
        row.append(token)


def test_batches_do_not_change_what_is_drawn(model: LanguageModel) -> None:
    expected = tokens_of(sample_completions(model, PROMPTS, 5, SETTINGS))
    for at_once in (1, 2, 7):
        assert tokens_of(sample_completions(model, PROMPTS, 5, SETTINGS, at_once=at_once)) == expected
    assert tokens_of(sample_completions(model, PROMPTS, 5, SETTINGS, seed=1)) != expected


def test_one_token_is_enough(model: LanguageModel) -> None:
    ((completion,),) = sample_completions(model, [[5]], 1, SamplingSettings(1))
    assert len(completion.tokens) == 1


def test_a_run_goes_on_where_it_stopped(model: LanguageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = sample_completions(model, PROMPTS, 4, SETTINGS, at_once=4)
    finished: list[int] = []

    def stop(more: int) -> None:
        finished.append(more)
        if len(finished) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample_completions(model, PROMPTS, 4, SETTINGS, at_once=4, folder=tmp_path / "run", progress=stop)
    assert finished == [4, 4]
    # A batch that was cut off in the middle is drawn again, the finished ones are not.
    (tmp_path / "run" / "batch-000002.npz").write_bytes(b"PK")
    drawn: list[object] = []
    draw = sampled_completions._Sampler.draw

    def counted(self: sampled_completions._Sampler, batch: sampled_completions._Batch) -> object:
        drawn.append(batch)
        return draw(self, batch)

    monkeypatch.setattr(sampled_completions._Sampler, "draw", counted)
    again = sample_completions(model, PROMPTS, 4, SETTINGS, at_once=4, folder=tmp_path / "run")
    assert len(drawn) == 1
    assert tokens_of(again) == tokens_of(expected)
    with pytest.raises(InvalidInputError, match="another run"):
        sample_completions(model, PROMPTS, 4, SETTINGS, at_once=4, seed=1, folder=tmp_path / "run")


def test_what_is_refused(model: LanguageModel, checkpoint: Callable[[str], Path]) -> None:
    def refused(message: str, prompts: list[list[int]], settings: SamplingSettings = SETTINGS, **more: Any) -> None:
        with pytest.raises(InvalidInputError, match=message):
            sample_completions(model, prompts, more.pop("completions", 1), settings, **more)

    refused("at least one prompt", [])
    refused("no tokens", [[]])
    refused("token id 97", [[97]])
    refused("Give at most 116, as 12 more are to follow", [[1] * 117])
    refused("at most 127", [[1]], SamplingSettings(128))
    refused("stop_tokens: got token id 97", [[1]], SamplingSettings(3, stop_tokens=(97,)))
    refused("completions", [[1]], completions=0)
    refused("at_once", [[1]], at_once=0)
    refused("seed", [[1]], seed=-1)
    with pytest.raises(InvalidInputError, match="predicts no tokens"):
        sample_completions(load_language_model(checkpoint("llama-score")), [[1]], 1, SETTINGS)
    broken = model._replace(parameters=jax.tree.map(lambda x: x.at[0].set(jnp.nan), model.parameters))
    with pytest.raises(InvalidInputError, match="not finite"):
        sample_completions(broken, [[1]], 1, SETTINGS)
