"""Reward variance over the prompts, as counts between edges that are equal for all models."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

BINS = 24
LEAST_RATIO = 1e-9
"""Variances below this part of the largest are counted in the first bin."""


class VarianceHistogram(NamedTuple):
    """**Fields**: `edges`, rising by equal ratios, shape `(bins + 1,)`, empty without a positive variance; `counts`, of
    prompts, `(models, bins)`; `zero`, of those without variance, and `undefined`, of those with fewer than two scored
    completions, `(models,)`."""

    edges: Float64[np.ndarray, " edges"]
    counts: Int64[np.ndarray, "models bins"]
    zero: Int64[np.ndarray, " models"]
    undefined: Int64[np.ndarray, " models"]


def variance_histogram(variances: Float64[np.ndarray, "models prompts"], bins: int = BINS) -> VarianceHistogram:
    """Counts of prompts by their reward variance.

    **Arguments**: `variances`, NaN where they are not defined.

    >>> import numpy as np
    >>> found = variance_histogram(np.array([[0.0, 0.01, 1.0, np.nan]]), bins=2)
    >>> found.edges.round(3).tolist(), found.counts.tolist(), found.zero.tolist(), found.undefined.tolist()
    ([0.01, 0.1, 1.0], [[1, 1]], [1], [1])
    """
    models = len(variances)
    undefined = np.isnan(variances)
    positive = np.where(undefined, 0.0, variances) > 0
    zero = (~undefined & ~positive).sum(axis=1, dtype=np.int64)
    missing = undefined.sum(axis=1, dtype=np.int64)
    if not positive.any():
        return VarianceHistogram(np.zeros(0), np.zeros((models, 0), np.int64), zero, missing)
    there = variances[positive]
    largest = float(there.max())
    smallest = max(float(there.min()), largest * LEAST_RATIO)
    if smallest == largest:
        smallest, bins = largest / 2, 1
    edges = np.geomspace(smallest, largest, bins + 1)
    edges[-1] = largest
    counts = [
        np.histogram(np.clip(own[mask], edges[0], None), edges)[0]
        for own, mask in zip(variances, positive, strict=True)
    ]
    return VarianceHistogram(edges, np.stack(counts).astype(np.int64), zero, missing)
