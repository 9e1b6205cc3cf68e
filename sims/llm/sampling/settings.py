"""How completions are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theory.errors import InvalidInputError


@dataclass(frozen=True)
class SamplingSettings:
    """How tokens are drawn, and when a completion ends; hashable, a static argument of a compiled function.

    **Arguments**

    - `max_tokens`: the most tokens of a completion.
    - `temperature`: what logits are divided by; 0 takes the likeliest token.
    - `top_p`: tokens are drawn from the likeliest ones that together have at least this probability (Holtzman et al.
      2020, "The Curious Case of Neural Text Degeneration", section 3.1), after the division by the temperature.
    - `stop_tokens`: ids that end a completion, of which they are the last token.

    **Raises** `InvalidInputError` for numbers out of range.
    """

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    stop_tokens: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise InvalidInputError("max_tokens", self.max_tokens, "Give at least 1.")
        if not 0 <= self.temperature < math.inf:
            raise InvalidInputError("temperature", self.temperature, "Give a finite number of at least 0.")
        if not 0 < self.top_p <= 1:
            raise InvalidInputError("top_p", self.top_p, "Give a number above 0 and at most 1.")
        if any(token < 0 for token in self.stop_tokens):
            raise InvalidInputError("stop_tokens", self.stop_tokens, "Give ids of the vocabulary.")
