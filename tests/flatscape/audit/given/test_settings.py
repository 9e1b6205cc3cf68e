"""Settings of an audit: defaults that depend on one another, and what is refused."""

from __future__ import annotations

import pytest

from flatscape.audit import AuditSettings, TeachingSettings
from theory.errors import InvalidInputError


@pytest.mark.parametrize(
    ("settings", "units", "normalisation"),
    [
        (TeachingSettings(), "units of time", "global"),
        (TeachingSettings(method="ascent"), "steps", "global"),
        (TeachingSettings(method="grpo"), "steps", "none"),
        (TeachingSettings(method="grpo", normalisation="global"), "steps", "global"),
    ],
)
def test_what_stands_for_none(settings, units, normalisation):
    assert (settings.units, settings.normalisation_in_force) == (units, normalisation)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"method": "sgd"}, "method: got 'sgd'"),
        ({"step_size": 0.0}, "step_size: got 0"),
        ({"budget": -1.0}, "budget: got -1"),
        ({"method": "rloo", "budget": 1.5}, "whole number"),
        ({"kl_coefficient": -0.1}, "kl: got -0.1"),
        ({"gains": (0.0,)}, "gain: got 0"),
        ({"gains": (0.1, 0.1)}, "each rise once"),
        ({"normalisation": "batch"}, "normalisation: got 'batch'"),
        ({"group_size": 1}, "grpo_group_size: got 1"),
    ],
)
def test_teaching_settings_are_checked(keywords, message):
    with pytest.raises(InvalidInputError, match=message):
        TeachingSettings(**keywords)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"trainer": "ppo"}, "trainer: got ppo"),
        ({"group_sizes": ()}, "at least one size"),
        ({"group_sizes": (1,)}, "group_sizes: got 1"),
        ({"subset_sizes": (2, 2)}, "each once"),
        ({"no_signal_target": 1.0}, "between 0 and 1"),
        ({"weighting": "policy"}, "weighting: got 'policy'"),
        ({"rule": "accuracy"}, "rule: got 'accuracy'"),
        ({"resamples": 1}, "resamples: got 1"),
        ({"seed": -1}, "seed: got -1"),
        ({"level": 1.0}, "level: got 1"),
    ],
)
def test_settings_are_checked(keywords, message):
    with pytest.raises(InvalidInputError, match=message):
        AuditSettings(**keywords)
