"""The course of one problem: its flow, its hitting time, where it ends, and every bound of the register beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from sims.flow_hitting_times import hitting_times
from sims.hitting import Hitting, Status
from sims.policy_path import Trajectory
from sims.trajectories import trajectory
from theory.accuracy.pairs import uniform_accuracy
from theory.moments import expectation, variance
from theory.statements.problem_bounds import BoundOnProblem, bounds_on
from theory.tabular.gibbs_policy import gibbs_log_probabilities
from theory.tabular.problem import Problem

POINTS = 160
"""Times at which a course is drawn: always as many, so that no program is compiled anew."""

BEYOND = 8.0
"""How far a course is shown, in hitting times."""

CLOCKS = 300.0
"""How far it is shown where the target is never reached, in units of `|S|` over the rewards' deviation or `lambda`."""

DEEPEST = 1e-3
"""The first time that is shown, as a share of the last one."""


@dataclass(frozen=True, eq=False)
class Course:
    """What becomes of one problem.

    **Fields** (float64; times in units of the flow's time, rewards in units of reward)

    - `problem`, `increase` (`gamma`); `status`, of the hitting time; `hitting_time`: None unless it is reached.
    - `path`: the policy at some times, zero the first; `truth`, `proxy`: `E[r_G]` and `E[r_RM]` there.
    - `initial_truth`, `target`; `final_truth`: `E[r_G]` in the limit of infinite time.
    - `accuracy`: of `r_RM` over all pairs; `reward_variance`: of `r_RM` under the initial policy.
    - `bounds`: of all statements about `t_gamma`, those that do not apply included.
    """

    problem: Problem
    increase: float
    status: Status
    hitting_time: float | None
    path: Trajectory
    truth: Float64[np.ndarray, " times"]
    proxy: Float64[np.ndarray, " times"]
    initial_truth: float
    final_truth: float
    accuracy: float
    reward_variance: float
    bounds: tuple[BoundOnProblem, ...]

    @property
    def target(self) -> float:
        """`V_G(0) + gamma`."""
        return self.initial_truth + self.increase

    @property
    def applying(self) -> tuple[BoundOnProblem, ...]:
        """The bounds whose hypotheses all hold."""
        return tuple(bound for bound in self.bounds if bound.applies)


def run_course(
    problem: Problem,
    increase: float,
    *,
    shown: tuple[float, float] | None = None,
    path: Trajectory | None = None,
    hitting: Hitting | None = None,
) -> Course:
    """Follows gradient flow on one problem, and evaluates every bound on its hitting time.

    **Arguments**

    - `problem`: a single one; `increase`: `gamma > 0`, in units of reward.
    - `shown`: the first time and the last one that are shown; by itself, up to some hitting times.
    - `path`, `hitting`: the flow and the hitting time of this very problem, if they are known already.

    **Raises** `InvalidInputError` for an increase that makes no sense.

    >>> from flatscape.notebook.course import run_course
    >>> from theory import make_problem
    >>> found = run_course(
    ...     make_problem(initial_probabilities=[0.25, 0.75], proxy_reward=[1, -1], ground_truth_reward=[1, -1]), 0.5
    ... )
    >>> print(found.status.label, round(found.hitting_time, 4), found.final_truth)
    reached 1.216 1.0
    """
    hitting = hitting_times(problem, increase) if hitting is None else hitting
    status = Status(int(hitting.status))
    time = float(hitting.time) if status is Status.REACHED else None
    policy = np.exp(problem.initial_log_probabilities)
    proxy, truth = np.asarray(problem.proxy_reward), np.asarray(problem.ground_truth_reward)
    spread = float(variance(policy, proxy))
    if path is None:
        last = _last_time(problem, time, spread)
        ends = (DEEPEST * last, last) if shown is None else shown
        path = trajectory(problem, np.concatenate([[0.0], np.geomspace(*ends, POINTS - 1)]))
    return Course(
        problem=problem,
        increase=increase,
        status=status,
        hitting_time=time,
        path=path,
        truth=path.expected(truth),
        proxy=path.expected(proxy),
        initial_truth=float(expectation(policy, truth)),
        final_truth=_final_truth(problem),
        accuracy=float(uniform_accuracy(proxy, truth)),
        reward_variance=spread,
        bounds=bounds_on(problem, increase, hitting_time=time),
    )


def _last_time(problem: Problem, time: float | None, spread: float) -> float:
    if time is not None:
        return BEYOND * time
    speed = max(spread**0.5, float(problem.kl_coefficient), float(np.finfo(np.float64).eps))
    return CLOCKS * float(problem.prompts) / speed


def _final_truth(problem: Problem) -> float:
    """Of the Gibbs policy, which the flow tends to; without a KL term, of the outputs that `r_RM` likes best."""
    limit = gibbs_log_probabilities(
        problem.initial_log_probabilities, problem.proxy_reward, np.asarray(problem.kl_coefficient)
    )
    return float(expectation(np.exp(np.asarray(limit)), np.asarray(problem.ground_truth_reward)))
