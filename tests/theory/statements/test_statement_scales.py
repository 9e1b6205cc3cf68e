"""The allowance for rounding: the scale of the sides is of the size of their terms, and no more."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from proofs_check.conformance.hypotheses import points_and_sides
from proofs_check.conformance.tabular import WITH_A_GOOD_SET, Point, rational_points, register_sides
from theory.instances.parametric import ParametricPathInstance
from theory.instances.tabular import PolicyInstance
from theory.statement import Relation, Sides, inequality
from theory.statements.register import STATEMENTS, find_statement
from theory.tabular.problem import make_problem

OF_LOGARITHMS = ("s-path-value", "s-path-deviation", "s-var-path", "s-sign", "s-gd", "s-g1")
"""Statements on what a change of the logits does: their terms are logarithms of probabilities."""

TABULAR = [s.id for s in STATEMENTS if not s.subject.parametric]


@pytest.fixture(scope="module")
def sides():
    return register_sides(TABULAR)


@pytest.mark.parametrize("id", TABULAR)
def test_the_scale_is_of_the_size_of_the_terms(sides, id: str) -> None:
    """At the points rewards are at most one, and so are their products with probabilities."""
    cases = points_and_sides(find_statement(id)) if id in WITH_A_GOOD_SET else [(rational_points(), sides[id])]
    for points, found in cases:
        assert_scale_of_terms(id, points, found)


def assert_scale_of_terms(id: str, points: Sequence[Point], found: Sides) -> None:
    smaller, larger, scale = (np.abs(np.asarray(side, dtype=np.float64)) for side in found)
    if not find_statement(id).hypotheses:
        # Where hypotheses fail, a bound may be negative, and so is what stands for its size.
        np.testing.assert_array_equal(found.scale, scale)
    widest = np.array([2 + float(p.coefficient) * np.abs(p.log_ratio).max() for p in points])
    if scale.ndim == 2:
        widest = widest[:, None]
    assert (scale > 0).all()
    if find_statement(id).relation is Relation.EQUAL:
        # Sides of terms that cancel may be small; no term is larger than this.
        assert (scale <= 8 * widest).all()
    else:
        terms = np.array([_logarithms(id, p) for p in points]) if id in OF_LOGARITHMS else 1
        assert (scale <= terms * (2 * np.maximum(smaller, larger) + widest + 2)).all()
    assert (np.minimum(smaller, larger) <= 2 * scale).all()


def _logarithms(id: str, point: Point) -> float:
    """One more than the largest logarithms of both policies, times the slope of the bound in the risen artanh."""
    policies = [point.floats(field) for field in ("policy", "reference")]
    proxy, reference = point.floats("proxy"), policies[1]
    deviation = np.sqrt(reference @ (proxy - reference @ proxy) ** 2)
    slope = {"s-gd": 2 * point.prompts / deviation, "s-g1": 2 * point.prompts}.get(id, 1.0)
    return float((1 + sum(np.abs(np.log(policy)).max() for policy in policies)) * max(slope, 1.0))


def at_policy(policy: Sequence[float], reference: Sequence[float], proxy: Sequence[float], kl_coefficient: float):
    problem = make_problem(
        initial_probabilities=reference, proxy_reward=proxy, ground_truth_reward=proxy, kl_coefficient=kl_coefficient
    )
    return PolicyInstance(problem=problem, logits=np.log(policy))


@pytest.mark.parametrize("kl_coefficient", [0.0, 0.5, 20.0])
def test_the_terms_of_lemma_9_are_probabilities_times_rewards_and_penalties(kl_coefficient: float) -> None:
    policy, reference = [0.2, 0.3, 0.5], [0.2 / 16, 0.3, 0.7 - 0.2 / 16]
    scale = find_statement("lem9").sides(at_policy(policy, reference, [1.0, 0.5, -1.0], kl_coefficient)).scale
    np.testing.assert_allclose(scale, np.array(policy) * (1 + kl_coefficient * np.log(16)), rtol=1e-13)


@pytest.mark.parametrize("policy", [[0.5, 0.5], [0.01, 0.99], [1 - 1e-9, 1e-9]])
def test_the_terms_of_sharpened_lemma_11_are_as_large_as_the_longest_logarithm(policy: Sequence[float]) -> None:
    smaller, _, scale = find_statement("s-lem11").sides(at_policy(policy, [0.01, 0.99], [1.0, -1.0], 1.0))
    np.testing.assert_allclose(scale, np.abs(smaller) - np.log(0.01), rtol=1e-12)
    assert (np.asarray(scale) >= -np.log(0.01) * (1 - 1e-12)).all()


@pytest.mark.parametrize("rare", [1e-2, 1e-6, 1e-12])
@pytest.mark.parametrize("kl_coefficient", [0.0, 0.25])
def test_the_terms_of_the_variances_rate_vanish_with_the_variance(rare: float, kl_coefficient: float) -> None:
    """With two outputs of probabilities `p` and `q` and rewards 1 and -1 the advantages are `2 q` and `-2 p`."""
    common = 1 - rare
    at = at_policy([rare, common], [rare, common], [1.0, -1.0], kl_coefficient)
    smaller, larger, scale = find_statement("var-flow").sides(at)
    own = rare**2 * 2 * common * 8 * common**2 + common**2 * 2 * rare * 4 * (rare**2 + common**2)
    np.testing.assert_allclose(scale, own + 2 * kl_coefficient * 8 * rare * common**2, rtol=1e-9)
    np.testing.assert_allclose(smaller, larger, atol=1e-13 * float(scale))
    assert float(scale) <= 20 * 4 * rare * common


def test_inequalities_of_any_policy_have_the_scale_of_their_sides() -> None:
    first, second = np.array([3.0, -5.0, -2.0]), np.array([-1.0, 0.5, 4.0])
    for sides in (inequality(first, second), inequality(second, first)):
        np.testing.assert_array_equal(sides.scale, [4.0, 5.5, 6.0])
    # Where nothing is claimed of a negative rate, its size still counts as a term.
    fields: dict[str, Any] = {field.name: np.ones(3) for field in dataclasses.fields(ParametricPathInstance)}
    rates = ParametricPathInstance(**fields | {"kl_coefficient": 0.0, "variance_rate": np.array([3.0, -5.0, 0.0])})
    for id, bound in (("lem5-var-rate", 24.0), ("s4-var-rate", 1.0), ("s6-var-rate", 0.5)):
        smaller, larger, scale = find_statement(id).sides(rates)
        np.testing.assert_allclose(smaller, [3.0, 0.0, 0.0])
        np.testing.assert_allclose(larger, bound, rtol=1e-15)
        np.testing.assert_allclose(scale, [3.0 + bound, 5.0 + bound, bound])
