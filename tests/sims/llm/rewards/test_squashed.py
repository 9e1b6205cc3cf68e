from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.llm import CalledReward, GroundTruth, Squashed, mean_by_prompt
from theory.errors import InvalidInputError

from .conftest import texts_of


def given_truth(values: list[float]) -> CalledReward:
    return CalledReward(lambda prompts, completions: [values[int(text)] for text in completions], on_failure="drop")


@given(
    values=st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=8),
    mean=st.floats(-1, 1),
    factor=st.floats(1e-6, 1.0),
)
def test_the_order_of_completions_is_that_of_the_truth(values, mean, factor):
    truth = np.array(values) / 10_000
    reward = Squashed(given_truth(truth.tolist()), {"Say hello.": mean}, factor=factor)
    found = reward(texts_of(*map(str, range(len(values)))))
    assert (np.sign(found[:, None] - found) == np.sign(truth[:, None] - truth)).all()
    assert found.var() <= factor**2 * truth.var() * (1 + 1e-6) + 1e-25


def test_the_formula():
    reward = Squashed(given_truth([0.5, -0.25]), {"Say hello.": 0.1}, factor=0.2)
    expected = [0.1 + 0.2 * np.tanh(0.4), 0.1 + 0.2 * np.tanh(-0.35)]
    np.testing.assert_allclose(reward(texts_of("0", "1")), expected, rtol=1e-14)


def test_a_completion_that_was_not_scored_stays_so():
    reward = Squashed(given_truth([0.5, float("nan")]), {"Say hello.": 0.1}, factor=0.2)
    assert np.isnan(reward(texts_of("0", "1"))).tolist() == [False, True]


def test_a_prompt_without_a_mean_is_refused():
    with pytest.raises(InvalidInputError, match=r"means: got none for the prompt 'Say hello\.'"):
        Squashed(GroundTruth(), {"another": 0.0}, factor=0.5)(texts_of("Hello."))


def test_a_truth_out_of_range_is_refused():
    with pytest.raises(InvalidInputError, match=r"truth: got 1\.5"):
        Squashed(given_truth([0.0, -1.5]), {"Say hello.": 0.0}, factor=0.5)(texts_of("0", "1"))


@pytest.mark.parametrize("factor", [0.0, -0.5, 1e-7, 1.5, float("nan")])
def test_a_factor_out_of_range_is_refused(factor):
    with pytest.raises(InvalidInputError, match="factor"):
        Squashed(GroundTruth(), {}, factor=factor)


@pytest.mark.parametrize("mean", [1.5, float("nan")])
def test_a_mean_out_of_range_is_refused(mean):
    with pytest.raises(InvalidInputError, match="means"):
        Squashed(GroundTruth(), {"a": mean}, factor=0.5)


def test_means_by_prompt():
    truth = np.array([[0.0, 1.0], [0.5, np.nan], [-1.0, np.nan]])
    assert mean_by_prompt(["a", "b", "a"], truth) == {"a": 0.0, "b": 0.5}


def test_means_of_nothing_are_refused():
    with pytest.raises(InvalidInputError, match="no number for the prompt 'b'"):
        mean_by_prompt(["a", "b"], np.array([[0.0], [np.nan]]))
    with pytest.raises(InvalidInputError, match="one row for each of 1 prompts"):
        mean_by_prompt(["a"], np.zeros((2, 2)))
