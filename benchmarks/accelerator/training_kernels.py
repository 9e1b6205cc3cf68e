"""Policy gradient training by RLOO and GRPO, in float64."""

from __future__ import annotations

import jax
import numpy as np
import optax

from benchmarks.accelerator.kernel import Arrays, Kernel, relative_to_largest
from benchmarks.accelerator.sizes import Sizes
from sims.policy_gradient.method import Method, grpo, rloo
from sims.policy_gradient.training import Training, train
from theory.policies.log_linear import log_linear_policy

MODELS = 4
SAMPLES = 4
OPTIMIZER = optax.adam(0.02)


def trained(sizes: Sizes, method: Method, epochs: int, seeds: int) -> Training:
    """A log-linear policy trained by four reward models; every epoch is one minibatch of all prompts."""
    rng = np.random.default_rng(6)
    shape = (sizes.training_prompts, sizes.training_outputs)
    policy = log_linear_policy(rng.standard_normal((*shape, sizes.training_features)))
    rewards = rng.uniform(-1, 1, (MODELS, *shape))
    with jax.enable_x64(True):
        return train(
            policy,
            0.1 * rng.standard_normal(sizes.training_features),
            reward_models=rewards,
            ground_truth_reward=rewards[0],
            optimizer=OPTIMIZER,
            method=method,
            epochs=epochs,
            seeds=range(seeds),
            record_every=epochs,
            measure_degenerate=False,
        )


def _steps(sizes: Sizes, method: Method) -> Arrays:
    end = trained(sizes, method, min(20, sizes.training_epochs), min(4, sizes.training_seeds))
    return {
        "parameters": np.asarray(end.parameters),
        "rewards": np.asarray(end.ground_truth_reward),
        "KL": np.asarray(end.kl_divergence),
    }


def rloo_steps(sizes: Sizes) -> Arrays:
    """Parameters, rewards and KL divergences after steps of RLOO."""
    return _steps(sizes, rloo(SAMPLES))


def grpo_steps(sizes: Sizes) -> Arrays:
    """The same of GRPO, two inner epochs with clipping for each minibatch."""
    return _steps(sizes, grpo(SAMPLES, inner_epochs=2))


def _described(sizes: Sizes) -> str:
    epochs, seeds = min(20, sizes.training_epochs), min(4, sizes.training_seeds)
    return (
        f"{epochs} minibatches of {sizes.training_prompts} prompts, |Y| = {sizes.training_outputs}, "
        f"{MODELS} reward models, {seeds} seeds"
    )


_WHY = (
    "the same random numbers draw the same outputs, but for a chance of 1e-14 a draw; rounding of 1e-16 grows by less "
    "than a million over these steps of Adam"
)

TRAINING_KERNELS = (
    Kernel(
        "RLOO training steps",
        _described,
        rloo_steps,
        lambda sizes, _: rloo_steps(sizes),
        relative_to_largest,
        lambda _: 1e-10,
        _WHY,
    ),
    Kernel(
        "GRPO training steps",
        _described,
        grpo_steps,
        lambda sizes, _: grpo_steps(sizes),
        relative_to_largest,
        lambda _: 1e-10,
        _WHY,
    ),
)
