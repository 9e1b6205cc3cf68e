from __future__ import annotations

import numpy as np
import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from sims.llm import GroundTruth, ScoredTexts
from sims.llm.rewards.ground_truth import sentiment_analyzer
from theory.errors import InvalidInputError

from .conftest import texts_of

HARD = ("", " ", "\n\n", "VERY good!!!", "not good", "😀", "\ud800", "\0", "好", "good " * 300, ":) but :(")


def test_the_score_is_vaders():
    fresh = SentimentIntensityAnalyzer()
    assert GroundTruth()(texts_of(*HARD)).tolist() == [fresh.polarity_scores(text)["compound"] for text in HARD]


def test_scores_lie_between_minus_one_and_one():
    found = GroundTruth()(texts_of("love " * 1000, "hate " * 1000, ""))
    assert found[0] > 0.99
    assert found[1] < -0.99
    assert found[2] == 0
    assert (np.abs(found) <= 1).all()


def test_the_prompt_is_not_read():
    one, other = (GroundTruth()(texts_of("Fine.", prompt=prompt)) for prompt in ("I love it.", "I hate it."))
    assert one == other


def test_the_lexicon_is_read_once():
    assert sentiment_analyzer() is sentiment_analyzer()


def test_texts_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInputError, match="prompts"):
        GroundTruth()(ScoredTexts((), ("Hello.",), None))
