"""Hitting times of gradient flow for any batch of tabular problems: the one call that everybody makes."""

from __future__ import annotations

import itertools
import math
from functools import partial

import jax
import numpy as np

from sims.exact_flow.integrable_flow import integrable_hitting_times
from sims.extreme_scales import is_extreme, solve_rescaled
from sims.hitting import Hitting, OnFinished
from sims.regularized_flow.hitting_times import regularized_hitting_times
from sims.sensitivity.traced import traceable
from theory.arguments.checking import checked_input
from theory.arguments.checks import check_normal
from theory.arguments.names import FINITE_POSITIVE, TABULAR_PROBLEM
from theory.arguments.number_rules import between, reward_in_range
from theory.arguments.rules import Shaped, Single
from theory.arguments.shape_rules import batch_of_problem, rewards_of_problem
from theory.arrays import OutputVector, Scalars
from theory.tabular.problem import Problem

SMALLEST_TOLERANCE = 1e-13


@traceable
@checked_input(
    problem=TABULAR_PROBLEM,
    increase=Shaped(FINITE_POSITIVE.check, batch_of_problem, or_last_axes=(0,)),
    watched_reward=Shaped(reward_in_range, rewards_of_problem, or_last_axes=(1,), booleans=True),
    relative_tolerance=Single(between(SMALLEST_TOLERANCE, 1e-2)),
    horizon=Single(between(0.0, np.inf, open_at_least=True)),
)
def hitting_times(
    problem: Problem,
    increase: Scalars,
    *,
    watched_reward: OutputVector | None = None,
    relative_tolerance: float = 1e-10,
    horizon: float = math.inf,
    on_finished: OnFinished | None = None,
) -> Hitting:
    """`t_gamma`: when gradient flow on the objective first raises the expected reward by `increase` (Eq 4, Section
    2.3).

    Problems with `kl_coefficient = 0` are solved by the exact reduction of the flow to one scalar curve
    (`sims.exact_flow`), the others by an adaptive integration (`sims.regularized_flow`). Computed in float64 whatever
    JAX's default precision is.

    **Arguments**

    - `problem`: one problem or a batch of any shape, filled up by `theory.tabular.padding` if its problems differ in
      size.
    - `increase`: `gamma > 0`, a number or one per problem; none below 2.2e-308, where float64 has fewer digits.
    - `watched_reward`: the reward whose expectation is watched, any values in [-1, 1] (default: the ground truth).
    - `relative_tolerance`: aimed at for `t_gamma`, between 1e-13 and 1e-2.
    - `horizon`: give up (`censored`) at this time.
    - `on_finished`: called now and then with how many more problems are finished, by several threads.

    **Returns** a `Hitting` of the batch's shape.

    Inside `jax.jit`, `jax.vmap` and `jax.grad` the same solvers run on the host, in the caller's precision of numbers
    going in and out, and problems' log-probabilities are taken for logits. The time has first derivatives with respect
    to the rewards, the initial logits (which the reference moves with), `gamma`, the KL coefficient and `|S|`, by
    implicit differentiation at the crossing (`sims.sensitivity`); they are NaN where the target is not reached.

    **Raises** `InvalidInputError` for what is no problem, an empty batch, and increases, rewards, tolerances or
    horizons that make no sense; inside a transformation JAX wraps it in an error of its own.

    >>> from sims import hitting_times
    >>> from theory import make_problem
    >>> problem = make_problem(
    ...     initial_probabilities=[0.1, 0.9], proxy_reward=[1, -1], ground_truth_reward=[1, -1]
    ... )
    >>> found = hitting_times(problem, 0.4)
    >>> print(bool(found.reached), round(float(found.time), 4))
    True 2.421

    >>> import jax
    >>> print(round(float(jax.grad(lambda gamma: hitting_times(problem, gamma).time)(0.4)), 3))
    2.834
    """
    gamma = np.broadcast_to(np.asarray(increase), problem.batch_shape)
    check_normal("increase", gamma)
    watched = np.asarray(problem.ground_truth_reward if watched_reward is None else watched_reward, np.float64)
    watched = np.broadcast_to(watched, np.shape(problem.initial_log_probabilities))

    flat = _flatten(problem)
    found = driven_hitting_times(
        flat,
        np.asarray(flat.proxy_reward, np.float64),
        watched.reshape(-1, problem.outputs),
        gamma.reshape(-1),
        relative_tolerance=relative_tolerance,
        horizon=horizon,
        on_finished=on_finished,
    )
    return jax.tree.map(lambda part: part.reshape(problem.batch_shape), found)


def driven_hitting_times(
    flat: Problem,
    proxy: np.ndarray,
    watched: np.ndarray,
    gamma: np.ndarray,
    *,
    relative_tolerance: float = 1e-10,
    horizon: float = math.inf,
    on_finished: OnFinished | None = None,
) -> Hitting:
    """Hitting times of problems whose flow `proxy`, of any scale, drives in the place of their proxy reward.

    **Arguments**: `flat`: problems of batch shape `(batch,)`; `proxy`, `watched`: shape `(batch, outputs)`, float64;
    `gamma`: shape `(batch,)`; the others as in `hitting_times`. Nothing is checked.

    **Returns** a `Hitting` of shape `(batch,)`.
    """
    regularized = np.asarray(flat.kl_coefficient) > 0
    prompts = np.asarray(flat.prompts, np.float64)
    extreme = is_extreme(np.asarray(flat.initial_log_probabilities, np.float64), proxy, prompts)
    parts: list[tuple[np.ndarray, Hitting]] = []
    for with_kl, rescaled in itertools.product((False, True), (False, True)):
        chosen = np.flatnonzero((regularized == with_kl) & (extreme == rescaled))
        if chosen.size:
            coefficient = np.asarray(flat.kl_coefficient)[chosen]
            solve = partial(
                _solve,
                flat[chosen],
                watched[chosen],
                gamma[chosen],
                with_kl=with_kl,
                relative_tolerance=relative_tolerance,
                on_finished=on_finished,
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
        return np.concatenate([np.asarray(getattr(part, name)) for _, part in parts])[order]

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
    relative_tolerance: float,
    on_finished: OnFinished | None,
    horizon: float = math.inf,
) -> Hitting:
    flow = (problem.initial_log_probabilities, proxy, watched, gamma, prompts)
    if with_kl:
        return regularized_hitting_times(
            *flow, coefficient, relative_tolerance=relative_tolerance, horizon=horizon, on_finished=on_finished
        )
    return integrable_hitting_times(
        *flow, relative_tolerance=relative_tolerance, horizon=horizon, on_finished=on_finished
    )


def _flatten(problem: Problem) -> Problem:
    axes = len(problem.batch_shape)
    return jax.tree.map(lambda leaf: np.reshape(leaf, (-1, *np.shape(leaf)[axes:])), problem)
