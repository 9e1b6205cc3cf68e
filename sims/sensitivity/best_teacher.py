"""The best teacher: of all reward models that order the outputs in a given way, the one that teaches fastest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from sims.flow_hitting_times import hitting_times
from theory.arguments.checking import checked_input
from theory.arguments.names import ONE_TABULAR_PROBLEM
from theory.arguments.number_rules import between
from theory.arguments.rules import Single
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem

MOST_ITERATIONS = 200
TOLERANCE = 1e-9
"""Of the logarithm of the time, where the search ends."""

OUT_OF_REACH = 1e3
"""What stands for the logarithm of an infinite time: the search turns back."""


class BestTeacher(NamedTuple):
    """The fastest reward model that was found.

    **Fields**: `proxy_reward`, shape `(outputs,)`; `time`, its `t_gamma`, infinity if none was found that reaches the
    target; `variance`, of the reward under the initial policy; `evaluations` of `t_gamma`.
    """

    proxy_reward: Float[np.ndarray, " outputs"]
    time: float
    variance: float
    evaluations: int


@checked_input(
    problem=ONE_TABULAR_PROBLEM,
    increase=Single(between(0.0, np.inf, open_at_least=True, infinite=False)),
    margin=Single(between(0.0, 2.0)),
    largest_variance=Single(between(0.0, 1.0, open_at_least=True)),
)
def best_teacher(
    problem: Problem,
    increase: float,
    order: Sequence[int],
    *,
    margin: float = 0.0,
    largest_variance: float = 1.0,
) -> BestTeacher:
    """Minimises `t_gamma` over proxy rewards in [-1, 1] whose order, and so whose accuracy, is given.

    Sequential quadratic programming (SciPy's SLSQP) on `ln t_gamma`, whose gradient is implicit
    (`sims.sensitivity.adjoint`), from two starts: all but the first output as low as they can be, and evenly spaced.
    What is found is a local minimum; that no other is lower is not proved.

    **Arguments**

    - `problem`: a single problem; its own proxy reward does not matter. `increase`: `gamma > 0`.
    - `order`: the outputs from the one of highest proxy reward to that of the lowest.
    - `margin`: how far each is above the next, at least. With zero, orders are limits of one another and cost nothing.
    - `largest_variance`: of the proxy reward under the initial policy (Definition 2 of the paper), at most; one is no
      limit.

    **Raises** `InvalidInputError` for a batch, what is no order of the outputs, and margins that do not fit into
    [-1, 1]. Source: ours.

    **Example**

    >>> from theory import make_problem
    >>> truth = [1.0, 0.0, -1.0]
    >>> problem = make_problem(
    ...     initial_probabilities=[0.1, 0.6, 0.3], proxy_reward=truth, ground_truth_reward=truth
    ... )
    >>> found = best_teacher(problem, 0.5, [0, 1, 2], margin=0.25)
    >>> found.proxy_reward.round(3).tolist()
    [1.0, -0.75, -1.0]
    """
    places = _checked_order(order, problem.outputs)
    if margin * (problem.outputs - 1) > 2:
        raise InvalidInputError("margin", margin, f"Give at most {2 / (problem.outputs - 1):.6g}: rewards fit in 2.")
    initial = np.exp(np.asarray(problem.initial_log_probabilities, np.float64))
    count = 0

    def objective(reward: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal count
        count += 1
        value, gradient = _log_time(np.clip(reward, -1.0, 1.0), problem, np.float64(increase))
        if not np.isfinite(value):
            return OUT_OF_REACH, np.zeros(len(reward))
        return float(value), np.asarray(gradient)

    centred = np.eye(problem.outputs) - initial
    constraints = [
        {
            "type": "ineq",
            "fun": lambda r: r[places[:-1]] - r[places[1:]] - margin,
            "jac": lambda r: np.eye(len(r))[places[:-1]] - np.eye(len(r))[places[1:]],
        },
        {
            "type": "ineq",
            "fun": lambda r: largest_variance - initial @ (centred @ r) ** 2,
            "jac": lambda r: -2 * initial * (centred @ r),
        },
    ]
    candidates = []
    with jax.enable_x64(True):
        for start in _starts(places, margin):
            found = minimize(
                objective,
                _within(start, initial, largest_variance),
                jac=True,
                method="SLSQP",
                bounds=[(-1.0, 1.0)] * problem.outputs,
                constraints=constraints,
                options={"maxiter": MOST_ITERATIONS, "ftol": TOLERANCE},
            )
            candidates.append((found.fun, np.clip(found.x, -1.0, 1.0)))
    best, reward = min(candidates, key=lambda candidate: candidate[0])
    variance = float(initial @ (reward - initial @ reward) ** 2)
    return BestTeacher(reward, float(np.exp(best)) if best < OUT_OF_REACH else np.inf, variance, count)


@jax.jit
def _log_time(reward: jax.Array, problem: Problem, increase: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(
        lambda r: jnp.log(jnp.asarray(hitting_times(replace(problem, proxy_reward=r), increase).time))
    )(reward)


def _checked_order(order: Sequence[int], outputs: int) -> np.ndarray:
    places = np.asarray(order)
    if places.dtype.kind not in "iu" or sorted(places.tolist()) != list(range(outputs)):
        raise InvalidInputError("order", order, f"Give every output from 0 to {outputs - 1} once, the highest first.")
    return places


def _starts(places: np.ndarray, margin: float) -> list[np.ndarray]:
    """All but the first output as low as the margins allow, and all evenly spaced; shape `(outputs,)` each."""
    count = len(places)
    rank = np.empty(count)
    rank[places] = np.arange(count - 1, -1, -1)
    low = -1 + margin * rank
    low[places[0]] = 1.0
    return [low, -1 + 2 * rank / (count - 1)]


def _within(start: np.ndarray, initial: np.ndarray, largest_variance: float) -> np.ndarray:
    """The start drawn together until its variance is allowed."""
    middle = initial @ start
    variance = initial @ (start - middle) ** 2
    return middle + (start - middle) * min(1.0, np.sqrt(largest_variance / variance))
