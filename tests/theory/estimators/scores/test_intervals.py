from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from theory.errors import InvalidInputError
from theory.estimators.scores.intervals import jackknife_interval, student_interval


def test_student_against_scipy() -> None:
    values = np.random.default_rng(0).normal(size=9)
    expected = ttest_1samp(values, 0).confidence_interval(0.9)
    found = student_interval(values, confidence=0.9)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high))
    assert found.estimate == pytest.approx(values.mean())


def test_the_jackknife_of_a_mean_is_student() -> None:
    values = np.random.default_rng(1).normal(size=7)
    without = np.array([np.delete(values, k).mean() for k in range(7)])
    assert jackknife_interval(float(values.mean()), without) == pytest.approx(student_interval(values))


def test_more_confidence_reaches_further() -> None:
    values = np.array([0.0, 1.0, 3.0])
    narrow, wide = (student_interval(values, confidence=c) for c in (0.5, 0.99))
    assert wide.lower < narrow.lower < narrow.estimate < narrow.upper < wide.upper


def test_student_covers_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    for draw, mean in ((random.normal, 0.0), (random.uniform, 0.5)):
        found = [student_interval(draw(size=6)) for _ in range(1000)]
        # Three standard deviations of a share of 0.95 in 1000.
        assert np.mean([f.lower <= mean <= f.upper for f in found]) == pytest.approx(0.95, abs=0.021)


def test_a_fixed_list_of_expectations_makes_it_wider() -> None:
    random, centres = np.random.default_rng(3), np.linspace(-1, 1, 8)
    found = [student_interval(centres + 0.3 * random.normal(size=8)) for _ in range(500)]
    assert np.mean([f.lower <= 0 <= f.upper for f in found]) >= 0.99


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0, np.nan])
def test_refuses_certainty(confidence: float) -> None:
    with pytest.raises(InvalidInputError, match="confidence"):
        student_interval(np.zeros(3), confidence=confidence)
    with pytest.raises(InvalidInputError, match="confidence"):
        jackknife_interval(0.0, np.zeros(3), confidence=confidence)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan], [np.inf, 0.0]])
def test_refuses_what_tells_no_spread(values: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="values"):
        student_interval(np.array(values))
    with pytest.raises(InvalidInputError, match="left_out"):
        jackknife_interval(0.0, np.array(values))
    with pytest.raises(InvalidInputError, match="estimate"):
        jackknife_interval(np.nan, np.zeros(2))
