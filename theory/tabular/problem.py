"""The problem: a tabular policy to be taught, its teacher, and the reward that is really wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import jax
import numpy as np

from theory.arguments.checking import checked_input
from theory.arguments.checks import (
    FLOAT32_SUM_TOLERANCE,
    as_float64,
    as_reward,
    check_finite,
    check_nonnegative,
    check_outputs,
    check_positive,
    check_probabilities,
    check_reward,
    check_same_shape,
)
from theory.arguments.index_checks import per_problem
from theory.arguments.object_rules import items_of_kind
from theory.arrays import AnyArray, OutputVector, Scalars
from theory.errors import InvalidInputError

SMALLEST_LOG_PROBABILITY = -700.0
"""Below this the probability of an output is no longer a normal float64 and ratios of probabilities lose digits."""

NORMALIZED = 64 * np.finfo(np.float64).eps
"""Logits whose log-sum-exp is within this of zero are log-probabilities, up to rounding."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Problem:
    """A prompt of a tabular policy with its rewards (paper, Section 2); a batch is a stack of problems.

    Make one with `make_problem`, which checks the input. The reference policy is the initial one. Columns of a
    tabular policy evolve independently, so one prompt of a training set of `prompts` prompts is a whole problem.

    **Fields** (float64)

    - `initial_log_probabilities`: `theta(0)[:, x]`, normalised by `make_problem`, shape `(*batch, outputs)`.
    - `proxy_reward`: `r_RM`, the reward model that is maximised, in [-1, 1], same shape.
    - `ground_truth_reward`: `r_G`, in [-1, 1], same shape.
    - `kl_coefficient`: `lambda >= 0` of Eq (1), shape `(*batch)`.
    - `prompts`: `|S|`, the number of training prompts, shape `(*batch)`; it only rescales time.
    """

    made_by: ClassVar[str] = "theory.make_problem"

    initial_log_probabilities: OutputVector
    proxy_reward: OutputVector
    ground_truth_reward: OutputVector
    kl_coefficient: Scalars
    prompts: Scalars

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape of the stack; `()` for a single problem."""
        return tuple(self.initial_log_probabilities.shape[:-1])

    @property
    def outputs(self) -> int:
        """`|Y|`, the number of outputs."""
        return int(self.initial_log_probabilities.shape[-1])

    def __getitem__(self, index: int | slice | AnyArray) -> Problem:
        """The problems at `index` of the first batch axis."""
        if not self.batch_shape:
            raise InvalidInputError("index", index, "A single problem has no batch axis to index.")
        return jax.tree.map(lambda leaf: leaf[index], self)

    def __iter__(self) -> Iterator[Problem]:
        if not self.batch_shape:
            raise InvalidInputError("problem", "a single problem", "It has no batch axis to iterate over.")
        return (self[k] for k in range(self.batch_shape[0]))


def make_problem(
    *,
    proxy_reward: object,
    ground_truth_reward: object,
    initial_probabilities: object | None = None,
    initial_logits: object | None = None,
    kl_coefficient: object = 0.0,
    prompts: object = 1.0,
) -> Problem:
    """A checked `Problem`, in float64 NumPy arrays.

    **Arguments**

    - `proxy_reward`, `ground_truth_reward`: shape `(*batch, outputs)`, values in [-1, 1].
    - `initial_probabilities` or `initial_logits` (exactly one): same shape. Probabilities are strictly positive and
      sum to one within 1e-6, as a softmax in float32 does; logits are any finite numbers. Both are normalised.
    - `kl_coefficient`: at least zero, a number or shape `(*batch)`.
    - `prompts`: `|S|`, at least one, a number or shape `(*batch)`.

    **Raises** `InvalidInputError` naming the argument, the value and the remedy.

    **Example**

    >>> import theory
    >>> problem = theory.make_problem(
    ...     initial_probabilities=[0.2, 0.3, 0.5], proxy_reward=[1, 0, -1], ground_truth_reward=[1, -1, 0]
    ... )
    >>> problem.outputs, problem.batch_shape
    (3, ())
    """
    if (initial_probabilities is None) == (initial_logits is None):
        raise InvalidInputError(
            "initial_probabilities / initial_logits",
            "both" if initial_logits is not None else "neither",
            "Give exactly one of the two.",
        )
    if initial_probabilities is not None:
        name, policy = "initial_probabilities", as_float64("initial_probabilities", initial_probabilities)
        check_outputs(name, policy)
        check_probabilities(name, policy, tolerance=FLOAT32_SUM_TOLERANCE)
        logits = np.log(policy)
    else:
        name, logits = "initial_logits", as_float64("initial_logits", initial_logits)
        check_outputs(name, logits)
        check_finite(name, logits)
    # Log-probabilities that are normalised already stay as they are, to the last bit: records are read back exactly.
    # Logits too far apart for float64 are found below, by the probability that vanishes.
    # Not by SciPy: importing that takes longer than everything else here.
    with np.errstate(over="ignore"):
        largest = logits.max(axis=-1, keepdims=True)
        log_total = np.log(np.exp(logits - largest).sum(axis=-1, keepdims=True))
        normalized = np.abs(largest + log_total) <= NORMALIZED
        log_probabilities = np.where(normalized, logits, logits - largest - log_total)
    if log_probabilities.min() < SMALLEST_LOG_PROBABILITY:
        raise InvalidInputError(
            name,
            f"an output of probability exp({log_probabilities.min():.6g})",
            f"Probabilities below exp({SMALLEST_LOG_PROBABILITY:g}) vanish in float64: remove such outputs.",
        )
    proxy = as_reward("proxy_reward", proxy_reward)
    truth = as_reward("ground_truth_reward", ground_truth_reward)
    check_same_shape([(name, log_probabilities), ("proxy_reward", proxy), ("ground_truth_reward", truth)])
    check_reward("proxy_reward", proxy)
    check_reward("ground_truth_reward", truth)
    batch_shape = log_probabilities.shape[:-1]
    coefficient = per_problem("kl_coefficient", kl_coefficient, batch_shape)
    check_nonnegative("kl_coefficient", coefficient)
    prompt_count = per_problem("prompts", prompts, batch_shape)
    check_positive("prompts", prompt_count)
    if (prompt_count < 1).any() or (prompt_count != np.round(prompt_count)).any():
        raise InvalidInputError("prompts", prompt_count.tolist(), "It counts training prompts: a whole number >= 1.")
    return Problem(log_probabilities, proxy, truth, coefficient, prompt_count)


@checked_input(problems=items_of_kind(Problem, "Give what theory.make_problem makes."))
def stack_problems(problems: Sequence[Problem]) -> Problem:
    """A batch from single problems (or from batches, whose first axes are joined) of equally many outputs.

    **Raises** `InvalidInputError` if there are none, if some are no problems, or if their numbers of outputs differ.

    **Example**

    >>> import theory
    >>> problem = theory.make_problem(
    ...     initial_probabilities=[0.2, 0.3, 0.5], proxy_reward=[1, 0, -1], ground_truth_reward=[1, -1, 0]
    ... )
    >>> theory.stack_problems([problem, problem]).batch_shape
    (2,)
    """
    sizes = sorted({problem.outputs for problem in problems})
    if len(sizes) > 1:
        raise InvalidInputError("problems", f"numbers of outputs {sizes}", "Stack problems of equal size only.")
    batched = [p if p.batch_shape else jax.tree.map(lambda leaf: np.asarray(leaf)[None], p) for p in problems]
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *batched)
