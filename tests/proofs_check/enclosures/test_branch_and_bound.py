"""What is true is decided, what is false is refuted with a point, what touches stays open."""

from __future__ import annotations

import math

import pytest
from flint import arb

from proofs_check.enclosures.branch_and_bound import Decision, decide

SQUARE = [(arb(-1), arb(1)), (arb(-1), arb(1))]


def test_a_true_inequality():
    """`x y <= 0.51 (x^2 + y^2) + 0.01`, whose sides depend on each other."""
    result = decide(lambda x, y: (x * y, arb(51) / 100 * (x**2 + y**2) + arb(1) / 100), SQUARE)
    assert result.decision is Decision.HOLDS
    assert result.boxes > 1
    assert result.ratio >= 1
    assert result.point is None


def test_a_false_one_is_refuted_at_a_point():
    result = decide(lambda x, y: (x * y, arb(1) / 4 * (x**2 + y**2) + arb(1) / 100), SQUARE)
    assert result.decision is Decision.REFUTED
    x, y = result.point
    assert x * y > arb(1) / 4 * (x**2 + y**2) + arb(1) / 100
    assert x.is_exact()
    assert result.ratio < 1


def test_equality_stays_open():
    result = decide(lambda x, y: (2 * x * y, x**2 + y**2), SQUARE, most_boxes=500)
    assert result.decision is Decision.OPEN
    assert result.boxes >= 500


def test_what_cannot_be_enclosed_is_not_decided():
    result = decide(lambda x: (x.log(), arb(10)), [(arb(-1), arb(1))], most_boxes=200)
    assert result.decision is Decision.OPEN


@pytest.mark.parametrize("constant", [0.38, 0.39])
def test_a_sharp_constant_between_its_neighbours(constant):
    """`x (1-x^2) <= 2/(3 sqrt 3) = 0.3849`."""
    result = decide(lambda x: (x * (1 - x**2), arb(constant)), [(arb(0), arb(1))])
    assert result.decision is (Decision.HOLDS if constant > 2 / (3 * math.sqrt(3)) else Decision.REFUTED)
