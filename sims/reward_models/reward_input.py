"""The checks of the arguments of functions on reward models, made before anything is computed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from sims.policy_gradient.training_input import check_prompts
from theory.arguments.checks import as_float64, check_finite
from theory.errors import InvalidInputError


def check_models(rewards: object, like: tuple[int, ...]) -> Float64[np.ndarray, "models all outputs"]:
    """The rewards of several models as an array.

    **Raises** `InvalidInputError` unless they are finite, at least one model, for prompts and outputs of shape `like`.
    """
    models = as_float64("rewards", rewards)
    if models.ndim != 3 or not len(models) or models.shape[1:] != like:
        raise InvalidInputError(
            "rewards", f"shape {models.shape}", f"Give one number per model, prompt and output: (models, *{like})."
        )
    check_finite("rewards", models)
    return models


def check_distribution(argument: str, log_policy: object) -> tuple[int, ...]:
    """The shape `(prompts, outputs)` of log-probabilities. **Raises** `InvalidInputError` for NaN or another shape."""
    logs = as_float64(argument, log_policy)
    if logs.ndim != 2 or 0 in logs.shape:
        raise InvalidInputError(argument, f"shape {logs.shape}", "Give one number per prompt and output.")
    # An output that cannot occur has a log-probability of minus infinity.
    if np.isnan(logs).any() or (logs == np.inf).any():
        raise InvalidInputError(argument, "a NaN or plus infinity", "Give log-probabilities.")
    return logs.shape


def chosen_prompts(prompts: object | None, number: int) -> np.ndarray:
    """The numbers of the prompts: all if not given. **Raises** `InvalidInputError` for those that are not there."""
    numbers = np.arange(number) if prompts is None else np.asarray(prompts)
    check_prompts(numbers, number)
    return numbers
