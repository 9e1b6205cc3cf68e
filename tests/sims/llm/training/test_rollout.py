"""Completions of a step: their log-probabilities, texts and ends, whatever their company."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from sims.llm import completion_log_probabilities
from sims.llm.training.placement import placement
from sims.llm.training.rollout import Rollout, Sampler
from tests.small_training import small_model
from theory.errors import InvalidInputError

PROMPTS = [[2, 40], [50, 51, 52, 53, 54], [9]]
TOKENS = 6
ENDING = (0, *range(30, 60))
"""The tokens that end a completion here: so many that some end early."""


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    return Sampler(small_model()._replace(end_tokens=ENDING), PROMPTS, TOKENS, placement())


@pytest.fixture(scope="module")
def drawn(sampler: Sampler) -> Rollout:
    return sampler.draw(sampler.model.parameters, [0, 1, 2], 4, seed=11, first_number=100)


def rows(rollout: Rollout, first: int) -> list[tuple[list[int], list[int]]]:
    """Prompt and completion of each row without padding."""
    return [
        (ids[:first][kept[:first]].tolist(), ids[first:][kept[first:]].tolist())
        for ids, kept in zip(rollout.token_ids, rollout.kept, strict=True)
    ]


def test_rows_hold_the_prompt_and_its_completions(sampler: Sampler, drawn: Rollout) -> None:
    assert sampler.prompt_length == 8
    assert drawn.token_ids.shape == drawn.kept.shape == (12, 8 + TOKENS)
    for number, (prompt, completion) in enumerate(rows(drawn, 8)):
        assert prompt == PROMPTS[number // 4]
        assert len(completion) == drawn.lengths[number]
        ends = [token in ENDING for token in completion]
        assert not any(ends[:-1])
        assert ends[-1] or len(completion) == TOKENS
    assert 1 <= drawn.lengths.min() < drawn.lengths.max() == TOKENS


def test_log_probabilities_are_those_of_one_pass(sampler: Sampler, drawn: Rollout) -> None:
    prompts, completions = zip(*rows(drawn, 8), strict=True)
    wanted = [float(values.sum()) for values in completion_log_probabilities(sampler.model, prompts, completions)]
    np.testing.assert_allclose(drawn.log_probabilities, wanted, atol=5e-5)


def test_texts_are_those_of_the_tokens_before_the_end(sampler: Sampler, drawn: Rollout) -> None:
    tokenizer = sampler.model.require_tokenizer()
    for text, (_, completion) in zip(drawn.completions, rows(drawn, 8), strict=True):
        known = [token for token in completion if token not in ENDING and token < tokenizer.vocabulary_size]
        assert text == tokenizer.decode(known)
    assert len(set(drawn.completions)) > 6


def test_a_token_without_a_text_is_left_out(sampler: Sampler) -> None:
    unnamed = small_model().require_tokenizer().vocabulary_size
    assert unnamed < small_model().config.vocabulary_size, "the embedding is padded"
    assert sampler._text(np.array([2, unnamed, 3, 0])) == sampler._text(np.array([2, 3]))
    assert sampler._text(np.array([0])) == ""


def test_completions_do_not_depend_on_their_company(sampler: Sampler, drawn: Rollout) -> None:
    alone = sampler.draw(sampler.model.parameters, [1], 4, seed=11, first_number=104)
    assert rows(alone, 8) == rows(drawn, 8)[4:8]
    np.testing.assert_allclose(alone.log_probabilities, drawn.log_probabilities[4:8], atol=1e-5)
    pair = sampler.draw(sampler.model.parameters, [1], 2, seed=11, first_number=106)
    assert pair.completions == drawn.completions[6:8]
    other = sampler.draw(sampler.model.parameters, [1], 4, seed=12, first_number=104)
    assert other.completions != alone.completions


def test_padding_of_the_prompts_does_not_matter(sampler: Sampler, drawn: Rollout) -> None:
    longer = Sampler(sampler.model, [*PROMPTS, list(range(2, 19))], TOKENS, placement())
    assert longer.prompt_length == 24
    found = longer.draw(longer.model.parameters, [0, 1, 2], 4, seed=11, first_number=100)
    assert rows(found, 24) == rows(drawn, 8)


def test_prompts_that_leave_no_room_are_refused() -> None:
    model = small_model()
    with pytest.raises(InvalidInputError, match=r"max_tokens: got 250\. Give at most 249: the context is 256"):
        Sampler(model, [[2] * 7], 250, placement())
    Sampler(model, [[2] * 6], 250, placement())


def test_a_policy_that_has_diverged_is_refused(sampler: Sampler) -> None:
    parameters = sampler.model.parameters
    broken = parameters._replace(output_norm=jnp.full_like(parameters.output_norm, jnp.nan))
    with pytest.raises(InvalidInputError, match=r"not finite\. Lower the learning rate"):
        sampler.draw(broken, [0, 1, 2], 4, seed=0, first_number=0)
