"""Hitting times of gradient flow in parameter space, for policies of any kind (paper, Eq (4) and Section 2.3)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sims.hitting import Hitting, Status
from sims.parallel.threads import in_threads
from sims.parameter_space.dense_crossing import PANEL
from sims.parameter_space.flow import (
    LARGEST_TOLERANCE,
    MOST_EVALUATIONS,
    SMALLEST_TOLERANCE,
    STEP_TOLERANCE,
    TOLERANCE,
    FlowPath,
    Watch,
    flow_beginning,
    follow_flow,
)
from sims.policy_gradient.prompt_subset import PromptSubset
from theory.arguments.checking import checked_input
from theory.arguments.index_checks import as_output_index
from theory.arguments.names import FINITE_POSITIVE, PROBLEMS
from theory.arguments.number_rules import between, reward_in_range
from theory.arguments.rules import Shaped, Whole
from theory.arguments.shape_rules import batch_of_problem, rewards_of_problem
from theory.arrays import AnyArray, Integers, Scalars
from theory.compilation import compiled_for_one_run
from theory.errors import InvalidInputError
from theory.parameter_space.problem import PolicyProblem
from theory.policies.policy import output_log_probabilities

COARSER = 100.0
"""The tolerance of the second run, from which the first one's error is estimated, over that of the first."""

HORIZON = 300.0
"""The default horizon, in units of `flow_clock`."""

BEYOND = 1.5
"""The second run's horizon, over the time that the first one found."""

APART = 1e-2
"""Two runs whose times differ by a larger share may have found different crossings."""

ALMOST = 1e-4
"""A target that is missed by more than this is not reached by an error of the integration."""

SAFETY = 3.0
"""Errors of gains are bounded by this times the largest difference of two runs, one of which is far more accurate."""


class _Answer(NamedTuple):
    time: float
    relative_error: float
    status: Status
    path: FlowPath


def parameter_hitting_times(
    problems: PolicyProblem,
    increase: Scalars,
    *,
    prompt: Integers = 0,
    watched_reward: AnyArray | None = None,
    horizon: Scalars = math.inf,
    tolerance: float = TOLERANCE,
) -> Hitting:
    """`t_gamma(x)`: when gradient flow in parameter space first raises one prompt's expected reward by `increase`.

    **Arguments**

    - `problems`: a batch of shape `(batch,)` (`stack_policy_problems`).
    - `increase`: `gamma > 0`, one number or one per problem.
    - `prompt`: whose expectation is watched, one number or one per problem.
    - `watched_reward`: whose expectation, shape `(batch, prompts, outputs)`, in [-1, 1]; the ground truth if not given.
    - `horizon`: give up (`censored`) at this time; if infinite, at `HORIZON` times the problem's `flow_clock`.
    - `tolerance`: of one step, from 1e-13 to 1e-3; the error is estimated by a
      second run, whose tolerance is a hundred times as large.

    **Returns** a `Hitting` of shape `(batch,)`, float64. `relative_error` is the difference of the two runs, hence
    about the error of the worse one, and what an error of ten tolerances in the gain would do. `never` where no output
    is rewarded enough, or where the policy is at a critical point from the beginning; `failed`, with the time reached,
    where logits stop being finite. Where the expected reward has a maximum so close to the target that even a run of a
    hundredth of the tolerance does not decide whether it is reached there, the answer is `censored` at a time up to
    which it certainly is not.

    **Raises** `InvalidInputError` for increases, prompts, rewards, horizons or tolerances that make no sense.

    >>> import numpy as np
    >>> from sims import parameter_hitting_times
    >>> from theory import make_policy_problem, stack_policy_problems
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(1, 3, 1)  # one prompt, three tokens, outputs of one token
    >>> problem = make_policy_problem(
    ...     policy, np.zeros((1, 1, 3)), proxy_reward=[1, 0, -1], ground_truth_reward=[1, 0, -1]
    ... )
    >>> found = parameter_hitting_times(stack_policy_problems([problem]), 0.5)
    >>> found.reached.tolist(), found.time.round(3).tolist()
    ([True], [2.49])
    """
    return hitting_paths(
        problems, increase, prompt=prompt, watched_reward=watched_reward, horizon=horizon, tolerance=tolerance
    )[0]


