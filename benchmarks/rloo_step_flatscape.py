"""A step of RLOO as flatscape trains: a contestant of `benchmarks.rloo_step`, which says what it does."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.language_model_flatscape import write_arrays, write_model
from benchmarks.measured_process import serve
from sims.llm import DecoderParameters, LanguageModel, TrainingSettings, load_language_model, word_model
from sims.llm.experiment.config import WORD_MODEL
from sims.llm.sampling.log_probability import token_log_probabilities
from sims.llm.training.group_advantages import group_advantages
from sims.llm.training.placement import placement
from sims.llm.training.reference import reference_pass
from sims.llm.training.rollout import Rollout, Sampler
from sims.llm.training.trained_parameters import (
    LowRank,
    Trainable,
    initial_trainable,
    policy_parameters,
    sampling_parameters,
)
from sims.llm.training.update import ascend, initial_state, policy_gradient

LEARNING_RATE = np.float32(1e-6)


class Flatscape:
    """**Arguments**: `folder`, with `work.npz`; what is trained; the model's path, empty for the usual one."""

    def __init__(self, folder: Path, trained: str, path: str) -> None:
        self.folder, self.devices = folder, placement()
        loaded = word_model() if path == WORD_MODEL else load_language_model(path or None)
        self.model: LanguageModel = loaded._replace(end_tokens=())
        work = np.load(folder / "work.npz")
        self.rows, self.advantages, self.rewards = (work[name] for name in ("rows", "advantages", "rewards"))
        prompts, count = len(work["prompts"]), len(self.rewards)
        self.settings = TrainingSettings(
            steps=1,
            prompts_per_step=prompts,
            group=count // prompts,
            max_tokens=int(work["new_tokens"]),
            trained="all" if trained == "all" else "lora",
            rows_at_once=count,
        )
        ids = [row[kept].tolist() for row, kept in zip(work["prompts"], work["kept"], strict=True)]
        self.kept = np.ones(self.rows.shape, bool)
        self.kept[:, : work["kept"].shape[1]] = np.repeat(work["kept"], self.settings.group, axis=0)
        self.sampler = Sampler(self.model, ids, self.settings.max_tokens, self.devices)
        self.state = initial_state(with_ups(initial_trainable(self.model.parameters, self.settings)))
        self.steps = 0

    def write(self) -> None:
        """The parameters, what is trained, and log-probabilities and the gradient on given completions."""
        write_model(self.folder, self.model.config, self.model.parameters)
        first = self.rows.shape[1] - self.settings.max_tokens
        found = token_log_probabilities(
            policy_parameters(self.model.parameters, self.state.trainable),
            self.model.config,
            jnp.asarray(self.rows, jnp.int32),
            jnp.asarray(self.kept),
            first=first,
        )
        np.save(self.folder / "log_probabilities.npy", np.asarray(found)[:, first:])
        write_trainable(self.folder, self.state.trainable, "")
        write_trainable(self.folder, self._gradient(self._given(), self.advantages), "gradient-")

    def _given(self) -> Rollout:
        """The given completions as if they had been drawn."""
        count = len(self.rows)
        lengths = np.full(count, self.settings.max_tokens, np.int32)
        return Rollout(
            self.rows.astype(np.int32), self.kept, lengths, np.zeros(count, np.float32), tuple("" for _ in self.rows)
        )

    def _gradient(self, rollout: Rollout, weights: np.ndarray) -> Trainable:
        return policy_gradient(
            self.state.trainable,
            self.model.parameters,
            self.model.config,
            rollout,
            weights,
            prompt_length=self.sampler.prompt_length,
            settings=self.settings,
            placement=self.devices,
        )

    def step(self) -> dict[str, float]:
        """One step; the seconds of each phase."""
        seconds: dict[str, float] = {}
        settings = self.settings
        with timed(seconds, "sampling"):
            parameters = sampling_parameters(self.model.parameters, self.state.trainable)
            drawn = self.sampler.draw(
                parameters,
                range(settings.prompts_per_step),
                settings.group,
                seed=0,
                first_number=self.steps * settings.rows,
            )
            del parameters
        with timed(seconds, "reference"):
            reference = reference_pass(
                self.model.parameters,
                self.model.config,
                drawn,
                prompt_length=self.sampler.prompt_length,
                rows_at_once=settings.rows,
                placement=self.devices,
            )
        with timed(seconds, "gradient"):
            divergence = drawn.log_probabilities.astype(np.float64) - reference.log_probabilities
            rewards = self.rewards - settings.kl_coefficient * divergence
            weights = group_advantages(rewards.reshape(-1, settings.group), "rloo")
            gradient = jax.block_until_ready(self._gradient(drawn, weights.ravel()))
        with timed(seconds, "Adam"):
            self.state, _ = jax.block_until_ready(ascend(self.state, gradient, LEARNING_RATE))
        self.steps += 1
        return seconds


@contextmanager
def timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    """Notes how long a phase takes."""
    started = time.perf_counter()
    yield
    seconds[phase] = time.perf_counter() - started


def with_ups(trainable: Trainable) -> Trainable:
    """Low-rank changes that change something, so that gradients in both factors can be compared."""
    if isinstance(trainable, DecoderParameters):
        return trainable
    random = np.random.default_rng(1)
    return {
        name: LowRank(change.down, jnp.asarray(random.normal(size=change.up.shape, scale=1e-3), jnp.float32))
        for name, change in trainable.items()
    }


def write_trainable(folder: Path, trainable: Trainable, prefix: str) -> None:
    """One `.npy` for each array."""
    if isinstance(trainable, DecoderParameters):
        write_arrays(folder, trainable, prefix)
        return
    for name, change in trainable.items():
        for factor, value in change._asdict().items():
            np.save(folder / f"{prefix}{factor}-{name}.npy", np.asarray(value))


def main() -> None:
    """Serves until standard input ends."""
    contestant = Flatscape(Path(sys.argv[1]), *sys.argv[2:4])
    serve({"write": contestant.write, "step": contestant.step})


if __name__ == "__main__":
    main()
