"""Arguments that training refuses by name, of types that a checker of types would refuse before it."""

from __future__ import annotations

import numpy as np
import pytest

from sims.policy_gradient import grpo
from sims.policy_gradient.training_input import check_method, check_prompts, check_seeds
from theory.errors import InvalidInputError


@pytest.mark.parametrize("seeds", [[], [-1], [0.5], [2**31], [2**40], [np.nan], ["one"], [[1, 2]], [True]])
def test_seeds_are_whole_numbers_of_32_bits(seeds: list) -> None:
    with pytest.raises(InvalidInputError, match="seeds"):
        check_seeds(seeds)


def test_seeds_that_are_such() -> None:
    check_seeds([0, 2**31 - 1, np.int64(3)])


def test_a_name_is_no_method() -> None:
    with pytest.raises(InvalidInputError, match=r"method: got 'grpo'.*such as rloo"):
        check_method("grpo")
    check_method(grpo(4))


@pytest.mark.parametrize("prompts", [[], [4], [-1], [0.0], [[1]]])
def test_prompts_are_numbers_of_prompts(prompts: list) -> None:
    with pytest.raises(InvalidInputError, match="prompts"):
        check_prompts(np.array(prompts), 4)
