"""The paper's perfectly accurate reward model of low variance: the truth, almost flat on half of the prompts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from sims.llm.rewards.reward import Reward
from sims.llm.rewards.scored_texts import ScoredTexts
from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError

PAPER_FACTOR = 0.001


@dataclass(frozen=True)
class Flattened:
    """The truth times `factor` on the given prompts, the truth itself on all others.

    A positive factor leaves the order of completions of a prompt, and so the accuracy, as it is.

    **Arguments**

    - `truth`: a reward.
    - `prompts`: the texts of those to flatten, as `choose_flattened_prompts` gives them.
    - `factor`: positive and finite, 0.001 in the paper.

    **Returns** when called: float64 of shape `(completions,)`; NaN where the truth is.

    **Raises** `InvalidInputError` for another factor; when called, for texts that do not fit together.

    **Source**: Razin et al. 2025 (arXiv 2503.15477), Section 4.1.

    >>> from sims.llm import Flattened, GroundTruth, ScoredTexts
    >>> flattened = Flattened(GroundTruth(), frozenset(["Say hello."]))
    >>> flattened(ScoredTexts(("Say hello.", "Say no."), ("A lovely day!",) * 2, None)).tolist()
    [0.0006239, 0.6239]
    """

    truth: Reward
    prompts: frozenset[str]
    factor: float = PAPER_FACTOR
    name: str = "flattened truth"

    def __post_init__(self) -> None:
        if not 0 < self.factor < math.inf:
            raise InvalidInputError("factor", self.factor, "Give a positive number, or the order is lost.")

    @property
    def needs_features(self) -> bool:
        """Whether the truth needs them."""
        return self.truth.needs_features

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The reward of each completion."""
        texts.check()
        flat = np.array([prompt in self.prompts for prompt in texts.prompts], bool)
        truth = self.truth(texts)
        return np.where(flat, truth * self.factor, truth)


def choose_flattened_prompts(prompts: Sequence[str], *, seed: int, share: float = 0.5) -> frozenset[str]:
    """A random share of the prompts, half of them in the paper (Section 4.1).

    **Arguments**

    - `prompts`: their texts, in any order; one that comes twice counts once.
    - `seed`: a whole number of at least 0.
    - `share`: in [0, 1]; the number of prompts is rounded.

    **Raises** `InvalidInputError` for no prompts and for numbers out of range.

    >>> from sims.llm import choose_flattened_prompts
    >>> len(choose_flattened_prompts(["a", "b", "c", "d"], seed=0))
    2
    """
    distinct = sorted(set(prompts))
    if not distinct:
        raise InvalidInputError("prompts", "none", "Give the texts of the prompts.")
    if not 0 <= share <= 1:
        raise InvalidInputError("share", share, "Give a number in [0, 1].")
    order = np.random.default_rng(check_whole("seed", seed, least=0)).permutation(len(distinct))
    return frozenset(distinct[place] for place in order[: round(share * len(distinct))])
