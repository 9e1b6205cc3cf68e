"""The policy at given times of gradient flow, for one tabular problem."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from sims.exact_flow.integrable_flow import integrable_log_probabilities
from sims.policy_path import Trajectory
from sims.regularized_flow.hitting_times import regularized_log_probabilities
from theory.arguments.checking import checked_input
from theory.arguments.names import FINITE_NONNEGATIVE, ONE_TABULAR_PROBLEM
from theory.arguments.rules import Shaped
from theory.arguments.shape_rules import one_axis
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem


@checked_input(problem=ONE_TABULAR_PROBLEM, times=Shaped(FINITE_NONNEGATIVE.check, one_axis))
def trajectory(problem: Problem, times: Float[AnyArray, " times"]) -> Trajectory:
    """The policy of gradient flow (Eq 4) at `times`.

    **Arguments**

    - `problem`: a single problem.
    - `times`: nondecreasing, at least zero.

    **Returns** a `Trajectory`, float64, with its estimated error.

    **Raises** `InvalidInputError` for a batch, or for times that are negative, not finite or not in order.

    >>> import numpy as np
    >>> from sims import trajectory
    >>> from theory import make_problem
    >>> problem = make_problem(
    ...     initial_probabilities=[0.1, 0.9], proxy_reward=[1, -1], ground_truth_reward=[1, -1]
    ... )
    >>> path = trajectory(problem, np.array([0.0, 5.0, 10.0]))
    >>> path.expected(np.array([1.0, -1.0])).round(3).tolist()
    [-0.8, 0.61, 0.908]
    """
    grid = np.asarray(times)
    if (np.diff(grid) < 0).any():
        raise InvalidInputError("times", "times that fall", "Give a nonempty list of times in increasing order.")
    prompts, coefficient = float(problem.prompts), float(problem.kl_coefficient)
    if coefficient > 0:
        found = regularized_log_probabilities(
            problem.initial_log_probabilities, problem.proxy_reward, prompts, coefficient, grid
        )
    else:
        found = integrable_log_probabilities(problem.initial_log_probabilities, problem.proxy_reward, prompts, grid)
    return Trajectory(grid, *found)
