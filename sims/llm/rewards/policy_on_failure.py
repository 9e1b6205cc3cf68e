"""What is done when a person's reward function fails: batches are split, calls repeated, failures counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import Float64

from sims.llm.rewards.answers import RewardFailure
from sims.llm.rewards.scored_texts import ScoredTexts
from theory.arguments.checks import as_float64, check_nonnegative, check_whole
from theory.errors import InvalidInputError

OnFailure: TypeAlias = Literal["error", "drop"]

Ask: TypeAlias = Callable[[list[str], list[str]], list[float | RewardFailure]]
"""Asks for the rewards of prompts and completions; raises `RewardFailure` if the whole batch failed."""

SHOWN = 200
"""Characters of a completion that a message shows."""

LONGEST_PAUSE = 30.0
"""The longest wait before a call is repeated, in seconds."""


class PolicyOnFailure:
    """Obtains the rewards of completions from a function that may fail.

    Completions are asked for in batches. A batch that fails is split in two and asked for again, down to single
    completions, so that one bad completion costs only itself. A single completion that fails, or a batch whose failure
    has nothing to do with any completion, is asked for again up to `retries` times. A reward that is there but is no
    finite number is final at once.

    **Arguments**

    - `on_failure`: `"error"` raises at the first completion without a reward; `"drop"` makes its reward NaN.
    - `retries`: a whole number of at least 0.
    - `batch_size`: the most completions in one call, at least 1.
    - `pause`: seconds before the first repetition, doubled before each further one up to 30 s.

    **Fields**: `failures`, the number of completions without a reward by reason, since this object was made.

    **Raises** `InvalidInputError` for arguments out of range.
    """

    def __init__(self, *, on_failure: OnFailure, retries: int, batch_size: int, pause: float) -> None:
        if on_failure not in get_args(OnFailure):
            raise InvalidInputError("on_failure", on_failure, 'Give "error" or "drop".')
        self.on_failure = on_failure
        self.retries = check_whole("retries", retries, least=0)
        self.batch_size = check_whole("batch_size", batch_size, least=1)
        check_nonnegative("pause", as_float64("pause", pause))
        self.pause = pause
        self.failures: Counter[str] = Counter()

    def score(self, name: str, texts: ScoredTexts, ask: Ask) -> Float64[np.ndarray, " completions"]:
        """The reward of each completion, NaN for those that were dropped.

        **Raises** `InvalidInputError` for texts that do not fit together, and as `on_failure` says.
        """
        texts.check()
        rewards = np.full(len(texts.completions), np.nan)
        waiting = [
            range(start, min(start + self.batch_size, len(rewards)))
            for start in reversed(range(0, len(rewards), self.batch_size))
        ]
        while waiting:
            batch = waiting.pop()
            outcome = self._ask_again(texts, batch, ask)
            if isinstance(outcome, RewardFailure) and len(batch) > 1 and not outcome.of_all:
                half = len(batch) // 2
                waiting += [batch[half:], batch[:half]]
                continue
            of_each = [outcome] * len(batch) if isinstance(outcome, RewardFailure) else outcome
            for place, found in zip(batch, of_each, strict=True):
                if isinstance(found, RewardFailure):
                    self._fail(name, texts.completions[place], found)
                else:
                    rewards[place] = found
        return rewards

    def _ask_again(self, texts: ScoredTexts, batch: range, ask: Ask) -> list[float | RewardFailure] | RewardFailure:
        """What one batch gives, or its last failure."""
        places = slice(batch.start, batch.stop)
        for repetition in range(self.retries + 1):
            if repetition:
                time.sleep(min(LONGEST_PAUSE, self.pause * 2.0 ** min(repetition - 1, 60)))
            try:
                return ask(list(texts.prompts[places]), list(texts.completions[places]))
            except RewardFailure as error:
                failure = error
            if len(batch) > 1 and not failure.of_all:
                break
        return failure

    def _fail(self, name: str, completion: str, failure: RewardFailure) -> None:
        self.failures[failure.reason] += 1
        if self.on_failure == "error":
            raise InvalidInputError(
                f"reward {name!r} of a completion",
                repr(completion[:SHOWN]),
                f"It failed: {failure}. Make it one finite number for every completion, or give "
                'on_failure="drop" to go on without those that fail.',
            ) from failure
