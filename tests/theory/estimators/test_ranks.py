"""Places in the order of a prompt, and parts of all subsets."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ragged_rewards import prompts_of, ragged_rewards
from theory.errors import InvalidInputError
from theory.estimators.ranks import ranks, subset_shares


@given(ragged_rewards(), st.booleans())
def test_against_loops(data, with_truth_only):
    found = ranks(data, with_truth_only=with_truth_only)
    scores = data.jointly_scored if with_truth_only else data.rewards
    for prompt, rows in prompts_of(data):
        for model, own in enumerate(scores[:, rows]):
            assert found.scored[model, prompt] == (~np.isnan(own)).sum()
            assert (found.row_scored[model, rows] == found.scored[model, prompt]).all()
            assert found.below[model, rows].tolist() == [(own < value).sum() for value in own]
            assert found.at_most[model, rows].tolist() == [(own <= value).sum() for value in own]
            assert found.equal[model, rows].tolist() == [(own == value).sum() for value in own]


@pytest.mark.parametrize("k", [1, 2, 7, 60])
def test_shares_against_integers(k):
    counts = np.array([[1, 3, 64, 1000]])
    shares = subset_shares(counts, k)
    for whole in counts[0].tolist():
        members = np.arange(whole + 1, dtype=np.int32)[None]
        found = shares.of(members, np.full_like(members, whole))[0]
        if whole < k:
            assert np.isnan(found).all()
        else:
            np.testing.assert_allclose(found, [comb(m, k) / comb(whole, k) for m in range(whole + 1)], rtol=1e-11)
            assert found[-1] == 1


@pytest.mark.parametrize("k", [0, -1, True])
def test_sizes_that_are_none(k):
    with pytest.raises(InvalidInputError):
        subset_shares(np.array([[3]]), k)
