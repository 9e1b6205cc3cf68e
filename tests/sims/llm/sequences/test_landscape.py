from __future__ import annotations

import numpy as np
import pytest

from sims.llm.sequences.context_jacobians import ContextJacobian
from sims.llm.sequences.landscape import SampledGradient, sampled_landscape
from theory.estimators.scores.intervals import Interval
from theory.estimators.scores.squared_gradient_norm import squared_gradient_norm_interval


def samples(draws: int = 40, prompts: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of one normal number in ten dimensions, whose reward is a share of one of them: S0 is nearly attained."""
    scores = np.random.default_rng(seed).normal(size=(prompts, draws, 10))
    return np.clip(scores[:, :, 0] / 4, -1, 1), np.einsum("xkp,ylp->xkyl", scores, scores)


JACOBIANS = [ContextJacobian(0, k, 4, (2.0 + k, 2.1 + k)) for k in range(3)]


@pytest.fixture(scope="module")
def landscape() -> list[SampledGradient]:
    return sampled_landscape(*samples(), JACOBIANS, 4, confidence=0.95)


def test_the_mean_of_prompts_and_each_of_them(landscape: list[SampledGradient]) -> None:
    assert [row.prompt for row in landscape] == [None, 0, 1, 2]
    assert [bound.statement for bound in landscape[0].bounds] == ["s0", "s2-mean", "s2", "prop2"]
    assert all([bound.statement for bound in row.bounds] == ["s0", "s2", "prop2"] for row in landscape[1:])
    rewards, gram = samples()
    expected = squared_gradient_norm_interval(rewards[1:2], gram[1:2][:, :, 1:2])
    assert landscape[2].squared_gradient == pytest.approx(expected)


def test_bounds_are_made_of_the_limits(landscape: list[SampledGradient]) -> None:
    row = landscape[0]
    s0, mean, s2, prop2 = row.bounds
    assert s0.lower == pytest.approx(row.fisher_from_below.lower * row.variance.lower)
    assert s0.upper == pytest.approx(row.fisher_from_above.upper * row.variance.upper)
    # The largest of the visited Jacobians, and four tokens.
    assert s2.lower == pytest.approx(4 * 4.0 * row.variance.lower / 2)
    assert prop2.lower == pytest.approx(36 * 16 * 4.0 * row.variance.lower ** (2 / 3))
    assert (s2.upper, prop2.upper) == (None, None)
    # Sums over four tokens: 8, 12, 16 with a standard error of 4 / sqrt(3), and Student's 4.303.
    assert mean.lower == pytest.approx((12 - 4.3027 * 4 / 3**0.5) / 2 * row.variance.lower, rel=1e-4)
    assert landscape[1].bounds[1].lower == pytest.approx(4 * 2.0 * landscape[1].variance.lower / 2)


def test_what_holds_is_not_contradicted(landscape: list[SampledGradient]) -> None:
    assert all(row.contradicted == [] for row in landscape)
    # Prop 2 is far above the gradient; S0, which is nearly attained, cannot be told apart from it.
    row = landscape[0]
    assert row.margin(row.bounds[3]) > 1 > row.margin(row.bounds[0])


def test_a_gradient_that_is_too_long_contradicts_s0() -> None:
    """A control: no lower limit of the gradient exceeds S0; with a ninth of S0 it is found out."""
    rewards, gram = samples(draws=60)
    found = sampled_landscape(rewards, gram, JACOBIANS, 4, confidence=0.95)[0]
    assert found.contradicted == []
    wrong = found._replace(bounds=[b._replace(upper=None if b.upper is None else b.upper / 9) for b in found.bounds])
    assert "s0" in wrong.contradicted


def test_samples_that_show_no_gradient_say_nothing_of_bounds(landscape: list[SampledGradient]) -> None:
    row = landscape[0]._replace(squared_gradient=Interval(-1.0, -2.0, 0.0))
    assert all(np.isnan(row.margin(bound)) for bound in row.bounds)


def test_constant_rewards_have_no_gradient() -> None:
    _, gram = samples(draws=8)
    found = sampled_landscape(np.full((3, 8), 0.5), gram, JACOBIANS, 4, confidence=0.9)
    assert all(row.squared_gradient.estimate == pytest.approx(0, abs=1e-12) for row in found)
    assert all(bound.lower == 0 for row in found for bound in row.bounds)
