"""What a reviewer reads of one statement: everything that is known, nothing that is not, and no control characters."""

from __future__ import annotations

import json
from dataclasses import replace

from proofs_check.evidence.exercise import Exercise, HypothesisExercise
from proofs_check.evidence.method import Method
from proofs_check.evidence.proof import to_evidence
from proofs_check.evidence.step import gap
from proofs_check.evidence.verdict import Verdict
from proofs_check.report.explanation import explain_auxiliary, explain_statement
from proofs_check.report.wording import best_instance
from tests.ledger_example import PROBLEM, ledger, proof, smt_step
from theory.statement import Relation
from theory.statements.register import find_statement


def known(id, **changes):
    """The evidence of the example on a statement, but for its proof; `changes` by method."""
    named = {method.replace("_", " "): fields for method, fields in changes.items()}
    return [replace(e, **named.get(e.method, {})) for e in ledger().by_statement[id] if not e.method.is_proof]


def explained(id, made=None, evidence=None, **options):
    found = known(id) if evidence is None else evidence
    about = None if made is None else to_evidence(made)
    return explain_statement(find_statement(id), about, found, source="From a ledger.", **options)


def text(sections):
    return "\n".join([line for s in sections for line in (s.heading, *(item.text for item in s.lines))])


def test_all_there_is_on_a_statement():
    shown = text(explained("thm5-slow", proof()))
    for part in (
        "Theorem 5: An accurate model of narrow range is slow",
        "Section 3, Appendix C",
        "thm5-fast",
        "s-thm5",
        "t_γ ≥ 2|S|(1 − e^(−γ/2)) T",
        "narrow-rewards: max r_RM − min r_RM ≤ 1/T, T ≥ 1",
        "1 smt, 1 written, 1 cited",
        "flatscape explain lem1",
        "Claim: Var ≤ 1/(4 T^2)",
        "Query: s > 0; and not: t ≥ 2",
        "Control refuted: the constant raised (pi0 = (1/2, 1/2); s = 0.125)",
        "Compared with the code: both sides of thm5-slow",
        "Argument: Continuity.",
        "lem1: monotone; first time",
        "From a ledger.",
        "123,456 instances",
        "0 violated, 3 undecided",
        "4.00010",
        "2, 64 outputs",
        "seed 5",
        json.dumps(PROBLEM),
        '{"hitting_time": 0.016}',
        "refuted on 12 instances, ratio down to 0.99 ",
    ):
        assert part in shown, part
    assert "set-logic" not in shown


def test_how_often_each_hypothesis_was_exercised():
    shown = text(explained("thm5-slow"))
    assert "Instances: 1,234 at its edge; 56 fail it alone" in shown
    assert "Of the instances that meet them: 0 with a KL term." in shown
    never = Exercise({"narrow-rewards": HypothesisExercise(0, 0)})
    shown = text(explained("thm5-slow", evidence=[replace(e, exercised=never) for e in known("thm5-slow")]))
    assert "NEVER EXERCISED" in shown
    for evidence in ([], [replace(e, exercised=None) for e in known("thm5-slow")]):
        assert "was not counted" in text(explained("thm5-slow", evidence=evidence))


def test_the_whole_text_of_every_query():
    shown = text(explained("thm5-slow", proof(), whole=True))
    assert "; s > 0\n; and not: t >= 2\n(set-logic QF_NRA)\n(check-sat)" in shown
    assert "Control's text:\n; twin\n(check-sat)" in shown


def test_without_a_proof_or_evidence_nothing_is_claimed():
    shown = text(explained("s6", evidence=[]))
    assert "None is registered" in shown
    assert "There is none here" in shown
    assert "not tried here" in shown
    assert "Tightest" not in shown
    assert "proved" not in shown


def test_a_gap_and_a_control_that_is_not_refuted_are_said():
    unrefuted = smt_step(control=replace(smt_step().control, refuted=False), verdict=Verdict.PROVED)
    shown = text(explained("thm5-slow", replace(proof(), steps=(unrefuted, gap("hole", "it holds", "nobody knows")))))
    assert "Control NOT REFUTED: the constant raised" in shown
    assert "Not proved: narrow: its control was not refuted" in shown
    assert "Open: gap: nobody knows" in shown
    assert "Holds for every size" not in shown


def test_a_violation_is_the_instance_shown():
    violated = {"verdict": Verdict.VIOLATED, "violations": 1, "tightness": 0.5}
    items = known("thm5-slow", certified=violated | {"tightest": {"problem": PROBLEM | {"gamma": 7.0}}})
    shown = text(explained("thm5-slow", evidence=items))
    assert "Violating instance" in shown
    assert '"gamma": 7.0' in shown


def test_a_problem_in_full_is_preferred_to_one_that_is_only_named():
    assert best_instance(known("thm5-slow"), Relation.AT_MOST).method is Method.SAMPLING
    items = known("thm5-slow", language_model={"tightness": 1.0})
    assert best_instance(items, Relation.AT_MOST).method is Method.SAMPLING
    (named,) = (e for e in items if e.method is Method.LANGUAGE_MODEL)
    found = best_instance([named], Relation.AT_MOST)
    assert (found.record, found.tightness, found.method) == (named.tightest, 1.0, Method.LANGUAGE_MODEL)
    assert best_instance([], Relation.AT_MOST) is None
    worse, better = (replace(known("def2")[0], tightness=error) for error in (1e-16, 1e-15))
    assert best_instance([worse, better], Relation.EQUAL).tightness == 1e-15


def test_long_lists_are_counted_unless_all_is_asked_for():
    items = known("thm5-slow", sampling={"tightest": {"problem": PROBLEM | {"proxy_reward": [0.5] * 64}}})
    assert "[64 entries]" in text(explained("thm5-slow", evidence=items))
    assert json.dumps([0.5] * 64) in text(explained("thm5-slow", evidence=items, whole=True))


def test_no_terminal_obeys_what_a_ledger_says():
    items = known("thm5-slow", certified={"scope": {"sizes": "\x1b]0;evil\x07"}, "reason": "\x1b[31m\u202e"})
    sections = explained("thm5-slow", evidence=items)
    assert all(c.isprintable() or c == "\n" for c in text(sections))


def test_a_claim_that_has_changed_since_is_said():
    assert "has changed since" in text(explained("thm5-slow", changed=True))
    assert "has changed since" not in text(explained("thm5-slow"))


def test_a_lemma_that_is_only_cited():
    shown = text(explain_auxiliary("lem1", "On any function.", to_evidence(replace(proof(), statement="lem1"))))
    assert shown.startswith("Lemma 1: ")
    assert "not in the register" in shown
    assert "On any function." in shown
