from __future__ import annotations

import pytest

from sims.llm.sequences.batch import sequence_batch
from theory.errors import InvalidInputError


def test_prompts_and_completions_meet_at_one_place() -> None:
    batch = sequence_batch([[5, 6, 7], [8]], [[1, 2], [3]], 4)
    assert batch.first == 3
    assert batch.token_ids.tolist() == [[5, 6, 7, 1, 2, 0, 0], [0, 0, 8, 3, 0, 0, 0]]
    assert batch.kept.astype(int).tolist() == [[1, 1, 1, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("prompts", "completions"), [([], []), ([[1]], []), ([[1]], [[]]), ([[]], [[1]]), ([[1]], [[1, 2, 3]])]
)
def test_refuses_rows_that_do_not_pair_up(prompts: list[list[int]], completions: list[list[int]]) -> None:
    with pytest.raises(InvalidInputError, match="completion"):
        sequence_batch(prompts, completions, 2)
