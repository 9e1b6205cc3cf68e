"""Completions of one policy, as arrays: what the estimators and the simulation take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float64

from flatscape.audit.reading.scored_table import ScoredTable
from theory.errors import InvalidInputError
from theory.estimators.grouped_rewards import GroupedRewards, make_grouped_rewards


@dataclass(frozen=True, eq=False)
class PolicySamples:
    """Completions of one policy.

    **Fields**

    - `policy`: its name; None if the table names none.
    - `models`: the reward models' names.
    - `grouped`: their scores, the truth, and the weights that were asked for.
    - `advantage`: of each completion, from the log of a trainer, NaN where there is none; None without such a column.
    """

    policy: str | None
    models: tuple[str, ...]
    grouped: GroupedRewards
    advantage: Float64[np.ndarray, " rows"] | None

    @property
    def scored(self) -> np.ndarray:
        """How many completions of each prompt each model has scored, shape `(models, prompts)`."""
        there = ~np.isnan(self.grouped.rewards)
        return np.add.reduceat(there, self.grouped.starts, axis=-1, dtype=np.int64)

    @property
    def most_scored(self) -> int:
        """The largest number of scored completions of a prompt."""
        return int(self.scored.max())


def policy_samples(table: ScoredTable, weighting: str = "uniform") -> list[PolicySamples]:
    """The completions of each policy that the table names, in the order of first occurrence.

    **Arguments**: `weighting`, "uniform", or the column "logprob" or "weight".

    **Raises** `InvalidInputError` if that column is not there, or has gaps.
    """
    frame = table.frame
    if weighting != "uniform" and weighting not in frame.columns:
        raise InvalidInputError("weighting", weighting, f"There is no such column: map one, as {weighting}=COLUMN.")
    if "policy" not in frame.columns:
        return [_samples(frame, None, table.rewards, weighting)]
    return [
        _samples(frame.filter(pl.col("policy").eq_missing(pl.lit(name, pl.String))), name, table.rewards, weighting)
        for name in frame["policy"].unique(maintain_order=True).to_list()
    ]


def _samples(frame: pl.DataFrame, policy: str | None, models: tuple[str, ...], weighting: str) -> PolicySamples:
    group = frame["group"].to_numpy()
    offsets = np.concatenate([[0], np.flatnonzero(np.diff(group)) + 1, [len(group)]])
    weights = {}
    if weighting != "uniform":
        missing = frame[weighting].null_count()
        if missing:
            remedy = "Give it for all, or leave the weighting uniform."
            raise InvalidInputError(weighting, f"none for {missing} of {frame.height} completions", remedy)
        weights = {"log_probabilities" if weighting == "logprob" else "weights": _numbers(frame, weighting)}
    grouped = make_grouped_rewards(
        np.stack([_numbers(frame, name) for name in models]),
        offsets,
        truth=_numbers(frame, "truth") if _has(frame, "truth") else None,
        **weights,
    )
    return PolicySamples(policy, models, grouped, _numbers(frame, "advantage") if _has(frame, "advantage") else None)


def _has(frame: pl.DataFrame, column: str) -> bool:
    return column in frame.columns and frame[column].null_count() < frame.height


def _numbers(frame: pl.DataFrame, column: str) -> np.ndarray:
    # What is null becomes NaN.
    return frame[column].cast(pl.Float64).to_numpy()
