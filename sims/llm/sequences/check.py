"""The theory against completions of many tokens of a language model, in all of its parameters, from samples."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from sims.llm.contrast_prompts import CONTRAST_PROMPTS
from sims.llm.loading import LanguageModel
from sims.llm.model_file import cache_folder
from sims.llm.next_token import require_language_model
from sims.llm.records import as_record
from sims.llm.token_batches import check_token_rows
from sims.parallel.resumable import Progress, Task, Unfinished, run_resumable, unfinished
from theory.errors import InvalidInputError
from theory.estimators.scores.squared_gradient_norm import DRAWS_OF_A_NORM

from .batch import SequenceBatch, sequence_batch
from .context_jacobians import ContextJacobian, context_jacobian
from .drawn import DrawnCompletion, RewardOfTexts, draw_completions, rewards_of
from .gram_products import gram_products, held_scores
from .landscape import SampledGradient, sampled_landscape

LEAST_COMPLETIONS = DRAWS_OF_A_NORM + 1
LEAST_PROMPTS = 2
SEQUENCE_PROMPTS = tuple(prompt.prompt for prompt in CONTRAST_PROMPTS)


class SequenceSettings(NamedTuple):
    """How much is sampled.

    **Fields**: `prompts`, the first of those given; `completions`, of each, at least five; `max_tokens`, of each
    completion; `seed`, of everything random; `confidence`, of each interval.
    """

    prompts: int = 8
    completions: int = 8
    max_tokens: int = 24
    seed: int = 0
    confidence: float = 0.95


class PromptSample(NamedTuple):
    """One prompt: its text, its completions and their rewards, and the Jacobian at one of the contexts visited."""

    prompt: str
    completions: list[DrawnCompletion]
    rewards: list[float]
    jacobian: ContextJacobian


class SequenceCheck(NamedTuple):
    """All that was sampled, and what it says of the bounds.

    **Fields**: `settings`; `prompts`; `gram`, the inner products of the scores of all completions, prompt by prompt, a
    row of each from the diagonal on; `landscape`, of the mean over prompts, then of each.
    """

    settings: SequenceSettings
    prompts: list[PromptSample]
    gram: list[list[float]]
    landscape: list[SampledGradient]

    @property
    def contradicted(self) -> list[str]:
        """Each statement that samples contradict, with the prompt."""
        names = {None: "all prompts"} | {number: repr(each.prompt) for number, each in enumerate(self.prompts)}
        return [f"{id}: {names[row.prompt]}" for row in self.landscape for id in row.contradicted]

    @property
    def margins(self) -> list[float]:
        """`SampledGradient.margin` of every comparison in which samples say anything."""
        found = [row.margin(bound) for row in self.landscape for bound in row.bounds]
        return [margin for margin in found if not isnan(margin)]

    def to_record(self) -> dict[str, Any]:
        """As JSON knows it."""
        found: dict[str, Any] = as_record(self)
        return found

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> SequenceCheck:
        """What `to_record` gave, with the landscape computed anew. **Raises** `KeyError` or `TypeError` otherwise."""
        settings = SequenceSettings(**record["settings"])
        return _made(settings, [_prompt_sample(each) for each in record["prompts"]], record["gram"])


def check_sequences(
    model: LanguageModel,
    reward: RewardOfTexts,
    settings: SequenceSettings = SequenceSettings(),
    *,
    place: Unfinished,
    prompts: Sequence[str] = SEQUENCE_PROMPTS,
    progress: Progress | None = None,
) -> SequenceCheck:
    """Sample completions, and compare the gradient of their expected reward with bounds on it.

    **Arguments**

    - `model`: with a tokenizer. `reward`: of completions by their texts, in [-1, 1].
    - `settings`: how much.
    - `place`: keeps what is finished, named after the model and the settings: begun again, only the rest is computed.
    - `prompts`: texts. `progress`: see `Progress`.

    **Raises** `InvalidInputError` for a reward model, one without a tokenizer, numbers out of range and prompts
    that are too long, before anything is computed; and for rewards outside [-1, 1] before any gradient is.
    """
    check_settings(settings, len(prompts))
    require_language_model(model)
    parts = _Parts(model, settings, tuple(prompts[: settings.prompts]), place)
    check_token_rows(parts.rows, model.config, settings.max_tokens)
    drawn = run_resumable(parts.task, [["completions"]], progress=None)["completions"]
    rewards = rewards_of(reward, [[DrawnCompletion(**each) for each in row] for row in drawn])
    blocks = [f"scores {start}" for start in range(0, rewards.size, held_scores(model.parameters))]
    contexts = [f"context {number}" for number in range(settings.prompts)]
    found = run_resumable(parts.task, [["completions"], contexts, blocks], progress=progress)
    samples = [
        PromptSample(prompts[x], parts.completions[x], rewards[x].tolist(), _context_jacobian(found[contexts[x]]))
        for x in range(settings.prompts)
    ]
    return _made(settings, samples, [row for name in blocks for row in found[name]])


def check_settings(settings: SequenceSettings, prompts: int) -> None:
    """Refuse numbers out of range.

    **Arguments**: `prompts`, how many there are.

    **Raises** `InvalidInputError`, naming the field.
    """
    most = {"prompts": prompts, "completions": 1024, "max_tokens": 4096, "seed": (1 << 32) - 1}
    least = {"prompts": LEAST_PROMPTS, "completions": LEAST_COMPLETIONS, "max_tokens": 1, "seed": 0}
    for name, limit in most.items():
        value = getattr(settings, name)
        if not least[name] <= value <= limit:
            raise InvalidInputError(name, value, f"Give a number from {least[name]} to {limit}.")
    if not 0 < settings.confidence < 1:
        raise InvalidInputError("confidence", settings.confidence, "Give a number between 0 and 1.")


def unfinished_sequences(
    model: LanguageModel,
    settings: SequenceSettings,
    software: Mapping[str, str],
    prompts: Sequence[str] = SEQUENCE_PROMPTS,
) -> Unfinished:
    """Where a check that was interrupted has left what it had finished; rewards and confidence may change.

    **Arguments**: `software`, the versions that numbers depend on, by name.
    """
    asked = [settings.prompts, settings.completions, settings.max_tokens, settings.seed]
    about = {"model": model.checksum, "settings": asked, "prompts": list(prompts[: settings.prompts])}
    about["dtype"] = str(model.parameters.embedding.dtype)
    return unfinished(cache_folder() / "unfinished", "sequences", ("theory", "sims"), software, about)


class _Parts:
    """The parts of a check by their names, each as JSON knows it."""

    def __init__(
        self, model: LanguageModel, settings: SequenceSettings, prompts: tuple[str, ...], place: Unfinished
    ) -> None:
        self.model, self.settings = model, settings
        tokenizer = model.require_tokenizer()
        self.rows = [tokenizer.encode(prompt, model.config.context_length) for prompt in prompts]
        to_bytes = lambda record: json.dumps(record).encode()  # noqa: E731
        self.task: Task[Any] = Task(self.make, to_bytes, json.loads, place)

    def make(self, name: str) -> Any:
        kind, _, which = name.partition(" ")
        if kind == "completions":
            count, most = self.settings.completions, self.settings.max_tokens
            return as_record(draw_completions(self.model, self.rows, count, most, seed=self.settings.seed))
        return self._scores(int(which)) if kind == "scores" else as_record(self._context(int(which)))

    @cached_property
    def completions(self) -> list[list[DrawnCompletion]]:
        return [[DrawnCompletion(**each) for each in row] for row in self.task("completions")]

    @cached_property
    def batch(self) -> SequenceBatch:
        pairs = [(prompt, each.tokens) for prompt, row in zip(self.rows, self.completions, strict=True) for each in row]
        return sequence_batch(
            [prompt for prompt, _ in pairs], [tokens for _, tokens in pairs], self.settings.max_tokens
        )

    def _scores(self, start: int) -> list[list[float]]:
        """A block of rows of the Gram matrix, each from the diagonal on."""
        count = len(self.batch.token_ids)
        rows = range(start, min(start + held_scores(self.model.parameters), count))
        found = gram_products(self.model.parameters, self.model.config, self.batch, rows, range(start, count))
        # Products of float32 numbers: more digits would be noise.
        return [[float(f"{value:.8g}") for value in row[place:]] for place, row in enumerate(found)]

    def _context(self, number: int) -> ContextJacobian:
        completions = [each.tokens for each in self.completions[number]]
        return context_jacobian(self.model, self.rows[number], completions, seed=(self.settings.seed, number))


def _made(settings: SequenceSettings, prompts: list[PromptSample], triangle: list[list[float]]) -> SequenceCheck:
    count = settings.prompts * settings.completions
    matrix = np.zeros((count, count))
    for number, row in enumerate(triangle):
        matrix[number, number:] = matrix[number:, number] = row
    gram = matrix.reshape((settings.prompts, settings.completions) * 2)
    rewards, jacobians = np.array([each.rewards for each in prompts]), [each.jacobian for each in prompts]
    found = sampled_landscape(rewards, gram, jacobians, settings.max_tokens, confidence=settings.confidence)
    return SequenceCheck(settings, prompts, triangle, found)


def _context_jacobian(record: Mapping[str, Any]) -> ContextJacobian:
    return ContextJacobian(record["completion"], record["place"], record["tokens"], tuple(record["squared_norm"]))


def _prompt_sample(record: Mapping[str, Any]) -> PromptSample:
    completions = [DrawnCompletion(**each) for each in record["completions"]]
    return PromptSample(record["prompt"], completions, record["rewards"], _context_jacobian(record["jacobian"]))
