"""The interface of rewards on text."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64

from sims.llm.rewards.scored_texts import ScoredTexts


@runtime_checkable
class Reward(Protocol):
    """A function of completions and their prompts.

    >>> from sims.llm import GroundTruth, Reward
    >>> isinstance(GroundTruth(), Reward)
    True
    """

    @property
    def name(self) -> str:
        """How tables and messages call it."""

    @property
    def needs_features(self) -> bool:
        """Whether `ScoredTexts.features` must be there."""

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """One number per completion; NaN for one that was not scored."""
