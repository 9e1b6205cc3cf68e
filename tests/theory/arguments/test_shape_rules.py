"""Shapes and limits that other arguments tell, and what they say of arguments that are wrong themselves."""

from __future__ import annotations

import numpy as np
import pytest

from theory.arguments import shape_rules
from theory.errors import InvalidInputError
from theory.policies import TabularPerPrefixPolicy

POLICY = {"policy": TabularPerPrefixPolicy(prompts=2, vocabulary=3, length=3)}


def test_what_a_policy_tells():
    assert shape_rules.one_per_prompt(POLICY) == (2,)
    assert shape_rules.prompts_of(POLICY) == 2
    assert shape_rules.tokens_of(POLICY) == 3
    assert shape_rules.contexts_of(POLICY) == 2 * (1 + 3 + 9)


@pytest.mark.parametrize(
    ("tokens", "shape"),
    [([[0, 1], [1, 1], [2, 0]], (3,)), ([0, 1], (2,)), ([], (None,)), (7, (None,)), ([[]], (None,))],
)
def test_there_is_a_prompt_for_every_sequence(tokens, shape):
    """Of tokens that are none at all, they themselves are to be named, not the prompts."""
    assert shape_rules.one_per_sequence({"tokens": tokens}) == shape


@pytest.mark.parametrize(
    ("truth", "limit"),
    [([0.5, 1, 0], 3), ([[0.5, 1, 0]] * 2, 3), ([], np.inf), (0.5, np.inf), (np.zeros((2, 0)), np.inf)],
)
def test_outputs_are_as_many_as_the_rewards_of_one_problem(truth, limit):
    assert shape_rules.outputs_of_truth({"ground_truth_reward": truth}) == limit


def test_what_is_missing_is_named():
    with pytest.raises(InvalidInputError, match=r"^tokens: got None"):
        shape_rules.one_per_sequence({})
    with pytest.raises(InvalidInputError, match=r"^ground_truth_reward: got None"):
        shape_rules.outputs_of_truth({})
