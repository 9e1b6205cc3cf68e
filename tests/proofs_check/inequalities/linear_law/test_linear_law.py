"""The boxes of the linear law: two outputs, edges and stretches are proved, and none is with an edited constant."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from proofs_check.enclosures.on_boxes import OnBoxes, on_boxes_step
from proofs_check.evidence.verdict import Verdict
from proofs_check.inequalities.linear_law import edges, stretches, two_are_best, two_outputs
from theory.bounds import growth_control

BOXES = (two_are_best.two_are_best, two_outputs.weight_of_two, edges.long_rises, edges.low_starts)


@pytest.mark.parametrize("claim", BOXES)
def test_proved_with_a_twin_that_is_refuted(claim: Callable[[], OnBoxes]) -> None:
    step = on_boxes_step(claim())
    assert step.verdict is Verdict.PROVED
    assert step.control is not None
    assert step.control.refuted


def test_far_targets_and_a_constant_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_boxes_step(stretches.far_targets()).verdict is Verdict.PROVED
    monkeypatch.setattr(growth_control, "LINEAR_LAW_CONSTANT", 2.02)
    assert on_boxes_step(stretches.far_targets()).verdict is Verdict.VIOLATED


def test_no_policy_beats_a_stretch() -> None:
    rng = np.random.default_rng(7)
    for stretch in stretches.curve(0.6)[::4]:
        value = (stretch.low + stretch.high) / 2
        psi = (stretch.above - stretch.below) / (stretch.high - stretch.low)
        for _ in range(200):
            share = (1 + value) / 2
            good = rng.dirichlet([0.5] * 2) * share
            policy = np.r_[good, rng.dirichlet([0.5] * 2) * (1 - share)]
            reward = np.array([1, 1, -1, -1])
            x = rng.normal(size=4) + reward
            x -= policy @ x
            x /= np.sqrt(policy @ x**2)
            speed, growth = policy**2 @ (x * (reward - value)), policy**2 @ (x * (x**2 - 1)) / 2
            assert psi * speed + (stretch.above + stretch.below) / 2 * growth <= 1
