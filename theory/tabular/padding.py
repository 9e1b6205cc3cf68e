"""Problems of several sizes in one array: outputs of probability zero fill up the smaller ones.

A compiled program is made for one shape, so a list of problems of a hundred sizes would cost a hundred compilations.
Padded to a few sizes they cost a few. An output of probability zero (its logit is minus infinity) is no output at all:
the flow neither moves it nor feels it, and expectations do not count it. It repeats the rewards of the output that the
proxy reward ranks last, which makes it invisible to extremes and rankings too; what counts outputs or takes the
smallest probability has to leave it out (`is_output`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Int

from theory.arguments.checking import checked_input
from theory.arguments.names import TABULAR_PROBLEM
from theory.arguments.object_rules import items_of_kind
from theory.arguments.precision import double_precision
from theory.arguments.rules import Whole
from theory.arrays import AnyArray
from theory.errors import InvalidInputError
from theory.tabular.problem import Problem, stack_problems

FINEST_SHARED_SIZE, LARGEST_POWER = 4, 128


@double_precision(problem=TABULAR_PROBLEM)
def is_output(problem: Problem) -> Bool[AnyArray, "*batch outputs"]:
    """Where a problem has an output: everywhere, unless `pad_outputs` filled it up."""
    return jnp.asarray(problem.initial_log_probabilities) != -jnp.inf


@checked_input(outputs=Whole(1))
def shared_outputs(outputs: int) -> int:
    """The number of outputs that a problem of a list is padded to, at least `outputs`.

    Powers of two from 4 to 128, then four sizes for every doubling: a quarter more at most, where computing takes
    longer than compiling.
    """
    if outputs <= LARGEST_POWER:
        return max(FINEST_SHARED_SIZE, 1 << (outputs - 1).bit_length())
    unit = 2 ** ((outputs - 1).bit_length() - 3)
    return -(-outputs // unit) * unit


@checked_input(problem=TABULAR_PROBLEM, outputs=Whole(2))
def pad_outputs(problem: Problem, outputs: int) -> Problem:
    """The same problem, or batch, with outputs of probability zero up to `outputs`: NumPy arrays, float64.

    **Raises** `InvalidInputError` if the problem has more than `outputs` outputs.
    """
    missing = outputs - problem.outputs
    if missing < 0:
        raise InvalidInputError("outputs", outputs, f"The problem has {problem.outputs} outputs: give no fewer.")
    if not missing:
        return problem
    logits, proxy, truth = (
        np.asarray(a, np.float64)
        for a in (problem.initial_log_probabilities, problem.proxy_reward, problem.ground_truth_reward)
    )
    # The last of those that are ranked last: then it is not the output that is ranked first, even if all are equal.
    lowest = problem.outputs - 1 - np.argmin(proxy[..., ::-1], axis=-1, keepdims=True)

    def repeated(rewards: np.ndarray) -> np.ndarray:
        return np.concatenate([rewards, *[np.take_along_axis(rewards, lowest, axis=-1)] * missing], axis=-1)

    nothing = np.full((*problem.batch_shape, missing), -np.inf)
    return replace(
        problem,
        initial_log_probabilities=np.concatenate([logits, nothing], axis=-1),
        proxy_reward=repeated(proxy),
        ground_truth_reward=repeated(truth),
    )


@checked_input(problems=items_of_kind(Problem, "Give what theory.make_problem makes."))
def batches_of_shared_size(problems: Sequence[Problem]) -> list[tuple[Int[np.ndarray, " batch"], Problem]]:
    """A list of single problems of any sizes as a few batches, the smaller ones first.

    **Returns** for each batch the places of its problems in the list, and the batch, padded to `shared_outputs`.
    """
    sizes = np.array([shared_outputs(problem.outputs) for problem in problems])
    batches = []
    for size in np.unique(sizes):
        places = np.flatnonzero(sizes == size)
        batches.append((places, stack_problems([pad_outputs(problems[int(k)], int(size)) for k in places])))
    return batches
