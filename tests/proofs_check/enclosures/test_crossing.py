"""First zeros of polynomials: found, excluded, or honestly unclear."""

from __future__ import annotations

import pytest
from flint import arb, arb_poly

from proofs_check.enclosures.balls import ZERO, working_precision
from proofs_check.enclosures.crossing import Crossing, EnclosedFunction, enclosed_function, first_crossing


@pytest.fixture(autouse=True)
def _precision():
    with working_precision(128):
        yield


def function(coefficients, error=0.0, slack=0.0):
    polynomial = arb_poly([arb(c) for c in coefficients])
    return EnclosedFunction(polynomial, polynomial.derivative(), arb(error), arb(error), arb(slack))


def test_a_simple_zero():
    outcome, place = first_crossing(function([-0.25, 1.0]), arb(1))
    assert outcome is Crossing.FOUND
    assert place.contains(arb(0.25))
    assert place.rad() < 1e-30


def test_the_first_of_three():
    """`(x - 1/4)(x - 1/2)(x - 3/4)`."""
    outcome, place = first_crossing(function([-3 / 32, 11 / 16, -1.5, 1.0]), arb(1))
    assert outcome is Crossing.FOUND
    assert place.contains(arb(0.25))


@pytest.mark.parametrize("height", [1e-2, 1e-9, 1e-14])
def test_two_crossings_close_together(height):
    """`height - (x - 3/8)^2` touches zero twice within `2 sqrt(height)`."""
    outcome, place = first_crossing(function([arb(height) - 9 / 64, 0.75, -1.0]), arb(1))
    assert outcome is Crossing.FOUND
    assert place < arb(0.375)
    assert place.overlaps(arb(0.375) - arb(height).sqrt())
    assert first_crossing(function([-arb(height) - 9 / 64, 0.75, -1.0]), arb(1))[0] is Crossing.NONE


def test_touching_is_unclear():
    assert first_crossing(function([-9 / 64, 0.75, -1.0]), arb(1))[0] is Crossing.UNCLEAR


def test_a_zero_at_the_end_is_unclear():
    assert first_crossing(function([-1.0, 1.0]), arb(1))[0] is Crossing.UNCLEAR


def test_starting_above_is_unclear():
    assert first_crossing(function([0.0, 1.0]), arb(1))[0] is Crossing.UNCLEAR
    assert first_crossing(function([0.1, 1.0]), arb(1))[0] is Crossing.UNCLEAR


def test_errors_and_slack_widen_the_bracket():
    """Every function within the slack has its first zero inside."""
    outcome, place = first_crossing(function([-0.25, 1.0], error=1e-6, slack=1e-3), arb(1))
    assert outcome is Crossing.FOUND
    assert place.contains(arb(0.25, 1e-3))
    assert place.rad() < 3e-3
    assert first_crossing(function([-1e-4, 0.0], slack=1e-3), arb(1))[0] is Crossing.UNCLEAR


def test_what_a_series_leaves_out():
    """`1 / (1 - t)` is at most 2 on the disk of radius 1/2."""
    for terms in (5, 20, 60):
        enclosed = enclosed_function([arb(1)] * terms, arb(2), arb(0.5), arb(0.25))
        for t in (0.0, 0.1, 0.25):
            assert enclosed.value(arb(t)).contains(1 / (1 - arb(t)))
            assert enclosed.slope(arb(t)).contains(1 / (1 - arb(t)) ** 2)
        assert enclosed.error < 1.01 * arb(2) ** (2 - terms)
    assert enclosed.slack is ZERO
