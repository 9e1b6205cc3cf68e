"""The group size that brings P(no signal) below a target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from flatscape.audit.given.samples import PolicySamples
from theory.estimators.no_signal import smallest_group_with_signal


class EnoughSignal(NamedTuple):
    """**Fields**: `group_size`, the smallest whose P(no signal) is below the target, NaN if none is known, shape
    `(models,)`; `largest`, the largest that was tried: the median number of scored completions."""

    group_size: Float64[np.ndarray, " models"]
    largest: int


def enough_signal(samples: PolicySamples, target: float) -> EnoughSignal:
    """The smallest group size that suffices, up to the number of completions of the median prompt.

    What groups of more completions than were sampled would do cannot be told without bias, and is not guessed.
    """
    scored = samples.scored
    several = scored[scored >= 2]
    largest = int(np.median(several)) if several.size else 1
    if largest < 2:
        return EnoughSignal(np.full(len(samples.models), np.nan), largest)
    return EnoughSignal(smallest_group_with_signal(samples.grouped, target, largest), largest)
