"""S7 and S8 against their formulas in fifty digits, their limits, and what they say of each other and of S4."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from theory.bounds import fisher_time, parameter_space
from theory.tabular.exact_solutions import one_against_equals_time

gammas = st.floats(1e-12, 2)
starts = st.floats(-1, 1)
variances = st.floats(1e-24, 1)
norms = st.floats(1e-9, 1e6)


def close(value, expected):
    return float(value) == pytest.approx(float(expected), rel=1e-12)


def arcsine_rise(gamma, start):
    return mp.asin(min(mpf(start) + mpf(gamma), mpf(1))) - mp.asin(mpf(start))


@given(gammas, starts)
def test_the_rise_of_the_arcsine(gamma, start):
    found = fisher_time.arcsine_rise(gamma, start)
    with mp.workdps(50):
        assert close(found, arcsine_rise(gamma, start))
    if start + gamma <= 1:
        assert found >= gamma * (1 - 1e-14)


@given(gammas, starts, variances, norms, norms, st.floats(1e-300, 1e6))
def test_bounds_against_their_formulas(gamma, start, variance, mean_norm, norm, largest):
    arguments = (gamma, start, variance, mean_norm, norm, largest)
    by_advantage, by_score = (
        fisher_time.fisher_time_by_advantage(*arguments),
        fisher_time.fisher_time_by_score(*arguments),
    )
    with mp.workdps(700):
        rise, sigma = arcsine_rise(gamma, start), mp.sqrt(mpf(variance))
        many, own, most = mpf(mean_norm), mpf(norm), mpf(largest)
        assert close(by_advantage, 2 / (most * many) * mp.log1p(rise * most / (2 * sigma) * mp.sqrt(many / own)))
        assert close(by_score, -2 / (most * mp.sqrt(many) * sigma) * mp.expm1(-most * rise / (2 * mp.sqrt(own))))


@pytest.mark.parametrize("bound", [fisher_time.fisher_time_by_advantage, fisher_time.fisher_time_by_score])
def test_limits_are_finite_and_right(bound):
    short = math.asin(0.5) / (0.1 * 0.7 * 0.9)
    assert close(bound(0.5, 0.0, 0.01, 0.49, 0.81, 0.0), short)
    assert close(bound(0.5, 0.0, 0.01, 0.49, 0.81, 1e-30), short)
    assert float(bound(0.0, 0.3, 0.01, 0.49, 0.81, 1.0)) == 0.0
    assert close(bound(1e-200, 0.0, 0.01, 0.49, 0.81, 1.0), 1e-200 / (0.1 * 0.7 * 0.9))
    # A policy that does not move, and one whose reward does not vary.
    for fixed in ((0.5, 0.0, 0.01, 0.0, 0.0, 1.0), (0.5, 0.0, 0.01, 0.0, 0.81, 1.0), (0.5, 0.0, 0.0, 0.49, 0.81, 1.0)):
        assert float(bound(*fixed)) == math.inf
    # Nothing is left to rise by, or more than there is: what there is counts.
    assert float(bound(0.5, 1.0, 0.01, 0.49, 0.81, 1.0)) == 0.0
    assert float(bound(9.0, 0.2, 0.01, 0.49, 0.81, 1.0)) == float(bound(0.8, 0.2, 0.01, 0.49, 0.81, 1.0))
    # A little outside of [-1, 1] by rounding.
    assert math.isfinite(float(bound(0.5, -1 - 1e-15, 0.01, 0.49, 0.81, 1.0)))


def test_a_watched_prompt_without_information():
    """S7 grows without limit, S8 to the time in which sigma may have grown without limit."""
    assert float(fisher_time.fisher_time_by_advantage(0.5, 0.0, 0.01, 0.49, 0.0, 1.0)) == math.inf
    assert close(fisher_time.fisher_time_by_score(0.5, 0.0, 0.01, 0.49, 0.0, 1.0), 2 / (0.7 * 0.1))


@given(gammas, starts, variances, norms, norms, norms, st.floats(1, 4), st.integers(3, 5))
def test_bounds_fall_as_what_is_measured_grows(gamma, start, variance, mean_norm, norm, largest, factor, which):
    """So that largest values at points of a path, rather than on all of it, make a stricter check."""
    arguments = [gamma, start, variance, mean_norm, norm, largest]
    grown = list(arguments)
    grown[which] *= factor
    for bound in (fisher_time.fisher_time_by_advantage, fisher_time.fisher_time_by_score):
        assert float(bound(*grown)) <= float(bound(*arguments)) * (1 + 1e-13)


@given(st.floats(1e-6, 2), variances, st.floats(1e-3, 1e3), st.integers(1, 64), *[st.floats(1e-3, 1)] * 4)
def test_s8_contains_s4(gamma, variance, jacobian, length, mean_share, share, score_share, place):
    """`Lambda <= L J^2 / 2`, `kappa <= sqrt 2 L J` and `D >= gamma`."""
    largest = float(parameter_space.fisher_norm_bound(jacobian, length))
    start = -1 + place * (2 - gamma)
    ours = fisher_time.fisher_time_by_score(
        gamma, start, variance, mean_share * largest, share * largest, score_share * math.sqrt(2) * length * jacobian
    )
    assert float(ours) >= float(parameter_space.sharpened_theorem_4(gamma, variance, jacobian, length)) * (1 - 1e-12)


def test_two_outputs_along_a_quarter_circle():
    """`p = sin^2 psi` has the Fisher information 4, whatever `psi`: `tan psi` grows by `exp(4 t)`.

    The time grows with the logarithm of `1 / sigma_0` only: no bound of the order `1 / sigma_0` could have a factor
    that depends on the Fisher information alone. S7 is nearly attained; scores are large here, and S8 says little.
    """
    for angle in (1e-2, 1e-5, 1e-8):
        start, increase = -math.cos(2 * angle), 0.5
        end = math.acos(-(start + increase)) / 2
        time = math.log(math.tan(end) / math.tan(angle)) / 4
        variance = math.sin(2 * angle) ** 2
        by_advantage = fisher_time.fisher_time_by_advantage(increase, start, variance, 4.0, 4.0, 2.0)
        by_score = fisher_time.fisher_time_by_score(increase, start, variance, 4.0, 4.0, 2 / math.tan(angle))
        assert 1 <= time / by_advantage < 1.2
        assert by_score < 0.3


def measured(policies, advantages):
    """Of tables of one prompt, one policy a row: the Fisher norm, the longest score, and the largest advantage."""
    scores = np.eye(policies.shape[1]) - policies[:, None]
    matrices = np.einsum("sy,syi,syj->sij", policies, scores, scores)
    norms = np.linalg.eigvalsh(matrices)[:, -1]
    return norms.max(), np.linalg.norm(scores, axis=-1).max(), np.abs(advantages).max()


@pytest.mark.parametrize(("step_size", "close_to_one"), [(0.01, 1.01), (1.0, 1.3), (30.0, math.inf)])
def test_gradient_ascent_with_steps_of_any_size_is_no_faster(step_size, close_to_one):
    """Without KL, with the largest values on the segments between the iterates; time is steps times their size."""
    rng = np.random.default_rng(0)
    tightest = math.inf
    for outputs in [0] + [2] * 10 + [4] * 10:
        if outputs:
            policy = rng.dirichlet(0.5 * np.ones(outputs)) * (1 - 1e-3) + 1e-3 / outputs
            reward, watched = rng.uniform(-1, 1, (2, outputs))
        else:
            policy = np.array([0.5, 0.5])
            reward = watched = np.array([1.0, -1.0])
        logits, start = np.log(policy), policy @ watched
        variance = policy @ (reward - policy @ reward) ** 2
        largest = np.zeros(3)
        for step in range(1, 41):
            gradient = policy * (reward - policy @ reward)
            segment = logits + step_size * np.linspace(0, 1, 33)[:, None] * gradient
            policies = np.exp(segment - segment.max(axis=1, keepdims=True))
            policies /= policies.sum(axis=1, keepdims=True)
            largest = np.maximum(largest, measured(policies, reward - policies @ reward[:, None]))
            logits, policy = segment[-1], policies[-1]
            increase = policy @ watched - start
            if increase > 0:
                norm, score, advantage = largest
                for bound, most in (
                    (fisher_time.fisher_time_by_advantage, advantage),
                    (fisher_time.fisher_time_by_score, score),
                ):
                    ratio = step * step_size / float(bound(increase, start, variance, norm, norm, most))
                    assert ratio > 1
                    tightest = min(tightest, ratio)
    assert tightest < close_to_one


@pytest.mark.parametrize(
    ("rare", "increase", "expected"),
    [
        (0.25, 1.0, {"truth": 2.43, "S4": 1.46, "S6": 1.82, "S7": 1.73, "S8": 1.68}),
        (0.001, 0.5, {"truth": 252, "S4": 12.4, "S6": 14.0, "S7": 7.5, "S8": 24.8}),
        (0.01, 0.01, {"truth": 8.5, "S4": 0.10, "S6": 0.10, "S7": 6.9, "S8": 7.0}),
    ],
)
def test_what_the_documents_say_of_two_outputs(rare, increase, expected):
    """`docs/sharpened.md`, "which says most where": a table of rewards 1 and -1, the first output of probability
    `rare`, with the largest values on the path to its target."""
    end = rare + increase / 2
    path = np.linspace(rare, end, 2001)
    policies = np.stack([path, 1 - path], axis=-1)
    norm, score, advantage = measured(policies, np.stack([2 * (1 - path), -2 * path], axis=-1))
    start, variance = 2 * rare - 1, 4 * rare * (1 - rare)
    found = {
        "truth": one_against_equals_time(rare, end, 2),
        "S4": parameter_space.sharpened_theorem_4(increase, variance, 1.0, 1),
        "S6": parameter_space.contrast_theorem_4(increase, variance, 1.0, 1),
        "S7": fisher_time.fisher_time_by_advantage(increase, start, variance, norm, norm, advantage),
        "S8": fisher_time.fisher_time_by_score(increase, start, variance, norm, norm, score),
    }
    for name, number in expected.items():
        assert float(found[name]) == pytest.approx(number, rel=0.03 if number < 1 else 0.006), name
