"""Balls contain what they should, and floats are rounded outward."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from proofs_check.enclosures import balls

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite)
def test_floats_are_exact(value):
    ball = balls.exact(value)
    assert ball.is_exact()
    assert float(ball) == value
    assert balls.float_below(ball) == balls.float_above(ball) == value


@given(st.floats(-1e300, 1e300), st.floats(1e-12, 1.0))
def test_rounding_is_outward(value, radius):
    ball = arb(value, radius)
    assert arb(balls.float_below(ball)) <= ball.lower()
    assert arb(balls.float_above(ball)) >= ball.upper()
    third = arb(value) / 3
    assert arb(balls.float_below(third)) <= third
    assert balls.float_above(third) - balls.float_below(third) <= 4 * np.spacing(abs(value / 3) + 1e-300)


def test_what_is_not_finite_stays_so():
    assert balls.float_below(arb("inf")) == balls.float_above(arb("inf")) == math.inf
    assert balls.float_below(arb("nan")) == -math.inf
    assert balls.float_above(arb("nan")) == math.inf


@given(st.floats(0, 1e20), st.floats(1e-20, 1e20))
def test_steps_end_on_floats(start, length):
    """Also where the step is much longer than the clock, when `(a + b) - a` is not exact in float64."""
    with balls.working_precision(160):
        end, distance = balls.step_to_float(start, length)
        assert distance.is_nan() or (distance.is_exact() and arb(start) + distance == arb(end))


def test_a_difference_of_floats_can_need_more_than_a_float():
    with balls.working_precision(160):
        end, distance = balls.step_to_float(0.1, 1e14)
        assert end - 0.1 != distance
        assert distance.is_exact()


def test_precision_is_restored():
    before = ctx.prec, ctx.cap

    def fail():
        with balls.working_precision(300, 50):
            assert (ctx.prec, ctx.cap) == (300, 50)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail()
    assert (ctx.prec, ctx.cap) == before


def test_softmax_sums_to_one():
    policy = balls.softmax([-700.0, 3.0, 2.5])
    assert balls.total(policy).contains(1)
    assert float(policy[1]) == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_certain_ratio():
    assert balls.certain_ratio(arb(3, 0.1), arb(2)) >= 1.55
    assert balls.certain_ratio(arb(1), arb(0, 1)) == math.inf
    assert balls.certain_ratio(arb("inf"), arb(1)) == math.inf
