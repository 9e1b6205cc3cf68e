"""All measures with intervals: which there are, and the units of the bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flatscape.audit import TeachingSettings
from flatscape.audit.analysis.measured import measured
from tests.flatscape.audit.audited import QUICK, samples

SCORES = [[1.0, 0.0, 0.5, 0.5, 0.25, 0.75], [10.0, 0.0, 0.0, 5.0, 2.0, 3.0]]
DATA = samples(SCORES, [0, 2, 4, 6])


def found(data, normalisation):
    settings = replace(QUICK, teaching=TeachingSettings(normalisation=normalisation))
    return {one.about.id: one.values for one in measured(data, settings)}


def test_sizes_that_no_prompt_allows_are_left_out():
    ids = set(found(DATA, "none"))
    assert {"no-signal-2", "best-of-2-reward"} <= ids
    assert not {"no-signal-4", "best-of-4-reward"} & ids


@pytest.mark.parametrize(("normalisation", "variance"), [("none", "reward-variance"), ("global", None)])
def test_bounds_are_in_the_units_in_which_rewards_teach(normalisation, variance):
    values = found(DATA, normalisation)
    own = values[variance or "whitened-reward-variance"].estimate
    np.testing.assert_allclose(values["relative-gradient-bound"].estimate, np.sqrt(own / own.max()))
    bound = values["relative-time-bound"]
    np.testing.assert_allclose(bound.estimate, np.sqrt(own.max() / own))
    low, high = values["relative-gradient-bound"].interval
    np.testing.assert_allclose(bound.interval.low, 1 / high)
    # An infinite bound is not a number.
    np.testing.assert_allclose(bound.interval.high, [1 / k if k > 0 else np.nan for k in low])


def test_a_model_without_variance_has_no_finite_bound():
    values = found(samples([[1.0, 1.0, 2.0, 2.0], [0.0, 1.0, 0.0, 1.0]], [0, 2, 4]), "none")
    assert values["relative-gradient-bound"].estimate.tolist() == [0.0, 1.0]
    assert np.isnan(values["relative-time-bound"].estimate[0])


def test_a_single_prompt_has_no_interval():
    values = found(samples([[1.0, 0.0]], [0, 2]), "none")["reward-variance"]
    assert values.estimate.tolist() == [0.5]
    assert np.isnan([values.interval.low, values.interval.high, values.order[0]]).all()
