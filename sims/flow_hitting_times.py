"""Hitting times of gradient flow for any batch of tabular problems: the one call that everybody makes."""

from __future__ import annotations

import math

import jax
import numpy as np

from sims.hitting import Hitting
from sims.integrable_flow import integrable_hitting_times
from sims.regularized_flow import regularized_hitting_times
from theory.arrays import OutputVector, Scalars
from theory.checks import as_float64, as_reward, check_finite, check_number, check_positive, check_reward
from theory.errors import InvalidInputError
from theory.problem import Problem, check_problem

SMALLEST_TOLERANCE = 1e-13


def hitting_times(
    problem: Problem,
    increase: Scalars,
    *,
    reward: OutputVector | None = None,
    relative_tolerance: float = 1e-10,
    horizon: float = math.inf,
) -> Hitting:
    """`t_gamma`: when gradient flow on the objective first raises the expected reward by `increase` (Eq 4, Section
    2.3).

    Problems with `kl_coefficient = 0` are solved by the exact reduction of the flow to one scalar curve
    (`sims.integrable_flow`), the others by an adaptive integration (`sims.regularized_flow`). Computed in float64
    whatever JAX's default precision is.

    **Arguments**

    - `problem`: one problem or a batch of any shape.
    - `increase`: `gamma > 0`, a number or one per problem.
    - `reward`: the reward whose expectation is watched, any values in [-1, 1] (default: the ground truth).
    - `relative_tolerance`: aimed at for `t_gamma`, between 1e-13 and 1e-2.
    - `horizon`: give up (`censored`) at this time.

    **Returns** a `Hitting` of the batch's shape.

    **Raises** `InvalidInputError` for what is no problem, an empty batch, and increases, rewards, tolerances or
    horizons that make no sense. Needs concrete values: not for `jax.jit`, `jax.vmap` or `jax.grad`.
    """
    check_problem("problem", problem)
    gamma = _increase_per_problem(increase, problem.batch_shape)
    watched = as_reward("reward", problem.ground_truth_reward if reward is None else reward)
    try:
        watched = np.broadcast_to(watched, np.shape(problem.initial_logits))
    except ValueError:
        raise InvalidInputError(
            "reward", f"shape {watched.shape}", f"Give one number per output: {np.shape(problem.initial_logits)}."
        ) from None
    check_reward("reward", watched)
    relative_tolerance = check_number("relative_tolerance", relative_tolerance)
    if not SMALLEST_TOLERANCE <= relative_tolerance <= 1e-2:
        raise InvalidInputError("relative_tolerance", relative_tolerance, "Give a number from 1e-13 to 1e-2.")
    horizon = check_number("horizon", horizon)
    if not horizon > 0:
        raise InvalidInputError("horizon", horizon, "Give a positive time, or infinity for no limit.")

    flat = _flatten(problem)
    gamma, watched = gamma.reshape(-1), watched.reshape(-1, problem.outputs)
    regularized = np.asarray(flat.kl_coefficient) > 0
    parts: list[tuple[np.ndarray, Hitting]] = []
    for chosen, with_kl in ((np.flatnonzero(~regularized), False), (np.flatnonzero(regularized), True)):
        if chosen.size:
            part = flat[chosen]
            prompts, coefficient = np.asarray(part.prompts), np.asarray(part.kl_coefficient)
            flow = (part.initial_logits, part.proxy_reward, watched[chosen], gamma[chosen], prompts)
            solved = (
                regularized_hitting_times(*flow, coefficient, relative_tolerance=relative_tolerance, horizon=horizon)
                if with_kl
                else integrable_hitting_times(*flow, relative_tolerance=relative_tolerance, horizon=horizon)
            )
            parts.append((chosen, solved))
    order = np.argsort(np.concatenate([chosen for chosen, _ in parts]))

    def joined(name: str) -> np.ndarray:
        values = np.concatenate([np.asarray(getattr(part, name)) for _, part in parts])
        return values[order].reshape(problem.batch_shape)

    return Hitting(joined("time"), joined("relative_error"), joined("status"), joined("evaluations"))


def _increase_per_problem(increase: Scalars, batch_shape: tuple[int, ...]) -> np.ndarray:
    gamma = as_float64("increase", increase)
    check_finite("increase", gamma)
    check_positive("increase", gamma)
    try:
        return np.array(np.broadcast_to(gamma, batch_shape))
    except ValueError:
        raise InvalidInputError(
            "increase", f"shape {gamma.shape}", f"Give one number, or one per problem of the batch {batch_shape}."
        ) from None


def _flatten(problem: Problem) -> Problem:
    axes = len(problem.batch_shape)
    return jax.tree.map(lambda leaf: np.reshape(leaf, (-1, *np.shape(leaf)[axes:])), problem)
