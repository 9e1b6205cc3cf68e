"""Small groups of scored completions for the tests of estimators: ragged, with ties and with gaps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from theory.estimators.grouped_rewards import GroupedRewards, make_grouped_rewards

NAN = float("nan")

CONFORMANCE = make_grouped_rewards(
    [[1.0, 0.0, 1.0, 0.5, 0.5], [0.9, 0.1, 0.4, 0.2, 0.6]], [0, 3, 5], truth=[1.0, 0.0, 0.0, 1.0, 0.0]
)
"""Two prompts, two reward models: the data set that every reader of files reproduces."""


@st.composite
def ragged_rewards(draw: st.DrawFn, *, weighted: bool = False) -> GroupedRewards:
    """Up to three models and six prompts of one to seven completions; few different values, some missing."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = draw(st.lists(st.integers(1, 7), min_size=1, max_size=6))
    models, rows = draw(st.integers(1, 3)), sum(sizes)
    values = rng.normal(size=draw(st.integers(1, 9)))
    gaps = draw(st.sampled_from([0.0, 0.3]))
    rewards = np.where(rng.random((models, rows)) < gaps, np.nan, rng.choice(values, (models, rows)))
    truth = np.where(rng.random(rows) < gaps, np.nan, rng.integers(0, draw(st.integers(1, 4)), rows).astype(float))
    logs = rng.normal(size=rows) * 3 if weighted else None
    return make_grouped_rewards(rewards, np.cumsum([0, *sizes]), truth=truth, log_probabilities=logs)


def prompts_of(grouped: GroupedRewards) -> Iterator[tuple[int, slice]]:
    """The number and the rows of each prompt."""
    for prompt, (first, last) in enumerate(pairwise(grouped.offsets.tolist())):
        yield prompt, slice(first, last)


def scored(values: np.ndarray) -> np.ndarray:
    """Those that are not NaN."""
    return values[~np.isnan(values)]
