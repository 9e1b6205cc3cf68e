"""The level of percentile intervals of few prompts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, t

from flatscape.audit.analysis.levels import expanded_level


@pytest.mark.parametrize("prompts", [3, 10, 100])
def test_a_normal_percentile_interval_becomes_the_t_interval(prompts):
    # Resampled means of a sample with deviation s (ddof=1) have the deviation s sqrt((n - 1) / n) / sqrt(n).
    half = norm.ppf((1 + expanded_level(0.9, prompts)) / 2) * np.sqrt((prompts - 1) / prompts)
    assert half == pytest.approx(t.ppf(0.95, prompts - 1))


def test_it_is_a_level_for_any_number_of_prompts():
    assert expanded_level(0.95, 1) == 0.95
    levels = [expanded_level(0.95, prompts) for prompts in (2, 3, 10, 10**6)]
    assert all(0.95 <= level < 1 for level in levels)
    assert levels == sorted(levels, reverse=True)
