"""One independent repetition of an experiment of Section 4.1: a world, its teachers, and policies that they teach."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import jax
import numpy as np
import optax
from jaxtyping import Float64

from sims.policy_gradient import Method, Training, grpo, rloo, train
from sims.policy_gradient.training_input import LARGEST_INTEGER
from sims.rlhf.setting import Setting
from sims.rlhf.teachers import Teachers, train_teachers
from sims.rlhf.world import World, draw_world
from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError

EVALUATION_SAMPLES = 10
"""Outputs per prompt of the paper's evaluation (Section 4.1)."""

MOST_SEEDS = 1000
"""Of policy gradient, so that no two replications share one."""


class Replication(NamedTuple):
    """What one repetition gives.

    **Fields**

    - `reward_variance`, `on_policy_accuracy`, `off_policy_accuracy`: of the reward models, shape `(models,)`.
    - `proxy_increase`, `ground_truth_increase`: of expected reward since the start, exact, shape
      `(models, seeds, epochs + 1)`. Proxies are in the units they are trained in, the ground truth normalised by
      samples.
    - `sampled_proxy_increase`, `sampled_ground_truth_increase`: as the paper evaluates, on a few sampled outputs.
    - `kl_divergence`: from the initial policy, nats, the same shape.
    """

    reward_variance: Float64[np.ndarray, " models"]
    on_policy_accuracy: Float64[np.ndarray, " models"]
    off_policy_accuracy: Float64[np.ndarray, " models"]
    proxy_increase: Float64[np.ndarray, "models seeds records"]
    ground_truth_increase: Float64[np.ndarray, "models seeds records"]
    sampled_proxy_increase: Float64[np.ndarray, "models seeds records"]
    sampled_ground_truth_increase: Float64[np.ndarray, "models seeds records"]
    kl_divergence: Float64[np.ndarray, "models seeds records"]


def check_number(number: int) -> None:
    """**Raises** `InvalidInputError` unless the number of a repetition leaves room for seeds of its own."""
    largest = (LARGEST_INTEGER + 1) // MOST_SEEDS - 1
    if check_whole("number", number, least=0) > largest:
        raise InvalidInputError("number", number, f"Give a whole number from 0 to {largest}.")


def check_repetition(number: int, *, seeds: int, epochs: int, evaluation_samples: int = EVALUATION_SAMPLES) -> None:
    """**Raises** `InvalidInputError` for a repetition that cannot be run; arguments as `replicate`."""
    check_number(number)
    if check_whole("seeds", seeds, least=1) > MOST_SEEDS:
        raise InvalidInputError("seeds", seeds, f"Give at most {MOST_SEEDS}, or repetitions would share some.")
    check_whole("epochs", epochs, least=1)
    check_whole("evaluation_samples", evaluation_samples, least=0)


def replicate(
    setting: Setting, number: int, *, seeds: int, epochs: int, evaluation_samples: int = EVALUATION_SAMPLES
) -> Replication:
    """Repetition `number` of an experiment; the same number gives the same in every run.

    **Arguments**

    - `seeds`: of policy gradient, of which every repetition has its own. `epochs`: of training.
    - `evaluation_samples`: outputs per prompt of the sampled evaluation, which is NaN for zero.

    **Raises** `InvalidInputError` for numbers and counts that are not whole or out of range, for a setting that yields
    no preference pairs, or whose reward models or policies diverge.

    >>> from sims.rlhf import Setting, replicate
    >>> setting = Setting(prompts=20, batch_size=4)
    >>> found = replicate(setting, 0, seeds=2, epochs=1)
    >>> found.ground_truth_increase.shape  # models, seeds, epochs + 1
    (7, 2, 2)
    """
    check_repetition(number, seeds=seeds, epochs=epochs, evaluation_samples=evaluation_samples)
    world = draw_world(setting, np.random.default_rng([number]))
    teachers = train_teachers(setting, world, jax.random.key(number))
    training = teach(
        setting, world, teachers, number, seeds=seeds, epochs=epochs, evaluation_samples=evaluation_samples
    )
    return summary(teachers, training)


def teach(
    setting: Setting,
    world: World,
    teachers: Teachers,
    number: int,
    *,
    seeds: int,
    epochs: int,
    evaluation_samples: int = EVALUATION_SAMPLES,
) -> Training:
    """Policies taught from the world's initial one, by every reward model and with every seed."""
    return train(
        world.policy,
        world.parameters,
        reward_models=teachers.rewards,
        ground_truth_reward=teachers.ground_truth_reward,
        optimizer=_optimizer(setting.optimizer, setting.learning_rate),
        method=_method(setting.estimator, setting.samples),
        epochs=epochs,
        batch_size=setting.batch_size,
        kl_coefficient=setting.kl_coefficient,
        seeds=range(MOST_SEEDS * number, MOST_SEEDS * number + seeds),
        prompts=world.taught,
        evaluation_samples=evaluation_samples,
        measure_degenerate=False,
    )


def summary(teachers: Teachers, training: Training) -> Replication:
    """What is kept of a training."""

    def increase(values: np.ndarray) -> np.ndarray:
        return values - values[..., :1]

    return Replication(
        teachers.reward_variance,
        teachers.on_policy_accuracy,
        teachers.off_policy_accuracy,
        increase(training.proxy_reward),
        increase(training.ground_truth_reward),
        increase(training.sampled_proxy_reward),
        increase(training.sampled_ground_truth_reward),
        training.kl_divergence,
    )


@cache
def _optimizer(name: str, learning_rate: float) -> optax.GradientTransformation:
    # The same object compiles once.
    return optax.adam(learning_rate) if name == "adam" else optax.sgd(learning_rate)


@cache
def _method(name: str, samples: int) -> Method:
    return rloo(samples) if name == "rloo" else grpo(samples)
