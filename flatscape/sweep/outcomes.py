"""All that a simulation says of a batch of problems: hitting times, bounds, and numbers that describe the problems."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from sims.flow_hitting_times import hitting_times
from sims.hitting import Hitting, OnFinished
from theory.accuracy.pairs import uniform_accuracy
from theory.statements.problem_bounds import ProblemBounds, problem_bounds
from theory.tabular.problem import Problem

UNDERFLOW = (
    "The rewards differ by so little that their variance is below what float64 holds: bounds that use it are not to be "
    "relied on. Scale the proxy reward up: times shrink by the same factor."
)


class Outcomes(NamedTuple):
    """What became of a batch; NumPy arrays.

    **Fields**: the `hitting` times; the `bounds` on them, which have the variance of the proxy reward too; the
    `accuracy` of the proxy reward; `underflow`: where that variance is too small for float64 (see `UNDERFLOW`).
    """

    hitting: Hitting
    bounds: ProblemBounds
    accuracy: Float64[np.ndarray, " batch"]
    underflow: Bool[np.ndarray, " batch"]


def outcomes_of(
    problem: Problem,
    increase: Float64[np.ndarray, " batch"],
    horizon: float,
    on_finished: OnFinished | None = None,
) -> Outcomes:
    """Simulates a batch of problems, which `theory.tabular.padding` may have filled up.

    **Arguments**: `increase`: `gamma` of each; `horizon` and `on_finished` as in `sims.hitting_times`.
    """
    hitting = hitting_times(problem, increase, horizon=horizon, on_finished=on_finished)
    bounds = problem_bounds(problem, increase, np.asarray(hitting.time))
    vanishes = np.asarray(bounds.reward_variance) < np.finfo(np.float64).tiny
    underflow = vanishes & (np.ptp(np.asarray(problem.proxy_reward), axis=-1) > 0)
    return Outcomes(hitting, bounds, _accuracies(problem), underflow)


def _accuracies(problem: Problem) -> Float64[np.ndarray, " batch"]:
    """The accuracy of each problem among its own outputs, which stand before those that fill it up."""
    sizes = np.isfinite(np.asarray(problem.initial_log_probabilities)).sum(axis=-1)
    proxy, truth = np.asarray(problem.proxy_reward), np.asarray(problem.ground_truth_reward)
    found = np.empty(len(sizes))
    for size in np.unique(sizes):
        own = sizes == size
        found[own] = uniform_accuracy(proxy[own, :size], truth[own, :size])
    return found
