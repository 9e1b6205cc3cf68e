"""Measures of reward models with intervals, and how sure the order of any two models is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from theory.comparison.measures import Measure
from theory.errors import InvalidInputError
from theory.estimators.bootstrap import (
    LEVEL,
    RESAMPLES,
    BootstrapMeans,
    Interval,
    bootstrap_means,
    interval,
    order_probabilities,
)


class MeasuredTeachers(NamedTuple):
    """One measure of all reward models. All intervals are from the same resamples of prompts.

    **Fields**

    - `name`: of the measure.
    - `estimate`: shape `(models,)`; `interval`: its ends.
    - `difference`: of the row's model less the column's, shape `(models, models)`; `difference_interval`: its ends.
    - `order`: the part of the resamples in which the row's model is above the column's, ties counting half.
    """

    name: str
    estimate: Float64[np.ndarray, " models"]
    interval: Interval
    difference: Float64[np.ndarray, "models models"]
    difference_interval: Interval
    order: Float64[np.ndarray, "models models"]


def measured_teachers(
    measures: Sequence[Measure],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
    kind: str = "percentile",
) -> list[MeasuredTeachers]:
    """Estimates and intervals of all measures, paired between models: prompts are resampled, never rows.

    **Arguments**: `resamples` and `seed` as in `bootstrap_means`, `level` and `kind` as in `interval`.

    **Raises** `InvalidInputError` without a measure, for measures of different prompts, and as these functions.

    **Example**

    >>> from theory.comparison.measures import audit_measures
    >>> from theory.estimators.grouped_rewards import make_grouped_rewards
    >>> data = make_grouped_rewards([[1.0, 0.0, 0.5, 0.5], [0.9, 0.1, 0.2, 0.6]], [0, 2, 4])
    >>> found = measured_teachers(audit_measures(data), resamples=100)
    >>> found[1].name, found[1].estimate.round(3).tolist()
    ('reward variance', [0.25, 0.2])
    """
    shapes = {column.shape for measure in measures for column in measure.columns}
    if len(shapes) != 1:
        raise InvalidInputError("measures", f"columns of shapes {sorted(shapes)}", "Give measures of the same prompts.")
    # A column that several measures share is resampled once.
    places: dict[int, int] = {}
    columns: list[np.ndarray] = []
    for measure in measures:
        for column in measure.columns:
            if id(column) not in places:
                places[id(column)] = len(columns)
                columns.append(column)
    models, _ = shapes.pop()
    rows = [row for column in columns for row in column]
    found = bootstrap_means(rows, resamples=resamples, seed=seed)
    shaped = BootstrapMeans(found.means.reshape(-1, models), found.resampled.reshape(resamples, -1, models))
    return [
        _measured(measure, [places[id(column)] for column in measure.columns], shaped, level, kind)
        for measure in measures
    ]


def _measured(measure: Measure, places: list[int], found: BootstrapMeans, level: float, kind: str) -> MeasuredTeachers:
    estimate = np.asarray(measure.statistic(*(found.means[place] for place in places)))
    resampled = np.asarray(measure.statistic(*(found.resampled[:, place] for place in places)))
    differences = resampled[:, :, None] - resampled[:, None, :]
    difference = estimate[:, None] - estimate[None, :]
    return MeasuredTeachers(
        measure.name,
        estimate,
        interval(estimate, resampled, level=level, kind=kind),
        difference,
        interval(difference, differences, level=level, kind=kind),
        order_probabilities(resampled),
    )
