"""The small random model over words."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from sims.llm import word_model
from sims.llm.decoder.parameters import count_parameters


def test_the_seed_decides_what_it_is() -> None:
    first, again, other = word_model(), word_model(0), word_model(1)
    assert 70_000 < count_parameters(first.parameters) < 90_000
    assert first.checksum == again.checksum != other.checksum
    for left, right in zip(jax.tree.leaves(first.parameters), jax.tree.leaves(again.parameters), strict=True):
        np.testing.assert_array_equal(left, right)
    assert not np.array_equal(first.parameters.embedding, other.parameters.embedding)


def test_texts_are_words_at_spaces() -> None:
    model = word_model()
    tokenizer = model.require_tokenizer()
    ids = tokenizer.encode("the film was nameless <end>")
    assert tokenizer.decode(ids) == "the film was <unknown> <end>"
    assert model.end_tokens == (ids[-1],)
    assert tokenizer.vocabulary_size <= model.config.vocabulary_size


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_it_has_the_precision_asked_for(dtype: str) -> None:
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(word_model(dtype=dtype).parameters)} == {dtype}
