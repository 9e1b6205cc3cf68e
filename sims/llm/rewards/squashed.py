"""A perfectly accurate reward of low variance: the truth, drawn towards its mean within each prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from sims.llm.rewards.reward import Reward
from sims.llm.rewards.scored_texts import ScoredTexts
from theory.arguments.checks import as_float64
from theory.errors import InvalidInputError

SMALLEST_FACTOR = 1e-6
"""Below it, rounding could make equal what VADER's four digits tell apart."""


@dataclass(frozen=True)
class Squashed:
    """`m(x) + factor * tanh(r_G(x, y) - m(x))`, with `m(x)` the mean truth of the prompt under the initial policy.

    Strictly increasing in the truth, so that every pair of completions of a prompt is ordered as the truth orders it
    (accuracy 1, Definition 1), while the variance within a prompt is at most `factor ** 2` times that of the truth.
    What differs between prompts stays as it is, so that normalising the reward does not undo the squashing, as it
    would undo a common factor.

    **Arguments**

    - `truth`: a reward with values in [-1, 1].
    - `means`: `m(x)` in [-1, 1] for each prompt, as `mean_by_prompt` gives them.
    - `factor`: from 1e-6 to 1.

    **Returns** when called: float64 of shape `(completions,)`; NaN where the truth is.

    **Raises** `InvalidInputError` for numbers out of range; when called, for a prompt without a mean.

    **Source**: our own form of the paper's Section 4.1, in which the perfectly accurate reward model of low variance is
    the truth times 0.001 on half of the prompts (`Flattened`).

    >>> from sims.llm import GroundTruth, ScoredTexts, Squashed
    >>> squashed = Squashed(GroundTruth(), {"Say hello.": 0.1}, factor=0.01)
    >>> squashed(ScoredTexts(("Say hello.",) * 2, ("A lovely day!", "I hate this."), None)).round(4).tolist()
    [0.1048, 0.0941]
    """

    truth: Reward
    means: Mapping[str, float]
    factor: float
    name: str = "squashed truth"

    def __post_init__(self) -> None:
        if not SMALLEST_FACTOR <= self.factor <= 1:
            raise InvalidInputError("factor", self.factor, f"Give a number from {SMALLEST_FACTOR:g} to 1.")
        wrong = [prompt for prompt, mean in self.means.items() if not -1 <= mean <= 1]
        if wrong:
            shown = f"{self.means[wrong[0]]} for the prompt {wrong[0][:200]!r}"
            raise InvalidInputError("means", shown, "Give means of a truth in [-1, 1].")

    @property
    def needs_features(self) -> bool:
        """Whether the truth needs them."""
        return self.truth.needs_features

    def __call__(self, texts: ScoredTexts) -> Float64[np.ndarray, " completions"]:
        """The reward of each completion."""
        texts.check()
        unknown = [prompt for prompt in texts.prompts if prompt not in self.means]
        if unknown:
            remedy = "Give the mean truth of every prompt that is scored (mean_by_prompt)."
            raise InvalidInputError("means", f"none for the prompt {unknown[0][:200]!r}", remedy)
        truth = self.truth(texts)
        if (np.abs(truth) > 1).any():
            raise InvalidInputError("truth", f"{np.nanmax(np.abs(truth))}", "Give a reward with values in [-1, 1].")
        means = np.array([self.means[prompt] for prompt in texts.prompts], np.float64)
        return means + self.factor * np.tanh(truth - means)


def mean_by_prompt(prompts: Sequence[str], truth: Float64[np.ndarray, "prompts completions"]) -> dict[str, float]:
    """The mean truth of each prompt over sampled completions.

    **Arguments**

    - `prompts`: their texts; one that comes more than once has the mean over all its completions.
    - `truth`: of the completions of each, shape `(prompts, completions)`; NaN is left out.

    **Raises** `InvalidInputError` for arrays that do not fit, and for a prompt without a completion that was scored.

    >>> import numpy as np
    >>> from sims.llm import mean_by_prompt
    >>> mean_by_prompt(["Say hello.", "Say no."], np.array([[0.5, 0.0], [-0.5, np.nan]]))
    {'Say hello.': 0.25, 'Say no.': -0.5}
    """
    values = as_float64("truth", truth)
    if values.ndim != 2 or len(values) != len(prompts):
        raise InvalidInputError("truth", f"shape {values.shape}", f"Give one row for each of {len(prompts)} prompts.")
    gathered: dict[str, list[float]] = {}
    for prompt, row in zip(prompts, values, strict=True):
        gathered.setdefault(prompt, []).extend(row[~np.isnan(row)].tolist())
    for prompt, scored in gathered.items():
        if not scored:
            raise InvalidInputError("truth", f"no number for the prompt {prompt[:200]!r}", "Leave that prompt out.")
    return {prompt: float(np.mean(scored)) for prompt, scored in gathered.items()}
