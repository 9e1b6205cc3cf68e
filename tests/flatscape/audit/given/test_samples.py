"""Completions of each policy, as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from flatscape.audit.given.samples import policy_samples
from flatscape.audit.reading import read_scored
from theory.errors import InvalidInputError

TABLE = {
    "prompt": ["a", "b", "a", "b", "a"],
    "rm": [1.0, 0.5, None, 0.25, 0.0],
    "truth": [1.0, None, 0.0, 0.5, 1.0],
    "logprob": [-1.0, -2.0, -3.0, -4.0, -5.0],
    "advantage": [0.5, None, 0.0, 0.1, -0.5],
}


def test_rows_of_a_prompt_stand_side_by_side():
    (found,) = policy_samples(read_scored(TABLE))
    assert found.policy is None
    assert found.models == ("rm",)
    np.testing.assert_array_equal(found.grouped.offsets, [0, 3, 5])
    np.testing.assert_array_equal(found.grouped.rewards, [[1.0, np.nan, 0.0, 0.5, 0.25]])
    np.testing.assert_array_equal(found.grouped.truth, [1.0, 0.0, 1.0, np.nan, 0.5])
    np.testing.assert_array_equal(found.advantage, [0.5, 0.0, -0.5, np.nan, 0.1])
    assert found.grouped.log_weights is None
    np.testing.assert_array_equal(found.scored, [[2, 2]])
    assert found.most_scored == 2


def test_weights_are_taken_where_they_are_asked_for():
    (found,) = policy_samples(read_scored(TABLE), "logprob")
    np.testing.assert_array_equal(found.grouped.log_weights, [-1.0, -3.0, -5.0, -2.0, -4.0])
    gaps = {**TABLE, "logprob": [-1.0, None, -3.0, -4.0, -5.0]}
    with pytest.raises(InvalidInputError, match="none for 1 of 5 completions"):
        policy_samples(read_scored(gaps), "logprob")


def test_policies_are_kept_apart_in_one_group_too():
    table = {**TABLE, "policy": ["p", "q", "p", "q", None]}
    first, second, unnamed = policy_samples(read_scored(table))
    by_name = {found.policy: found for found in (first, second, unnamed)}
    np.testing.assert_array_equal(by_name["p"].grouped.rewards, [[1.0, np.nan]])
    np.testing.assert_array_equal(by_name[None].grouped.rewards, [[0.0]])
    np.testing.assert_array_equal(by_name["q"].grouped.offsets, [0, 2])
