"""Reward models of a wanted accuracy and variance, and the map of times over both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from figures.figure import FigureData
from figures.practice import phase_diagram as figure
from figures.practice.drawn_reward_models import (
    largest_variances,
    rankings_by_accuracy,
    rewards_of_variance,
    strict_rankings,
)
from sims.flow_hitting_times import hitting_times
from theory.accuracy.attainable import attainable_accuracies
from theory.accuracy.pairs import uniform_accuracy
from theory.errors import InvalidInputError
from theory.tabular.problem import make_problem

Data = Callable[[str], FigureData]
POLICY = np.array([0.4, 0.3, 0.2, 0.1])
TRUTH = np.array([-0.5, 1.0, 0.0, -1.0])


def test_every_attainable_accuracy_has_rankings() -> None:
    rankings = rankings_by_accuracy(TRUTH)
    np.testing.assert_allclose(list(rankings), attainable_accuracies(TRUTH).accuracies)
    assert sum(map(len, rankings.values())) == len(strict_rankings(4)) == 24
    assert rankings[1.0].tolist() == [[1, 3, 2, 0]]


def test_the_largest_variance_is_a_supremum() -> None:
    # Ranked as listed, lowest first: the masses above are 0.6, 0.3 and 0.1, so 4 * 0.6 * 0.4.
    ranking = np.array([[0, 1, 2, 3]])
    assert largest_variances(ranking, POLICY)[0] == pytest.approx(0.96)
    values = np.sort(np.random.default_rng(0).choice([-1.0, 1.0, 0.3, -0.7, 0.9], size=(5000, 4)), axis=1)
    assert (values**2 @ POLICY - (values @ POLICY) ** 2).max() <= 0.96 + 1e-12


@pytest.mark.parametrize("wanted", [1e-6, 0.1, 0.6])
def test_drawn_rewards_are_what_they_are_drawn_for(wanted: float) -> None:
    rng = np.random.default_rng(2)
    for accuracy, orders in rankings_by_accuracy(TRUTH).items():
        able = orders[largest_variances(orders, POLICY) > wanted]
        rewards = rewards_of_variance(rng, able, POLICY, wanted)
        np.testing.assert_allclose(rewards**2 @ POLICY - (rewards @ POLICY) ** 2, wanted, rtol=1e-8)
        assert np.abs(rewards).max() <= 1
        np.testing.assert_allclose(uniform_accuracy(rewards, np.broadcast_to(TRUTH, rewards.shape)), accuracy)


def test_a_variance_out_of_reach_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"0\.96"):
        rewards_of_variance(np.random.default_rng(0), np.array([[0, 1, 2, 3]]), POLICY, 0.97)


def test_scaling_a_reward_divides_its_time() -> None:
    reward = np.array([0.1, 0.9, 0.3, -0.2])
    problem = make_problem(
        initial_probabilities=np.tile(POLICY, (2, 1)),
        proxy_reward=np.stack([reward, reward / 8]),
        ground_truth_reward=np.tile(TRUTH, (2, 1)),
    )
    times = np.asarray(hitting_times(problem, 0.3).time)
    assert times[1] / times[0] == pytest.approx(8, rel=1e-8)


def test_shares_and_rank_correlations_by_hand() -> None:
    times, accuracies = np.array([4.0, 2.0, np.inf]), np.array([0.2, 0.8, 0.5])
    # Pairs (0.2, 0.8), (0.2, 0.5), (0.5, 0.8): only the second is won by the less accurate.
    assert figure.share_of_faster(times, accuracies, 1.0) == pytest.approx(1 / 3)
    # Four times the variance halves the time: a tie is no win; with more, the first pair is won, too.
    assert figure.share_of_faster(times, accuracies, 4.0) == pytest.approx(1 / 3)
    assert figure.share_of_faster(times, accuracies, 5.0) == pytest.approx(2 / 3)
    assert figure.share_of_faster(times, accuracies, 5.0, both=True) == 1
    rng = np.random.default_rng(0)
    with_variance, with_accuracy = figure.rank_correlations(rng, np.ones(50), np.linspace(0, 1, 50), 100.0)
    assert with_variance == pytest.approx(-1)
    assert abs(with_accuracy) < 0.4
    mean, half = figure.interval(np.array([1.0, 2.0, 3.0]))
    assert (mean, half) == pytest.approx((2.0, 4.302653 / np.sqrt(3)), rel=1e-6)


def test_cells_keep_above_the_bound_and_cover_every_accuracy(smoke_data: Data) -> None:
    data = smoke_data("phase-diagram")
    rows = data.where(mark="cell")
    assert len(rows["accuracy"]) == 22 * len(figure.VARIANCES["smoke"])
    drawn = rows["models"] > 0
    shortest = rows["shortest_time"][drawn]
    assert np.nanmin(shortest / rows["bound_s3"][drawn]) >= 1
    assert (rows["median_time"][rows["accuracy"] == 1] > 0).all()
    share = data.where(mark="share", pairs="both gain")["share_faster"]
    assert (np.diff(share) >= -1e-12).all()
