"""Scored completions, checked."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ragged_rewards import CONFORMANCE, NAN
from theory.errors import InvalidInputError
from theory.estimators.grouped_rewards import make_grouped_rewards

GOOD = {"rewards": [[1.0, 0.0, NAN]], "offsets": [0, 2, 3]}


@pytest.mark.parametrize(
    ("argument", "changed"),
    [
        ("rewards", {"rewards": [1.0, 0.0]}),
        ("rewards", {"rewards": np.zeros((0, 3))}),
        ("rewards", {"rewards": [[1.0, float("inf"), 0.0]]}),
        ("rewards", {"rewards": [[1.0, 1e200, 0.0]]}),
        ("rewards", {"rewards": [["good", "bad", "ugly"]]}),
        ("offsets", {"offsets": [0, 2]}),
        ("offsets", {"offsets": [1, 3]}),
        ("offsets", {"offsets": [0, 2, 2, 3]}),
        ("offsets", {"offsets": [0, 1.5, 3]}),
        ("offsets", {"offsets": [0, NAN, 3]}),
        ("offsets", {"offsets": [3]}),
        ("truth", {"truth": [1.0, 0.0]}),
        ("truth", {"truth": [1.0, 0.0, float("-inf")]}),
        ("weights", {"weights": [1.0, -1.0, 1.0]}),
        ("weights", {"weights": [1.0, NAN, 1.0]}),
        ("weights", {"weights": [1.0, 1.0, 0.0]}),
        ("weights", {"weights": [1.0, 1.0]}),
        ("weights", {"weights": [1.0, 1.0, 1.0], "log_probabilities": [0.0, 0.0, 0.0]}),
        ("log_probabilities", {"log_probabilities": [0.0, float("-inf"), 0.0]}),
        ("log_probabilities", {"log_probabilities": [[0.0, 0.0, 0.0]]}),
    ],
)
def test_bad_input_is_named(argument, changed):
    with pytest.raises(InvalidInputError) as caught:
        make_grouped_rewards(**(GOOD | changed))
    assert caught.value.argument == argument


def test_what_is_made():
    found = make_grouped_rewards(GOOD["rewards"], GOOD["offsets"], truth=[True, False, True], weights=[2, 0, 1])
    assert found.rewards.dtype == np.float64
    assert found.offsets.dtype == np.int64
    assert found.sizes.tolist() == [2, 1]
    assert found.truth is not None
    assert found.truth.tolist() == [1, 0, 1]
    assert found.log_weights is not None
    np.testing.assert_allclose(np.exp(found.log_weights), [2, 0, 1])


def test_jointly_scored():
    assert CONFORMANCE.jointly_scored is CONFORMANCE.rewards
    found = make_grouped_rewards([[1.0, 2.0, NAN]], [0, 3], truth=[NAN, 1.0, 0.0]).jointly_scored
    np.testing.assert_array_equal(found, [[NAN, 2.0, NAN]])
    with pytest.raises(InvalidInputError, match="truth"):
        _ = make_grouped_rewards([[1.0]], [0, 1]).jointly_scored
