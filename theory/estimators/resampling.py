"""How often each prompt is drawn in a resample: a multinomial count, quickly."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Integer

MOST_PLAIN = 4096
"""Up to so many prompts each draw is made by itself."""

STANDARD_DEVIATIONS = 4.0
"""By how many of them the Poisson counts are to stay below the number of draws."""


def drawn_counts(prompts: int, seed: int, number: int) -> Integer[np.ndarray, " prompts"]:
    """How often each of `prompts` is drawn in `prompts` draws with replacement.

    Poisson counts of equal means, given their total, are multinomial. So independent Poisson counts are drawn whose
    total stays below the number of draws nearly always, and single draws complete them; if the total is too large all
    draws are single ones. Either way the counts are multinomial, up to the 32 bits by which a Poisson count is drawn.

    **Arguments**: `seed` and `number`, of the resample: the counts depend on these and on `prompts` alone.

    **Example**

    >>> int(drawn_counts(10_000, 0, 1).sum())
    10000
    """
    generator = np.random.Generator(np.random.SFC64([seed, number]))
    if prompts > MOST_PLAIN:
        counts = _poisson_counts(generator, prompts, 1 - STANDARD_DEVIATIONS / math.sqrt(prompts))
        missing = prompts - int(counts.sum(dtype=np.int64))
        if missing >= 0:
            np.add.at(counts, generator.integers(0, prompts, missing), 1)
            return counts
    return np.bincount(generator.integers(0, prompts, prompts), minlength=prompts)


def _poisson_counts(generator: np.random.Generator, size: int, mean: float) -> np.ndarray:
    """Inversion of the distribution function, all numbers at once."""
    uniform = generator.integers(0, 2**32, size, dtype=np.uint32)
    counts = np.zeros(size, dtype=np.uint8)
    probability = cumulative = math.exp(-mean)
    value = 0
    while round(cumulative * 2**32) < 2**32:
        counts += (uniform >= np.uint32(round(cumulative * 2**32))).view(np.uint8)
        value += 1
        probability *= mean / value
        cumulative += probability
    return counts
