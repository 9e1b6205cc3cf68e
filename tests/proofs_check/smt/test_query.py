"""Steps by solvers: what is true is proved, what is false is not, and nothing else passes for success."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction as F

import pytest

from proofs_check.evidence.verdict import Verdict
from proofs_check.inequalities import (
    largest_growth,
    lower_bounds,
    natural_gradient,
    one_rewarded,
    pathwise,
    proposition_4,
    rates,
    single_output,
    steps,
    sums,
    upper_bounds,
)
from proofs_check.inequalities.growth import control as growth_control
from proofs_check.inequalities.parametric import gradients, many_tokens, one_token, scores, variance_growth
from proofs_check.smt.claims import Induction, Query
from proofs_check.smt.formula import holds
from proofs_check.smt.query import induction_step, query_step
from proofs_check.smt.solvers import Answer, Outcome, Solvers

MODULES = (
    sums,
    rates,
    proposition_4,
    lower_bounds,
    gradients,
    variance_growth,
    largest_growth,
    one_rewarded,
    upper_bounds,
    pathwise,
    growth_control,
    steps,
    natural_gradient,
    scores,
    single_output,
    one_token,
    many_tokens,
)
INDUCTIONS = [v for module in MODULES for v in vars(module).values() if isinstance(v, Induction)]


class Pretend(Solvers):
    """Solvers with given answers."""

    def __init__(self, *outcomes):
        super().__init__()
        self.outcomes = outcomes

    def ask(self, script):
        return [Answer(n, o, "a reason") for n, o in zip(("z3", "cvc5"), self.outcomes, strict=False)]


@pytest.fixture(scope="module")
def solvers():
    with Solvers() as processes:
        yield processes


def test_cauchy_schwarz_and_the_same_with_a_wrong_constant(solvers):
    step = induction_step(solvers, sums.CAUCHY_SCHWARZ)
    assert step.verdict is Verdict.PROVED
    assert step.control.refuted
    assert "(set-logic QF_NRA)" in step.text
    assert "; and not:" in step.control.text
    wrong = replace(sums.CAUCHY_SCHWARZ, invariant="U >= 0 and V >= 0 and 2*D**2 <= U*V")
    assert induction_step(solvers, wrong).verdict is Verdict.VIOLATED


def test_an_induction_needs_its_base(solvers):
    """Every step keeps it, but empty sums do not have it."""
    shifted = replace(sums.SUM_OF_SQUARES, invariant="X >= 1 and Q <= X**2", outputs=[{"x": F(2)}])
    assert induction_step(solvers, shifted).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("constant", [1.0, 0.5])
def test_variance_rate(solvers, constant):
    step = query_step(solvers, rates.variance_rate(constant))
    assert (step.verdict, step.control.refuted) == (Verdict.PROVED, True)


def test_a_constant_that_is_too_small_is_violated_by_the_witness(solvers):
    step = query_step(solvers, rates.variance_rate(0.49))
    assert step.verdict is Verdict.VIOLATED
    assert query_step(solvers, rates.value_rate(0.49)).verdict is Verdict.VIOLATED


def test_a_kl_term_of_the_wrong_sign_is_not_proved(solvers):
    assert query_step(solvers, rates.variance_rate(0.5, growth=-2.0)).verdict is Verdict.UNKNOWN


def test_a_control_that_is_true_stands(solvers):
    query = rates.lemma_8()
    assert not query_step(solvers, replace(query, stronger=query.conclusion)).control.refuted
    # The twin is false, but not at the numbers given.
    assert not query_step(solvers, replace(query, witness=dict(query.witness) | {"m": 0.1, "Q": 0.5})).control.refuted


def test_contradictory_premises_prove_nothing(solvers):
    query = rates.lemma_8()
    step = query_step(solvers, replace(query, premises=(*query.premises, "m < 0")))
    assert step.verdict is Verdict.UNKNOWN
    assert "contradict" in step.reason


def test_what_the_code_says_counts(solvers):
    step = query_step(solvers, rates.lemma_8(), code="compared", disagreement="the code differs")
    assert (step.verdict, step.reason) == (Verdict.VIOLATED, "the code differs")


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ((Outcome.UNSAT, Outcome.SAT), "contradict"),
        ((Outcome.UNKNOWN, Outcome.UNSAT), "a reason"),
        ((Outcome.UNSAT, Outcome.UNKNOWN), "a reason"),
        ((Outcome.SAT, Outcome.SAT), "but not the claim"),
        ((Outcome.UNSAT,), "second solver"),
    ],
)
def test_no_other_answer_is_success(outcomes, reason):
    step = query_step(Pretend(*outcomes), rates.lemma_8())
    assert step.verdict is Verdict.UNKNOWN
    assert not (set(outcomes) == {Outcome.UNSAT} and step.control.refuted)
    assert re.search(reason, step.reason)


class Disagreeing(Pretend):
    """Satisfiable premises, and different opinions about the negation."""

    def ask(self, script):
        negated = "and not" in script
        return [Answer("z3", Outcome.UNSAT if negated else Outcome.SAT), Answer("cvc5", Outcome.SAT)]


def test_solvers_that_disagree_are_unknown():
    step = query_step(Disagreeing(), rates.lemma_8())
    assert step.verdict is Verdict.UNKNOWN
    assert "disagree: z3 says unsat, cvc5 says sat" in step.reason
    assert not step.control.refuted
    assert induction_step(Disagreeing(), sums.TRIANGLE).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("induction", INDUCTIONS, ids=lambda i: i.name)
def test_inductions_hold_and_their_twins_fail_at_their_outputs(induction):
    """Without any solver: the sums of the outputs, exactly."""
    numbers = {**induction.parameters, **induction.totals()}
    assert holds(induction.invariant, numbers)
    assert not holds(induction.stronger, numbers)
    assert holds(induction.of_nothing(induction.invariant), {**numbers, **induction.outputs[0]})


def test_what_is_cited_is_what_was_proved():
    assert sums.CAUCHY_SCHWARZ.concluded(D="m", U="W").formula == "W >= 0 and V >= 0 and (m ** 2 <= W * V)"
    assert isinstance(rates.FISHER, Query)


def test_inductions_are_told_apart_by_their_names():
    """A proof's readers know its steps by name."""
    assert len({i.name for i in INDUCTIONS}) == len({id(i) for i in INDUCTIONS})
