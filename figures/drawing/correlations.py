"""Correlations over a handful of points, with the only honest p-value for so few: the exact one of permutations."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from jaxtyping import Float64

from theory.arguments.checks import as_float64, check_finite
from theory.errors import InvalidInputError

MOST_POINTS = 8
"""All orders of more points are too many to list."""

ROUNDING = 1e-12


def pearson(first: object, second: object) -> float:
    """Pearson's correlation of two vectors of at least three numbers; NaN if either is constant.

    **Raises** `InvalidInputError` for unequal or too short vectors, NaN and infinity.
    """
    x, y = _vectors(first, second)
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else float("nan")


def spearman(first: object, second: object) -> float:
    """Spearman's rank correlation, ties at their mean rank; otherwise as `pearson`. Infinities are allowed."""
    # Importing it takes a second, which every command would wait for.
    from scipy.stats import rankdata

    x, y = (rankdata(np.asarray(values, dtype=float)) for values in (first, second))
    return pearson(x, y)


def exact_p_value(first: object, second: object) -> float:
    """Two-sided p-value of Pearson's correlation: the share of all orders of the second vector in which it is as large.

    The smallest that `n` points allow is `1 / n!`, if no other order is as extreme.

    **Raises** `InvalidInputError` as `pearson`, and for more than `MOST_POINTS` points.
    """
    return exact_p_value_of_mean([(first, second)])


def exact_p_value_of_mean(groups: list[tuple[object, object]]) -> float:
    """Two-sided p-value of the mean of several groups' correlations, all groups reordered alike.

    The groups are of the same things in the same order (here, the same reward models under several policies), so that
    groups may depend on each other in any way. With `n` things there are only `n!` orders, whatever the groups' number.

    **Raises** `InvalidInputError` as `exact_p_value`, and for no groups or groups of different lengths.
    """
    pairs = [_vectors(*group) for group in groups]
    lengths = {len(x) for x, _ in pairs}
    if len(lengths) != 1:
        raise InvalidInputError("groups", f"lengths {sorted(lengths)}", "Give groups of the same things.")
    (points,) = lengths
    if points > MOST_POINTS:
        raise InvalidInputError("groups", f"{points} points", f"All orders are listed for at most {MOST_POINTS}.")
    orders = np.array(list(permutations(range(points))))
    total = np.mean([_correlations(x, y, orders) for x, y in pairs], axis=0)
    # The first order is the one observed.
    return float(np.mean(np.abs(total) >= np.abs(total[0]) - ROUNDING))


def _correlations(x: np.ndarray, y: np.ndarray, orders: np.ndarray) -> Float64[np.ndarray, " orders"]:
    x, y = x - x.mean(), y - y.mean()
    return np.asarray(y[orders] @ x / np.sqrt((x @ x) * (y @ y)))


def correlation_of_average(
    properties: Float64[np.ndarray, "*batch models properties"],
    weights: Float64[np.ndarray, "*#batch properties"],
    correlations: Float64[np.ndarray, "*batch properties"],
) -> Float64[np.ndarray, "*batch"]:
    """What a weighted average of properties correlates with, from what each property does: `y` itself is not needed.

    `corr(sum_k w_k x_k, y) = sum_k w_k s_k c_k / std(sum_k w_k x_k)` with `s_k` the deviation of property `k` and
    `c_k` its correlation with `y`.

    **Arguments**: `properties`, shape `(*batch, models, properties)`; `weights`; `correlations`, the `c_k`.

    **Returns** one correlation for each of a batch, a single one if there is none.
    """
    together = np.sum(weights * properties.std(axis=-2) * correlations, axis=-1)
    return np.asarray(together / np.sum(properties * weights[..., None, :], axis=-1).std(axis=-1))


def _vectors(first: object, second: object) -> tuple[np.ndarray, np.ndarray]:
    x, y = as_float64("first", first), as_float64("second", second)
    if x.ndim != 1 or x.shape != y.shape or len(x) < 3:
        raise InvalidInputError("first, second", f"shapes {x.shape}, {y.shape}", "Give two vectors of three or more.")
    check_finite("first", x)
    check_finite("second", y)
    return x, y
