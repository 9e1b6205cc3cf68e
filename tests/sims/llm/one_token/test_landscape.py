from __future__ import annotations

import jax
import numpy as np
import pytest

from sims.llm.one_token.landscape import GradientRow, gradient_bounds, gradient_rows, policy_norms

from .conftest import Case


@pytest.fixture(scope="module")
def rows(case: Case) -> list[GradientRow]:
    alone = jax.tree.map(lambda leaf: leaf[:1], case.batch)
    norms = policy_norms(case.parameters, case.config, alone, seed=0)
    rewards = {"truth": case.truth[0], "flat": 1e-4 * case.truth[0], "sign": np.sign(case.truth[0])}
    return gradient_rows(case.parameters, case.config, alone, rewards, norms)


def test_every_bound_holds_and_sharper_ones_are_smaller(rows: list[GradientRow]) -> None:
    for row in rows:
        assert row.violated == []
        assert row.gradient_norm <= row.bounds["s0"] <= row.bounds["s6-gradient"] <= row.bounds["s2"]
        assert row.bounds["s2"] < row.bounds["prop2"] == row.bounds["razin2024"]


def test_measures_are_those_of_float64(case: Case, rows: list[GradientRow]) -> None:
    policy = case.policy[0]
    for row, reward in zip(rows, (case.truth[0], 1e-4 * case.truth[0], np.sign(case.truth[0])), strict=True):
        centred = reward - policy @ reward
        assert row.variance == pytest.approx(policy @ centred**2, rel=1e-5)
        assert row.gradient_norm == pytest.approx(np.linalg.norm((policy * centred) @ case.scores[0]), rel=1e-4)
    assert [row.accuracy for row in rows[:2]] == [1.0, 1.0]
    assert rows[2].accuracy < 0.6


def test_a_bound_below_the_gradient_is_reported(rows: list[GradientRow]) -> None:
    low = rows[0]._replace(bounds={**rows[0].bounds, "s0": 0.99 * rows[0].gradient_norm})
    assert low.violated == ["s0"]


def test_fisher_form_is_attained_by_the_best_reward(case: Case) -> None:
    """A control: the reward along the top eigenvector of the Fisher information leaves S0 no room."""
    alone = jax.tree.map(lambda leaf: leaf[:1], case.batch)
    norms = policy_norms(case.parameters, case.config, alone, seed=0)
    root = np.sqrt(case.policy[0])
    half = root[:, None] * case.scores[0]
    _, vectors = np.linalg.eigh(half @ half.T)
    reward = vectors[:, -1] / root
    (row,) = gradient_rows(case.parameters, case.config, alone, {"truth": reward / np.abs(reward).max()}, norms)
    assert 1 - 1e-4 <= row.bounds["s0"] / row.gradient_norm < 1.006
    assert gradient_bounds(row.variance, norms._replace(fisher=(0.0, 0.98 * norms.fisher[1])))["s0"] < row.gradient_norm
