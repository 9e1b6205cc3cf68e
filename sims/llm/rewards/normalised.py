"""The paper's normalisation of a reward: by mean and standard deviation over sampled completions (Appendix F.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from sims.llm.rewards.reward import Reward
from sims.llm.rewards.scored_texts import ScoredTexts
from theory.arguments.checks import as_float64
from theory.arrays import AnyArray
from theory.errors import InvalidInputError


class RewardScale(NamedTuple):
    """The mean and the standard deviation of a reward over sampled completions, in its own units."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Normalised:
    """`(r(x, y) - mean) / deviation`, which makes rewards of different scales comparable.

    **Arguments**: the `reward`; its `mean`, finite, and its `deviation`, positive, as `sampled_scale` gives them.

    **Returns** when called: float64 of shape `(completions,)`; NaN where the reward is.

    **Raises** `InvalidInputError` for numbers that cannot be scaled by.

    **Source**: Razin et al. 2025 (arXiv 2503.15477), Appendix F.1.

    >>> from sims.llm import GroundTruth, Normalised, ScoredTexts
    >>> normalised = Normalised(GroundTruth(), mean=0.1, deviation=0.5)
    >>> normalised(ScoredTexts(("Say hello.",), ("A lovely day!",), None)).round(4).tolist()
    [1.0478]
    """

    reward: Reward
    mean: float
    deviation: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean):
            raise InvalidInputError("mean", self.mean, "Give a finite number.")
        if not 0 < self.deviation < math.inf:
            raise InvalidInputError("deviation", self.deviation, "Give a positive number.")

    @property
    def name(self) -> str:
        """That of the reward."""
        return self.reward.name

    @property
    def needs_features(self) -> bool:
        """Whether the reward needs them."""
        return self.reward.needs_features

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The reward of each completion."""
        return (self.reward(texts) - self.mean) / self.deviation


def sampled_scale(rewards: Float[AnyArray, ...]) -> RewardScale:
    """The mean and standard deviation of sampled rewards, over all completions of all prompts together.

    **Arguments**: `rewards`, of any shape; NaN (not scored) is left out. The deviation divides by their number, as
    `sims.reward_models.normalise_by_samples` does.

    **Raises** `InvalidInputError` for infinite rewards, for none at all, and for those that do not vary.

    >>> import numpy as np
    >>> from sims.llm import sampled_scale
    >>> sampled_scale(np.array([[1.0, 3.0], [np.nan, 5.0]]))
    RewardScale(mean=3.0, deviation=1.632993161855452)
    """
    values = as_float64("rewards", rewards)
    scored = values[~np.isnan(values)]
    if not scored.size or np.isinf(scored).any():
        raise InvalidInputError("rewards", "an infinite one" if scored.size else "none", "Give finite rewards.")
    # Of equal numbers, the computed deviation may be a rounding error instead of zero.
    deviation = float(scored.std())
    if np.ptp(scored) == 0 or not 0 < deviation < math.inf:
        remedy = "A reward that does not vary cannot be scaled: leave it out."
        raise InvalidInputError("rewards", f"a standard deviation of {deviation:g}", remedy)
    return RewardScale(float(scored.mean()), deviation)
