"""A ground truth on text that needs no network: the sentiment of a completion by VADER's rules.

Source: C. J. Hutto and E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text", ICWSM 2014; the lexicon is part of the package `vaderSentiment`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from jaxtyping import Float64
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from sims.llm.rewards.scored_texts import ScoredTexts


@cache
def sentiment_analyzer() -> SentimentIntensityAnalyzer:
    """VADER with its whole lexicon, read once."""
    return SentimentIntensityAnalyzer()


def compound_scores(
    analyzer: SentimentIntensityAnalyzer, completions: Sequence[str]
) -> Float64[np.ndarray, " completions"]:
    """VADER's compound score of each completion, in [-1, 1] and rounded to four digits; 0 where no word has one."""
    scores = (analyzer.polarity_scores(completion)["compound"] for completion in completions)
    return np.fromiter(scores, np.float64, len(completions))


@dataclass(frozen=True)
class GroundTruth:
    """VADER's compound score of the completion; the prompt is not read.

    **Returns** when called: float64 of shape `(completions,)`, in [-1, 1].

    **Raises** when called: `InvalidInputError` for texts that do not fit together.

    >>> from sims.llm import GroundTruth, ScoredTexts
    >>> GroundTruth()(ScoredTexts(("Say hello.",) * 3, ("A lovely day!", "Hello.", "I hate this."), None)).tolist()
    [0.6239, 0.0, -0.5719]
    """

    name: str = "ground truth"
    needs_features: bool = field(default=False, init=False)

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The score of each completion."""
        texts.check()
        return compound_scores(sentiment_analyzer(), texts.completions)
