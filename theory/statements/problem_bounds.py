"""What every statement about `t_gamma` says of a batch of problems: its bound, and which of its hypotheses hold."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from sims.hitting import OnFinished
from theory.arrays import AnyArray
from theory.instances.lower_bounds import reward_variance
from theory.instances.tabular import HittingTimeInstance
from theory.statements.statement import Direction
from theory.statements.tabular_hitting_times import HITTING_TIME_STATEMENTS
from theory.tabular.padding import pad_outputs, shared_outputs
from theory.tabular.problem import Problem

SIZES = (8, 32, 128)
"""Numbers of outputs that problems are padded to: few, since bounds are compiled in seconds and computed in no time."""

BLOCK_ENTRIES = 2**14
"""Problems times outputs of a block: every block of problems of one size is of one shape, which compiles once."""


class ProblemBounds(NamedTuple):
    """In the order of `HITTING_TIME_STATEMENTS`; NumPy, float64."""

    value: Float[AnyArray, "statements batch"]
    """The bound on `t_gamma`, whether or not the hypotheses hold."""
    holds: tuple[Bool[AnyArray, "hypotheses batch"], ...]
    """Of each statement, which of its hypotheses hold."""
    reward_variance: Float[AnyArray, " batch"]


@jax.jit
def _evaluate(instance: HittingTimeInstance) -> ProblemBounds:
    # One compiled program: compiling each operation by itself takes seconds, and anew in every run.
    values, holds = [], []
    for statement in HITTING_TIME_STATEMENTS:
        sides = statement.sides(instance)
        values.append(sides.smaller if statement.direction is Direction.LOWER else sides.larger)
        holds.append(jnp.stack([jnp.asarray(h.holds(instance)) for h in statement.hypotheses]))
    return ProblemBounds(jnp.stack([jnp.asarray(v) for v in values]), tuple(holds), reward_variance(instance))


def problem_bounds(
    problem: Problem,
    increase: Float[AnyArray, " batch"],
    hitting_time: Float[AnyArray, " batch"],
    *,
    on_finished: OnFinished | None = None,
) -> ProblemBounds:
    """The bounds of all statements about `t_gamma` on a batch of problems.

    `theory.tabular.padding` may have filled them up.

    **Arguments**

    - `problem`: a batch of shape `(batch,)`; `increase`: `gamma` of each; `hitting_time`: its `t_gamma`.
    - `on_finished`: called now and then with how many more problems are finished.
    """
    outputs = next((size for size in SIZES if size >= problem.outputs), shared_outputs(problem.outputs))
    instance = HittingTimeInstance(problem=pad_outputs(problem, outputs), increase=increase, hitting_time=hitting_time)
    (count,) = problem.batch_shape
    size = max(1, BLOCK_ENTRIES // outputs)
    blocks = []
    with jax.enable_x64(True):
        for first in range(0, count, size):
            # The last block repeats the last problem.
            places = np.minimum(np.arange(first, first + size), count - 1)
            block = _evaluate(jax.tree.map(lambda leaf, chosen=places: np.asarray(leaf)[chosen], instance))
            blocks.append(jax.tree.map(np.asarray, block))
            if on_finished is not None:
                on_finished(min(size, count - first))
    return jax.tree.map(lambda *parts: np.concatenate(parts, axis=-1)[..., :count], *blocks)
