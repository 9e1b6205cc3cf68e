"""The mean of the paper's ground truth that its tables imply: where the flat model's low variance comes from."""

from __future__ import annotations

import math

from theory.errors import InvalidInputError


def implied_offset(variance: float, flattened_variance: float) -> float:
    """The mean of a ground truth, in its standard deviations, from two published reward variances.

    Let a reward of total variance 1 over prompts and outputs have mean `m` and mean within-prompt variance `v`. The
    flat model multiplies it by 0.001, near enough zero, on half of the prompts. Its total variance is then
    `1/2 (1 + m^2) - (m/2)^2 = 1/2 + m^2/4`, its within-prompt variance `v/2`, and so, normalised again,
    `v / (1 + m^2/2)`. Solved for `m`: `m = sqrt(2 (variance / flattened_variance - 1))`.

    **Arguments**: the ground truth's reward variance and the flat model's (Tables 1, 3, 5 and 7).

    **Raises** `InvalidInputError` unless `0 < flattened_variance <= variance`.
    """
    if not 0 < flattened_variance <= variance:
        raise InvalidInputError("flattened_variance", flattened_variance, f"Give a number in (0, {variance:g}].")
    return math.sqrt(2 * (variance / flattened_variance - 1))
