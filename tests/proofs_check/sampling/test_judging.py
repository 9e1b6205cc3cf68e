"""What counts as a violation: everything that is not shown to hold, up to rounding and no further."""

from __future__ import annotations

import numpy as np
import pytest

from proofs_check.sampling.judging import ROUNDING, judge, judge_hitting_time
from sims.hitting import Hitting, Status
from theory.statement import Direction, Relation, Sides

NAN, INF = np.nan, np.inf


def sides(smaller, larger, scale=1.0):
    return Sides(*(np.atleast_1d(np.asarray(x, dtype=float)) for x in (smaller, larger, scale)))


def hit(time, status=Status.REACHED, relative_error=0.0):
    return Hitting(np.array([time]), np.array([relative_error]), np.array([status], np.int8), np.array([1]))


def judged_time(time, bound, direction, status=Status.REACHED, relative_error=0.0):
    pair = (bound, time) if direction is Direction.LOWER else (time, bound)
    outcome = judge_hitting_time(sides(*pair, bound), direction, hit(time, status, relative_error))
    return bool(outcome.violated[0]), bool(outcome.undecided[0]), float(outcome.ratio[0])


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize(("smaller", "larger"), [(NAN, 1.0), (0.5, NAN), (NAN, NAN)])
@pytest.mark.parametrize("scale", [1.0, 0.0, NAN, INF])
def test_nan_is_a_violation(relation, smaller, larger, scale):
    outcome = judge(sides(smaller, larger, scale), relation, 1)
    assert outcome.violated.all()
    assert np.isnan(outcome.ratio).all()


@pytest.mark.parametrize("relation", Relation)
def test_a_scale_that_breaks_down_excuses_nothing(relation):
    for scale in (NAN, INF):
        assert judge(sides(2.0, 1.0, scale), relation, 1).violated.all()
    assert judge(sides(INF, 1.0, INF), relation, 1).violated.all()


def test_infinities_that_agree_with_an_inequality():
    assert not judge(sides(INF, INF, INF), Relation.AT_MOST, 1).violated.any()
    assert not judge(sides(-INF, 1.0, INF), Relation.AT_MOST, 1).violated.any()
    assert not judge(sides(1.0, INF, 1.0), Relation.AT_MOST, 1).violated.any()


def test_the_allowance_for_rounding_is_tiny():
    assert ROUNDING < 1e-13
    for size in (1e-12, 1.0, 1e12):
        assert judge(sides(size * (1 + 1e-12), size, size), Relation.AT_MOST, 1).violated.all()
        assert not judge(sides(size * (1 + 1e-15), size, size), Relation.AT_MOST, 1).violated.any()
        for error, violated in ((1e-12, True), (-1e-12, True), (1e-15, False)):
            outcome = judge(sides(size * (1 + error), size, size), Relation.EQUAL, 1)
            assert bool(outcome.violated[0]) == violated
            assert float(outcome.ratio[0]) == pytest.approx(abs(error), rel=0.2)


@pytest.mark.parametrize("relation", Relation)
def test_numbers_below_the_range_of_float64_may_lose_their_digits(relation):
    """Of 1e-320 two digits are kept; of 1e-300 all."""
    lost = judge(sides(1.01e-320, 1e-320, 1e-320), relation, 1)
    assert not lost.violated.any()
    kept = judge(sides(1.01e-300, 1e-300, 1e-300), relation, 1)
    assert kept.violated.all()
    if relation is Relation.EQUAL:
        assert lost.ratio < ROUNDING < kept.ratio


def test_every_output_counts():
    matrix = Sides(np.array([[0.1, 0.9], [0.1, 0.2]]), np.full((2, 2), 0.5), np.ones((2, 2)))
    outcome = judge(matrix, Relation.AT_MOST, 2)
    assert outcome.violated.tolist() == [True, False]
    np.testing.assert_allclose(outcome.ratio, [0.5 / 0.9, 2.5])


