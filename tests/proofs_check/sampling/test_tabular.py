"""Sampling finds what is false, reproduces itself, and leaves true statements standing."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.sampling import tabular as sampling
from proofs_check.sampling.tabular import LEVELS, Settings, sample
from sims.flow_hitting_times import hitting_times
from theory.instances.lower_bounds import sharpened_proposition_3_bound
from theory.statement import Subject
from theory.statements.register import REGISTER, STATEMENTS, find_statement, select_statements
from theory.statements.tabular.hitting_time_sides import lower_bound_sides
from theory.tabular.problem import stack_problems
from theory.tabular.problem_record import problem_from_record

SETTINGS = Settings(sizes=(2,), problems=48, regularized_problems=8, policies=64, regularized_sizes=())


def without_cost(evidence):
    return [replace(e, seconds=0.0) for e in evidence]


@pytest.fixture(scope="module")
def bounds():
    """S3, and S3 with the constant 4.1, which is false."""
    s3 = find_statement("s3")
    wrong = replace(s3, id="s3-wrong", sides=lower_bound_sides(lambda i: 4.1 / 4 * sharpened_proposition_3_bound(i)))
    return (s3, wrong)


@pytest.fixture(scope="module")
def found(bounds):
    return sample(bounds, settings=SETTINGS, seed=0)


def test_a_wrong_statement_is_violated(found):
    right, wrong = found
    assert (right.verdict, right.violations) == (Verdict.SURVIVED, 0)
    assert 1 <= right.tightness < 1.1
    assert right.control.refuted
    assert wrong.verdict is Verdict.VIOLATED
    assert wrong.violations >= 1
    assert wrong.tightness < 1
    assert right.instances == wrong.instances > 100


def test_the_violating_instance_replays(found, bounds):
    """From the record alone: simulate again, and compare with the textbook bound."""
    record = found[1].tightest
    problem, gamma = problem_from_record(record["problem"])
    time = float(hitting_times(stack_problems([problem]), np.array([gamma])).time[0])
    assert time == pytest.approx(record["hitting_time"], rel=1e-9)
    policy = np.exp(problem.initial_log_probabilities)
    deviation = np.sqrt(np.sum(policy * (problem.proxy_reward - policy @ problem.proxy_reward) ** 2))
    bound = 4.1 * float(problem.prompts) * -np.expm1(-gamma / 2) / deviation
    assert time < bound
    assert time / bound == pytest.approx(found[1].tightness, rel=1e-9)


def test_the_same_seed_gives_the_same_evidence(found, bounds):
    assert without_cost(sample(bounds, settings=SETTINGS, seed=0)) == without_cost(found)
    other = sample(bounds, settings=SETTINGS, seed=1)
    assert without_cost(other) != without_cost(found)


def test_policies_paths_and_best_of_n():
    statements = tuple(s for s in STATEMENTS if not s.subject.timed and not s.subject.parametric)
    told = []
    evidence = sample(statements, settings=SETTINGS, seed=2, progress=lambda what, done: told.append(done))
    assert [e.statement for e in evidence] == [s.id for s in statements]
    for item in evidence:
        assert item.verdict is Verdict.SURVIVED, item.statement
        assert item.control.refuted, item.statement
        assert item.control.instance is not None
        # Of the problems of paths, a few have a KL term, which some statements exclude.
        assert item.instances >= (24 if item.statement == "s-var-path" else 32)
    assert all(0 <= done <= 1 for done in told)


def test_a_control_that_cannot_be_refuted_stands():
    """A twin equal to its statement is true, so nothing refutes it: the machinery must say so."""
    lemma = find_statement("lem3")
    toothless = replace(lemma, control=replace(lemma.control, sides=lemma.sides))
    (evidence,) = sample([toothless], settings=SETTINGS, seed=3)
    assert evidence.verdict is Verdict.SURVIVED
    assert not evidence.control.refuted
    assert not evidence.sound


def test_a_statement_that_breaks_down_is_violated():
    lemma = find_statement("lem3")
    broken = replace(lemma, sides=lambda i: lemma.sides(i)._replace(larger=lemma.sides(i).larger * np.nan))
    (evidence,) = sample([broken], settings=SETTINGS, seed=3)
    assert evidence.verdict is Verdict.VIOLATED
    assert evidence.tightest is not None


def test_double_precision_is_its_own_business():
    """A witness that joins no batch is in double precision as well, whatever the caller's default."""
    settings = replace(SETTINGS, sizes=(3,), policies=8)
    with jax.enable_x64(False):
        (evidence,) = sample([find_statement("s3-var-rate")], settings=settings, seed=0)
    assert evidence.sound
    assert evidence.tightness == pytest.approx(1, abs=1e-12)


def test_every_subject_has_batches_and_large_sizes_cost_alike():
    assert set(sampling.BATCHES) == {subject for subject in Subject if subject.tabular}
    for settings in LEVELS.values():
        assert settings.problems >= 25_000
        assert set(settings.regularized_sizes) <= set(settings.sizes)
    assert sampling._count(1600, 16) == 1600
    assert sampling._count(1600, 64) == 400
    assert len(select_statements()) == len(REGISTER)
    assert sample([find_statement("lem1")], settings=SETTINGS, seed=0) == []


def test_other_references():
    """Two outputs: the bound holds with the regularised start, and the twin with the reward model alone does not."""
    statements = tuple(s for s in STATEMENTS if s.subject is Subject.REFERENCE)
    for item in sample(statements, settings=replace(SETTINGS, regularized_problems=96), seed=4):
        assert item.verdict is Verdict.SURVIVED, item.statement
        assert item.control.refuted, item.statement
        assert item.instances >= 32
        assert 1 <= item.tightness < 1.1
