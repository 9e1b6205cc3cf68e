"""The texts that a reward is given."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from theory.errors import InvalidInputError


class ScoredTexts(NamedTuple):
    """Completions to be scored, each with its prompt.

    **Fields**

    - `prompts`: one per completion, so that a prompt stands there as often as it has completions.
    - `completions`: texts of what the policy wrote.
    - `features`: float32 of shape `(completions, features)`, the mean over a completion's tokens of the last normed
      hidden state of the frozen initial model; None if no reward asks for them.

    >>> from sims.llm import ScoredTexts
    >>> ScoredTexts(("Say hello.", "Say hello."), ("Hello!", "No."), None).check()
    """

    prompts: tuple[str, ...]
    completions: tuple[str, ...]
    features: Float32[np.ndarray, "completions features"] | None

    def check(self) -> None:
        """**Raises** `InvalidInputError` unless there is one prompt, and one row of features, per completion."""
        count = len(self.completions)
        if len(self.prompts) != count:
            raise InvalidInputError("prompts", f"{len(self.prompts)} for {count} completions", "Give one each.")
        if self.features is not None and (self.features.ndim != 2 or len(self.features) != count):
            raise InvalidInputError(
                "features", f"shape {self.features.shape}", f"Give one row per completion: ({count}, features)."
            )

    def check_features(self, dimension: int) -> Float32[np.ndarray, "completions features"]:
        """The features. **Raises** `InvalidInputError` unless there are `dimension` of them per completion."""
        self.check()
        if self.features is None:
            raise InvalidInputError("features", "None", "This reward reads hidden states: give one row per completion.")
        if self.features.shape[1] != dimension:
            raise InvalidInputError(
                "features", f"shape {self.features.shape}", f"Give {dimension} per completion, as in training."
            )
        return self.features
