"""The theory against one token of a language model: the landscape at its policy, and times in all parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import jax
import numpy as np

from sims.llm.contrast_prompts import CONTRAST_PROMPTS, ContrastPrompt
from sims.llm.loading import LanguageModel
from sims.llm.model_file import cache_folder
from sims.llm.next_token import require_language_model
from sims.llm.records import as_record
from sims.llm.reward_from_contexts import LanguageModelProblems, language_model_problems
from sims.parallel.resumable import Progress, Task, Unfinished, run_resumable, unfinished
from theory.errors import InvalidInputError
from theory.tabular.policy import probabilities

from .batch import PromptBatch, prompt_batch
from .landscape import GradientRow, PolicyNorms, gradient_rows, policy_norms
from .operator_norms import FAILURE_PROBABILITY, fisher_norm
from .score_norms import largest_score_norms
from .teachers import TEACHERS
from .teaching import Lesson, StartNorms, teach

LENGTHS = 4
"""Prompts are padded to a multiple of so many tokens: each length is compiled for."""


class CheckSettings(NamedTuple):
    """How much is checked.

    **Fields**: `prompts`, of `CONTRAST_PROMPTS`, at which the landscape is measured; `training_prompts`, the first of
    them, on which teachers are raced; `increase`, `gamma`; `step` and `most_steps` as for `ascend`; `directions` as for
    `largest_score_norms`; `seed`, of everything random.
    """

    prompts: int = 12
    training_prompts: int = 3
    increase: float = 0.1
    step: float = 0.04
    most_steps: int = 100
    directions: int = 32
    seed: int = 0


class PromptCheck(NamedTuple):
    """One prompt: its text, the policy's norms there, and each reward model's gradient with the bounds on it."""

    prompt: str
    norms: PolicyNorms
    rows: list[GradientRow]


class LanguageModelCheck(NamedTuple):
    """All that was measured; `failure_probability` is that of each upper bound on a norm."""

    settings: CheckSettings
    failure_probability: float
    prompts: list[PromptCheck]
    start: StartNorms
    lessons: list[Lesson]

    @property
    def violated(self) -> list[str]:
        """Each violated statement with where that was; none if the theory holds."""
        at_prompts = [
            (id, f"{row.teacher}, {p.prompt!r}") for p in self.prompts for row in p.rows for id in row.violated
        ]
        in_time = [(id, f"{lesson.teacher}, hitting time") for lesson in self.lessons for id in lesson.violated]
        return [f"{id}: {where}" for id, where in at_prompts + in_time]

    def to_record(self) -> dict[str, Any]:
        """As JSON knows it."""
        found: dict[str, Any] = as_record(self)
        return found

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> LanguageModelCheck:
        """What `to_record` gave. **Raises** `KeyError` or `TypeError` for anything else."""
        return cls(
            CheckSettings(**record["settings"]),
            record["failure_probability"],
            [_prompt_check(prompt) for prompt in record["prompts"]],
            StartNorms(**record["start"]),
            [Lesson(**lesson) for lesson in record["lessons"]],
        )


def check_language_model(
    model: LanguageModel,
    settings: CheckSettings = CheckSettings(),
    *,
    place: Unfinished,
    prompts: Sequence[ContrastPrompt] = CONTRAST_PROMPTS,
    progress: Progress | None = None,
) -> LanguageModelCheck:
    """Measure a language model's landscape and race teachers in all of its parameters.

    **Arguments**

    - `model`: with a tokenizer. `settings`: how much.
    - `place`: keeps what is finished, named after the model and the settings: begun again, only the rest is computed.
    - `prompts`: with the contexts that make the truth.
    - `progress`: see `Progress`.

    **Raises** `InvalidInputError` for a reward model, one without a tokenizer, more prompts than there are, and numbers
    out of range, before anything is computed.
    """
    require_language_model(model)
    for name, value, most in (
        ("prompts", settings.prompts, len(prompts)),
        ("training_prompts", settings.training_prompts, settings.prompts),
    ):
        if not 1 <= value <= most:
            raise InvalidInputError(name, value, f"Give a number from 1 to {most}.")
    model.require_tokenizer()
    parts = _Parts(model, settings, tuple(prompts[: settings.prompts]), place)
    texts = [f"prompt {number}" for number in range(settings.prompts)]
    lessons = [f"teacher: {name}" for name in TEACHERS]
    found = run_resumable(parts.task, [texts, ["norms at the start"], lessons], progress=progress)
    return LanguageModelCheck(
        settings,
        FAILURE_PROBABILITY,
        [_prompt_check(found[name]) for name in texts],
        StartNorms(**found["norms at the start"]),
        [Lesson(**found[name]) for name in lessons],
    )


def unfinished_check(model: LanguageModel, settings: CheckSettings, software: Mapping[str, str]) -> Unfinished:
    """Where a check that was interrupted has left what it had finished.

    **Arguments**: `software`, the versions that numbers depend on, by name.
    """
    about = {"model": model.checksum, "settings": settings._asdict()}
    return unfinished(cache_folder() / "unfinished", "language-model", ("theory", "sims"), software, about)


class _Parts:
    """The parts of a check by their names, each as JSON knows it."""

    def __init__(
        self, model: LanguageModel, settings: CheckSettings, prompts: tuple[ContrastPrompt, ...], place: Unfinished
    ) -> None:
        self.model, self.settings, self.prompts = model, settings, prompts
        to_bytes = lambda record: json.dumps(record).encode()  # noqa: E731
        self.task: Task[dict[str, Any]] = Task(self.make, to_bytes, json.loads, place)

    def make(self, name: str) -> dict[str, Any]:
        kind, _, which = name.partition(" ")
        if kind == "prompt":
            return as_record(self._prompt(int(which)))
        return as_record(self._lesson(which) if kind == "teacher:" else self._start())

    @cached_property
    def problems(self) -> LanguageModelProblems:
        return language_model_problems(self.model, prompts=self.prompts)

    def rewards(self, number: int) -> dict[str, np.ndarray]:
        """Every teacher's rewards of one prompt's next tokens."""
        logits, truth = self.problems.initial_logits[number], self.problems.ground_truth_reward[number]
        policy = np.asarray(probabilities(logits))
        return {name: make(policy, truth) for name, make in TEACHERS.items()}

    def batch(self, numbers: Sequence[int]) -> PromptBatch:
        tokenizer, config = self.model.require_tokenizer(), self.model.config
        rows = [tokenizer.encode(self.prompts[number].prompt, config.context_length) for number in numbers]
        return prompt_batch(config, rows, multiple=LENGTHS)

    @cached_property
    def training_batch(self) -> PromptBatch:
        return self.batch(range(self.settings.training_prompts))

    def _prompt(self, number: int) -> PromptCheck:
        parameters, config = self.model.parameters, self.model.config
        batch = self.batch([number])
        norms = policy_norms(parameters, config, batch, seed=self.settings.seed + number)
        rows = gradient_rows(parameters, config, batch, self.rewards(number), norms)
        return PromptCheck(self.prompts[number].prompt, norms, rows)

    def _start(self) -> StartNorms:
        parameters, config, settings = self.model.parameters, self.model.config, self.settings
        training = [_prompt_check(self.task(f"prompt {k}")).norms for k in range(settings.training_prompts)]
        fisher = fisher_norm(parameters, config, self.training_batch, jax.random.key(settings.seed))
        scores = largest_score_norms(
            parameters, config, self.training_batch, seed=settings.seed, directions=settings.directions
        )
        score = float(scores.upper.max())
        centred = max(norms.centred_jacobian[1] for norms in training)
        # grad (f_i - f_j) is the difference of two scores.
        contrast = min(centred, 2**0.5 * score)
        return StartNorms(float(fisher.upper), max(norms.jacobian[1] for norms in training), contrast, score)

    def _lesson(self, teacher: str) -> Lesson:
        settings = self.settings
        rewards = [self.rewards(number) for number in range(settings.training_prompts)]
        reward, truth = (np.stack([row[name] for row in rewards]) for name in (teacher, "truth"))
        return teach(
            self.model.parameters,
            self.model.config,
            self.training_batch,
            teacher,
            reward,
            truth,
            StartNorms(**self.task("norms at the start")),
            increase=settings.increase,
            step=settings.step,
            most_steps=settings.most_steps,
            seed=settings.seed,
        )


def _prompt_check(record: Mapping[str, Any]) -> PromptCheck:
    norms = PolicyNorms(*(tuple(record["norms"][name]) for name in PolicyNorms._fields))
    return PromptCheck(record["prompt"], norms, [GradientRow(**row) for row in record["rows"]])
