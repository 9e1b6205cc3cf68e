"""The pathwise lemma: both sides by hand, beyond what float64's probabilities can hold, and where it is attained."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax

from theory.bounds.pathwise import (
    artanh_rise,
    log_odds_of_value,
    log_variance,
    pathwise_deviation_sides,
    pathwise_value_sides,
    range_of_change,
)

BEFORE, AFTER = np.log([0.2, 0.3, 0.5]), np.log([0.6, 0.3, 0.1])
REWARD = np.array([1.0, -0.5, 0.25])


def test_the_sides_by_hand() -> None:
    before, after = np.exp(BEFORE) @ REWARD, np.exp(AFTER) @ REWARD
    spread = math.log(6) - math.log(0.4) + math.log(0.5 / 0.1) - math.log(5) - math.log(2)
    half = (math.log(3) + math.log(5)) / 2
    assert spread == pytest.approx(math.log(7.5))
    moved, allowed = pathwise_value_sides(BEFORE, AFTER, REWARD)
    assert float(moved) == pytest.approx(abs(math.atanh(after) - math.atanh(before)), rel=1e-12)
    assert float(allowed) == pytest.approx(half, rel=1e-12)
    deviations = [math.sqrt(np.exp(p) @ (REWARD - np.exp(p) @ REWARD) ** 2) for p in (BEFORE, AFTER)]
    moved, allowed = pathwise_deviation_sides(BEFORE, AFTER, REWARD)
    assert float(moved) == pytest.approx(abs(math.log(deviations[1] / deviations[0])), rel=1e-12)
    assert float(allowed) == pytest.approx(half, rel=1e-12)


def test_the_rise_of_the_artanh() -> None:
    for start, gamma in ((-0.9, 1e-9), (0.3, 0.2), (-0.5, 1.0), (0.0, 0.999)):
        expected = math.atanh(start + gamma) - math.atanh(start)
        assert float(artanh_rise(gamma, start)) == pytest.approx(expected, rel=1e-6 if gamma < 1e-6 else 1e-12)
    assert float(artanh_rise(0.5, -0.25)) == pytest.approx(2 * math.atanh(0.25), rel=1e-15)
    assert np.isinf(float(artanh_rise(0.5, 0.5)))
    assert np.isinf(float(artanh_rise(0.5, -1.0)))
    assert np.isinf(float(artanh_rise(0.5, 1.0)))
    assert float(artanh_rise(0.0, 0.4)) == float(artanh_rise(0.0, 1.0)) == float(artanh_rise(0.0, -1.0)) == 0.0


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.floats(0.01, 300.0), st.floats(1e-3, 300.0))
def test_no_change_moves_more(seed: int, outputs: int, size: float, change: float) -> None:
    """Up to changes by hundreds of nats, of policies whose smallest probability is below float64's range."""
    rng = np.random.default_rng(seed)
    before = np.asarray(log_softmax(size * rng.standard_normal(outputs)))
    after = np.asarray(log_softmax(before + change * rng.standard_normal(outputs)))
    reward = rng.choice([rng.uniform(-1, 1, outputs), np.sign(rng.standard_normal(outputs))])
    for moved, allowed in (
        pathwise_value_sides(before, after, reward),
        pathwise_deviation_sides(before, after, reward),
    ):
        assert float(moved) <= float(allowed) * (1 + 1e-12) + 1e-12 * np.abs(before).max()


@pytest.mark.parametrize("change", [1e-3, 1.0, 30.0, 400.0])
def test_two_outputs_attain_the_first(change: float) -> None:
    before, after = log_softmax([0.3, 0.0]), log_softmax([0.3 + change, 0.0])
    moved, allowed = pathwise_value_sides(np.asarray(before), np.asarray(after), np.array([1.0, -1.0]))
    assert float(moved) == pytest.approx(float(allowed), rel=1e-10)


def test_a_rare_output_approaches_the_second() -> None:
    before, after = np.log([1e-9, 1 - 1e-9]), np.log([2e-9, 1 - 2e-9])
    moved, allowed = pathwise_deviation_sides(before, after, np.array([1.0, -1.0]))
    assert 1 < float(allowed) / float(moved) < 1 + 1e-8


def test_logarithms_of_what_is_too_small_for_float64() -> None:
    log_policy = np.asarray(log_softmax([0.0, -900.0]))
    assert float(log_variance(log_policy, np.array([1.0, -1.0]))) == pytest.approx(math.log(4) - 900)
    assert float(log_odds_of_value(log_policy, np.array([1.0, -1.0]))) == pytest.approx(450)
    for reward in (-1.0, 0.0, 1.0):
        constant = np.full(2, reward)
        assert float(log_variance(log_policy, constant)) == float(log_odds_of_value(log_policy, constant)) == 0.0


def test_a_common_shift_is_no_change() -> None:
    assert float(range_of_change(BEFORE, np.asarray(log_softmax(BEFORE + 7.0)))) == pytest.approx(0, abs=1e-14)
