"""Adversarial search comes close to what is attained, finds what is false, and its findings replay."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st

from flatscape.commands.simulate import simulate_problems
from flatscape.input.problem_file import read_problems
from proofs_check.evidence.verdict import Verdict
from proofs_check.search.ascent import ascend
from proofs_check.search.spaces import TIMED, space_of
from proofs_check.search.tabular import (
    TABULAR_SEARCH_LEVELS,
    TabularSearchSettings,
    inequalities,
    ratio_of,
    search_tabular,
)
from sims.flow_hitting_times import hitting_times
from theory.bounds import lemmas
from theory.instances.lower_bounds import sharpened_proposition_3_bound
from theory.instances.tabular import HittingTimeInstance
from theory.statement import Subject
from theory.statements.register import STATEMENTS, find_statement, select_statements
from theory.statements.tabular.hitting_time_sides import lower_bound_sides
from theory.tabular.problem import make_problem

SETTINGS = TabularSearchSettings((2,), restarts=8, steps=150, generations=40, regularized=False)


@pytest.fixture(scope="module")
def found():
    s3 = find_statement("s3")
    wrong = replace(s3, id="s3-wrong", sides=lower_bound_sides(lambda i: 4.1 / 4 * sharpened_proposition_3_bound(i)))
    chosen = (s3, wrong, find_statement("s-thm6-fast"))
    return {e.statement: e for e in search_tabular(chosen, settings=SETTINGS, seed=0)}


def test_hitting_times_are_driven_to_what_is_attained(found):
    assert found["s3"].verdict is Verdict.SURVIVED
    assert found["s3"].method == "search"
    assert 1 <= found["s3"].tightness < 1.02
    assert found["s-thm6-fast"].tightness == pytest.approx(1, abs=1e-4)
    assert found["s-thm6-fast"].control.refuted


def test_a_false_bound_is_violated(found):
    assert found["s3-wrong"].verdict is Verdict.VIOLATED
    assert found["s3-wrong"].tightness < 1


def test_the_tightest_instance_replays_through_the_command(found, tmp_path):
    """`flatscape simulate FILE` on the record's problem: the same time, and the same ratio to the bound."""
    for id in ("s3", "s-thm6-fast"):
        file = tmp_path / f"{id}.json"
        file.write_text(json.dumps(found[id].tightest["problem"]))
        problems, single = read_problems(file, None)
        (report,) = simulate_problems(problems, math.inf)
        assert single
        assert report["t_gamma"] == pytest.approx(found[id].tightest["hitting_time"], rel=1e-9)
        (bound,) = [b for b in report["bounds"] if b["statement"] == id]
        assert bound["hypotheses_hold"]
        ratio = bound["ratio"] if bound["direction"] == "lower" else 1 / bound["ratio"]
        assert ratio == pytest.approx(found[id].tightness, rel=1e-9)


def test_policies_paths_and_best_of_n():
    chosen = select_statements(["lem4", "s3-var-rate", "var-flow", "s-lem10", "proxy-rises", "prop1"])
    evidence = {e.statement: e for e in search_tabular(chosen, settings=SETTINGS, seed=1)}
    assert list(evidence) == [s.id for s in chosen]
    assert all(e.verdict is Verdict.SURVIVED for e in evidence.values())
    for id, limit in (("lem4", 1.001), ("s3-var-rate", 1.001), ("s-lem10", 1.05), ("prop1", 1 + 1e-9)):
        assert evidence[id].tightness < limit, id
    assert evidence["s3-var-rate"].control.refuted


def test_the_same_seed_finds_the_same():
    small = TabularSearchSettings((2,), restarts=2, steps=5, generations=3, regularized=False)
    chosen = select_statements(["lem3", "prop1"])
    one, two = (search_tabular(chosen, settings=small, seed=4) for _ in range(2))
    assert [replace(e, seconds=0.0) for e in one] == [replace(e, seconds=0.0) for e in two]


def test_ascent_climbs():
    with jax.enable_x64(True):
        found, height = ascend(lambda x: -((x - 3.0) ** 2), np.float64(0.0), steps=200)
    assert float(found) == pytest.approx(3, abs=1e-2)
    assert float(height) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("id", TIMED)
def test_spaces_meet_hypotheses_by_construction(id):
    """Whatever the free numbers: only a gamma that is too large for the output, or bad outputs, are left to chance."""
    statement = find_statement(id)
    space = space_of(Subject.HITTING_TIME, id)
    free = 2 * np.random.default_rng(0).standard_normal((300, space.dimension(3)))
    instance = space.build(free, 3)
    by_chance = (
        "best-output-is-good",
        "two-good-outputs",
        "small-kl-coefficient",
        "good-set",
        "positive-margin",
        "small-bad-mass",
        "small-loss",
    )
    for hypothesis in statement.hypotheses:
        holds = np.asarray(jax.jit(hypothesis.holds)(instance))
        assert holds.mean() > 0.1 if hypothesis.name in by_chance else holds.all(), hypothesis.name


def test_what_is_driven():
    driven = {s.id for subject in Subject for s in inequalities(STATEMENTS, subject) if not subject.parametric}
    assert {"lem3", "lem10", "s-lem10", "prop1", "prop4", "s-prop4", "s-lem11"} <= driven
    assert not driven & {"def2", "s5", "objective-rises"}
    assert all(level.restarts >= 10 for level in TABULAR_SEARCH_LEVELS.values())


chances = st.floats(0.01, 0.99)
rewards = st.floats(-1, 1)


@settings(max_examples=60)
@given(st.tuples(chances, chances, chances), st.tuples(rewards, rewards, rewards))
def test_rates_towards_their_largest(weights, reward):
    """`hypothesis.target` steers towards the largest rates; they stay below the proved ones."""
    policy = np.array(weights) / sum(weights)
    value = np.array(reward)
    spread = float(policy @ (value - policy @ value) ** 2)
    rate = float(lemmas.variance_rate(policy, value, 0.0)) / spread**1.5 if spread > 1e-6 else 0.0
    centred = policy * (value - policy @ value)
    growth = float(np.max(centred - policy @ centred))
    target(rate, label="variance rate")
    target(growth, label="growth of a probability")
    assert rate <= 0.5 + 1e-9
    assert growth <= 16 / 27 + 1e-12


@settings(max_examples=25, deadline=None)
@given(chances, st.floats(0.001, 0.9))
def test_hitting_times_towards_their_bounds(start, share):
    problem = make_problem(
        initial_probabilities=[start, 1 - start], proxy_reward=[1.0, -1.0], ground_truth_reward=[1.0, -1.0]
    )
    increase = share * 2 * (1 - start)
    time = float(hitting_times(problem, increase).time)
    instance = HittingTimeInstance(problem=problem, increase=increase, hitting_time=time)
    lower, upper = (ratio_of_one(id, instance) for id in ("s3", "s-thm6-fast"))
    target(lower, label="S3 over truth")
    assert lower <= 1 + 1e-9
    assert upper == pytest.approx(1, rel=1e-8)


def ratio_of_one(id, instance):
    sides = find_statement(id).sides(instance)
    return float(np.asarray(ratio_of(sides._replace(smaller=np.atleast_1d(np.asarray(sides.smaller)))))[0])
