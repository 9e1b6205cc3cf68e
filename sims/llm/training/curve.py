"""The curve of a run: numbers of every step, and evaluations of every held-out prompt, as tables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

STEP_COLUMNS = {
    "step": pl.Int32,
    "proxy": pl.Float64,
    "truth": pl.Float64,
    "kl": pl.Float64,
    "gradient_norm": pl.Float64,
    "equal_groups": pl.Float64,
    "unscored": pl.Int32,
    "length": pl.Float64,
}
"""Of a step's completions, before its update: means of both rewards and of `ln(pi / pi_ref)`, the length of the
gradient, the share of groups with equal rewards, completions without a reward, and the mean of tokens."""

EVALUATION_COLUMNS = {
    "step": pl.Int32,
    "prompt": pl.Int32,
    "proxy": pl.Float64,
    "truth": pl.Float64,
    "kl": pl.Float64,
    "scored": pl.Int32,
}
"""Of a held-out prompt's completions after so many updates: means over those with both rewards, and their number."""

Row = tuple[float | int, ...]


class Curve(NamedTuple):
    """Rows of both tables, in the order of their columns; lists that a run appends to."""

    steps: list[Row]
    evaluations: list[Row]

    def step_table(self) -> pl.DataFrame:
        """The steps as a table."""
        return pl.DataFrame(self.steps, schema=STEP_COLUMNS, orient="row")

    def evaluation_table(self) -> pl.DataFrame:
        """The evaluations as a table."""
        return pl.DataFrame(self.evaluations, schema=EVALUATION_COLUMNS, orient="row")


def mean_of_scored(values: np.ndarray) -> float:
    """The mean of those that are not NaN; NaN if all are."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")
