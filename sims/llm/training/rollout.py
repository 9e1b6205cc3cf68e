"""Completions of one step: drawn, and laid out as rows for the passes that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float32, Int32

from sims.llm.decoder.config import DecoderConfig
from sims.llm.decoder.parameters import DecoderParameters
from sims.llm.loading import LanguageModel
from sims.llm.sampling.generate import completion_keys, generate
from sims.llm.sampling.settings import SamplingSettings
from sims.llm.token_batches import left_padded
from theory.errors import InvalidInputError

from .placement import Placement

_generate = jax.jit(generate, static_argnames=("config", "settings"))
_keys = jax.jit(completion_keys)

PROMPT_MULTIPLE = 8
"""Prompts are padded to a multiple of so many tokens."""


class Rollout(NamedTuple):
    """Drawn completions, those of a prompt side by side.

    **Fields**

    - `token_ids`, `kept`: the prompt padded on the left, then the completion padded on the right.
    - `lengths`: tokens of each completion, the stop token among them.
    - `log_probabilities`: of each completion under the policy that drew it, natural logarithm.
    - `completions`: their texts, without the stop token.
    """

    token_ids: Int32[np.ndarray, "rows length"]
    kept: Bool[np.ndarray, "rows length"]
    lengths: Int32[np.ndarray, " rows"]
    log_probabilities: Float32[np.ndarray, " rows"]
    completions: tuple[str, ...]


class Sampler:
    """Draws completions of given prompts.

    **Arguments**

    - `model`: for its configuration, its tokenizer and its end tokens.
    - `prompt_ids`: all prompts of the run, whose longest sets the shape that is compiled.
    - `max_tokens`: of a completion. `placement`: the devices.

    **Raises** `InvalidInputError` for prompts that leave no room for the completion.
    """

    def __init__(
        self, model: LanguageModel, prompt_ids: Sequence[Sequence[int]], max_tokens: int, placement: Placement
    ) -> None:
        self.model, self.prompt_ids, self.placement = model, prompt_ids, placement
        self.settings = SamplingSettings(max_tokens, stop_tokens=model.end_tokens)
        longest = max(map(len, prompt_ids))
        self.prompt_length = -(-longest // PROMPT_MULTIPLE) * PROMPT_MULTIPLE
        most = model.config.context_length
        if longest + max_tokens > most:
            raise InvalidInputError("max_tokens", max_tokens, f"Give at most {most - longest}: the context is {most}.")

    def draw(
        self, parameters: DecoderParameters, prompts: Sequence[int], group: int, *, seed: int, first_number: int
    ) -> Rollout:
        """Completions of some prompts.

        **Arguments**

        - `parameters`: of the policy. `prompts`: numbers of prompts. `group`: completions of each.
        - `seed`, `first_number`: completion `i` of the rollout has random numbers of its own, named by the seed and
          `first_number + i`.
        """
        config: DecoderConfig = self.model.config
        put = self.placement.rows
        padded, kept = left_padded([self.prompt_ids[n] for n in prompts], self.prompt_length, len(prompts))
        numbers = np.arange(first_number, first_number + len(prompts) * group, dtype=np.uint32)
        keys = _keys(np.uint32(seed), put(numbers.reshape(len(prompts), group)))
        drawn = _generate(parameters, config, self.settings, put(padded), put(kept), keys)
        tokens, by_token, lengths = (self.placement.whole(array) for array in drawn)
        if not np.isfinite(by_token).all():
            raise InvalidInputError("policy", "logits that are not finite", "Lower the learning rate.")
        rows, most = len(prompts) * group, self.settings.max_tokens
        tokens, lengths = tokens.reshape(rows, most), lengths.reshape(rows)
        drawn_kept = np.arange(most) < lengths[:, None]
        return Rollout(
            np.concatenate([np.repeat(padded, group, axis=0), tokens], axis=1),
            np.concatenate([np.repeat(kept, group, axis=0), drawn_kept], axis=1),
            lengths,
            by_token.reshape(rows, most).sum(axis=1, dtype=np.float64).astype(np.float32),
            tuple(self._text(row[:length]) for row, length in zip(tokens, lengths, strict=True)),
        )

    def _text(self, tokens: np.ndarray) -> str:
        ids = tokens.tolist()
        tokenizer = self.model.require_tokenizer()
        known = [token for token in ids if token not in self.settings.stop_tokens and token < tokenizer.vocabulary_size]
        return tokenizer.decode(known)
