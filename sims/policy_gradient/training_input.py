"""The checks of all arguments of `train`, made before anything is compiled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import optax
from jaxtyping import Float

from sims.optimizer_rule import OPTIMIZER
from sims.policy_gradient.method import Method
from theory.arguments.checking import spacing
from theory.arguments.checks import as_float64, check_finite, check_nonnegative, check_whole
from theory.arguments.number_rules import log_distribution
from theory.arguments.parameter_check import check_parameters
from theory.errors import InvalidInputError
from theory.policies.contexts import check_enumerable
from theory.policies.policy import Parameters, Policy, outputs

LARGEST_INTEGER = 2**31 - 1
"""What JAX's 32-bit integers hold; seeds and counts are such integers unless double precision is on."""


def check_method(method: object) -> None:
    """**Raises** `InvalidInputError` for what is no `Method`."""
    if not isinstance(method, Method):
        raise InvalidInputError("method", repr(method), "Give a Method, such as rloo(2) or grpo(8).")


def check_seeds(seeds: Sequence[object]) -> None:
    """**Raises** `InvalidInputError` unless there are seeds, all of them whole numbers from 0 to 2^31 - 1."""
    if not seeds:
        raise InvalidInputError("seeds", "no seeds", "Give at least one, such as range(3).")
    for seed in seeds:
        number = as_float64("seeds", seed)
        if number.ndim or check_whole("seeds", float(number), least=0) > LARGEST_INTEGER:
            raise InvalidInputError("seeds", seed, f"Give whole numbers from 0 to {LARGEST_INTEGER}.")


def check_prompts(prompts: np.ndarray, number: int) -> None:
    """**Raises** `InvalidInputError` unless these are the numbers of some of `number` prompts, one or more."""
    if prompts.ndim != 1 or not prompts.size or prompts.dtype.kind not in "iu":
        raise InvalidInputError("prompts", f"shape {prompts.shape}", "Give the numbers of at least one prompt.")
    wrong = prompts[(prompts < 0) | (prompts >= number)]
    if wrong.size:
        raise InvalidInputError("prompts", int(wrong[0]), f"There are prompts 0 to {number - 1}.")


def check_divides(name: str, divisor: int, whole_name: str, whole: int) -> None:
    """**Raises** `InvalidInputError` unless `divisor` is a whole number of at least one that divides `whole`."""
    check_whole(name, divisor, least=1)
    if whole % divisor:
        raise InvalidInputError(name, divisor, f"Give a divisor of {whole_name}, which is {whole}.")


def check_training_input(
    policy: Policy,
    parameters: Parameters,
    *,
    reward_models: object,
    ground_truth_reward: object,
    log_reference: object | None,
    optimizer: optax.GradientTransformation,
    method: Method,
    epochs: int,
    record_every: int,
    batch_size: int,
    kl_coefficient: float,
    seeds: Sequence[int],
    prompts: np.ndarray,
    evaluation_samples: int,
) -> tuple[Float[np.ndarray, "reward_models prompts outputs"], Float[np.ndarray, "prompts outputs"]]:
    """The reward models and the ground truth as float64 arrays; arguments as in `train`.

    **Raises** `InvalidInputError` naming the argument, the value and the remedy.
    """
    check_enumerable(policy.prompts, policy.vocabulary, policy.length)
    check_parameters(policy, parameters)
    OPTIMIZER.check("optimizer", optimizer, {})
    check_method(method)
    shape = (policy.prompts, outputs(policy))
    models, truth = as_float64("reward_models", reward_models), as_float64("ground_truth_reward", ground_truth_reward)
    if models.ndim != 3 or models.shape[1:] != shape or not len(models):
        raise InvalidInputError(
            "reward_models",
            f"shape {models.shape}",
            f"Give one number per model, prompt and output: (models, *{shape}).",
        )
    given = [("reward_models", models), ("ground_truth_reward", truth)]
    if log_reference is not None:
        given.append(("log_reference", as_float64("log_reference", log_reference)))
    for name, array in given:
        check_finite(name, array)
        if array.shape[-2:] != shape:
            raise InvalidInputError(name, f"shape {array.shape}", f"Give one number per prompt and output: {shape}.")
    if log_reference is not None:
        log_distribution("log_reference", given[-1][1], spacing(getattr(log_reference, "dtype", np.dtype(float))))
    coefficient = as_float64("kl_coefficient", kl_coefficient)
    check_nonnegative("kl_coefficient", coefficient)
    if coefficient.ndim:
        raise InvalidInputError("kl_coefficient", f"shape {coefficient.shape}", "Give one number.")
    check_whole("epochs", epochs, least=1)
    check_whole("evaluation_samples", evaluation_samples, least=0)
    check_divides("record_every", record_every, "epochs", epochs)
    check_seeds(seeds)
    check_prompts(prompts, policy.prompts)
    check_divides("batch_size", batch_size, "the number of prompts", len(prompts))
    return models, truth
