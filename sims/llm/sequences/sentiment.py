"""The sentiment of texts as a reward: VADER, a lexicon with rules, which needs no model."""

from __future__ import annotations

from collections.abc import Sequence


def vader_compound(texts: Sequence[str]) -> list[float]:
    """The compound score of each text, from -1 (most negative) to 1 (most positive).

    Hutto and Gilbert 2014, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text".

    >>> good, bad, nothing = vader_compound(["A wonderful, happy day!", "A terrible mess.", ""])
    >>> good > 0.5 > bad, bad < 0, nothing
    (True, True, 0.0)
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return [float(analyzer.polarity_scores(text)["compound"]) for text in texts]
