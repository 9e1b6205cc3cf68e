"""The proofs of the register: all there, all proved, and undone by an edit of the code they are about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofs_check.evidence.proof import Proof, cited
from proofs_check.evidence.step import Step, StepControl, StepMethod
from proofs_check.evidence.verdict import Verdict
from proofs_check.inequalities import sums
from proofs_check.ledger.ledger import make_ledger
from proofs_check.proofs import prover
from proofs_check.proofs.prover import Prover
from proofs_check.proofs.register import PROOFS, find_proof, prove
from proofs_check.smt.solvers import Answer, Outcome, Solvers
from theory.bounds import growth_control, lemmas, lower_bounds, parameter_space, pathwise, updates, upper_bounds
from theory.statement import Status
from theory.statements.register import REGISTER, find_statement

TRUE = Step("t", "t", StepMethod.SMT, Verdict.PROVED, "", "", StepControl("twin", True))


class Agreeable(Solvers):
    """Finds every claim true: what is then rejected is rejected by comparison with the code, or at a witness."""

    def ask(self, script):
        outcome = Outcome.UNSAT if "and not" in script else Outcome.SAT
        return [Answer(name, outcome) for name in self.names]


def agreed(claim, *, code="", disagreement=None):
    """The same for a claim that takes long to decide by itself, and is not what is asked."""
    verdict = Verdict.PROVED if disagreement is None else Verdict.VIOLATED
    control = StepControl("", True)
    return Step(claim.name, claim.claim, StepMethod.SYMBOLIC, verdict, "", "", control, code=code, reason=disagreement)


class Alone(Prover):
    """Takes what a proof cites for granted, so that one proof can be looked at by itself."""

    def cite(self, id):
        return cited(Proof(id, (TRUE,)))

    def used_but_unproved(self, id):
        return []


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as processes:
        yield processes


SAMPLED = {s.id for s in REGISTER if s.subject.sampled}


def test_every_theorem_has_a_proof_and_no_conjecture_has():
    theorems = {s.id for s in REGISTER if s.status is Status.THEOREM}
    assert set(PROOFS) >= theorems
    assert set(PROOFS) & {s.id for s in REGISTER} == theorems


@pytest.mark.parametrize("id", PROOFS)
def test_proofs(solvers, id):
    proof = Alone(solvers, PROOFS).proof(id)
    assert proof.reason is None
    assert proof.verdict is Verdict.PROVED
    machine = [step for step in proof.steps if step.method in (StepMethod.SYMBOLIC, StepMethod.SMT)]
    assert all(step.control.refuted for step in machine)
    assert machine or any(step.method is StepMethod.CITED for step in proof.steps)
    assert all(step.claim and step.text for step in proof.steps)
    assert sum(f" {id} in the register" in step.code for step in proof.steps) == (id in SAMPLED)


def test_what_is_used_is_proved_somewhere(solvers):
    """A claim may use only what a step of its proof, or of a proof that is cited, has proved."""
    sums_only = {"popoviciu": lambda prover: [prover.check(sums.POPOVICIU)]}
    proof = Prover(solvers, sums_only).proof("popoviciu")
    assert proof.verdict is Verdict.UNKNOWN
    assert proof.reason == "what is used: gap: rewards in an interval"
    other = {
        "range": lambda prover: [prover.check(sums.PRODUCT_RANGE)],
        "popoviciu": lambda prover: [prover.cite("range"), prover.check(sums.POPOVICIU)],
    }
    assert Prover(solvers, other).proof("popoviciu").verdict is Verdict.PROVED


class Listing(Prover):
    """Notes which claims are used and checked, and takes all of them for true."""

    def _step(self, claim, code, disagreement):
        return TRUE

    def _register(self, statement):
        return None


def test_everything_that_the_proofs_use_is_proved():
    listing = Listing(Agreeable(), PROOFS)
    assert {
        id: listing.used_but_unproved(id) for id in PROOFS if listing.proof(id) and listing.used_but_unproved(id)
    } == {}


def test_prove():
    told = []
    chosen = [find_statement("lem4"), find_statement("lem8"), replace(find_statement("s3"), id="something-else")]
    evidence = prove(chosen, progress=lambda what, done: told.append(what))
    assert [e.statement for e in evidence] == ["lem4", "lem8"]
    assert told == ["proof: lem4", "proof: lem8"]
    for item in evidence:
        assert item.verdict is Verdict.PROVED
        assert item.sound
        assert item.control.instance is not None
    assert [item.scope["written_steps"] for item in evidence] == [["log-tangent: monotone"], []]


def test_what_is_proved_and_never_sampled_counts_as_checked():
    evidence = prove([find_statement("lem1"), find_statement("constant-sum")])
    ledger = make_ledger(evidence, level="quick", seed=0, seconds=1.0)
    assert ledger.sound
    rows = ledger.to_record()["evidence"]
    assert [(row["statement"], row["number"], row["verdict"]) for row in rows] == [
        ("lem1", "Lemma 1", "proved"),
        ("constant-sum", "Eq (4)", "proved"),
    ]
    assert all(row["control"]["refuted"] and row["control"]["description"] for row in rows)


CONSTANTS = [
    *[
        (lemmas, name, ids)
        for name, ids in {
            "LEMMA_4_BOUND": ["lem4"],
            "LEMMA_10_REWARD_RATE": ["lem10"],
            "LEMMA_10_KL_RATE": ["lem10", "s-lem10"],
            "SHARPENED_LEMMA_10_REWARD_RATE": ["s-lem10"],
            "LEMMA_11_LOG_COEFFICIENT": ["lem11"],
            "LEMMA_11_CONSTANT": ["lem11"],
            "VARIANCE_RATE_CONSTANT": ["var-rate"],
            "SHARPENED_VARIANCE_RATE_CONSTANT": ["s3-var-rate", "s3", "s3-plus"],
            "SHARPENED_VALUE_RATE_CONSTANT": ["s3-value-rate", "s3"],
        }.items()
    ],
    *[
        (lower_bounds if hasattr(lower_bounds, name) else upper_bounds, name, ids)
        for name, ids in {
            "PROPOSITION_3_CONSTANT": ["prop3"],
            "SHARPENED_PROPOSITION_3_CONSTANT": ["s3"],
            "THEOREM_5_SLOW_CONSTANT": ["thm5-slow"],
            "SHARPENED_THEOREM_5_SLOW_CONSTANT": ["s-thm5"],
            "THEOREM_5_FAST_CONSTANT": ["thm5-fast"],
            "THEOREM_5_FAST_KL_DIVISOR": ["thm5-fast"],
            "THEOREM_6_FAST_CONSTANT": ["thm6-fast"],
            "THEOREM_6_FAST_KL_DIVISOR": ["thm6-fast"],
            "THEOREM_6_SLOW_DIVISOR": ["thm6-slow"],
            "SHARPENED_THEOREM_6_SLOW_CONSTANT": ["s-thm6"],
            "PROPOSITION_4_CONSTANT": ["prop4"],
            "PROPOSITION_4_KL_DIVISOR": ["prop4"],
            "PROPOSITION_4_MASS_DIVISOR": ["prop4"],
            "PROPOSITION_4_MASS_EXPONENT": ["prop4"],
        }.items()
    ],
    (growth_control, "BY_ROOM_CONSTANT", ["s3-plus"]),
    (growth_control, "LINEAR_CONSTANT", ["s3-linear"]),
    (growth_control, "LINEAR_LAW_CONSTANT", ["linear-law"]),
    (updates, "ASCENT_CONSTANT", ["s-gd", "s-rloo"]),
    (updates, "STANDARDISED_RISE_CONSTANT", ["s-g1"]),
    (updates, "REINFORCE_CONSTANT", ["s-reinforce"]),
    (pathwise, "HALF_OF_THE_RANGE", ["s-path-value", "s-path-deviation"]),
    *[(upper_bounds, name, ["s-prop4"]) for name in ("LARGEST_LOSS", "BAD_REWARD_GAP", "BAD_GROWTH_RATE")],
    *[
        (parameter_space, name, ids)
        for name, ids in {
            "PROPOSITION_2_CONSTANT": ["prop2", "razin2024"],
            "SHARPENED_PROPOSITION_2_SQUARE": [
                "s0-fisher",
                "s6-gradient",
                "s2",
                "s4-path",
                "s6-path",
                "s4",
                "s6",
                "s8-over-s4",
            ],
            "LEMMA_5_VARIANCE_RATE": ["lem5-var-rate", "lem5"],
            "LEMMA_5_PATH_CONSTANT": ["lem5", "lem6"],
            "LEMMA_5_CLOCK": ["lem5", "lem6"],
            "LEMMA_6_REWARD_LIMIT": ["lem5-var-rate", "lem5", "lem6"],
            "LEMMA_6_KL_EXPONENT": ["lem6", "thm4", "s4-over-thm4"],
            "THEOREM_4_CLOCK": ["thm4", "s4-over-thm4"],
            "THEOREM_4_INCREASE_DIVISOR": ["thm4", "s4-over-thm4"],
            "SHARPENED_VARIANCE_RATE": ["s4-var-rate", "s4-path", "s4", "s4-over-thm4", "s8-over-s4"],
            "CONTRAST_VARIANCE_RATE": ["s6-var-rate", "s6-path", "s6"],
            "SHARPENED_OVER_THEOREM_4": ["s4-over-thm4"],
            "LARGEST_INCREASE": ["s4-over-thm4"],
        }.items()
    ],
]


def test_no_constant_is_left_out():
    found = {
        (module, name)
        for module in (lower_bounds, upper_bounds, parameter_space, lemmas, growth_control, pathwise, updates)
        for name in vars(module)
        if name.isupper() and isinstance(getattr(module, name), float)
    }
    assert found == {(module, name) for module, name, _ in CONSTANTS}


@pytest.mark.parametrize("factor", [0.99, 1.01])
@pytest.mark.parametrize(("module", "name", "ids"), CONSTANTS, ids=lambda x: x if isinstance(x, str) else None)
def test_an_edited_constant_undoes_the_proof(monkeypatch, module, name, ids, factor):
    """Stronger or weaker: what is proved is the statement, not something near it."""
    monkeypatch.setattr(module, name, factor * getattr(module, name))
    monkeypatch.setattr(prover, "on_boxes_step", agreed)
    alone = Alone(Agreeable(), PROOFS, ids)
    for id in ids:
        assert alone.proof(id).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("id", ["s-thm5-fast", "s-thm6-fast", "s-prop4"])
def test_an_edited_formula_undoes_the_proof(monkeypatch, id):
    right = upper_bounds.kl_loss
    monkeypatch.setattr(upper_bounds, "kl_loss", lambda *quantities: 0.99 * right(*quantities))
    assert Alone(Agreeable(), PROOFS).proof(id).verdict is Verdict.VIOLATED


def test_a_solver_that_is_missing_or_slow_proves_nothing():
    with Solvers(names=("z3",)) as one:
        proof = Prover(one, PROOFS).proof("lem8")
    assert proof.verdict is Verdict.UNKNOWN
    assert "second solver" in proof.reason
    slow = find_proof("half-mass", seconds=1e-5)
    assert slow.verdict is Verdict.UNKNOWN
    assert "was stopped after" in slow.reason


def test_a_proof_must_not_rest_on_itself(solvers):
    builders = {"a": lambda prover: [prover.cite("b")], "b": lambda prover: [prover.cite("a")]}
    with pytest.raises(ValueError, match="a -> b -> a"):
        Prover(solvers, builders).proof("a")
    with pytest.raises(ValueError, match="a -> b -> a"):
        Prover(solvers, builders).proof("a")


def test_a_claim_is_asked_once_unless_it_is_compared_with_the_code():
    class Counting(Agreeable):
        asked = 0

        def ask(self, script):
            self.asked += 1
            return super().ask(script)

    counting = Counting()
    proving = Prover(counting, PROOFS)
    first = proving.check(sums.TRIANGLE)
    asked = counting.asked
    assert proving.check(sums.TRIANGLE) is first
    assert counting.asked == asked
    assert proving.check(sums.TRIANGLE, disagreements=["edited"]).verdict is Verdict.VIOLATED
    assert counting.asked > asked
