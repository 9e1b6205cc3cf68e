"""The flow in parameter space, measured at points along its path: what statements about paths speak of."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float, Int

from sims.parameter_space.flow import FlowPath
from theory.arguments.checking import checked_input
from theory.arguments.index_checks import as_output_index
from theory.arguments.names import FINITE_NONNEGATIVE
from theory.arguments.rules import Shaped
from theory.arguments.shape_rules import one_axis
from theory.arrays import AnyArray
from theory.compilation import compiled_for_one_run
from theory.errors import InvalidInputError
from theory.instances.parametric import FlowState, ParametricPathInstance, measure_state
from theory.parameter_space.problem import PolicyProblem
from theory.policies.policy import Parameters

LARGEST_SO_FAR = (
    "jacobian_norm",
    "contrast_norm",
    "mean_fisher_norm",
    "score_norm",
    "largest_advantage",
    "fisher_norm",
)
"""Fields of a `FlowState` of which a path has the largest so far, as `path_jacobian_norm` and so on."""


@compiled_for_one_run()
def _measure(problem: PolicyProblem, states: Parameters, prompt: jax.Array) -> FlowState:
    return lax.map(lambda parameters: measure_state(problem, parameters, prompt), states)


@checked_input(times=Shaped(FINITE_NONNEGATIVE.check, one_axis))
def measured_path(path: FlowPath, times: Float[AnyArray, " times"], *, prompt: int = 0) -> ParametricPathInstance:
    """What is measured at `times` of gradient flow in parameter space.

    The largest norms and rewards "so far" are the largest at the given times: from below, if they peak in between.
    Every bound that has them falls as they grow, so that an inequality checked with them is the stricter one.

    **Arguments**

    - `path`: a flow that was followed.
    - `times`: nondecreasing, from zero to at most the path's end; the first must be zero.
    - `prompt`: the number of the one that is watched: whose Fisher information and expected reward are measured.

    **Returns** a `ParametricPathInstance` of shape `(times,)`, float64 NumPy.

    **Raises** `InvalidInputError` for times that are not so, or a prompt that there is not.

    >>> import numpy as np
    >>> from sims import follow_flow, measured_path
    >>> from theory import make_policy_problem
    >>> from theory.policies import TabularPerPrefixPolicy
    >>> policy = TabularPerPrefixPolicy(1, 3, 1)  # one prompt, three tokens, outputs of one token
    >>> problem = make_policy_problem(
    ...     policy, np.zeros((1, 1, 3)), proxy_reward=[1, 0, -1], ground_truth_reward=[1, 0, -1]
    ... )
    >>> measured = measured_path(follow_flow(problem, 2.0), np.array([0.0, 1.0, 2.0]))
    >>> measured.variance.round(3).tolist(), bool(measured.path_length[-1] > 0)
    ([0.667, 0.642, 0.57], True)
    """
    moments = np.asarray(times)
    if moments[0] != 0 or (np.diff(moments) < 0).any():
        raise InvalidInputError("times", moments.tolist()[:3], "Give nondecreasing times that begin with zero.")
    if moments[-1] > path.end:
        raise InvalidInputError("times", moments[-1], f"The path ends at {path.end:g}: follow it further first.")
    watched = as_output_index("prompt", prompt, (), path.problem.policy.prompts)
    with jax.enable_x64(True):
        states, length = path.states(moments)
        measured = jax.tree.map(np.asarray, _measure(path.problem, states, jnp.asarray(watched)))
    state = vars(measured) | {"largest_reward": np.maximum.accumulate(measured.largest_reward)}
    return ParametricPathInstance(
        **state,
        **{f"path_{name}": np.maximum.accumulate(state[name]) for name in LARGEST_SO_FAR},
        elapsed=moments,
        initial_variance=np.full(len(moments), measured.variance[0]),
        initial_truth=np.full(len(moments), measured.expected_truth[0]),
        path_length=length,
    )


def measured_paths(
    paths: Sequence[FlowPath], times: Float[AnyArray, "paths times"], prompts: Int[AnyArray, " paths"]
) -> ParametricPathInstance:
    """`measured_path` of several paths with equally many times each, and the prompt that each watches.

    **Returns** shape `(paths, times)`.
    """
    # One after the other: eigenvalues computed by two threads at once can wait for each other's workers for ever.
    rows = [
        measured_path(path, own, prompt=int(prompt))
        for path, own, prompt in zip(paths, np.asarray(times), np.asarray(prompts), strict=True)
    ]
    return jax.tree.map(lambda *fields: np.stack(fields), *rows)
