"""The gain of an expected reward keeps its digits however small it is beside the reward."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from sims.reward_gain import reward_gain

REWARD = np.array([0.9, 0.3, -0.7])


@pytest.mark.parametrize("size", [1e-1, 1e-6, 1e-12])
def test_a_small_change_of_the_policy(size: float) -> None:
    start = np.log([0.2, 0.5, 0.3])
    direction = np.array([1.0, -0.5, 0.25])
    moved = start + size * direction
    moved = moved - np.log(np.exp(moved).sum())
    change = [
        Fraction(float(p)) * Fraction(float(np.expm1(d))) for p, d in zip(np.exp(start), moved - start, strict=True)
    ]
    exact = float(sum(c * Fraction(float(r)) for c, r in zip(change, REWARD, strict=True)))
    # Rounding of the logarithms themselves is one part in 1e16 of numbers of order one.
    assert float(reward_gain(start, moved, REWARD)) == pytest.approx(exact, rel=1e-12, abs=1e-15)


def test_no_change_is_no_gain_and_a_batch_is_one_by_one() -> None:
    start = np.log([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])
    moved = np.log([[0.2, 0.5, 0.3], [0.7, 0.2, 0.1]])
    rewards = np.stack([REWARD, REWARD])
    found = np.asarray(reward_gain(start, moved, rewards))
    assert found[0] == 0.0
    assert found[1] == pytest.approx(0.1 * 0.9 - 0.1 * 0.3, rel=1e-13)
    assert found[1] == float(reward_gain(start[1], moved[1], REWARD))
