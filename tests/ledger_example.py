"""A small ledger made by hand, with every way of knowing, for the pages and explanations that are made from one."""

from __future__ import annotations

import json
from typing import Any

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.exercise import Exercise, HypothesisExercise
from proofs_check.evidence.method import Method
from proofs_check.evidence.proof import Proof, cited, to_evidence
from proofs_check.evidence.step import Step, StepControl, StepMethod, written
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import Ledger, make_ledger

PROBLEM = {
    "initial_logits": [0.0, 0.0],
    "proxy_reward": [0.25, 0.0],
    "ground_truth_reward": [1.0, -1.0],
    "kl_coefficient": 0.0,
    "prompts": 1,
    "gamma": 0.001,
}


WITNESS = {"origin": "pi0 = (1/2, 1/2)", "s": 0.125}


def smt_step(**change: Any) -> Step:
    """A machine-checked step, with a query of two premises."""
    given: dict[str, Any] = {
        "name": "narrow",
        "claim": "Var <= 1/(4 T^2)",
        "method": StepMethod.SMT,
        "verdict": Verdict.PROVED,
        "scope": "every number of outputs",
        "text": "; s > 0\n; and not: t >= 2\n(set-logic QF_NRA)\n(check-sat)",
        "control": StepControl("the constant raised", True, "; twin\n(check-sat)", WITNESS),
        "code": "both sides of thm5-slow in the register",
    }
    return Step(**(given | change))


def proof() -> Proof:
    """A proof of `thm5-slow` by a machine-checked step, a citation and an argument in prose."""
    lemma = Proof("lem1", (smt_step(name="substitution"), written("monotone", "it does not decrease", "Mean values.")))
    return Proof("thm5-slow", (cited(lemma), smt_step(), written("first time", "t_g is the first", "Continuity.")))


REFUTED = ControlOutcome("the constant 2 raised to 8.04", True, 0.99, 12, {"problem": PROBLEM, "hitting_time": 0.016})
UNREFUTED = ControlOutcome("the constant 2 raised to 8.04", False, None, 0, None)


def evidence_on_theorem_5() -> list[Evidence]:
    """Evidence on `thm5-slow` by every method that has any."""
    sampled = Evidence(
        "thm5-slow",
        Method.SAMPLING,
        Verdict.SURVIVED,
        REFUTED,
        instances=123_456,
        undecided=3,
        tightness=4.0001,
        tightest={"problem": PROBLEM, "hitting_time": 0.016},
        scope={"outputs": [2, 64]},
        seed=5,
        seconds=1.5,
        exercised=Exercise({"narrow-rewards": HypothesisExercise(1234, 56)}, {"a KL term": 0}),
    )
    certified = Evidence(
        "thm5-slow",
        Method.CERTIFIED,
        Verdict.CERTIFIED,
        REFUTED,
        instances=71,
        tightness=4.5,
        scope={"outputs": [2]},
        seed=5,
    )
    modelled = Evidence(
        "thm5-slow",
        Method.LANGUAGE_MODEL,
        Verdict.SURVIVED,
        UNREFUTED,
        instances=60,
        tightness=51.864,
        tightest={"family": "perfectly accurate", "place": 1, "outputs": 49152},
        scope={"outputs": [49152]},
    )
    return [to_evidence(proof()), sampled, certified, modelled]


def evidence() -> list[Evidence]:
    """Evidence of every kind: on `thm5-slow`, `lem10`, `s6` and `def2`."""
    boxes = Evidence(
        "lem10",
        Method.BOXES,
        Verdict.DECIDED,
        REFUTED,
        instances=16,
        tightness=4.3,
        scope={"outputs": [2], "boxes": 16},
    )
    parametric = Evidence(
        "s6",
        Method.SAMPLING,
        Verdict.SURVIVED,
        REFUTED,
        instances=7,
        tightness=1.00025,
        tightest={"family": "witness", "place": 0, "measured": {"length": 1.0}},
        scope={"policies": ["table", "perceptron"]},
        seed=5,
    )
    identity = Evidence(
        "def2",
        Method.SAMPLING,
        Verdict.SURVIVED,
        REFUTED,
        instances=9,
        tightness=9e-16,
        tightest={"problem": PROBLEM},
        scope={"outputs": [2]},
        seed=5,
    )
    return [*evidence_on_theorem_5(), boxes, parametric, identity]


def ledger() -> Ledger:
    """The ledger of that evidence."""
    return make_ledger(evidence(), level="quick", seed=5, seconds=61.0)


def record() -> dict[str, Any]:
    """Its record, as it comes back from a file."""
    return json.loads(json.dumps(ledger().to_record(), allow_nan=False))
