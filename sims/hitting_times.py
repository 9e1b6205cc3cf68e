"""Hitting times of gradient flow for any batch of tabular problems: the one call that everybody makes."""

from __future__ import annotations

import itertools
import math
from functools import partial

import jax
import numpy as np

from sims.extreme_scales import is_extreme, solve_rescaled
from sims.hitting import Hitting
from sims.integrable_flow import integrable_hitting_times
from sims.regularized_flow import regularized_hitting_times
from theory.arrays import OutputVector, Scalars
from theory.checks import as_float64, check_finite, check_normal, check_positive, check_reward
from theory.errors import InvalidInputError
from theory.problem import Problem

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
    - `increase`: `gamma > 0`, a number or one per problem; none below 2.2e-308, where float64 has fewer digits.
    - `reward`: the reward whose expectation is watched, any values in [-1, 1] (default: the ground truth).
    - `relative_tolerance`: aimed at for `t_gamma`, between 1e-13 and 1e-2.
    - `horizon`: give up (`censored`) at this time.

    **Returns** a `Hitting` of the batch's shape.

    **Raises** `InvalidInputError` for increases, rewards, tolerances or horizons that make no sense.
    """
    gamma = _increase_per_problem(increase, problem.batch_shape)
    watched = as_float64("reward", problem.ground_truth_reward if reward is None else reward)
    try:
        watched = np.broadcast_to(watched, np.shape(problem.initial_logits))
    except ValueError:
        raise InvalidInputError(
            "reward", f"shape {watched.shape}", f"Give one number per output: {np.shape(problem.initial_logits)}."
        ) from None
    check_reward("reward", watched)
    if not SMALLEST_TOLERANCE <= relative_tolerance <= 1e-2:
        raise InvalidInputError("relative_tolerance", relative_tolerance, "Give a number from 1e-13 to 1e-2.")
    if not horizon > 0:
        raise InvalidInputError("horizon", horizon, "Give a positive time, or infinity for no limit.")

    flat = _flatten(problem)
    gamma, watched = gamma.reshape(-1), watched.reshape(-1, problem.outputs)
    regularized = np.asarray(flat.kl_coefficient) > 0
    proxy, prompts = np.asarray(flat.proxy_reward, np.float64), np.asarray(flat.prompts, np.float64)
    extreme = is_extreme(np.asarray(flat.initial_logits, np.float64), proxy, prompts)
    parts: list[tuple[np.ndarray, Hitting]] = []
    for with_kl, rescaled in itertools.product((False, True), (False, True)):
        chosen = np.flatnonzero((regularized == with_kl) & (extreme == rescaled))
        if chosen.size:
            coefficient = np.asarray(flat.kl_coefficient)[chosen]
            solve = partial(
                _solve, flat[chosen], watched[chosen], gamma[chosen], with_kl=with_kl, tolerance=relative_tolerance
            )
            solved = (
                solve_rescaled(
                    partial(solve, prompts=np.ones(chosen.size)), proxy[chosen], prompts[chosen], coefficient, horizon
                )
                if rescaled
                else solve(proxy[chosen], coefficient, prompts=prompts[chosen], horizon=horizon)
            )
            parts.append((chosen, solved))
    order = np.argsort(np.concatenate([chosen for chosen, _ in parts]))

    def joined(name: str) -> np.ndarray:
        values = np.concatenate([np.asarray(getattr(part, name)) for _, part in parts])
        return values[order].reshape(problem.batch_shape)

    return Hitting(joined("time"), joined("relative_error"), joined("status"), joined("evaluations"))


def _solve(
    problem: Problem,
    watched: np.ndarray,
    gamma: np.ndarray,
    proxy: np.ndarray,
    coefficient: np.ndarray,
    *,
    prompts: np.ndarray,
    with_kl: bool,
    tolerance: float,
    horizon: float = math.inf,
) -> Hitting:
    flow = (problem.initial_logits, proxy, watched, gamma, prompts)
    if with_kl:
        return regularized_hitting_times(*flow, coefficient, relative_tolerance=tolerance, horizon=horizon)
    return integrable_hitting_times(*flow, relative_tolerance=tolerance, horizon=horizon)


def _increase_per_problem(increase: Scalars, batch_shape: tuple[int, ...]) -> np.ndarray:
    gamma = as_float64("increase", increase)
    check_finite("increase", gamma)
    check_positive("increase", gamma)
    check_normal("increase", gamma)
    try:
        return np.array(np.broadcast_to(gamma, batch_shape))
    except ValueError:
        raise InvalidInputError(
            "increase", f"shape {gamma.shape}", f"Give one number, or one per problem of the batch {batch_shape}."
        ) from None


def _flatten(problem: Problem) -> Problem:
    axes = len(problem.batch_shape)
    return jax.tree.map(lambda leaf: np.reshape(leaf, (-1, *np.shape(leaf)[axes:])), problem)
