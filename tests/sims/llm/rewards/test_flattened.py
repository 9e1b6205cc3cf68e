from __future__ import annotations

import numpy as np
import pytest

from sims.llm import Flattened, GroundTruth, ScoredTexts, choose_flattened_prompts
from theory.errors import InvalidInputError

TEXTS = ScoredTexts(("a", "a", "b", "b"), ("A lovely day!", "I hate this.") * 2, None)


def test_the_truth_on_other_prompts_a_thousandth_on_these():
    truth = GroundTruth()(TEXTS)
    found = Flattened(GroundTruth(), frozenset(["b", "never asked"]))(TEXTS)
    np.testing.assert_allclose(found, truth * [1, 1, 0.001, 0.001], rtol=1e-15)


def test_another_factor():
    found = Flattened(GroundTruth(), frozenset(["a", "b"]), factor=0.5)(TEXTS)
    np.testing.assert_allclose(found, GroundTruth()(TEXTS) / 2, rtol=1e-15)


@pytest.mark.parametrize("factor", [0.0, -1.0, float("inf"), float("nan")])
def test_a_factor_that_loses_the_order_is_refused(factor):
    with pytest.raises(InvalidInputError, match="factor"):
        Flattened(GroundTruth(), frozenset(), factor=factor)


def test_half_of_the_prompts_are_chosen_whatever_their_order():
    prompts = [f"prompt {number}" for number in range(21)]
    chosen = choose_flattened_prompts(prompts, seed=0)
    assert chosen < set(prompts)
    assert len(chosen) == 10
    assert choose_flattened_prompts(prompts[::-1] + prompts[:3], seed=0) == chosen
    assert choose_flattened_prompts(prompts, seed=1) != chosen


def test_a_larger_share_has_those_of_a_smaller_one():
    prompts = list("abcdefgh")
    none, some, more, whole = (choose_flattened_prompts(prompts, seed=2, share=s) for s in (0.0, 0.25, 0.75, 1.0))
    assert (len(none), len(some), len(more), len(whole)) == (0, 2, 6, 8)
    assert some < more


def test_what_cannot_be_chosen_from_is_refused():
    with pytest.raises(InvalidInputError, match="prompts"):
        choose_flattened_prompts([], seed=0)
    with pytest.raises(InvalidInputError, match="share"):
        choose_flattened_prompts(["a"], seed=0, share=1.5)
    with pytest.raises(InvalidInputError, match="seed"):
        choose_flattened_prompts(["a"], seed=-1)
