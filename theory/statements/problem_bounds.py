"""Bounds on one's own problem: what every statement about `t_gamma` says of it, and which of its hypotheses hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from theory.arguments.checking import checked_input
from theory.arguments.names import ONE_TABULAR_PROBLEM
from theory.arguments.number_rules import between
from theory.arguments.rules import Single
from theory.arrays import AnyArray
from theory.compilation import compiled_for_one_run
from theory.instances.lower_bounds import reward_variance
from theory.instances.tabular import HittingTimeInstance
from theory.instances.upper_bounds import with_timed_quantities
from theory.statement import Direction
from theory.statements.tabular.hitting_times import HITTING_TIME_STATEMENTS
from theory.tabular.padding import pad_outputs, shared_outputs
from theory.tabular.problem import Problem

SIZES = (8, 32, 128)
"""Numbers of outputs that problems are padded to: few, since bounds are compiled in seconds and computed in no time."""

BLOCK_ENTRIES = 2**14
"""Problems times outputs of a block: every block of problems of one size is of one shape, which compiles once."""


class BoundOnProblem(NamedTuple):
    """What one statement about `t_gamma` says of one problem.

    **Fields**

    - `statement`: its id, such as `"prop3"`; `number`, such as `"Proposition 3"`. `theory.find_statement` has the rest.
    - `direction`: whether it is a lower or an upper bound.
    - `value`: the bound, in units of the flow's time; it says nothing unless it `applies`.
    - `ratio`: `t_gamma` over the bound: at least one for a lower bound that applies, at most one for an upper one; None
      where the hitting time was not given or the bound is zero, infinite or no number.
    - `hypotheses`: by name, whether each holds.
    """

    statement: str
    number: str
    direction: Direction
    value: float
    ratio: float | None
    hypotheses: Mapping[str, bool]

    @property
    def applies(self) -> bool:
        """Whether all hypotheses hold."""
        return all(self.hypotheses.values())

    @property
    def failed_hypothesis(self) -> str | None:
        """The first hypothesis that fails; None if all hold."""
        return next((name for name, holds in self.hypotheses.items() if not holds), None)


class ProblemBounds(NamedTuple):
    """In the order of `HITTING_TIME_STATEMENTS`; NumPy, float64."""

    value: Float[AnyArray, "statements batch"]
    """The bound on `t_gamma`, whether or not the hypotheses hold."""
    holds: tuple[Bool[AnyArray, "hypotheses batch"], ...]
    """Of each statement, which of its hypotheses hold."""
    reward_variance: Float[AnyArray, " batch"]

    def of_problem(self, place: int, hitting_time: float | None = None) -> tuple[BoundOnProblem, ...]:
        """What is said of the problem at `place` of the batch, given its `t_gamma` where that is known and finite."""
        return tuple(
            BoundOnProblem(
                statement.id,
                statement.number,
                statement.direction,
                value := float(values[place]),
                _ratio(hitting_time, value),
                {h.name: bool(mask[place]) for h, mask in zip(statement.hypotheses, holds, strict=True)},
            )
            for statement, values, holds in zip(HITTING_TIME_STATEMENTS, self.value, self.holds, strict=True)
        )


def _ratio(hitting_time: float | None, bound: float) -> float | None:
    if hitting_time is None or bound == 0:
        return None
    ratio = hitting_time / bound
    return ratio if math.isfinite(ratio) and math.isfinite(bound) else None


@compiled_for_one_run()
def _evaluate(instance: HittingTimeInstance) -> ProblemBounds:
    # One compiled program: compiling each operation by itself takes seconds, and anew in every run.
    instance = with_timed_quantities(instance)
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
    on_finished: Callable[[int], None] | None = None,
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


@checked_input(
    problem=ONE_TABULAR_PROBLEM,
    increase=Single(between(0.0, np.inf, infinite=False)),
    hitting_time=Single(between(0.0, np.inf, infinite=False)),
)
def bounds_on(problem: Problem, increase: float, *, hitting_time: float | None = None) -> tuple[BoundOnProblem, ...]:
    """Every bound on `t_gamma` for one problem, those that do not apply included.

    Propositions 3 and 4 and Theorems 5 and 6 of the paper (Section 3, Appendices C and D) and our sharper forms
    (`docs/sharpened.md`), in the order of the register.

    **Arguments**

    - `problem`: a single one, as `theory.make_problem` makes it.
    - `increase`: `gamma`, by how much the expected ground-truth reward shall rise; in units of reward.
    - `hitting_time`: its `t_gamma` where it is known (`sims.hitting_times`), for the ratios.

    **Returns** one `BoundOnProblem` per statement.

    **Raises** `InvalidInputError` for a batch, or an `increase` that is no number or is negative.

    **Example**

    >>> import theory
    >>> problem = theory.make_problem(
    ...     initial_probabilities=[0.25, 0.75], proxy_reward=[1, -1], ground_truth_reward=[1, -1]
    ... )
    >>> for bound in theory.bounds_on(problem, 0.5):
    ...     if bound.applies:
    ...         print(bound.statement, bound.direction.value, round(bound.value, 4))
    prop3 lower 0.5108
    s3 lower 1.0217
    s3-plus lower 1.1093
    s3-plus-plus lower 1.2137
    s3-linear lower 1.0791
    linear-law lower 1.1547
    s-thm5-fast upper 2.4319
    thm6-fast upper 32.0
    s-thm6-fast upper 1.216
    prop4 upper 21.3333
    s-prop4 upper 2.4319
    """
    with jax.enable_x64(True):
        batch = jax.tree.map(lambda leaf: np.asarray(leaf)[None], problem)
    time = np.inf if hitting_time is None else hitting_time
    return problem_bounds(batch, np.array([increase]), np.array([time])).of_problem(0, hitting_time)
