"""Hypotheses about tabular problems at their limits: open where the paper's are open, closed where they are closed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from theory.bounds import upper_bounds
from theory.instances.lower_bounds import (
    best_probability,
    best_share,
    good_set_of,
    proposition_4_kl_limit,
    proposition_4_mass_limit,
    smallest_log_probability,
    truth_advantage,
)
from theory.instances.tabular import HittingTimeInstance
from theory.statement import Hypothesis
from theory.statements.tabular import hitting_time_hypotheses
from theory.tabular.problem import make_problem


def instance(policy, proxy, truth=None, increase: float = 0.1, coefficient: float = 0.0) -> HittingTimeInstance:
    problem = make_problem(
        initial_probabilities=policy,
        proxy_reward=proxy,
        ground_truth_reward=proxy if truth is None else truth,
        kl_coefficient=coefficient,
    )
    return HittingTimeInstance(problem=problem, increase=increase)


def holds(hypothesis: Hypothesis, at: HittingTimeInstance) -> bool:
    return bool(hypothesis.holds(at))


def regularized(at: HittingTimeInstance, coefficient: float) -> HittingTimeInstance:
    return replace(at, problem=replace(at.problem, kl_coefficient=np.float64(coefficient)))


def test_the_range_of_the_rewards() -> None:
    for width, varies, narrow in ((0.0, False, False), (1e-300, True, True), (1.0, True, True), (1.0001, True, False)):
        highest = 0.5 if width >= 1 else 0.0
        at = instance([0.5, 0.25, 0.25], [highest, highest - width, highest])
        assert (holds(hitting_time_hypotheses.VARIES, at), holds(hitting_time_hypotheses.INSIDE_UNIT_RANGE, at)) == (
            varies,
            narrow,
        )


def test_the_best_output_must_gain_more_than_gamma() -> None:
    at = instance([0.25, 0.75], [1.0, -1.0])
    gain = float(truth_advantage(at)[0])
    assert not holds(hitting_time_hypotheses.BEST_IS_GOOD, replace(at, increase=gain))
    assert holds(hitting_time_hypotheses.BEST_IS_GOOD, replace(at, increase=math.nextafter(gain, 0)))
    # The reward model's best output, not the best one.
    assert not holds(hitting_time_hypotheses.BEST_IS_GOOD, instance([0.25, 0.75], [-1.0, 1.0], truth=[1.0, -1.0]))


def test_how_far_the_best_output_stands_out() -> None:
    """Strictly between `1 - pi0(y_g)` and one, for every other output."""
    probability = float(best_probability(instance([0.25, 0.25, 0.5], [1.0, 0.1, 0.1])))
    least = 1 - probability
    inside = (least + 1) / 2
    for gap, expected in (
        (least, False),
        (math.nextafter(least, 1), True),
        (inside, True),
        (math.nextafter(1, 0), True),
        (1.0, False),
        (1.5, False),
        (least / 2, False),
        (0.0, False),
    ):
        for gaps in ([0.0, gap, inside], [0.0, inside, gap]):
            at = instance([0.25, 0.25, 0.5], (0.0 if gap <= 1 else 1.0) - np.array(gaps))
            assert holds(hitting_time_hypotheses.BEST_STANDS_OUT, at) == expected, gap


def test_one_output_is_rewarded() -> None:
    for proxy, expected in (
        ([1.0, -1.0, -1.0], True),
        ([-1.0, -1.0, 1.0], True),
        ([1.0, 1.0, -1.0], False),
        ([0.5, -1.0, -1.0], False),
        ([1.0, -1.0, -0.5], False),
        ([-1.0, -1.0, -1.0], False),
        ([1.0, 0.0, -1.0], False),
    ):
        assert holds(hitting_time_hypotheses.ONE_REWARDED, instance([0.25, 0.25, 0.5], proxy)) == expected


def test_another_output_must_be_good_as_well() -> None:
    proxy, truth = [1.0, -1.0, -1.0], [1.0, 0.75, -1.0]
    at = instance([0.25, 0.25, 0.5], proxy, truth=truth)
    gains = np.asarray(truth_advantage(at))
    assert holds(hitting_time_hypotheses.TWO_GOOD, replace(at, increase=math.nextafter(gains[1], 0)))
    assert not holds(hitting_time_hypotheses.TWO_GOOD, replace(at, increase=float(gains[1])))
    # The second one alone is not enough.
    assert not holds(hitting_time_hypotheses.TWO_GOOD, instance([0.25, 0.25, 0.5], proxy, truth=[-0.9, 1.0, -1.0]))


@pytest.mark.parametrize("name", ["THEOREM_5_KL", "THEOREM_6_KL"])
def test_the_largest_coefficient_is_allowed(name: str) -> None:
    limit_of = {
        "THEOREM_5_KL": upper_bounds.theorem_5_fast_kl_limit,
        "THEOREM_6_KL": upper_bounds.theorem_6_fast_kl_limit,
    }[name]
    at = instance([0.5, 0.25, 0.25], [1.0, -1.0, -1.0])
    limit = float(limit_of(best_share(at), best_probability(at), smallest_log_probability(at)))
    assert holds(getattr(hitting_time_hypotheses, name), regularized(at, limit))
    assert not holds(getattr(hitting_time_hypotheses, name), regularized(at, math.nextafter(limit, 1)))


def test_proposition_4_at_its_limits() -> None:
    at = instance([0.6 - 1e-16, 1e-16, 0.4], [1.0, 0.3, -1.0], truth=[1.0, 1.0, -1.0])
    assert all(holds(h, at) for h in hitting_time_hypotheses.PROPOSITION_4_HYPOTHESES)
    limit = float(proposition_4_kl_limit(at))
    assert holds(hitting_time_hypotheses.PROPOSITION_4_KL, regularized(at, limit))
    # Beyond it no set meets the hypotheses, and another one is described: its coefficient must be too large as well.
    assert not holds(hitting_time_hypotheses.PROPOSITION_4_KL, regularized(at, 1.01 * limit))
    assert 0 < float(good_set_of(at).bad_mass) <= float(proposition_4_mass_limit(at))
    bad = instance([0.2, 0.4, 0.4], [1.0, 0.9, -1.0], truth=[1.0, -1.0, -1.0])
    assert holds(hitting_time_hypotheses.GOOD_SET, bad)
    assert not holds(hitting_time_hypotheses.PROPOSITION_4_MASS, bad)
    nothing = instance([0.6, 0.4], [1.0, -1.0], increase=1.9)
    assert not holds(hitting_time_hypotheses.GOOD_SET, nothing)


def test_a_margin_of_zero_is_not_positive() -> None:
    """`rho` is 3/4 and the mean (lower - 1) / 4, so `delta = (5 - lower) / 16 - (1 - lower)` changes sign at 11/15."""
    for lower, expected in ((1.0, True), (0.74, True), (0.73, False), (0.5, False)):
        at = instance([0.25, 0.25, 0.5], [1.0, lower, -1.0], truth=[1.0, 1.0, -1.0], increase=0.5, coefficient=9.0)
        assert float(good_set_of(at).share) == pytest.approx(0.75)
        assert holds(hitting_time_hypotheses.POSITIVE_MARGIN, at) == expected
    # At a share of one the margin of a single output is exactly zero.
    assert not holds(hitting_time_hypotheses.POSITIVE_MARGIN, instance([0.5, 0.5], [1.0, -1.0], increase=1.0))


def test_others_may_be_average() -> None:
    """Ours allows equality, in exact arithmetic at rewards whose mean is a float64."""
    for second, expected in ((0.0, True), (2.0**-20, False), (-0.5, True)):
        proxy = [1.0, second, -1.0 - 2 * second]
        at = instance([0.25, 0.5, 0.25], proxy if abs(proxy[2]) <= 1 else [1.0 - 2.0**-18, second, -1.0])
        assert holds(hitting_time_hypotheses.OTHERS_BELOW_AVERAGE, at) == expected


@pytest.mark.parametrize(
    ("hypothesis", "leading"),
    [
        (hitting_time_hypotheses.SHARPENED_THEOREM_5_KL, r"\frac{\lambda}{\kappa}"),
        (hitting_time_hypotheses.SHARPENED_THEOREM_6_KL, r"\frac{\lambda(K-1)}{2K}"),
        (hitting_time_hypotheses.SMALL_LOSS, r"\frac{n\lambda}{\kappa}"),
    ],
)
def test_the_formula_of_a_loss_says_what_it_is_and_how_large_it_may_be(hypothesis: Hypothesis, leading: str) -> None:
    start = (
        rf"\ell = {leading}\ln\frac{{1}}{{\min\pi_{{\theta(0)}}}}\left(\frac{{1}}{{P_0}} + \frac{{2}}{{1-\rho}}\right)"
    )
    assert hypothesis.latex.startswith(start)
    rest = hypothesis.latex.removeprefix(start)
    if hypothesis is hitting_time_hypotheses.SMALL_LOSS:
        limit = r" \le \tfrac12 \text{ if } Y_{bad} \ne \emptyset,\ \ell < 1 \text{ otherwise}"
        of_bad_outputs, found, last = rest.partition(limit)
        assert of_bad_outputs.count(r"\frac") == 2
        assert found
        assert last.startswith(r",\ b = \pi_{\theta(0)}(Y_{bad})\exp((")
        assert last.count("{") == last.count("}")
    else:
        assert rest == " < 1"
