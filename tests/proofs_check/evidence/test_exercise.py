"""Counts of how often each hypothesis is exercised: counted right, and often enough at the quick level."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from proofs_check.evidence.exercise import (
    Exercise,
    HypothesisExercise,
    added_up,
    counted,
    exercise_from_record,
    flags_of,
    nothing_exercised,
)
from proofs_check.sampling.tabular import LEVELS, sample
from theory.instances.tabular import TabularInstance
from theory.statement import Feature, Hypothesis
from theory.statements.register import find_statement, select_statements
from theory.tabular.problem import make_problem


def instance() -> TabularInstance:
    """Five instances; the proxy rewards of the first output serve as numbers that hypotheses compare."""
    numbers = np.array([0.05, 0.5, -0.05, -0.5, 0.95])
    problem = make_problem(
        initial_probabilities=np.full((5, 2), 0.5),
        ground_truth_reward=np.zeros((5, 2)),
        proxy_reward=np.stack([numbers, np.zeros(5)], axis=-1),
    )
    return TabularInstance(problem=problem)


POSITIVE = Hypothesis[Any](
    "positive", "", lambda i: i.problem.proxy_reward[:, 0] > 0, lambda i: i.problem.proxy_reward[:, 0]
)
BELOW = Hypothesis[Any](
    "below", "", lambda i: i.problem.proxy_reward[:, 0] < 0.9, lambda i: 0.9 - i.problem.proxy_reward[:, 0]
)
DISCRETE = Hypothesis[Any]("discrete", "", lambda i: np.array([True, True, True, False, True]))
STATEMENT = replace(
    find_statement("lem3"),
    hypotheses=(POSITIVE, BELOW, DISCRETE),
    features=(Feature("the second", lambda i: np.arange(5) == 1), Feature("the third", lambda i: np.arange(5) == 2)),
)


def test_edges_single_failures_and_features():
    """The first is at the edge of one; the third and the fifth fail one alone, the fourth two at once."""
    flags = flags_of(STATEMENT, instance())
    assert np.asarray(flags.edge).tolist() == [[True, False, False], *[[False] * 3] * 4]
    assert np.asarray(flags.alone).tolist() == [
        [False] * 3,
        [False] * 3,
        [True, False, False],
        [False] * 3,
        [False, True, False],
    ]
    # A feature counts only where the hypotheses hold.
    assert np.asarray(flags.features).tolist() == [[False] * 2, [True, False], *[[False] * 2] * 3]
    assert counted(STATEMENT, flags) == Exercise(
        {
            "positive": HypothesisExercise(1, 1),
            "below": HypothesisExercise(0, 1),
            "discrete": HypothesisExercise(None, 0),
        },
        {"the second": 1, "the third": 0},
    )


def test_statements_without_hypotheses_count_nothing():
    plain = replace(STATEMENT, hypotheses=(), features=())
    assert counted(plain, flags_of(plain, instance())) == Exercise() == nothing_exercised(plain)


def test_counts_add_up_and_what_is_unknown_adds_nothing():
    one = counted(STATEMENT, flags_of(STATEMENT, instance()))
    total = added_up([one, None, nothing_exercised(STATEMENT), one])
    assert total is not None
    assert total.hypotheses["positive"] == HypothesisExercise(2, 2)
    assert total.hypotheses["discrete"] == HypothesisExercise(None, 0)
    assert total.features == {"the second": 2, "the third": 0}
    assert added_up([None, None]) is None
    assert added_up([]) is None


def test_records_return():
    one = counted(STATEMENT, flags_of(STATEMENT, instance()))
    assert exercise_from_record(asdict(one)) == one
    assert exercise_from_record(None) is None
    with pytest.raises(KeyError):
        exercise_from_record({"features": {}})


TIMED = [
    "prop3",
    "s3",
    "thm5-slow",
    "s-thm5",
    "thm5-fast",
    "s-thm5-fast",
    "thm6-fast",
    "s-thm6-fast",
    "thm6-slow",
    "s-thm6",
    "prop4",
    "s-prop4",
]
ON_POLICIES = ["lem8", "prop3-var-rate", "s3-var-rate", "s3-value-rate"]


@pytest.fixture(scope="module")
def quick():
    """Part of the quick level: two of its sizes, and few of the instances that are not at any limit."""
    settings = replace(LEVELS["quick"], sizes=(3, 8), problems=3000, policies=3000)
    chosen = [s for s in select_statements() if s.subject.sampled and not s.subject.parametric and s.hypotheses]
    return {e.statement: e for e in sample(chosen, settings=settings, seed=0)}


@pytest.mark.slow
def test_every_hypothesis_is_exercised_at_its_edge(quick):
    """Of all tabular statements; only a condition without degrees has no edge."""
    assert set(TIMED) <= set(quick)
    without_degrees = set()
    for id, evidence in quick.items():
        assert evidence.exercised is not None
        for name, one in evidence.exercised.hypotheses.items():
            if one.edge is None:
                without_degrees.add(name)
            else:
                assert one.edge > 0, (id, name)
    assert without_degrees == {"one-output-rewarded", "no-kl-term"}


@pytest.mark.slow
@pytest.mark.parametrize("id", ["prop4", "s-prop4"])
def test_what_is_hard_in_proposition_4(quick, id):
    """Bad outputs, a KL term and several good outputs, apart and together, and sets that are not ranked first."""
    evidence = quick[id]
    assert evidence.violations == 0
    assert evidence.tightness >= 1
    assert len(evidence.exercised.features) == 8
    for name, count in evidence.exercised.features.items():
        assert count >= 200, (name, count)
    for name, one in evidence.exercised.hypotheses.items():
        assert one.edge >= 100, (name, one.edge)


LIMITED = {"thm5-fast": 100, "s-thm5-fast": 100, "thm6-fast": 100, "s-thm6-fast": 100, "prop4": 100}


@pytest.mark.slow
@pytest.mark.parametrize("id", LIMITED)
def test_kl_coefficients_go_up_to_their_limits(quick, id):
    one = quick[id].exercised.hypotheses["small-kl-coefficient"]
    assert one.edge >= LIMITED[id]
    assert one.alone >= LIMITED[id]


@pytest.mark.slow
def test_each_hypothesis_is_missing_alone_somewhere(quick):
    """Otherwise the others imply it, which is so for three: with `delta <= 0` Proposition 4's other limits are
    negative, `delta > 0` makes every member eligible, and with `rho >= 1` Theorem 6's limit to the coefficient is not
    positive (that of Theorem 5 is, its power being even)."""
    implied = {("prop4", "good-set"), ("prop4", "positive-margin"), ("thm6-fast", "best-output-is-good")}
    for id in TIMED:
        for name, one in quick[id].exercised.hypotheses.items():
            assert (one.alone > 0) != ((id, name) in implied), (id, name, one)
