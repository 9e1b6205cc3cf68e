"""Gradient flow in parameter space, for policies of any kind (paper, Eq (4)).

`d theta / dt = grad phi(theta)`, the mean over the prompts, which share the parameters. SciPy's DOP853 (order 8, dense
output of order 7) steps each problem at its own pace; JAX evaluates the gradient, compiled once for each kind of
policy. A compiled solver would save a tenth of a millisecond per evaluation and cost half a minute of compilation per
kind, and problems in lock-step would all wait for the slowest.

What is integrated is how far the parameters have moved, and its error is bounded relative to that: a small increase of
the expected reward is reached after a small move, which the size of the parameters says nothing about.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float
from scipy.integrate import DOP853, OdeSolution

from sims.hitting import Status
from sims.parameter_space.dense_crossing import Crossing, Sample, crossing_between
from sims.policy_gradient.prompt_subset import PromptSubset
from sims.reward_gain import reward_gain
from theory.arguments.checking import checked_input
from theory.arguments.checks import as_float64, check_finite, check_nonnegative
from theory.arguments.index_checks import as_output_index
from theory.arguments.names import FINITE_POSITIVE, PROBLEM
from theory.arguments.number_rules import between, finite
from theory.arguments.rules import Shaped, Single, Whole
from theory.arguments.shape_rules import rewards_of_problem
from theory.arrays import AnyArray
from theory.compilation import compiled_for_one_run, compiled_sooner
from theory.errors import InvalidInputError
from theory.parameter_space.jacobian_norms import jacobian_norms
from theory.parameter_space.objective import objective_gradient, regularized_variance, squared_norm
from theory.parameter_space.problem import PolicyProblem
from theory.policies.policy import Parameters, output_log_probabilities

TOLERANCE = 1e-9
SMALLEST_TOLERANCE, LARGEST_TOLERANCE = 1e-13, 1e-3
STEP_TOLERANCE = Single(between(SMALLEST_TOLERANCE, LARGEST_TOLERANCE))
"""The rule of a tolerance that steps in float64 can keep and that says something."""

MOST_EVALUATIONS = 20_000


def flow_clock(problem: PolicyProblem) -> jax.Array:
    """`1 / (J_0^2 sqrt(E Var_0))`, the time scale that the bounds on `t_gamma` share; one where nothing can move."""
    spread = jnp.mean(regularized_variance(problem, problem.parameters))
    norm = jnp.max(jacobian_norms(problem.policy, problem.parameters).contrast)
    rate = norm**2 * jnp.sqrt(spread)
    return 1 / jnp.where(rate > 0, rate, 1.0)


def rewarded_gain(
    problem: PolicyProblem, parameters: Parameters, reward: AnyArray, prompt: AnyArray | int
) -> jax.Array:
    """`E_{pi(.|x)}[reward] - E_{pi0(.|x)}[reward]` of one prompt, `pi0` at the problem's own parameters (traceable)."""
    start = output_log_probabilities(problem.policy, problem.parameters)[prompt]
    moved = output_log_probabilities(problem.policy, parameters)[prompt]
    return jnp.asarray(reward_gain(start, moved, jnp.asarray(reward)[prompt]))


@compiled_for_one_run()
def _clock(problem: PolicyProblem) -> jax.Array:
    return flow_clock(problem)


def _parameters(problem: PolicyProblem, state: jax.Array) -> Parameters:
    """The parameters of a state: the problem's own, moved by all numbers of it but the last, the path length."""
    start, unravel = ravel_pytree(problem.parameters)
    return unravel(start + state[:-1])


@compiled_sooner()
def _velocity(problem: PolicyProblem, state: jax.Array, clock: jax.Array) -> jax.Array:
    """The gradient and its norm, times the clock, as one vector: parameters and path length move together."""
    gradient = objective_gradient(problem, _parameters(problem, state))
    return clock * jnp.append(ravel_pytree(gradient)[0], jnp.sqrt(squared_norm(gradient)))


def _start(problem: PolicyProblem) -> np.ndarray:
    return np.zeros(1 + sum(np.size(leaf) for leaf in jax.tree.leaves(problem.parameters)))


def flow_beginning(problem: PolicyProblem) -> tuple[float, bool]:
    """The problem's `flow_clock`, and whether nothing moves: a critical point of the objective."""
    with jax.enable_x64(True):
        problem = jax.tree.map(jnp.asarray, problem)
        clock = float(_clock(problem))
        return clock, not np.any(np.asarray(_velocity(problem, _start(problem), clock)))


