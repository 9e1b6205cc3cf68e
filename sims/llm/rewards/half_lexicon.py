"""A proxy for the ground truth that knows only some of its words."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from jaxtyping import Float64
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from sims.llm.rewards.ground_truth import compound_scores, sentiment_analyzer
from sims.llm.rewards.scored_texts import ScoredTexts
from theory.arguments.checks import check_whole


@dataclass(frozen=True)
class HalfLexicon:
    """VADER's rules with a random half of the lexicon's words: a reward model that is blind to the others.

    **Arguments**: `seed`, a whole number of at least 0, from which the words are drawn.

    **Returns** when called: float64 of shape `(completions,)`, in [-1, 1].

    **Raises** `InvalidInputError` for a seed that is no such number; when called, for texts that do not fit together.

    >>> from sims.llm import HalfLexicon, ScoredTexts
    >>> HalfLexicon(seed=0)(ScoredTexts(("Say hello.",) * 3, ("Great!", "Wonderful!", "Horrible!"), None)).tolist()
    [0.6588, 0.0, 0.0]
    """

    seed: int
    name: str = "half the lexicon"
    needs_features: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        check_whole("seed", self.seed, least=0)

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The score of each completion."""
        texts.check()
        return compound_scores(_half_analyzer(self.seed), texts.completions)


@lru_cache(maxsize=8)
def _half_analyzer(seed: int) -> SentimentIntensityAnalyzer:
    whole = sentiment_analyzer()
    words = sorted(whole.lexicon)
    known = np.random.default_rng(seed).permutation(len(words))[: len(words) // 2]
    half = copy.copy(whole)
    half.lexicon = {words[place]: whole.lexicon[words[place]] for place in known}
    return half