def test_ratios_of_sides_that_are_not_positive():
    assert judge(sides(0.0, 0.5), Relation.AT_MOST, 1).ratio[0] == INF
    assert judge(sides(-0.5, -0.9), Relation.AT_MOST, 1).ratio[0] == 0  # violated, and finite so as to be recorded
    assert judge(sides(-0.5, -0.9), Relation.AT_MOST, 1).violated.all()


def test_a_known_uncertainty_is_allowed():
    assert not judge(sides(1.1, 1.0), Relation.AT_MOST, 1, uncertainty=np.array([0.2])).violated.any()
    assert judge(sides(1.1, 1.0), Relation.AT_MOST, 1, uncertainty=np.array([0.05])).violated.all()


LOWER, UPPER = Direction.LOWER, Direction.UPPER


@pytest.mark.parametrize(
    ("direction", "status", "time", "bound", "violated", "undecided"),
    [
        (LOWER, Status.REACHED, 2.0, 1.0, False, False),
        (LOWER, Status.REACHED, 1.0, 2.0, True, False),
        (UPPER, Status.REACHED, 1.0, 2.0, False, False),
        (UPPER, Status.REACHED, 2.0, 1.0, True, False),
        (LOWER, Status.NEVER, INF, 1.0, False, False),
        (UPPER, Status.NEVER, INF, 1e300, True, False),
        # The target was not reached up to the time given: it is decided only where that settles it.
        (LOWER, Status.CENSORED, 2.0, 1.0, False, False),
        (LOWER, Status.CENSORED, 1.0, 2.0, False, True),
        (UPPER, Status.CENSORED, 1.0, 2.0, False, True),
        (UPPER, Status.CENSORED, 2.0, 1.0, True, False),
        (LOWER, Status.FAILED, 2.0, 1.0, False, False),
        (LOWER, Status.FAILED, 1.0, 2.0, False, True),
        (UPPER, Status.FAILED, 1.0, 2.0, False, True),
        (UPPER, Status.FAILED, 2.0, 1.0, True, False),
    ],
)
def test_statuses(direction, status, time, bound, violated, undecided):
    outcome = judged_time(time, bound, direction, status, 0.0 if status is Status.REACHED else NAN)
    assert outcome[:2] == (violated, undecided)


def test_only_known_times_have_a_ratio():
    assert judged_time(3.0, 2.0, LOWER)[2] == 1.5
    assert judged_time(2.0, 3.0, UPPER)[2] == 1.5
    for direction, time, bound in ((LOWER, 3.0, 2.0), (UPPER, 2.0, 3.0)):
        assert judged_time(time, bound, direction, Status.CENSORED, NAN)[2] == INF


@pytest.mark.parametrize("direction", [LOWER, UPPER])
@pytest.mark.parametrize("estimate", [NAN, INF, 1e-3, 10.0])
def test_a_large_or_unknown_error_estimate_decides_nothing(direction, estimate):
    for time, bound in ((1.0, 2.0), (2.0, 1.0)):
        violated, undecided, ratio = judged_time(time, bound, direction, relative_error=estimate)
        assert not violated
        assert undecided
        assert ratio == INF


def test_a_small_error_estimate_excuses_that_much_only():
    assert not judged_time(1.0, 1 + 0.9e-8, LOWER, relative_error=1e-8)[0]
    assert judged_time(1.0, 1 + 1.1e-8, LOWER, relative_error=1e-8)[0]
    assert judged_time(1.0, 1 + 1e-12, LOWER)[0]


@pytest.mark.parametrize("direction", [LOWER, UPPER])
def test_nan_times_and_bounds_are_violations(direction):
    for time, bound in ((NAN, 1.0), (1.0, NAN)):
        assert judged_time(time, bound, direction)[0]


def test_an_infinite_bound_on_a_finite_time_is_a_violation():
    """As when a reward variance underflows to zero."""
    assert judged_time(1e200, INF, LOWER)[:2] == (True, False)
    assert judged_time(1e200, INF, UPPER)[:2] == (False, False)
    assert judged_time(INF, INF, LOWER, Status.NEVER, NAN)[:2] == (False, False)
