"""Simulated teaching with intervals over prompts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from flatscape.audit import TeachingSettings
from flatscape.audit.analysis.teaching import taught
from flatscape.audit.given.samples import PolicySamples, policy_samples
from flatscape.audit.reading import read_scored
from tests.flatscape.audit.audited import QUICK, noisy


def given() -> PolicySamples:
    (found,) = policy_samples(read_scored(noisy(12)))
    return found


def test_intervals_hold_the_curves_and_start_together():
    found = taught(given(), QUICK)
    assert found.outcome.truth is not None
    assert found.truth_interval is not None
    assert found.resampled is not None
    low, high = found.truth_interval
    assert (low <= found.outcome.truth + 1e-9).all()
    assert (found.outcome.truth <= high + 1e-9).all()
    # Before teaching all models have the same policy, in every resample.
    np.testing.assert_allclose(found.resampled[:, 0, 0], found.resampled[:, 1, 0], atol=1e-6)
    np.testing.assert_allclose(found.reached.mean(axis=1), found.outcome.truth[:, -1])


def test_the_prompts_drawn_are_those_of_all_measures():
    one = given()
    # One prompt has no truth, and is not taught: it is drawn all the same.
    truth = one.grouped.truth.copy()
    truth[:4] = np.nan
    found = taught(replace(one, grouped=one.grouped._replace(truth=truth)), QUICK)
    assert np.isnan(found.reached[:, 0]).all()
    assert not np.isnan(found.reached[:, 1:]).any()


def test_rises_of_steps_are_whole_and_their_intervals_hold_them():
    settings = replace(QUICK, teaching=TeachingSettings(method="ascent", budget=300, gains=(0.05, 0.2)))
    found = taught(given(), settings)
    assert found.rise.shape == (2, 2)
    assert (found.rise[0] <= found.rise[1]).all()
    finite = np.isfinite(found.rise)
    assert (found.rise[finite] == found.rise[finite].round()).all()
    low, high = found.rise_interval
    assert (low <= found.rise + 1e-9).all()
    assert (found.rise <= high + 1e-9).all()
