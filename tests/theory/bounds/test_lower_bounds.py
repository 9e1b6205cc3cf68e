"""Every bound against its formula in fifty digits, and the relations that the proofs assert between them."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from theory.bounds import lower_bounds, upper_bounds

gammas = st.floats(1e-9, 2)
shares = st.floats(0.02, 0.98)
fractions = st.floats(1e-3, 0.999)
ranges = st.floats(1e-9, 1)
lows = st.floats(-50, -0.7)
counts = st.integers(1, 50).map(float)


def close(value, expected):
    return float(value) == pytest.approx(float(expected), rel=1e-12)


@given(gammas, st.floats(1e-24, 1), counts)
def test_lower_bounds_by_variance(gamma, spread, prompts):
    with mp.workdps(50):
        factor = prompts * (1 - mp.exp(-mpf(gamma) / 2)) / mp.sqrt(mpf(spread))
        assert close(lower_bounds.proposition_3(gamma, spread, prompts), 2 * factor)
        assert close(lower_bounds.sharpened_proposition_3(gamma, spread, prompts), 4 * factor)


@given(gammas, ranges, counts)
def test_lower_bounds_by_range(gamma, length, prompts):
    with mp.workdps(50):
        factor = prompts * (1 - mp.exp(-mpf(gamma) / 2)) / mpf(length)
        assert close(lower_bounds.theorem_5_slow(gamma, 1 / length, prompts), 2 * factor)
        assert close(lower_bounds.sharpened_theorem_5_slow(gamma, 1 / length, prompts), 8 * factor)
    # Popoviciu: the variance is at most a quarter of the squared range, with equality for two equal halves.
    assert close(
        lower_bounds.sharpened_theorem_5_slow(gamma, 1 / length, prompts),
        lower_bounds.sharpened_proposition_3(gamma, length**2 / 4, prompts),
    )


@given(gammas, fractions, counts)
def test_lower_bounds_by_one_probability(gamma, probability, prompts):
    with mp.workdps(50):
        travelled, q = 1 - mp.exp(-mpf(gamma) / 2), mpf(probability)
        assert close(
            lower_bounds.theorem_6_slow(gamma, probability, prompts), prompts / mp.sqrt(2) * travelled / mp.sqrt(q)
        )
        sharpened = lower_bounds.sharpened_theorem_6_slow(gamma, probability, prompts)
        assert close(sharpened, 2 * prompts * travelled / mp.sqrt(q * (1 - q)))
    variance = 4 * probability * (1 - probability)
    assert close(sharpened, lower_bounds.sharpened_proposition_3(gamma, variance, prompts))
    assert lower_bounds.theorem_6_slow(gamma, probability, prompts) < lower_bounds.proposition_3(
        gamma, variance, prompts
    )


@given(shares, fractions, lows, counts)
def test_upper_bounds_and_their_conditions(rho, fraction, low, prompts):
    probability = rho * fraction
    with mp.workdps(50):
        r, p = mpf(rho), mpf(probability)
        gap, spread = 1 / p - 1 / r, 1 / (2 * mp.e) - 2 * mpf(low)
        # The difference of the two inverses cancels where they are close.
        tolerance = 1e-13 * float((1 / p) / gap)
        expected = 4 * prompts / (1 - r) ** 4 * gap
        assert float(upper_bounds.theorem_5_fast(rho, probability, prompts)) == pytest.approx(
            float(expected), rel=tolerance
        )
        expected = 2 * prompts / (1 - r) ** 3 * gap
        assert float(upper_bounds.theorem_6_fast(rho, probability, prompts)) == pytest.approx(
            float(expected), rel=tolerance
        )
        assert close(upper_bounds.theorem_5_fast_kl_limit(rho, probability, low), p * (1 - r) ** 4 / (8 * spread))
        assert close(upper_bounds.theorem_6_fast_kl_limit(rho, probability, low), p * (1 - r) ** 3 / (16 * spread))


@given(shares, fractions, st.floats(1e-3, 2), st.integers(1, 9), lows, counts)
def test_proposition_4(rho, fraction, margin, size, low, prompts):
    mass = rho * fraction
    with mp.workdps(50):
        r, m, d = mpf(rho), mpf(mass), mpf(margin)
        gap, spread = 1 / m - 1 / r, 2 * mp.log(1 / mp.exp(mpf(low))) + 1 / (2 * mp.e)
        tolerance = 1e-13 * float((1 / m) / gap)
        expected = 4 * prompts * size / ((1 - r) * d) * gap
        value = upper_bounds.proposition_4(rho, margin, mass, float(size), prompts)
        assert float(value) == pytest.approx(float(expected), rel=tolerance)
        limit = m * (1 - r) * d / (8 * size * spread)
        assert close(upper_bounds.proposition_4_kl_limit(rho, margin, mass, float(size), low), limit)
        exponent = 20 * size / ((1 - r) * d) * gap
        limit = m**2 * (1 - r) * d / (16 * size) * mp.exp(-exponent)
        value = upper_bounds.proposition_4_mass_limit(rho, margin, mass, float(size))
        assert float(value) == pytest.approx(float(limit), rel=1e-12 * float(1 + (20 * size / ((1 - r) * d)) / m))


@given(shares, st.floats(1e-3, 0.99), lows)
def test_theorems_5_and_6_follow_from_proposition_4(rho, fraction, low):
    """With `Y+ = {y_g}`: `delta = (1-rho)(1 - V_RM)`, and `V_RM` as large as the constructions allow."""
    p = rho * fraction
    margin = 2 * (1 - rho) * (1 - p)  # +1 on y_g, -1 elsewhere
    assert upper_bounds.proposition_4(rho, margin, p, 1.0, 1.0) <= upper_bounds.theorem_6_fast(rho, p, 1.0) * (
        1 + 1e-12
    )
    limit = upper_bounds.proposition_4_kl_limit(rho, margin, p, 1.0, low)
    assert limit >= upper_bounds.theorem_6_fast_kl_limit(rho, p, low)
    margin = (1 - rho) * (1 - p) ** 2  # 1 on y_g, less than p elsewhere
    assert upper_bounds.proposition_4(rho, margin, p, 1.0, 1.0) <= upper_bounds.theorem_5_fast(rho, p, 1.0) * (
        1 + 1e-12
    )
    limit = upper_bounds.proposition_4_kl_limit(rho, margin, p, 1.0, low)
    assert limit >= upper_bounds.theorem_5_fast_kl_limit(rho, p, low) * (1 - 1e-12)


def test_required_share():
    assert float(upper_bounds.required_share(0.3, -0.2, 0.9)) == pytest.approx(1.1 / 1.9)
    # pi(y_g) = rho suffices: the rest at -1 gives rho r - (1 - rho) = V + gamma.
    rho = float(upper_bounds.required_share(0.3, -0.2, 0.9))
    assert rho * 0.9 - (1 - rho) == pytest.approx(0.1)


def test_small_gamma_keeps_its_digits():
    assert float(lower_bounds.travelled(1e-15)) == pytest.approx(5e-16, rel=1e-12)


def test_a_policy_that_never_moves_never_gets_there():
    with jax.debug_nans(True):
        assert np.isinf(lower_bounds.proposition_3(0.3, np.array([0.0]), 1.0)).all()
        assert np.isinf(lower_bounds.sharpened_proposition_3(0.3, np.array([0.0]), 1.0)).all()
        assert np.isinf(lower_bounds.sharpened_theorem_6_slow(0.3, np.array([1.0]), 1.0)).all()
