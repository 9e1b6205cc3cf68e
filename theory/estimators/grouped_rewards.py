"""Scored completions of many prompts, the rows of a prompt side by side: what every estimator takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from theory.arguments.checks import as_float64, shown_place
from theory.errors import InvalidInputError

LARGEST_REWARD = 1e150
"""Squares of differences of larger numbers are no longer numbers."""


class GroupedRewards(NamedTuple):
    """Completions of prompts, scored by several reward models. Make it with `make_grouped_rewards`, which checks.

    **Fields**

    - `rewards`: shape `(models, rows)`, float64; NaN where a model has not scored a completion.
    - `offsets`: shape `(prompts + 1,)`, int64: prompt `x` has the rows from `offsets[x]` to below `offsets[x + 1]`.
    - `truth`: the ground truth, shape `(rows,)`, NaN where it is missing; None if there is none.
    - `log_weights`: log-probabilities of the completions under the policy, or logarithms of other weights, up to a
      constant for each prompt, shape `(rows,)`; None if all completions of a prompt weigh the same.
    """

    rewards: Float64[np.ndarray, "models rows"]
    offsets: Int64[np.ndarray, " bounds"]
    truth: Float64[np.ndarray, " rows"] | None = None
    log_weights: Float64[np.ndarray, " rows"] | None = None

    @property
    def starts(self) -> Int64[np.ndarray, " prompts"]:
        """The first row of each prompt."""
        return self.offsets[:-1]

    @property
    def sizes(self) -> Int64[np.ndarray, " prompts"]:
        """The number of completions of each prompt, scored or not."""
        return np.diff(self.offsets)

    @property
    def jointly_scored(self) -> Float64[np.ndarray, "models rows"]:
        """The rewards, with NaN also where the truth is missing.

        **Raises** `InvalidInputError` if there is no truth.
        """
        missing = np.isnan(required_truth(self))
        return np.where(missing, np.nan, self.rewards) if missing.any() else self.rewards


def make_grouped_rewards(
    rewards: object,
    offsets: object,
    *,
    truth: object = None,
    weights: object = None,
    log_probabilities: object = None,
) -> GroupedRewards:
    """Checked `GroupedRewards`.

    **Arguments**: `rewards`, `offsets` and `truth` as the fields, in any real dtype; at most one of `weights` (none
    negative, a positive one for each prompt) and `log_probabilities` (finite), both of shape `(rows,)`.

    **Raises** `InvalidInputError` for arrays that do not fit, infinite numbers, rewards beyond 1e150, and prompts
    without a row.

    **Example**

    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> make_grouped_rewards([[1.0, 0.0, 0.5]], [0, 2, 3]).sizes.tolist()
    [2, 1]
    """
    scores = as_float64("rewards", rewards, booleans=True)
    if scores.ndim != 2 or scores.size == 0:
        raise InvalidInputError(
            "rewards", f"shape {scores.shape}", "Give one row of numbers per reward model: (models, rows)."
        )
    rows = scores.shape[1]
    _check_size("rewards", scores)
    values = None if truth is None else _row_values("truth", truth, rows)
    if values is not None:
        _check_size("truth", values)
    bounds = _checked_offsets(offsets, rows)
    return GroupedRewards(scores, bounds, values, _log_weights(weights, log_probabilities, bounds))


def required_truth(grouped: GroupedRewards) -> Float64[np.ndarray, " rows"]:
    """The ground truth. **Raises** `InvalidInputError` if there is none."""
    if grouped.truth is None:
        raise InvalidInputError("truth", "None", "Give a ground truth: this is measured against it.")
    return grouped.truth


def required_log_weights(grouped: GroupedRewards) -> Float64[np.ndarray, " rows"]:
    """The logarithms of the weights. **Raises** `InvalidInputError` if there are none."""
    if grouped.log_weights is None:
        raise InvalidInputError("log_weights", "None", "Give weights or log-probabilities of the completions.")
    return grouped.log_weights


def _check_size(name: str, values: np.ndarray) -> None:
    wrong = np.abs(values) > LARGEST_REWARD
    if wrong.any():
        place = tuple(int(k) for k in np.argwhere(wrong)[0])
        raise InvalidInputError(
            name, f"{values[place]} {shown_place(place)}", "Give finite numbers below 1e150, or NaN for none."
        )


def _row_values(name: str, values: object, rows: int) -> np.ndarray:
    found = as_float64(name, values, booleans=True)
    if found.shape != (rows,):
        raise InvalidInputError(name, f"shape {found.shape}", f"Give one number per row: shape ({rows},).")
    return found


def _checked_offsets(offsets: object, rows: int) -> np.ndarray:
    remedy = f"Give whole numbers that increase strictly from 0 to the number of rows, {rows}."
    found = as_float64("offsets", offsets)
    if found.ndim != 1 or len(found) < 2:
        raise InvalidInputError("offsets", f"shape {found.shape}", remedy)
    if found[0] != 0 or found[-1] != rows or not (np.diff(found) > 0).all() or (found != np.floor(found)).any():
        raise InvalidInputError("offsets", found.tolist(), remedy)
    return found.astype(np.int64)


def _log_weights(weights: object, log_probabilities: object, offsets: np.ndarray) -> np.ndarray | None:
    if weights is not None and log_probabilities is not None:
        raise InvalidInputError("weights", "weights and log_probabilities", "Give one of the two.")
    if log_probabilities is not None:
        logs = _row_values("log_probabilities", log_probabilities, int(offsets[-1]))
        if not np.isfinite(logs).all():
            place = int(np.argmin(np.isfinite(logs)))
            raise InvalidInputError(
                "log_probabilities", f"{logs[place]} at index [{place}]", "Give finite log-probabilities."
            )
        return logs
    if weights is None:
        return None
    found = _row_values("weights", weights, int(offsets[-1]))
    wrong = ~(np.isfinite(found) & (found >= 0))
    if wrong.any():
        place = int(np.argmax(wrong))
        raise InvalidInputError("weights", f"{found[place]} at index [{place}]", "Give finite weights of at least 0.")
    largest = np.maximum.reduceat(found, offsets[:-1])
    if not (largest > 0).all():
        raise InvalidInputError(
            "weights", f"only zeros for prompt {int(np.argmin(largest > 0))}", "Give each prompt a positive weight."
        )
    with np.errstate(divide="ignore"):
        return np.log(found)
