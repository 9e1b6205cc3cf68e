"""Bootstrap over prompts of means of per-prompt numbers, with the same resamples for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float64

from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError
from theory.estimators.resampling import drawn_counts

RESAMPLES = 1000
BLOCK = 64
"""Resamples that are drawn before they are multiplied with the numbers."""

LEVEL = 0.95


class BootstrapMeans(NamedTuple):
    """**Fields**: `means`, of each column over the prompts where it is defined, shape `(columns,)`; `resampled`, the
    same for prompts drawn with replacement, shape `(resamples, columns)`, NaN where none of them was defined."""

    means: Float64[np.ndarray, " columns"]
    resampled: Float64[np.ndarray, "resamples columns"]


def bootstrap_means(
    columns: Sequence[Float64[np.ndarray, " prompts"]] | Float64[np.ndarray, "columns prompts"],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    block: int = BLOCK,
) -> BootstrapMeans:
    """Means over prompts drawn with replacement, for all columns with the same draws (Efron 1979).

    How often each prompt is drawn is a row of a matrix, which is multiplied with the numbers less their means. So the
    single precision of that product is a relative one of the differences from the mean.

    **Arguments**

    - `columns`: one row of per-prompt numbers for each column of the result; NaN where a prompt has none: the mean is
      then over those drawn prompts that have one.
    - `resamples`, `seed`: the draws of resample number `r` depend on the seed, on `r` and on the number of prompts.
    - `block`: resamples taken at once: memory of `4 * block * prompts` bytes. It changes results by rounding only.

    **Raises** `InvalidInputError` for columns of another shape or with infinite numbers, and for counts that are not
    whole or not positive.

    **Example**

    >>> import numpy as np
    >>> found = bootstrap_means(np.array([[0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, np.nan]]), resamples=200)
    >>> found.means.tolist(), found.resampled.shape
    ([1.5, 2.0], (200, 2))
    """
    check_whole("resamples", resamples, least=1)
    check_whole("seed", seed, least=0)
    check_whole("block", block, least=1)
    shapes = {np.shape(column) for column in columns}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 1 or shape[0] == 0:
        raise InvalidInputError("columns", f"{len(columns)} columns", "Give columns of one and the same length.")
    prompts = shape[0]
    if any(np.isinf(column).any() for column in columns):
        raise InvalidInputError("columns", "an infinite number", "Give finite numbers, or NaN for none.")
    means, scales, scaled = _scaled_differences(columns)
    masks, mask_of_column = _masks(columns)
    sums, drawn = np.empty((resamples, len(columns))), np.full((resamples, len(masks)), float(prompts))
    some_missing = not masks.all()
    block = min(block, resamples)
    counts = np.zeros((block, prompts), dtype=np.float32)
    numbers, defined = jax.numpy.asarray(scaled), jax.numpy.asarray(masks)
    del scaled, masks
    for first in range(0, resamples, block):
        last = min(first + block, resamples)
        for number in range(first, last):
            counts[number - first] = drawn_counts(prompts, seed, number)
        sums[first:last] = _products(counts, numbers)[: last - first]
        if some_missing:
            drawn[first:last] = _products(counts, defined)[: last - first]
    counts_of_column = drawn[:, mask_of_column]
    with np.errstate(divide="ignore", invalid="ignore"):
        resampled = np.where(counts_of_column > 0, means + scales * sums / counts_of_column, np.nan)
    return BootstrapMeans(means, resampled)


@jax.jit
def _products(counts: jax.Array, numbers: jax.Array) -> jax.Array:
    # XLA's threads wait for one another without turning in circles, unlike those of NumPy's BLAS.
    return jax.lax.dot_general(counts, numbers, (((1,), (1,)), ((), ())), precision=jax.lax.Precision.HIGHEST)


def _scaled_differences(columns: Sequence[np.ndarray] | np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means, largest differences from them, and the differences in units of these; zero where NaN."""
    means, scales = np.empty(len(columns)), np.empty(len(columns))
    scaled = np.empty((len(columns), len(columns[0])), dtype=np.float32)
    for number, column in enumerate(columns):
        defined = ~np.isnan(column)
        count = int(defined.sum())
        # From the first number on, so that equal ones have it as their mean to the last digit.
        first = column[np.argmax(defined)]
        middle = first + np.where(defined, column - first, 0.0).sum() / count if count else np.nan
        difference = np.where(defined, column - middle, 0.0)
        largest = float(np.abs(difference).max())
        means[number], scales[number] = middle, largest
        scaled[number] = difference / largest if largest > 0 else 0.0
    return means, scales, scaled


def _masks(columns: Sequence[np.ndarray] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different sets of prompts on which columns are defined, and which of them is a column's."""
    numbers: dict[bytes, int] = {}
    kept: list[np.ndarray] = []
    of_column = np.empty(len(columns), dtype=np.int64)
    for index, column in enumerate(columns):
        defined = ~np.isnan(column)
        key = np.packbits(defined).tobytes()
        if key not in numbers:
            numbers[key] = len(kept)
            kept.append(defined.astype(np.float32))
        of_column[index] = numbers[key]
    return np.stack(kept), of_column


class Interval(NamedTuple):
    """**Fields**: the two ends, of the shape of the estimates."""

    low: Float64[np.ndarray, "*batch"]
    high: Float64[np.ndarray, "*batch"]


def interval(
    estimate: Float64[np.ndarray, "*batch"],
    resampled: Float64[np.ndarray, "draws ..."],
    *,
    level: float = LEVEL,
    kind: str = "percentile",
) -> Interval:
    """A two-sided interval of the stated level (Davison and Hinkley 1997, Section 5.2 and 5.3).

    **Arguments**

    - `estimate`: from the prompts as they are; `resampled`: the same from resampled prompts.
    - `kind`: "percentile", the quantiles of `resampled`; or "basic", the quantiles reflected at the estimate.

    **Returns** NaN where a resample is not defined.

    **Raises** `InvalidInputError` for a level outside (0, 1) or another kind.

    **Example**

    >>> import numpy as np
    >>> found = interval(np.array(0.5), np.linspace(0.0, 1.0, 101), level=0.9)
    >>> found.low.round(6).item(), found.high.round(6).item()
    (0.05, 0.95)
    """
    if not 0 < level < 1:
        raise InvalidInputError("level", level, "Give a number between 0 and 1.")
    if kind not in ("percentile", "basic"):
        raise InvalidInputError("kind", kind, "Choose percentile or basic.")
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    if kind == "basic":
        low, high = 2 * estimate - high, 2 * estimate - low
    return Interval(np.asarray(low), np.asarray(high))


def order_probabilities(resampled: Float64[np.ndarray, "resamples models"]) -> Float64[np.ndarray, "models models"]:
    """In which part of the resamples the model of the row is above that of the column, ties counting half.

    NaN where a resample is not defined for one of the two.

    **Example**

    >>> import numpy as np
    >>> order_probabilities(np.array([[1.0, 0.0], [1.0, 1.0], [2.0, 1.0], [3.0, 1.0]])).tolist()
    [[0.5, 0.875], [0.125, 0.5]]
    """
    differences = resampled[:, :, None] - resampled[:, None, :]
    return (np.sign(differences).mean(axis=0) + 1) / 2