@checked_input(
    problems=PROBLEMS,
    increase=Shaped(FINITE_POSITIVE.check, batch_of_problem, or_last_axes=(0,)),
    watched_reward=Shaped(reward_in_range, rewards_of_problem, booleans=True),
    horizon=Shaped(between(0.0, np.inf, open_at_least=True), batch_of_problem, or_last_axes=(0,)),
    tolerance=STEP_TOLERANCE,
    most_evaluations=Whole(1),
)
def hitting_paths(
    problems: PolicyProblem,
    increase: Scalars,
    *,
    prompt: Integers = 0,
    watched_reward: AnyArray | None = None,
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
    gamma, limit = (np.broadcast_to(np.asarray(given), (count,)) for given in (increase, horizon))
    prompts = as_output_index("prompt", prompt, (count,), problems[0].policy.prompts)
    rewards = np.asarray(problems.ground_truth_reward if watched_reward is None else watched_reward)

    def one(k: int) -> _Answer:
        watch = Watch(float(gamma[k]), int(prompts[k]), rewards[k])
        return _hit(problems[k], watch, float(limit[k]), tolerance, most_evaluations)

    found = in_threads(one, range(count))
    evaluations = np.array([answer.path.evaluations for answer in found], np.int64)
    hitting = Hitting(
        np.array([answer.time for answer in found]),
        np.array([answer.relative_error for answer in found]),
        np.array([answer.status for answer in found], np.int8),
        evaluations,
    )
    return hitting, [answer.path for answer in found]


def _hit(problem: PolicyProblem, watch: Watch, limit: float, tolerance: float, most_evaluations: int) -> _Answer:
    clock, still = flow_beginning(problem)
    if still or _out_of_reach(problem, watch):
        return _Answer(math.inf, math.nan, Status.NEVER, follow_flow(problem, clock))

    def run(horizon: float, tolerance: float, **watched: Any) -> FlowPath:
        chosen = min(max(tolerance, SMALLEST_TOLERANCE), LARGEST_TOLERANCE)
        return follow_flow(problem, horizon, tolerance=chosen, most_evaluations=most_evaluations, **watched)

    wanted = watch._asdict()
    horizon = limit if math.isfinite(limit) else HORIZON * clock
    path = run(horizon, tolerance, **wanted)
    if path.status is not Status.REACHED:
        # What an error of the integration may have hidden is not ruled out.
        close = path.end > 0 and path.highest >= -ALMOST
        time = _certain(path, run(path.end, COARSER * tolerance), watch) if close else path.end
        return _Answer(time, math.nan, path.status, path)
    other = run(BEYOND * path.end, COARSER * tolerance, **wanted)
    error = _difference(path, other, watch)
    if error > APART:
        path, other = run(horizon, tolerance / COARSER, **wanted), path
        error = _difference(path, other, watch)
    if error > APART:
        return _Answer(_certain(path, other, watch), math.nan, Status.CENSORED, path)
    # Two runs may agree by chance, but not to better than what each step was allowed.
    return _Answer(path.end, error + 10 * tolerance * _conditioning(path, watch), Status.REACHED, path)


def _conditioning(path: FlowPath, watch: Watch) -> float:
    """By how much of the time an error of the gain, as a share of it, moves the crossing; one at least."""
    shortly = 1e-3
    gains = path.gains(path.end * (1 - shortly * (1 - PANEL.points)), watch)
    slope = (gains[-1] - gains[0]) / shortly
    return max(1.0, watch.increase / slope) if slope > 0 else math.inf


def _out_of_reach(problem: PolicyProblem, watch: Watch) -> bool:
    """Whether no output is rewarded enough: an expectation stays below the largest reward, whatever the policy."""
    with jax.enable_x64(True):
        policy = np.asarray(_initial_policy(problem, jnp.asarray(watch.prompt)))
    reward = watch.watched_reward[watch.prompt]
    return bool(watch.increase >= np.max(reward) - policy @ reward)


@compiled_for_one_run()
def _initial_policy(problem: PolicyProblem, prompt: jax.Array) -> jax.Array:
    """`pi(0)` of one prompt, shape `(outputs,)`."""
    chosen = PromptSubset(problem.policy, prompt[None])
    return jnp.exp(jnp.asarray(output_log_probabilities(chosen, problem.parameters)))[0]


def _difference(path: FlowPath, other: FlowPath, watch: Watch) -> float:
    """How far apart two runs are, over the time found; infinite if one of them does not arrive.

    Where the gain falls on the way, an earlier maximum that the difference of the runs could lift to the target counts
    as a time that was found.
    """
    if path.status is not Status.REACHED or other.status is not Status.REACHED:
        return math.inf
    earliest = _certain(path, other, watch) if path.falls else path.end
    return max(abs(other.end - path.end), path.end - earliest) / path.end


def _certain(path: FlowPath, other: FlowPath, watch: Watch) -> float:
    """The time up to which the target is not reached even if gains are off by as much as the two runs differ."""
    times = min(path.end, other.end) * PANEL.points
    error = SAFETY * float(np.max(np.abs(path.gains(times, watch) - other.gains(times, watch))))
    if not error < watch.increase:
        return 0.0
    earliest = path.first_time(watch._replace(increase=watch.increase - error))
    return path.end if earliest is None else min(earliest, path.end)
