"""Evaluations on held-out prompts."""

import pytest

from sims.llm.training.evaluation import evaluation_blocks


@pytest.mark.parametrize(
    ("prompts", "completions", "data"), [(64, 2, 1), (31, 2, 1), (48, 4, 8), (8, 100, 8), (5, 64, 1)]
)
def test_evaluations_are_drawn_in_equal_blocks(prompts: int, completions: int, data: int) -> None:
    blocks = list(evaluation_blocks(prompts, completions, data))
    assert [number for block in blocks for number in block] == list(range(prompts))
    assert len({len(block) for block in blocks}) == 1
    assert len(blocks[0]) % data == 0
    assert len(blocks[0]) * completions <= max(32, data * completions)
