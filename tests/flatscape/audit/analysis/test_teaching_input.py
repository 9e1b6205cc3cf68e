"""Groups, methods, gains and times of a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from flatscape.audit import TeachingSettings
from flatscape.audit.analysis.teaching_input import (
    MOST_STEPS,
    awaited_gains,
    teaching_budget,
    teaching_groups,
    teaching_method,
    teaching_times,
)
from tests.flatscape.audit.audited import samples
from theory.errors import InvalidInputError

DATA = samples([[1.0, 0.0, 3.0, 0.0], [2.0, 2.0, 2.0, 2.0]], [0, 2, 4], truth=[0.0, 4.0, 1.0, 2.0])


def test_rewards_have_one_deviation_and_constants_teach_nothing():
    groups = teaching_groups(DATA, "global")
    np.testing.assert_allclose(groups.rewards[0].mean(), 0.0, atol=1e-15)
    np.testing.assert_allclose(groups.rewards[0].std(), 1.0)
    assert groups.rewards[1].tolist() == [0.0] * 4
    assert teaching_groups(DATA, "none").rewards.tolist() == DATA.grouped.rewards.tolist()


def test_a_completion_without_weight_is_left_out():
    data = samples([[1.0, 0.0, 0.5]], [0, 3], weights=[0.5, 0.0, 0.5])
    groups = teaching_groups(data, "none")
    assert groups.rewards.tolist() == [[1.0, 0.5]]
    np.testing.assert_allclose(np.exp(groups.initial_log_probabilities), [0.5, 0.5])


def test_gains_are_shares_of_the_range_of_the_truth():
    groups = teaching_groups(DATA, "none")
    np.testing.assert_allclose(awaited_gains(groups, TeachingSettings()), [0.2, 0.4])
    np.testing.assert_allclose(awaited_gains(groups, TeachingSettings(gains=(1,))), [1.0])
    flat = teaching_groups(samples([[1.0, 0.0]], [0, 2], truth=[1.0, 1.0]), "none")
    assert not awaited_gains(flat, TeachingSettings()).size
    assert not awaited_gains(teaching_groups(samples([[1.0, 0.0]], [0, 2]), "none"), TeachingSettings(gains=(1,))).size


@pytest.mark.parametrize(
    ("settings", "budget"),
    [
        (TeachingSettings(), 6.0),
        (TeachingSettings(method="ascent", step_size=0.5), 12.0),
        (TeachingSettings(method="grpo", step_size=100), 1.0),
        (TeachingSettings(method="rloo", step_size=1e-9), float(MOST_STEPS)),
        (TeachingSettings(method="rloo", budget=7), 7.0),
    ],
)
def test_the_budget_grows_with_the_completions(settings, budget):
    assert teaching_budget(settings, teaching_groups(DATA, "none")) == budget


@pytest.mark.parametrize("method", ["flow", "ascent"])
@pytest.mark.parametrize("budget", [1, 3, 100])
@pytest.mark.parametrize("numbers", [1, 10**9])
def test_times_rise_from_zero_to_the_budget(method, budget, numbers):
    times = teaching_times(method, float(budget), numbers)
    assert times[0] == 0
    assert times[-1] == pytest.approx(budget)
    assert (np.diff(times) > 0).all()
    if method == "ascent":
        assert (times == times.round()).all()


@pytest.mark.parametrize(
    ("method", "trainer", "name", "share", "epsilon", "lost"),
    [
        ("flow", "trl", "gradient flow", 1.0, 0.0, 0),
        ("rloo", "trl", "RLOO, expected", 1.0, 0.0, 0),
        ("grpo", "trl", "GRPO, expected", 1.0, 1e-4, 1),
        ("grpo", "open-instruct-standard", "GRPO, expected", 1.0, 1e-8, 0),
        ("grpo", "open-instruct", "GRPO without deviation, expected", 0.75, 0.0, 0),
        ("grpo", "nemo-rl-centred", "RLOO, expected", 1.0, 0.0, 0),
    ],
)
def test_the_method_is_that_of_the_trainer(method, trainer, name, share, epsilon, lost):
    found = teaching_method(TeachingSettings(method=method, group_size=4), trainer)
    assert (found.name, found.gradient_share, found.epsilon, found.lost_degrees) == (name, share, epsilon, lost)


def test_a_method_without_a_known_mean_is_refused():
    with pytest.raises(InvalidInputError, match="nemo-rl with the method grpo"):
        teaching_method(TeachingSettings(method="grpo"), "nemo-rl")
