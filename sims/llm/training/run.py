"""One run: a policy taught by one reward model from the initial one, with a curve, and checkpoints to go on from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sims.files import replace_by
from sims.llm.decoder.layers import with_layers_apart
from sims.llm.decoder.parameters import DecoderParameters
from sims.llm.loading import LanguageModel
from sims.llm.next_token import require_language_model
from sims.llm.rewards.reward import Reward
from sims.llm.token_batches import check_token_rows
from sims.parallel.resumable import digest
from theory.errors import InvalidInputError

from .checkpoint import load_checkpoint, named_leaves, save_checkpoint, with_leaves
from .curve import Curve, mean_of_scored
from .evaluation import EVALUATION_SEED, Blocks, StartingEvaluation, evaluation_blocks, evaluation_rows
from .group_advantages import group_advantages, share_of_equal_groups
from .placement import Placement, placement
from .reference import ReferencePass, reference_pass
from .rewarded import reward_rollout
from .rollout import Rollout, Sampler
from .same_run import refuse_other_run
from .settings import TrainingSettings
from .trained_parameters import initial_trainable, sampling_parameters
from .update import TrainingState, ascend, initial_state, policy_gradient

CHECKPOINT, STEPS, EVALUATIONS = "checkpoint.npz", "steps.parquet", "evaluations.parquet"

Advance = Callable[[int], None]
"""Called with the number of updates that are done."""


class Prompts(NamedTuple):
    """Texts of prompts: those that the policy is taught on, and those that it is evaluated on."""

    taught: tuple[str, ...]
    held_out: tuple[str, ...]


@dataclass(frozen=True)
class TrainingRun:
    """A run that can be begun, interrupted, and gone on with.

    **Fields**

    - `model`: the initial policy, with a tokenizer. `settings`: see `TrainingSettings`.
    - `prompts`: see `Prompts`.
    - `proxy`: the reward model that teaches; `truth`: the one that judges, never seen by the update.
    - `folder`: for the checkpoint and the two tables of the curve.
    - `devices`: see `placement`. `about`: what else the curve depends on (the source of the reward models), for the
      check that a checkpoint belongs to this run.
    - `start`: what runs of one experiment share. `keep_trained`: whether what was trained stays in the checkpoint once
      the run is done.
    """

    model: LanguageModel
    settings: TrainingSettings
    prompts: Prompts
    proxy: Reward
    truth: Reward
    folder: Path
    devices: Placement = field(default_factory=placement)
    about: Any = None
    start: StartingEvaluation = field(default_factory=StartingEvaluation)
    keep_trained: bool = False

    def record(self) -> dict[str, Any]:
        """All that the curve depends on, as JSON knows it."""
        return {
            "format": 1,
            "model": self.model.checksum,
            "precision": str(self.model.parameters.embedding.dtype),
            "settings": self.settings.record(),
            "proxy": self.proxy.name,
            "truth": self.truth.name,
            "prompts": {"taught": list(self.prompts.taught), "held_out": list(self.prompts.held_out)},
            "about": json.loads(json.dumps(self.about)),
        }

    def check(self) -> None:
        """**Raises** `InvalidInputError` for what cannot be run, before anything is computed."""
        require_language_model(self.model)
        settings, data = self.settings, self.devices.data
        if settings.prompts_per_step > len(self.prompts.taught):
            remedy = f"Give at most {len(self.prompts.taught)}, the prompts that there are."
            raise InvalidInputError("prompts_per_step", settings.prompts_per_step, remedy)
        if not self.prompts.held_out:
            raise InvalidInputError("held_out", "no prompts", "Give at least one.")
        check_token_rows(self._prompt_ids, self.model.config, settings.max_tokens)
        for name, value in (
            ("prompts_per_step", settings.prompts_per_step),
            ("rows_at_once", min(settings.rows_at_once, settings.rows)),
            ("held_out", len(self.prompts.held_out)),
        ):
            if value % data:
                raise InvalidInputError(name, value, f"Give a multiple of {data}, over which rows are spread.")

    def run(self, progress: Advance | None = None) -> Curve:
        """Train to the end, from the checkpoint in the folder if there is one.

        **Raises** `InvalidInputError` for what cannot be run and for a checkpoint of another run; `OSError` when files
        cannot be written, which leaves the last checkpoint as it was.
        """
        self.check()
        settings = self.settings
        finished = self._finished()
        if finished is not None:
            return finished
        step, state, curve = self._start()
        if progress is not None:
            progress(step)
        while True:
            if len(curve.evaluations) < self._evaluations_before(step) * len(self.prompts.held_out):
                self._evaluate(state, step, curve)
            if step == settings.steps:
                break
            state = self._update(state, step, curve)
            step += 1
            if step % settings.checkpoint_every == 0 and step < settings.steps:
                self._keep(step, state, curve)
            if progress is not None:
                progress(step)
        self._write_curve(curve)
        self._keep(step, state if self.keep_trained else None, curve)
        return curve

    def _finished(self) -> Curve | None:
        """The curve of a run that is done, whose tables are written again if they are gone; None of any other."""
        record, _ = self._kept(record_only=True)
        if record is None or not record["done"]:
            return None
        curve = _curve(record)
        if not all((self.folder / name).is_file() for name in (STEPS, EVALUATIONS)):
            self._write_curve(curve)
        return curve

    def _kept(self, *, record_only: bool) -> tuple[dict[str, Any] | None, dict[str, np.ndarray]]:
        """The record and the arrays of the checkpoint in the folder; no record if there is none.

        **Raises** `InvalidInputError` for a checkpoint of another run, and unless all processes see the same one.
        """

        def read() -> tuple[dict[str, Any] | None, dict[str, np.ndarray]]:
            found = load_checkpoint(self.folder / CHECKPOINT, record_only=record_only)
            if found is None:
                return None, {}
            missing = [name for name in ("run", "step", "done", "curve") if name not in found[0]]
            if missing:
                remedy = "Remove it to begin this run anew."
                raise InvalidInputError("checkpoint", f"{CHECKPOINT}, which has no {missing[0]!r}", remedy)
            refuse_other_run(found[0]["run"], self.record())
            return found

        record, arrays = self.devices.together(read)
        if len(set(self.devices.from_all(-1 if record is None else record["step"]))) > 1:
            raise InvalidInputError(
                "folder", f"{self.folder}, not the same in all processes", "Give one that they share."
            )
        return record, arrays

    def _evaluations_before(self, step: int) -> int:
        """How many evaluations there are once that of this step is done, if it has one."""
        every, steps = self.settings.evaluate_every, self.settings.steps
        return step // every + 1 + (step == steps and steps % every > 0)

    @cached_property
    def _prompt_ids(self) -> list[list[int]]:
        tokenizer, most = self.model.require_tokenizer(), self.model.config.context_length
        return [tokenizer.encode(text, most) for text in (*self.prompts.taught, *self.prompts.held_out)]

    @cached_property
    def _sampler(self) -> Sampler:
        return Sampler(self.model, self._prompt_ids, self.settings.max_tokens, self.devices)

    @cached_property
    def _frozen(self) -> DecoderParameters:
        return self.devices.parameters(self.model.parameters)

    def _start(self) -> tuple[int, TrainingState, Curve]:
        trainable = initial_trainable(self._frozen, self.settings)
        state = initial_state(self._spread(trainable))
        record, arrays = self._kept(record_only=False)
        if record is None:
            return 0, state, Curve([], [])
        state = self._spread(self.devices.together(lambda: with_leaves(state, arrays)))
        return record["step"], state, _curve(record)

    def _spread(self, tree: Any) -> Any:
        """A state on the devices: like the parameters where it is as large as they are, everywhere otherwise."""
        if self.settings.trained == "lora":
            return self.devices.everywhere(tree)
        if isinstance(tree, DecoderParameters):
            return self.devices.parameters(tree)
        if isinstance(tree, TrainingState):
            adam, *rest = tree.optimizer
            adam = adam._replace(
                count=self.devices.everywhere(adam.count),
                mu=self.devices.parameters(adam.mu),
                nu=self.devices.parameters(adam.nu),
            )
            assert isinstance(tree.trainable, DecoderParameters)
            return TrainingState(self.devices.parameters(tree.trainable), (adam, *rest))
        raise TypeError(type(tree))

    def _update(self, state: TrainingState, step: int, curve: Curve) -> TrainingState:
        settings = self.settings
        numbers = taught_prompts(len(self.prompts.taught), settings, step)
        parameters = sampling_parameters(self._frozen, state.trainable)
        rollout = self._sampler.draw(
            parameters, numbers, settings.group, seed=settings.seed, first_number=step * settings.rows
        )
        del parameters  # They are views of what the update replaces.
        texts = [self.prompts.taught[n] for n in numbers for _ in range(settings.group)]
        reference = self._reference(rollout)
        rewarded = reward_rollout(self.proxy, self.truth, rollout, reference, texts, self.devices)
        divergence = rollout.log_probabilities.astype(np.float64) - reference.log_probabilities
        rewards = rewarded.proxy - settings.kl_coefficient * divergence
        weights = group_advantages(rewards.reshape(-1, settings.group), settings.method)
        equal = share_of_equal_groups(rewarded.proxy.reshape(-1, settings.group))
        gradient = policy_gradient(
            state.trainable,
            self._frozen,
            self.model.config,
            rollout,
            weights.ravel(),
            prompt_length=self._sampler.prompt_length,
            settings=settings,
            placement=self.devices,
        )
        state, length = ascend(state, gradient, np.float32(settings.learning_rate))
        if not np.isfinite(float(length)):
            raise InvalidInputError("learning_rate", settings.learning_rate, f"Lower it: step {step} diverged.")
        unscored = int((~np.isfinite(rewarded.proxy)).sum())
        means = [mean_of_scored(values) for values in (rewarded.proxy, rewarded.truth, divergence)]
        curve.steps.append((step, *means, float(length), equal, unscored, float(rollout.lengths.mean())))
        return state

    def _reference(self, rollout: Rollout) -> ReferencePass:
        return reference_pass(
            self._frozen,
            self.model.config,
            rollout,
            prompt_length=self._sampler.prompt_length,
            rows_at_once=len(rollout.token_ids),
            placement=self.devices,
        )

    def _evaluate(self, state: TrainingState, step: int, curve: Curve) -> None:
        """Held-out prompts: the same random numbers at every evaluation, so that differences are less noisy."""
        count = self.settings.evaluation_completions
        for block, rollout, reference in self._starting_blocks() if step == 0 else self._drawn_blocks(state):
            texts = [self.prompts.held_out[n] for n in block for _ in range(count)]
            rewarded = reward_rollout(self.proxy, self.truth, rollout, reference, texts, self.devices)
            curve.evaluations.extend(evaluation_rows(step, block, count, rollout, reference, rewarded))

    def _starting_blocks(self) -> Blocks:
        """Drawn by the initial parameters themselves, and so the same whatever is trained."""
        about = {"model": self.model.checksum, "prompts": self.prompts, "tokens": self.settings.max_tokens}
        key = digest(about, self.settings.evaluation_completions)
        if key not in self.start.drawn:
            self.start.drawn[key] = list(self._blocks(with_layers_apart(self._frozen)))
        return self.start.drawn[key]

    def _drawn_blocks(self, state: TrainingState) -> Iterator[tuple[range, Rollout, ReferencePass]]:
        return self._blocks(sampling_parameters(self._frozen, state.trainable))

    def _blocks(self, parameters: DecoderParameters) -> Iterator[tuple[range, Rollout, ReferencePass]]:
        count, taught = self.settings.evaluation_completions, len(self.prompts.taught)
        for block in evaluation_blocks(len(self.prompts.held_out), count, self.devices.data):
            numbers = [taught + n for n in block]
            rollout = self._sampler.draw(
                parameters, numbers, count, seed=EVALUATION_SEED, first_number=block.start * count
            )
            yield block, rollout, self._reference(rollout)

    def _keep(self, step: int, state: TrainingState | None, curve: Curve) -> None:
        arrays = {name: self.devices.whole(leaf) for name, leaf in named_leaves(state).items()}
        done = len(curve.evaluations) == self._evaluations_before(self.settings.steps) * len(self.prompts.held_out)
        record = {"run": self.record(), "step": step, "done": done, "curve": curve._asdict()}
        self.devices.first(lambda: save_checkpoint(self.folder / CHECKPOINT, record, arrays))

    def _write_curve(self, curve: Curve) -> None:
        tables = {STEPS: curve.step_table(), EVALUATIONS: curve.evaluation_table()}

        def write() -> None:
            for name, table in tables.items():
                replace_by(self.folder / name, table.write_parquet)

        self.devices.first(write)


def _curve(record: dict[str, Any]) -> Curve:
    return Curve(*([tuple(row) for row in record["curve"][name]] for name in Curve._fields))


def taught_prompts(count: int, settings: TrainingSettings, step: int) -> list[int]:
    """The prompts of a step: each pass goes through all of them in an order of its own, which the seed decides."""
    wanted = settings.prompts_per_step
    per_pass = count // wanted
    order = np.random.default_rng([settings.seed, step // per_pass]).permutation(count)
    return [int(number) for number in order[step % per_pass * wanted :][:wanted]]
