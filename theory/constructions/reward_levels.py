"""The placement of the levels of a ranking inside an interval of rewards."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64

from theory.arguments.index_checks import per_problem
from theory.errors import InvalidInputError

SMALLEST_GAP = 1e-13
"""Neighbouring levels stay this far apart, relative to their interval: safely more than float64 resolves."""


class Spread(NamedTuple):
    """How the levels of a ranking are placed inside an interval, here scaled to (0, 1).

    Even levels `u = 1/(n+1), ..., n/(n+1)` are mapped to `width * u` if `u <= split`, otherwise to
    `1 - width * (1 - u)`. So `width = 1` is even; a small `width` gathers the levels at the two ends (the largest
    variance), all of them at the lower end if `split = 1` and at the upper end if `split = 0`.

    **Fields**: `width` in (0, 1] and `split` in [0, 1], a number or one per problem of the batch.
    """

    width: Float[np.ndarray, "*batch"] | float = 1.0
    split: Float[np.ndarray, "*batch"] | float = 0.5


EVEN = Spread()


def place_levels(
    argument: str,
    ranks: Int64[np.ndarray, "*batch outputs"],
    length: Float64[np.ndarray, "*batch"],
    spread: Spread,
) -> Float64[np.ndarray, "*batch outputs"]:
    """Rewards in the open interval `(0, length)`, ordered as the dense ranks are.

    **Raises** `InvalidInputError` for a spread out of range or too narrow for float64, and, naming `argument`, for an
    interval too short for float64.
    """
    batch_shape = ranks.shape[:-1]
    width = per_problem("spread.width", spread.width, batch_shape)[..., None]
    split = per_problem("spread.split", spread.split, batch_shape)[..., None]
    levels = ranks.max(axis=-1, keepdims=True) + 1
    if not ((width > 0) & (width <= 1)).all() or (width / (levels + 1) < SMALLEST_GAP).any():
        raise InvalidInputError(
            "spread.width",
            f"{width.min():.6g} to {width.max():.6g}",
            f"Give a number from {SMALLEST_GAP * (levels.max() + 1):.2g} to 1.",
        )
    if not ((split >= 0) & (split <= 1)).all():
        raise InvalidInputError("spread.split", f"{split.min():.6g} to {split.max():.6g}", "Give a number in [0, 1].")
    if (length * SMALLEST_GAP < np.finfo(np.float64).tiny).any():
        raise InvalidInputError(
            argument, f"an interval (0, {length.min():.3g})", "Rewards in so short an interval vanish in float64."
        )
    even = (ranks + 1) / (levels + 1)
    return np.where(even <= split, width * even, 1 - width * (1 - even)) * length[..., None]
