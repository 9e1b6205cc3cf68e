"""The closed-form solution against a forty-digit quadrature of the two-variable flow."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from theory.errors import InvalidInputError
from theory.tabular.exact_solutions import one_against_equals_policy, one_against_equals_time
from theory.tabular.policy import probability_velocity


@pytest.mark.parametrize("outputs", [2, 3, 8, 150_000])
@pytest.mark.parametrize(("start", "end"), [(1e-12, 0.5), (1e-12, 1.0000001e-12), (0.3, 0.3 + 1e-9), (0.01, 1 - 1e-9)])
def test_time_is_the_integral_of_the_inverse_velocity(outputs: int, start: float, end: float) -> None:
    with mpmath.workdps(40):
        low, high = mpmath.mpf(start), mpmath.mpf(end)
        count = mpmath.mpf(outputs)
        # In log-odds z: dp = p (1 - p) dz, and 1 / (p (1 - p)) = 2 + 2 cosh z.
        odds = lambda p: mpmath.log(p / (1 - p))  # noqa: E731
        exact = (count - 1) / (2 * count) * mpmath.quad(lambda z: 2 + 2 * mpmath.cosh(z), [odds(low), 0, odds(high)])
    # The rounding of p1 - p0 itself is part of the input; nothing else may cancel.
    assert one_against_equals_time(start, end, outputs) == pytest.approx(float(exact), rel=1e-14)
    assert one_against_equals_time(start, end, outputs, prompts=7.0) == pytest.approx(7 * float(exact), rel=1e-14)


@pytest.mark.parametrize("outputs", [2, 5, 64])
@pytest.mark.parametrize("probability", [1e-6, 0.2, 0.9])
def test_its_derivative_is_lemma_9(outputs: int, probability: float) -> None:
    policy, reward = one_against_equals_policy(probability, outputs)
    np.testing.assert_allclose(policy.sum(), 1, rtol=1e-14)
    velocity = float(probability_velocity(np.log(policy), np.log(policy), reward, 0.0)[0])
    step = 1e-6 * probability
    slope = one_against_equals_time(probability - step, probability + step, outputs) / (2 * step)
    assert slope * velocity == pytest.approx(1, rel=1e-9)
    corrupted = velocity * (outputs - 1) / outputs
    assert abs(slope * corrupted - 1) > 1e-3


def test_bad_input() -> None:
    for start, end, outputs in [(0.5, 0.4, 4), (0.0, 0.4, 4), (0.5, 1.0, 4), (0.2, 0.4, 1)]:
        with pytest.raises(InvalidInputError):
            one_against_equals_time(start, end, outputs)


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.5), (0.5, 0.4), (0.5, 1.0)])
def test_probabilities_at_which_the_time_is_none(start, end):
    with pytest.raises(InvalidInputError, match="probability"):
        one_against_equals_time(start, end, 2)


def test_times_of_several_pairs_of_probabilities():
    start, end = np.array([0.1, 0.2, 0.3]), np.array([0.4, 0.2, 0.9])
    single = [float(one_against_equals_time(a, b, 5)) for a, b in zip(start, end, strict=True)]
    np.testing.assert_array_equal(one_against_equals_time(start, end, 5), single)
    assert single[1] == 0
    # One number serves all of the others.
    assert one_against_equals_time(0.1, end, 5).shape == one_against_equals_time(start, 0.9, 5).shape == (3,)
    assert one_against_equals_time(0.1, end, 5)[0] == single[0]
    for other in (end[:2], end[:1], end[None]):
        with pytest.raises(InvalidInputError, match=r"^final_probability: got shape .*batch \(3,\)"):
            one_against_equals_time(start, other, 5)
