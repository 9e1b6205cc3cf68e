"""Hitting times of the flow whose KL term is towards any reference, not only the initial policy (ours).

`r_KL = r_RM - lambda ln(pi / pi_ref)` is `r' - lambda ln(pi / pi_0)` with `r' = r_RM - lambda ln(pi_0 / pi_ref)`: the
flow is that of the reward `r'`, which need not lie in [-1, 1], with the initial policy as its reference.
"""

from __future__ import annotations

import math

import jax
import numpy as np
from jaxtyping import Float

from sims.flow_hitting_times import driven_hitting_times
from sims.hitting import Hitting
from theory.arguments.checking import checked_input
from theory.arguments.checks import check_normal
from theory.arguments.names import FINITE_POSITIVE, TABULAR_PROBLEM
from theory.arguments.number_rules import between, log_distribution
from theory.arguments.rules import Shaped, Single
from theory.arguments.shape_rules import batch_of_problem, rewards_of_problem
from theory.arrays import AnyArray, Scalars
from theory.errors import InvalidInputError
from theory.tabular.policy import kl_regularized_reward
from theory.tabular.problem import Problem


@checked_input(
    problem=TABULAR_PROBLEM,
    log_reference=Shaped(log_distribution, rewards_of_problem, or_last_axes=(1,)),
    increase=Shaped(FINITE_POSITIVE.check, batch_of_problem, or_last_axes=(0,)),
    relative_tolerance=Single(between(1e-13, 1e-2)),
    horizon=Single(between(0.0, np.inf, open_at_least=True)),
)
def reference_hitting_times(
    problem: Problem,
    log_reference: Float[AnyArray, "*references outputs"],
    increase: Scalars,
    *,
    relative_tolerance: float = 1e-10,
    horizon: float = math.inf,
) -> Hitting:
    """`t_gamma` of the ground-truth reward where the KL term is towards another policy than the initial one.

    A uniform reference is entropy regularisation with the temperature `kl_coefficient`.

    **Arguments**

    - `problem`: one problem or a batch; that its initial policy is the reference does not count here.
    - `log_reference`: `ln pi_ref`, of the shape of the problem's rewards, or `(outputs,)` for all problems alike.
    - `increase`, `relative_tolerance`, `horizon`: as in `sims.hitting_times`.

    **Returns** a `Hitting` of the batch's shape.

    **Raises** `InvalidInputError` for what is no problem, for a reference that is no distribution or leaves an output
    out, and for increases, tolerances or horizons that make no sense.

    >>> import numpy as np
    >>> from sims import reference_hitting_times
    >>> from theory import make_problem
    >>> problem = make_problem(
    ...     initial_probabilities=[0.1, 0.9], proxy_reward=[0, 0], ground_truth_reward=[1, -1], kl_coefficient=0.5
    ... )
    >>> found = reference_hitting_times(problem, np.log([0.5, 0.5]), 0.4)
    >>> print(bool(found.reached), round(float(found.time), 4))
    True 6.3968
    """
    start = np.asarray(problem.initial_log_probabilities, np.float64)
    reference = np.broadcast_to(np.asarray(log_reference, np.float64), start.shape)
    if np.isneginf(reference).any():
        raise InvalidInputError(
            "log_reference", "an output of probability zero", "Every output needs a positive probability."
        )
    gamma = np.broadcast_to(np.asarray(increase, np.float64), problem.batch_shape)
    check_normal("increase", gamma)
    axes = len(problem.batch_shape)
    flat = jax.tree.map(lambda leaf: np.reshape(leaf, (-1, *np.shape(leaf)[axes:])), problem)
    driving = kl_regularized_reward(start, reference, problem.proxy_reward, problem.kl_coefficient)
    found = driven_hitting_times(
        flat,
        np.asarray(driving, np.float64).reshape(-1, problem.outputs),
        np.asarray(flat.ground_truth_reward, np.float64),
        gamma.reshape(-1),
        relative_tolerance=relative_tolerance,
        horizon=horizon,
    )
    return jax.tree.map(lambda part: part.reshape(problem.batch_shape), found)
