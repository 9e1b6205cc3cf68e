"""Gradient flow in parameter space and its hitting times, for policies of any kind (paper, Eq (4) and Section 2.3).

`d theta / dt = grad phi(theta)`, the mean over the prompts, which share the parameters. SciPy's DOP853 (order 8, dense
output of order 7, events) steps each problem at its own pace; JAX evaluates the gradient, compiled once for each kind
of policy. A compiled solver would save a tenth of a millisecond per evaluation and cost half a minute of compilation
per kind, and problems in lock-step would all wait for the slowest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float
from scipy.integrate import solve_ivp

from sims.hitting import Hitting, Status
from sims.threads import in_threads
from theory.arrays import AnyArray, Integers, Scalars
from theory.checks import as_float64, check_positive, check_reward
from theory.errors import InvalidInputError
from theory.index_checks import as_output_index, per_problem
from theory.jacobian_norms import jacobian_norms
from theory.landscape import objective_gradient, regularized_variance, squared_norm
from theory.moments import advantage, expectation
from theory.policies.policy import Parameters, output_log_probabilities
from theory.policy_problem import PolicyProblem

TOLERANCE = 1e-9
COARSER = 100.0
"""The tolerance of the second run, which tells how good the first is, over that of the first."""

HORIZON = 300.0
"""The default horizon, in units of `flow_clock`."""

MOST_EVALUATIONS = 20_000
CHECKS = 64
"""Points of the path at which a crossing earlier than the one found would be noticed."""


def flow_clock(problem: PolicyProblem) -> jax.Array:
    """`1 / (J_0^2 sqrt(E Var_0))`, the time scale that the bounds on `t_gamma` share; one where nothing can move."""
    spread = jnp.mean(regularized_variance(problem, problem.parameters))
    norm = jnp.max(jacobian_norms(problem.policy, problem.parameters).contrast)
    rate = norm**2 * jnp.sqrt(spread)
    return 1 / jnp.where(rate > 0, rate, 1.0)


def rewarded_gain(
    problem: PolicyProblem, parameters: Parameters, reward: AnyArray, prompt: AnyArray | int
) -> jax.Array:
    """`E_{pi(.|x)}[reward] - E_{pi0(.|x)}[reward]` of one prompt, `pi0` at the problem's own parameters (traceable).

    Weighting by the change of the policy keeps the digits of a gain far below the reward.
    """
    start = output_log_probabilities(problem.policy, problem.parameters)[prompt]
    moved = output_log_probabilities(problem.policy, parameters)[prompt]
    policy = jnp.exp(start)
    gain = expectation(policy, jnp.expm1(moved - start) * advantage(policy, jnp.asarray(reward)[prompt]))
    return jnp.asarray(gain)


@jax.jit
def _clock(problem: PolicyProblem) -> jax.Array:
    return flow_clock(problem)


@jax.jit
def _velocity(problem: PolicyProblem, flat: jax.Array, clock: jax.Array) -> jax.Array:
    """The gradient and its norm, times the clock, as one vector: parameters and path length move together."""
    _, unravel = ravel_pytree(problem.parameters)
    gradient = objective_gradient(problem, unravel(flat[:-1]))
    return clock * jnp.append(ravel_pytree(gradient)[0], jnp.sqrt(squared_norm(gradient)))


@jax.jit
def _gain(problem: PolicyProblem, flat: jax.Array, reward: jax.Array, prompt: jax.Array) -> jax.Array:
    _, unravel = ravel_pytree(problem.parameters)
    return rewarded_gain(problem, unravel(flat[:-1]), reward, prompt)


@dataclass(frozen=True, eq=False)
class FlowPath:
    """Gradient flow from a problem's own parameters, as far as it was integrated.

    **Fields**: `problem`; `end`, the last time; `status` (`REACHED`: the event; `CENSORED`: the horizon, or as far as
    the allowed evaluations went; `FAILED`: it broke down there); `evaluations` of the gradient; `clock`, the problem's
    `flow_clock`.
    """

    problem: PolicyProblem
    end: float
    status: Status
    evaluations: int
    clock: float
    _dense: Callable[[np.ndarray], np.ndarray] | None

    def states(self, times: Float[AnyArray, " times"]) -> tuple[Parameters, Float[np.ndarray, " times"]]:
        """Parameters (a first axis of times) and the path length `int_0^t ||theta'||` at times up to `end`."""
        flat, unravel = ravel_pytree(self.problem.parameters)
        start = np.append(np.asarray(flat), 0.0)
        moments = np.asarray(times, np.float64) / self.clock
        columns = np.tile(start[:, None], len(moments)) if self._dense is None else self._dense(moments)
        # The interpolant is off by rounding where nothing has happened yet.
        columns = np.where(moments == 0, start[:, None], columns)
        return jax.vmap(unravel)(jnp.asarray(columns[:-1].T)), columns[-1]


class _OutOfEvaluations(Exception):
    """Raised inside the integrator, which has no limit of its own."""


def follow_flow(
    problem: PolicyProblem,
    horizon: float,
    *,
    increase: float | None = None,
    prompt: int = 0,
    reward: AnyArray | None = None,
    tolerance: float = TOLERANCE,
    most_evaluations: int = MOST_EVALUATIONS,
) -> FlowPath:
    """Follows gradient flow to `horizon`, or until a prompt's expected reward has risen by `increase`.

    **Arguments**

    - `problem`: a single one. `horizon`: a positive time.
    - `increase`: `gamma`, or None not to watch; `prompt`, `reward`: whose expectation, `(prompts, outputs)`; the
      ground truth if not given.
    - `tolerance`: of one step, relative and absolute.
    - `most_evaluations`: of the gradient; then the flow is censored where it is.

    **Returns** a `FlowPath`. Computed in float64 whatever JAX's default precision is.

    **Raises** `InvalidInputError` for a batch or a horizon that is not positive and finite.
    """
    if problem.batch_shape:
        raise InvalidInputError("problem", f"a batch of shape {problem.batch_shape}", "Give a single problem.")
    if not (math.isfinite(horizon) and horizon > 0):
        raise InvalidInputError("horizon", horizon, "Give a positive, finite time.")
    with jax.enable_x64(True):
        problem = jax.tree.map(jnp.asarray, problem)
        values = jnp.asarray(problem.ground_truth_reward if reward is None else reward)
        clock = float(_clock(problem))
        start = np.append(np.asarray(ravel_pytree(problem.parameters)[0]), 0.0)
        last, count = 0.0, 0

        def velocity(time: float, state: np.ndarray) -> np.ndarray:
            nonlocal last, count
            count += 1
            if count > most_evaluations:
                raise _OutOfEvaluations
            return np.asarray(_velocity(problem, state, clock))

        def missing(time: float, state: np.ndarray) -> float:
            nonlocal last
            last = max(last, time)
            return float(_gain(problem, state, values, prompt)) - float(increase or 0.0)

        missing.terminal, missing.direction = True, 1.0  # type: ignore[attr-defined]
        if not np.isfinite(velocity(0.0, start)).all():
            return FlowPath(problem, 0.0, Status.FAILED, count, clock, None)
        try:
            solved = solve_ivp(
                velocity, (0.0, horizon / clock), start, method="DOP853", rtol=tolerance, atol=tolerance,
                dense_output=True, events=missing if increase is not None else None,
            )  # fmt: skip
        except _OutOfEvaluations:
            return FlowPath(problem, last * clock, Status.CENSORED, count, clock, None)
    # Status 1: the event; 0: the horizon; -1: the step fell below the spacing of floating-point numbers.
    status = {1: Status.REACHED, 0: Status.CENSORED}.get(solved.status, Status.FAILED)
    return FlowPath(problem, float(solved.t[-1]) * clock, status, count, clock, solved.sol)


def parameter_hitting_times(
    problems: PolicyProblem,
    increase: Scalars,
    *,
    prompt: Integers = 0,
    reward: AnyArray | None = None,
    horizon: Scalars = math.inf,
    tolerance: float = TOLERANCE,
) -> Hitting:
    """`t_gamma(x)`: when gradient flow in parameter space first raises one prompt's expected reward by `increase`.

    **Arguments**

    - `problems`: a batch of shape `(batch,)` (`stack_policy_problems`).
    - `increase`: `gamma > 0`, one number or one per problem.
    - `prompt`: whose expectation is watched, one number or one per problem.
    - `reward`: shape `(batch, prompts, outputs)`, in [-1, 1]; the ground truth if not given.
    - `horizon`: give up (`censored`) at this time; if infinite, at `HORIZON` times the problem's `flow_clock`.
    - `tolerance`: of one step; a second run, whose tolerance is a hundred times as large, tells the error.

    **Returns** a `Hitting` of shape `(batch,)`, float64. `relative_error` is ten tolerances and the difference of the
    two runs, hence about the error of the worse one; NaN where the path crosses earlier than the event that was found.
    `never` where no output is rewarded enough, or where the policy is at a critical point from the beginning; `failed`,
    with the time reached, where logits stop being finite.

    **Raises** `InvalidInputError` for increases, prompts, rewards or horizons that make no sense.
    """
    return hitting_paths(problems, increase, prompt=prompt, reward=reward, horizon=horizon, tolerance=tolerance)[0]


def hitting_paths(
    problems: PolicyProblem,
    increase: Scalars,
    *,
    prompt: Integers = 0,
    reward: AnyArray | None = None,
    horizon: Scalars = math.inf,
    tolerance: float = TOLERANCE,
    most_evaluations: int = MOST_EVALUATIONS,
) -> tuple[Hitting, list[FlowPath]]:
    """As `parameter_hitting_times`, and the paths that lead there (for `never`, a path to one clock).

    A flow that needs more than `most_evaluations` of the gradient is censored where it is.
    """
    if len(problems.batch_shape) != 1:
        raise InvalidInputError("problems", f"shape {problems.batch_shape}", "Give a batch: stack_policy_problems.")
    (count,) = problems.batch_shape
    gamma = per_problem("increase", increase, (count,))
    check_positive("increase", gamma)
    watched = as_output_index("prompt", prompt, (count,), problems[0].policy.prompts)
    values = as_float64("reward", problems.ground_truth_reward if reward is None else reward)
    if values.shape != np.shape(problems.proxy_reward):
        raise InvalidInputError("reward", f"shape {values.shape}", f"Give {np.shape(problems.proxy_reward)}.")
    check_reward("reward", values)
    limit = np.array(np.broadcast_to(np.asarray(horizon, np.float64), (count,)))
    if not (limit > 0).all():
        raise InvalidInputError("horizon", horizon, "Give a positive time, or infinity for the default.")

    def one(k: int) -> tuple[float, float, Status, FlowPath]:
        return _hit(problems[k], gamma[k], int(watched[k]), values[k], limit[k], tolerance, most_evaluations)

    found = in_threads(one, range(count))
    times, errors, codes = (np.array([row[place] for row in found]) for place in range(3))
    paths = [row[3] for row in found]
    evaluations = np.array([path.evaluations for path in paths], np.int64)
    return Hitting(times, errors, codes.astype(np.int8), evaluations), paths


def _hit(
    problem: PolicyProblem,
    increase: float,
    prompt: int,
    reward: np.ndarray,
    limit: float,
    tolerance: float,
    most_evaluations: int,
) -> tuple[float, float, Status, FlowPath]:
    with jax.enable_x64(True):
        problem = jax.tree.map(jnp.asarray, problem)
        clock = float(_clock(problem))
        start = jnp.append(ravel_pytree(problem.parameters)[0], 0.0)
        still = not np.any(np.asarray(_velocity(problem, start, clock)))
        initial = np.exp(np.asarray(output_log_probabilities(problem.policy, problem.parameters)))[prompt]
    watch: dict[str, Any] = {
        "increase": increase,
        "prompt": prompt,
        "reward": reward,
        "most_evaluations": most_evaluations,
    }
    # An expectation stays below the largest reward, whatever the policy.
    if still or increase >= np.max(reward[prompt]) - initial @ reward[prompt]:
        return math.inf, math.nan, Status.NEVER, follow_flow(problem, clock)
    horizon = limit if math.isfinite(limit) else HORIZON * clock
    path = follow_flow(problem, horizon, **watch, tolerance=tolerance)
    if path.status is not Status.REACHED:
        return path.end, math.nan, path.status, path
    coarse = follow_flow(problem, 1.5 * path.end, **watch, tolerance=COARSER * tolerance)
    with jax.enable_x64(True):
        states, _ = path.states(path.end * np.linspace(0, 1, CHECKS)[1:-1])
        flat = jax.vmap(lambda theta: jnp.append(ravel_pytree(theta)[0], 0.0))(states)
        gains = np.asarray(_gains(problem, flat, jnp.asarray(reward), prompt))
    trusted = coarse.status is Status.REACHED and (gains < increase).all()
    # Two runs may agree by chance, but not to better than what each step was allowed.
    error = abs(coarse.end - path.end) / path.end + 10 * tolerance if trusted else math.nan
    return path.end, error, path.status, path


@jax.jit
def _gains(problem: PolicyProblem, flat: jax.Array, reward: jax.Array, prompt: jax.Array) -> jax.Array:
    return jax.vmap(lambda state: _gain(problem, state, reward, prompt))(flat)
