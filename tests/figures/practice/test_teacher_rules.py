"""Rules that order teachers from samples: the orders they must give where theory tells, and how orders are compared."""

from __future__ import annotations

import numpy as np
import pytest

from figures.practice.teacher_rules import ACCURACY, RULES, SIMULATED, VARIANCE, share_ordered, teacher_scores


def scored(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rewards of the truth, the truth almost flattened, its opposite, and one that is right except for the best."""
    random = np.random.default_rng(seed)
    truth = random.normal(size=(30, 8))
    noisy = truth.copy()
    noisy[np.arange(30), truth.argmax(axis=1)] = truth.min(axis=1) - 1.0
    return np.stack([truth, 0.01 * truth, -truth, noisy]), truth


def test_every_rule_scores_every_model() -> None:
    rewards, truth = scored()
    found = teacher_scores(rewards, truth)
    assert tuple(found) == RULES
    assert all(values.shape == (4,) and np.isfinite(values).all() for values in found.values())


def test_variance_and_accuracy_are_those_of_numpy() -> None:
    rewards, truth = scored()
    found = teacher_scores(rewards, truth)
    np.testing.assert_allclose(found[VARIANCE], rewards.var(axis=2, ddof=1).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found[ACCURACY][:3], [1.0, 1.0, 0.0], atol=1e-12)


def test_simulated_teaching_tells_what_variance_and_accuracy_each_miss() -> None:
    rewards, truth = scored()
    found = teacher_scores(rewards, truth)
    start = truth.mean()
    for name in SIMULATED.values():
        taught = found[name]
        assert taught[0] > taught[1] > start > taught[2]
    # The opposite has the variance of the truth, the flattened one its accuracy.
    assert found[VARIANCE][2] == pytest.approx(found[VARIANCE][0])
    assert found[ACCURACY][1] == pytest.approx(found[ACCURACY][0])


@pytest.mark.parametrize(
    ("scores", "share"),
    [([0.0, 1.0, 2.0], 1.0), ([2.0, 1.0, 0.0], 0.0), ([1.0, 1.0, 1.0], 0.5), ([0.0, 2.0, 1.0], 2 / 3)],
)
def test_shares_of_pairs_in_order(scores: list[float], share: float) -> None:
    assert share_ordered(np.array(scores), np.array([0.0, 1.0, 2.0])) == pytest.approx(share)


def test_only_pairs_that_count_count() -> None:
    decided = np.zeros((3, 3), bool)
    decided[0, 2] = decided[2, 0] = True
    outcomes = np.array([0.0, 1.0, 2.0])
    assert share_ordered(np.array([0.0, 5.0, 1.0]), outcomes, decided) == 1.0
    assert np.isnan(share_ordered(outcomes, outcomes, np.zeros((3, 3), bool)))
    # Pairs of equal outcomes have no order.
    assert np.isnan(share_ordered(outcomes, np.zeros(3)))
