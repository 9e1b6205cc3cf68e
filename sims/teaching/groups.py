"""Scored completions in groups, one for each prompt: what a simulated policy can say, and what that earns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from theory.arguments.checks import as_reward, check_finite
from theory.errors import InvalidInputError
from theory.tabular.problem import SMALLEST_LOG_PROBABILITY

NORMALISATIONS = ("none", "global")


@dataclass(frozen=True, eq=False)
class ScoredGroups:
    """Made by `scored_groups`.

    **Fields** (NumPy, float64; rows without a score and prompts that teach nothing are left out)

    - `rewards`: shape `(models, rows)`, as they teach and judge; `truth`: `(rows,)`, or None.
    - `initial_log_probabilities`: of the policy before teaching, normalised in every group, `(rows,)`.
    - `offsets`: group `k` has the rows from `offsets[k]` to before `offsets[k + 1]`, `(prompts + 1,)`.
    - `numbers`: which of the given groups these are, `(prompts,)`.
    - `unscored_rows`: how many rows were left out because a model or the truth has no number for them.
    - `small_groups`: how many groups were left out because fewer than two rows remained.
    """

    rewards: Float[np.ndarray, "models rows"]
    truth: Float[np.ndarray, " rows"] | None
    initial_log_probabilities: Float[np.ndarray, " rows"]
    offsets: Int[np.ndarray, " bounds"]
    numbers: Int[np.ndarray, " prompts"]
    unscored_rows: int
    small_groups: int

    @property
    def models(self) -> int:
        """How many reward models there are."""
        return len(self.rewards)

    @property
    def prompts(self) -> int:
        """How many groups are left."""
        return len(self.numbers)

    @property
    def sizes(self) -> Int[np.ndarray, " prompts"]:
        """How many completions each group has."""
        return np.diff(self.offsets)


def scored_groups(
    rewards: object,
    offsets: object,
    *,
    truth: object | None = None,
    initial_log_probabilities: object | None = None,
    normalisation: str = "none",
) -> ScoredGroups:
    """Checked groups of scored completions.

    A row that any model, or the truth, has no number for is left out for all of them, so that every model teaches the
    same policy. Groups of fewer than two such rows are left out, too: a policy of one output learns nothing.

    **Arguments**

    - `rewards`: of each model for each completion, shape `(models, rows)`, in any units; NaN where a completion is
      unscored.
    - `offsets`: where each group begins, and the number of rows at the end: `[0, 4, 8]` are two groups of four. Shape
      `(groups + 1,)`.
    - `truth`: the ground truth of each completion, shape `(rows,)`, which is judged by and, unless it is one of the
      models, teaches nothing.
    - `initial_log_probabilities`: natural logarithms, shape `(rows,)`, up to a constant for each group. Uniform if not
      given, as fits completions that are samples of the policy.
    - `normalisation`: "none", or "global": every model (not the truth) is shifted and scaled to mean zero and deviation
      one over all rows that are kept (paper, Appendix F.1). It changes how fast a model teaches, and nothing else.

    **Raises** `InvalidInputError` for arrays that do not fit together, infinite numbers, offsets that fall, outputs
    whose probability vanishes in float64, a model of one value only if it is to be normalised, and if nothing is left.

    >>> import numpy as np
    >>> from sims.teaching import scored_groups
    >>> groups = scored_groups(np.array([[1.0, 0.0, np.nan, 0.5, 0.2]]), np.array([0, 3, 5]))
    >>> groups.rewards.tolist(), groups.offsets.tolist(), groups.unscored_rows
    ([[1.0, 0.0, 0.5, 0.2]], [0, 2, 4], 1)
    """
    given = as_reward("rewards", rewards)
    if given.ndim != 2 or not given.size:
        raise InvalidInputError("rewards", f"shape {given.shape}", "Give one row for each model, of every completion.")
    if normalisation not in NORMALISATIONS:
        raise InvalidInputError("normalisation", repr(normalisation), f"Known: {', '.join(NORMALISATIONS)}.")
    rows = given.shape[1]
    bounds = _checked_offsets(offsets, rows)
    true, log_weights = (
        _per_row("truth", truth, rows),
        _per_row("initial_log_probabilities", initial_log_probabilities, rows),
    )
    _refuse_infinite("rewards", given)
    if true is not None:
        _refuse_infinite("truth", true)
    if log_weights is not None:
        check_finite("initial_log_probabilities", log_weights)
    scored = ~np.isnan(given).any(axis=0)
    if true is not None:
        scored &= ~np.isnan(true)
    group_of = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    counts = np.bincount(group_of[scored], minlength=len(bounds) - 1)
    kept = scored & (counts[group_of] >= 2)
    numbers = np.flatnonzero(counts >= 2)
    if not numbers.size:
        raise InvalidInputError(
            "rewards", f"{int(scored.sum())} rows scored by all", "Give two or more in at least one group."
        )
    ends = np.concatenate([[0], np.cumsum(counts[numbers])])
    used = given[:, kept]
    return ScoredGroups(
        rewards=used if normalisation == "none" else _normalised(used),
        truth=None if true is None else true[kept],
        initial_log_probabilities=_log_policy(None if log_weights is None else log_weights[kept], ends),
        offsets=ends,
        numbers=numbers,
        unscored_rows=int((~scored).sum()),
        small_groups=int((counts < 2).sum()),
    )


def _checked_offsets(offsets: object, rows: int) -> np.ndarray:
    bounds = np.asarray(offsets)
    if bounds.ndim != 1 or bounds.dtype.kind not in "iu" or len(bounds) < 2:
        raise InvalidInputError("offsets", offsets, "Give whole numbers: where each group begins, and the end.")
    bounds = bounds.astype(np.int64)
    if bounds[0] != 0 or bounds[-1] != rows or (np.diff(bounds) < 0).any():
        raise InvalidInputError(
            "offsets", f"from {bounds[0]} to {bounds[-1]}", f"Let them rise from 0 to {rows}, the number of rows."
        )
    return bounds


def _per_row(name: str, values: object | None, rows: int) -> np.ndarray | None:
    if values is None:
        return None
    array = as_reward(name, values)
    if array.shape != (rows,):
        raise InvalidInputError(name, f"shape {array.shape}", f"Give one number for each of the {rows} rows.")
    return array


def _refuse_infinite(name: str, array: np.ndarray) -> None:
    check_finite(name, np.where(np.isnan(array), 0.0, array))


def _normalised(rewards: np.ndarray) -> np.ndarray:
    """The same with mean zero and deviation one, each model over all rows."""
    flat = np.flatnonzero(np.ptp(rewards, axis=1) == 0)
    if flat.size:
        raise InvalidInputError(
            "rewards", f"one value only from model {flat[0]}", "It cannot be normalised: leave it out."
        )
    centred = rewards - rewards.mean(axis=1, keepdims=True)
    return centred / centred.std(axis=1, keepdims=True)


def _log_policy(log_weights: np.ndarray | None, ends: np.ndarray) -> np.ndarray:
    """Log-probabilities that sum to one in every group."""
    sizes = np.diff(ends)
    if log_weights is None:
        return np.repeat(-np.log(sizes), sizes)
    largest = np.maximum.reduceat(log_weights, ends[:-1])
    shifted = log_weights - np.repeat(largest, sizes)
    # What is far below the largest vanishes in this sum, as it should.
    total = np.add.reduceat(np.exp(shifted), ends[:-1])
    found = shifted - np.repeat(np.log(total), sizes)
    if found.min() < SMALLEST_LOG_PROBABILITY:
        raise InvalidInputError(
            "initial_log_probabilities",
            f"an output of probability exp({found.min():.6g}) in its group",
            "It vanishes in float64: leave it out, or give none for samples of the policy.",
        )
    return found
