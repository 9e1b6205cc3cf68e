"""Counts of draws with replacement: totals, moments, and their distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from theory.estimators import resampling
from theory.estimators.resampling import MOST_PLAIN, drawn_counts


@pytest.mark.parametrize("prompts", [1, 2, 100, MOST_PLAIN, MOST_PLAIN + 1, 20_000])
def test_totals_and_seeds(prompts):
    counts = drawn_counts(prompts, 3, 5)
    assert counts.shape == (prompts,)
    assert counts.sum(dtype=np.int64) == prompts
    np.testing.assert_array_equal(counts, drawn_counts(prompts, 3, 5))
    if prompts > 2:
        assert (counts != drawn_counts(prompts, 3, 6)).any()
        assert (counts != drawn_counts(prompts, 4, 5)).any()


@pytest.mark.parametrize(("prompts", "numbers"), [(4096, 60), (5000, 60)])
def test_a_count_is_binomial(prompts, numbers):
    """On both ways of drawing; as counts of one resample hardly depend on each other they are taken together."""
    counts = np.concatenate([drawn_counts(prompts, 0, number) for number in range(numbers)])
    found = np.bincount(counts, minlength=8)
    expected = binom.pmf(np.arange(7), prompts, 1 / prompts)
    expected = np.append(expected, 1 - expected.sum()) * len(counts)
    assert chisquare(np.append(found[:7], found[7:].sum()), expected).pvalue > 1e-3


def test_halves_vary_as_they_should():
    """The number of draws in the first half is binomial: its variance tells counts apart from independent ones."""
    prompts, numbers = 5000, 1500
    halves = np.array([drawn_counts(prompts, 1, n)[: prompts // 2].sum(dtype=np.int64) for n in range(numbers)])
    assert halves.mean() == pytest.approx(prompts / 2, abs=4 * np.sqrt(prompts / 4 / numbers))
    assert halves.var() == pytest.approx(prompts / 4, rel=4 * np.sqrt(2 / numbers))


def test_a_total_that_is_too_large(monkeypatch):
    monkeypatch.setattr(resampling, "STANDARD_DEVIATIONS", -4.0)
    assert drawn_counts(5000, 0, 0).sum(dtype=np.int64) == 5000