@compiled_sooner()
def _look(
    problem: PolicyProblem, columns: jax.Array, reward: jax.Array, prompt: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Gains of one prompt at states side by side, shape `(size, times)`, and the largest move between neighbours."""
    watched = PromptSubset(problem.policy, prompt[None])

    def log_policy(parameters: Parameters) -> jax.Array:
        return jnp.asarray(output_log_probabilities(watched, parameters))[0]

    start = log_policy(problem.parameters)
    moved = jax.vmap(lambda state: log_policy(_parameters(problem, state)))(columns.T)
    steps = jnp.diff(jnp.exp(moved), axis=0)
    gains = jnp.asarray(jax.vmap(lambda row: reward_gain(start, row, reward))(moved))
    return gains, jnp.max(jnp.sum(jnp.abs(steps), axis=1)) / 2


class Watch(NamedTuple):
    """What is waited for: that the expected `watched_reward` of `prompt` rises by `increase`.

    **Fields**: `increase`; `prompt`, its number; `watched_reward`, shape `(prompts, outputs)`.
    """

    increase: float
    prompt: int
    watched_reward: Float[np.ndarray, "prompts outputs"]

    @property
    def share(self) -> float:
        """The increase as a share of the range of the prompt's rewards: about how far logits have to move, or one."""
        spread = float(np.ptp(self.watched_reward[self.prompt]))
        return min(1.0, self.increase / spread) if spread > 0 else 1.0


class _Piece(NamedTuple):
    """One step of the integrator: its ends, and the states in between, shape `(size, times)`."""

    low: float
    high: float
    states: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class FlowPath:
    """Gradient flow from a problem's own parameters, as far as it was integrated.

    **Fields**: `problem`; `end`, the last time; `status` (`REACHED`: what was waited for; `CENSORED`: the horizon, or
    as far as the allowed evaluations went; `FAILED`: it broke down there); `evaluations` of the gradient; `clock`, the
    problem's `flow_clock`; `highest`: the largest gain found, less the one waited for (`-inf` if none was);
    `falls`: whether the gain fell anywhere; `length_error`: what the errors of all steps may have added to the path's
    length, beside their share of it: a path that is not much longer is not resolved.
    """

    problem: PolicyProblem
    end: float
    status: Status
    evaluations: int
    clock: float
    highest: float
    falls: bool
    length_error: float
    _pieces: tuple[_Piece, ...]

    def states(self, times: Float[AnyArray, " times"]) -> tuple[Parameters, Float[np.ndarray, " times"]]:
        """Parameters (a first axis of times) and the path length `int_0^t ||theta'||` at times up to `end`.

        **Raises** `InvalidInputError` for times that are negative, not finite, or beyond `end`: nothing is known there.
        """
        moments = self._moments(times)
        with jax.enable_x64(True):
            columns = self._columns(moments)
            return jax.vmap(lambda state: _parameters(self.problem, state))(jnp.asarray(columns.T)), columns[-1]

    def gains(self, times: Float[AnyArray, " times"], watch: Watch) -> Float[np.ndarray, " times"]:
        """By how much the expected reward of a prompt has risen at as many times as `PANEL` has points."""
        return _sampled(self.problem, self._columns(self._moments(times)), watch).values

    def first_time(self, watch: Watch) -> float | None:
        """The first time at which the expected reward has risen by `watch.increase`; None if it does not up to `end`.

        **Raises** `InvalidInputError` for an increase that is not positive.
        """
        if not watch.increase > 0:
            raise InvalidInputError("increase", watch.increase, "It must be greater than zero.")
        for piece in self._pieces:
            crossing = _search(self.problem, piece, watch)
            if crossing.time is not None:
                return crossing.time * self.clock
        return None

    def _moments(self, times: Float[AnyArray, " times"]) -> np.ndarray:
        given = as_float64("times", times)
        check_finite("times", np.atleast_1d(given))
        check_nonnegative("times", np.atleast_1d(given))
        if given.ndim != 1:
            raise InvalidInputError("times", f"shape {given.shape}", "Give a list of times.")
        if (given > self.end).any():
            raise InvalidInputError("times", given.max(), f"The path ends at {self.end:g}: follow it further first.")
        return given / self.clock

    def _columns(self, moments: np.ndarray) -> np.ndarray:
        start = _start(self.problem)
        if not self._pieces:
            return np.tile(start[:, None], len(moments))
        dense = OdeSolution([0.0, *(piece.high for piece in self._pieces)], [piece.states for piece in self._pieces])
        # The interpolant is off by rounding where nothing has happened yet.
        return np.where(moments == 0, start[:, None], dense(np.minimum(moments, self._pieces[-1].high)))


def _sampled(problem: PolicyProblem, columns: np.ndarray, watch: Watch) -> Sample:
    with jax.enable_x64(True):
        values, moves = _look(
            problem, columns, jnp.asarray(watch.watched_reward[watch.prompt]), jnp.asarray(watch.prompt)
        )
        return Sample(np.asarray(values), float(moves))


def _search(problem: PolicyProblem, piece: _Piece, watch: Watch) -> Crossing:
    """Where in one step the gain first is what is waited for."""

    def look(moments: np.ndarray) -> Sample:
        return _sampled(problem, piece.states(moments), watch)

    return crossing_between(look, piece.low, piece.high, watch.increase)


class _OutOfEvaluations(Exception):
    """Raised inside the integrator, which has no limit of its own."""


@checked_input(
    problem=PROBLEM,
    horizon=Single(FINITE_POSITIVE.check),
    increase=Single(FINITE_POSITIVE.check),
    prompt=Whole(0),
    watched_reward=Shaped(finite, rewards_of_problem, booleans=True),
    tolerance=STEP_TOLERANCE,
    most_evaluations=Whole(1),
)
def follow_flow(
    problem: PolicyProblem,
    horizon: float,
    *,
    increase: float | None = None,
    prompt: int = 0,
    watched_reward: AnyArray | None = None,
    tolerance: float = TOLERANCE,
    most_evaluations: int = MOST_EVALUATIONS,
) -> FlowPath:
    """Follows gradient flow to `horizon`, or until a prompt's expected reward has first risen by `increase`.

    Every step is searched for a crossing and for maxima that may hide one: the expected reward may rise above what is
    waited for and fall below it within a step.

    **Arguments**

    - `problem`: a single one. `horizon`: a positive time.
    - `increase`: `gamma`, or None not to watch; `prompt`, `watched_reward`: whose expectation, shape
      `(prompts, outputs)`; the ground truth if not given.
    - `tolerance`: of one step, relative to how far the parameters have moved, or to the smallest move that can raise
      the expected reward by `increase`; from 1e-13 to 1e-3.
    - `most_evaluations`: of the gradient; then the flow is censored where it is.

    **Returns** a `FlowPath`. Computed in float64 whatever JAX's default precision is.

    **Raises** `InvalidInputError` for a batch, or for a horizon, increase, prompt, reward, tolerance or limit that
    makes no sense.

    >>> import numpy as np
    >>> from sims import follow_flow
    >>> from theory import make_policy_problem
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(1, 3, 1)  # one prompt, three tokens, outputs of one token
    >>> problem = make_policy_problem(
    ...     policy, np.zeros((1, 1, 3)), proxy_reward=[1, 0, -1], ground_truth_reward=[1, 0, -1]
    ... )
    >>> path = follow_flow(problem, 100.0, increase=0.5)
    >>> path.status.label, round(path.end, 3)
    ('reached', 2.49)
    """
    rewards = np.asarray(problem.ground_truth_reward if watched_reward is None else watched_reward)
    as_output_index("prompt", prompt, (), len(rewards))
    watch = None if increase is None else Watch(increase, prompt, rewards)
    with jax.enable_x64(True):
        problem = jax.tree.map(jnp.asarray, problem)
        return _followed(problem, horizon, watch, tolerance, most_evaluations)


def _centred(problem: PolicyProblem) -> PolicyProblem:
    """The same problem with each prompt's proxy rewards as differences from one of them, which moves nothing else.

    Rewards that are nearly equal would leave no digits for the KL term, which is added to them.
    """
    proxy = np.asarray(problem.proxy_reward)
    likely = np.asarray(problem.log_reference)
    most_likely = np.take_along_axis(proxy, np.argmax(likely, axis=-1)[:, None], axis=-1)
    return replace(problem, proxy_reward=jnp.asarray(proxy - most_likely))


def _followed(
    problem: PolicyProblem, horizon: float, watch: Watch | None, tolerance: float, most_evaluations: int
) -> FlowPath:
    clock = float(_clock(problem))
    start, driving = _start(problem), _centred(problem)
    count, highest, falls = 0, -math.inf, False
    pieces: list[_Piece] = []
    absolute = tolerance * (1.0 if watch is None else watch.share)

    def velocity(time: float, state: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        if count > most_evaluations:
            raise _OutOfEvaluations
        return np.asarray(_velocity(driving, state, clock))

    def path(status: Status, end: float) -> FlowPath:
        noise = len(pieces) * absolute * math.sqrt(start.size)
        return FlowPath(problem, end, status, min(count, most_evaluations), clock, highest, falls, noise, tuple(pieces))

    try:
        if not np.isfinite(velocity(0.0, start)).all():
            return path(Status.FAILED, 0.0)
        # The clock's unit is the time in which a policy changes; an order of eight takes this share of it in a step.
        first = min(tolerance ** (1 / 8), horizon / clock)
        solver = DOP853(velocity, 0.0, start, horizon / clock, rtol=tolerance, atol=absolute, first_step=first)
        while solver.status == "running":
            solver.step()
            # The step fell below the spacing of floating-point numbers.
            if solver.status == "failed":
                return path(Status.FAILED, solver.t * clock)
            piece = _Piece(solver.t_old, solver.t, solver.dense_output())
            pieces.append(piece)
            if watch is None:
                continue
            crossing = _search(problem, piece, watch)
            highest, falls = max(highest, crossing.highest), falls or crossing.falls
            if crossing.time is not None:
                pieces[-1] = piece._replace(high=crossing.time)
                return path(Status.REACHED, crossing.time * clock)
    except _OutOfEvaluations:
        return path(Status.CENSORED, (pieces[-1].high if pieces else 0.0) * clock)
    return path(Status.CENSORED, horizon)
