"""Certificates hold what is true, refute what is false, and do not claim more than they have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from flint import arb

from proofs_check.certificates.hitting_times import CERTIFIED_LEVELS, CertifiedSettings, certify, certify_each
from proofs_check.certificates.tally import compare
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.enclosures.problem import Enclosure, Outcome
from proofs_check.evidence.verdict import Verdict
from theory.bounds import lower_bounds
from theory.statement import Direction
from theory.statements.register import find_statement
from theory.statements.tabular.hitting_times import HITTING_TIME_STATEMENTS
from theory.tabular.problem_record import problem_from_record

SETTINGS = CertifiedSettings((3,), problems=4, most_steps=60)
S3 = find_statement("s3")


@pytest.fixture(scope="module")
def found():
    return {e.statement: e for e in certify(HITTING_TIME_STATEMENTS, settings=SETTINGS, seed=1)}


@pytest.mark.parametrize("id", [s.id for s in HITTING_TIME_STATEMENTS])
def test_certified_with_its_control_refuted(found, id):
    evidence = found[id]
    assert evidence.verdict is Verdict.CERTIFIED
    assert evidence.method == "certified"
    assert evidence.control.refuted
    assert 0 <= evidence.control.ratio < 1
    assert evidence.tightness >= 1
    assert evidence.scope["certified"] >= 1
    assert evidence.instances == evidence.scope["certified"] + evidence.undecided
    assert evidence.sound


def test_the_tightest_instance_replays(found):
    problem, gamma = problem_from_record(found["s3"].tightest["problem"])
    time = enclose_hitting_time(problem, gamma)
    policy = np.exp(problem.initial_log_probabilities)
    deviation = np.sqrt(policy @ (problem.proxy_reward - policy @ problem.proxy_reward) ** 2)
    bound = 4 * float(problem.prompts) * -np.expm1(-gamma / 2) / deviation
    assert time.lower_float / bound == pytest.approx(found["s3"].tightness, rel=1e-9)
    assert 1 < found["s3"].tightness < 1.001


def test_a_wrong_constant_is_violated(monkeypatch):
    monkeypatch.setattr(lower_bounds, "SHARPENED_PROPOSITION_3_CONSTANT", 4.1)
    (evidence,) = certify([S3], settings=SETTINGS, seed=1)
    assert evidence.verdict is Verdict.VIOLATED
    assert evidence.violations >= 1
    assert evidence.tightness < 1
    assert not evidence.sound


def test_a_constant_edited_in_one_place_only_is_an_error(monkeypatch):
    monkeypatch.setattr(
        lower_bounds, "sharpened_proposition_3", lambda *quantities: 1.5 * lower_bounds.proposition_3(*quantities)
    )
    with pytest.raises(ArithmeticError, match="s3"):
        certify([S3], settings=SETTINGS, seed=1)
    (evidence,) = certify_each([S3], SETTINGS, 1, SETTINGS.sizes[0])
    assert evidence.verdict is Verdict.VIOLATED
    assert "in balls" in evidence.reason


def test_a_toothless_control_stands():
    toothless = replace(S3, control=replace(S3.control, sides=S3.sides))
    (evidence,) = certify([toothless], settings=SETTINGS, seed=1)
    assert not evidence.control.refuted
    assert evidence.control.ratio is None
    assert not evidence.sound


def test_a_control_whose_hypotheses_fail_is_not_refuted():
    fast = find_statement("thm5-fast")
    strict = replace(fast, control=replace(fast.control, hypotheses=fast.hypotheses))
    (evidence,) = certify([strict], settings=SETTINGS, seed=1)
    assert not evidence.control.refuted


def test_levels_and_other_statements():
    assert set(CERTIFIED_LEVELS) == {"quick", "full"}
    assert certify([find_statement("lem8")], settings=SETTINGS, seed=0) == []


def enclosure(outcome, lower, upper):
    return Enclosure(outcome, arb(lower), arb(upper), None, 53, 1, 0.0)


@pytest.mark.parametrize(
    ("given", "direction", "holds"),
    [
        ((Outcome.REACHED, 3, 4), Direction.LOWER, True),
        ((Outcome.REACHED, 1, 2.5), Direction.LOWER, None),
        ((Outcome.REACHED, 0.5, 1), Direction.LOWER, False),
        ((Outcome.NEVER, "inf", "inf"), Direction.LOWER, True),
        ((Outcome.BEYOND, 3, "inf"), Direction.LOWER, True),
        ((Outcome.BEYOND, 1, "inf"), Direction.LOWER, None),
        ((Outcome.UNKNOWN, 0, "inf"), Direction.LOWER, None),
        ((Outcome.REACHED, 1, 1.5), Direction.UPPER, True),
        ((Outcome.REACHED, 1, 2.5), Direction.UPPER, None),
        ((Outcome.REACHED, 3, 4), Direction.UPPER, False),
        ((Outcome.NEVER, "inf", "inf"), Direction.UPPER, False),
        ((Outcome.BEYOND, 3, "inf"), Direction.UPPER, False),
        ((Outcome.BEYOND, 1, "inf"), Direction.UPPER, None),
        ((Outcome.UNKNOWN, 0, "inf"), Direction.UPPER, None),
    ],
)
def test_comparison_with_a_bound_of_two(given, direction, holds):
    ratio, verdict = compare(arb(2), enclosure(*given), direction)
    assert verdict is holds
    if holds is False:
        assert ratio < 1
    # A bound that is not a number holds nowhere and is violated nowhere.
    assert compare(arb("nan"), enclosure(*given), direction)[1] is None
