"""Inequalities over sums of any number of outputs: a question that two solvers answer, made into a step of a proof.

A step is proved if its premises are satisfiable, what it uses applies (`smt.uses`), and both solvers find its negation
unsatisfiable; its strengthened twin must be satisfiable, and false at numbers that come from an actual policy.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from proofs_check.evidence.step import Step, StepControl, StepMethod
from proofs_check.evidence.verdict import Verdict
from proofs_check.smt.claims import Induction, Query, Terms, Use
from proofs_check.smt.formula import Number, holds, script, variables
from proofs_check.smt.solvers import Answer, Outcome, Solvers
from proofs_check.smt.uses import Uses

PREMISE_TOLERANCE = 1e-9
"""By how much numbers that are rounded may miss an equation among the premises."""


def query_step(solvers: Solvers, query: Query, *, code: str = "", disagreement: str | None = None) -> Step:
    """Asks both solvers about an inequality and its stronger twin.

    **Arguments**: `code`, `disagreement`: what comparing the claim with `theory` gave (see `conformance.tabular`).
    """
    started = time.perf_counter()
    premises, question = script(query.formulas), script(query.formulas, query.conclusion)
    twin = script(query.formulas, query.stronger)
    false_here = _at_the_witness(query, query.conclusion) is True
    verdict, reason = _judge(solvers.ask(premises), solvers.ask(question), false_here)
    misused = Uses(solvers).failure(query) if verdict is Verdict.PROVED else None
    if misused is not None:
        verdict, reason = Verdict.UNKNOWN, misused
    refuted = _satisfiable(solvers.ask(twin)) and _at_the_witness(query, query.stronger) is True
    witness = {"origin": query.origin} | _readable(query.witness)
    control = StepControl(query.stronger_description, refuted, twin, witness)
    text = question + "".join(f"; {line}\n" for line in _about_uses(query))
    return _step(query.name, query.claim, verdict, reason, text, control, started, code, disagreement)


def induction_step(solvers: Solvers, induction: Induction, *, code: str = "", disagreement: str | None = None) -> Step:
    """Asks both solvers about the empty sums and about one more output, and about the stronger twin.

    **Arguments** as in `query_step`.
    """
    started = time.perf_counter()
    base = script(induction.item, induction.of_nothing(induction.invariant))
    premises = (*induction.item, induction.invariant)
    question = script(premises, induction.after_one_more(induction.invariant))
    twin = script((*induction.item, induction.stronger), induction.after_one_more(induction.stronger))
    verdict, reason = _judge(solvers.ask(script(premises)), solvers.ask(question), False)
    if verdict is Verdict.PROVED:
        verdict, reason = _judge(solvers.ask(script(induction.item)), solvers.ask(base), False)
    totals = induction.totals()
    realised = all(holds(f, {**induction.parameters, **o}) for f in induction.item for o in induction.outputs)
    if not holds(induction.invariant, {**induction.parameters, **totals}):
        verdict, reason = Verdict.VIOLATED, f"the sums {_readable(totals)} violate it"
    refuted = realised and not holds(induction.stronger, {**induction.parameters, **totals})
    refuted = refuted and _satisfiable(solvers.ask(twin))
    witness = {"outputs": [_readable(o) for o in induction.outputs]} | _readable({**induction.parameters, **totals})
    text = f"; empty sums\n{base}; one more output\n{question}"
    control = StepControl(induction.stronger_description, refuted, twin, witness)
    return _step(induction.name, induction.claim, verdict, reason, text, control, started, code, disagreement)


def _about_uses(query: Query) -> Iterator[str]:
    """What it uses, and what it knows besides its premises, one line each."""
    for use in [premise for premise in (*query.given, *query.premises) if isinstance(premise, Use)]:
        names = ", ".join(f"{name} = {term}" for name, term in use.names.items())
        yield f"uses {use.source.name}" + (f" with {names}" if names else "")
    for fact in [premise for premise in query.given if isinstance(premise, str)]:
        yield f"given: {fact}"
    for terms in query.terms:
        yield from _about_terms(terms)


def _about_terms(terms: Terms) -> Iterator[str]:
    known = [fact if isinstance(fact, str) else f"{fact.formula} ({fact.source.name})" for fact in terms.item]
    sums = ", ".join(f"{name} of {term}" for name, term in terms.sums.items())
    each = f"; each has {', '.join(known)}" if known else ""
    yield f"sums over {terms.over}: {sums or 'none'}{each}"
    for inner in terms.terms:
        yield from _about_terms(inner)


def _at_the_witness(query: Query, conclusion: str) -> bool | None:
    """Whether the conclusion is false where the premises hold; None if the witness does not meet them."""
    missing = set(variables([*query.formulas, conclusion])) - set(query.witness)
    if missing or not all(holds(p, query.witness, tolerance=PREMISE_TOLERANCE) for p in query.formulas):
        return None
    # False by more than the premises may have been missed by.
    return not holds(conclusion, query.witness, tolerance=PREMISE_TOLERANCE)


def _judge(premises: list[Answer], negation: list[Answer], false_here: bool) -> tuple[Verdict, str | None]:
    unknown = [a.reason for a in (*premises, *negation) if a.outcome is Outcome.UNKNOWN]
    if false_here:
        return Verdict.VIOLATED, "it is false at the numbers of its control"
    if unknown:
        return Verdict.UNKNOWN, "; ".join(dict.fromkeys(unknown))
    if len(premises) < 2:
        return Verdict.UNKNOWN, "a second solver's opinion is missing"
    if {a.outcome for a in premises} != {Outcome.SAT}:
        return Verdict.UNKNOWN, f"the premises contradict each other: {_opinions(premises)}"
    outcomes = {a.outcome for a in negation}
    if len(outcomes) > 1:
        return Verdict.UNKNOWN, f"the solvers disagree: {_opinions(negation)}"
    if outcomes == {Outcome.SAT}:
        return Verdict.UNKNOWN, "both solvers find numbers that satisfy the premises but not the claim"
    return Verdict.PROVED, None


def _opinions(answers: list[Answer]) -> str:
    return ", ".join(f"{a.solver} says {a.outcome.value}" for a in answers)


def _satisfiable(answers: list[Answer]) -> bool:
    """Some solver finds numbers, and none says that there are none."""
    outcomes = {a.outcome for a in answers}
    return Outcome.SAT in outcomes and Outcome.UNSAT not in outcomes


def _readable(numbers: Mapping[str, Number]) -> dict[str, Any]:
    return {name: str(n) if isinstance(n, Fraction) else n for name, n in numbers.items()}


def _step(
    name: str,
    claim: str,
    verdict: Verdict,
    reason: str | None,
    text: str,
    control: StepControl,
    started: float,
    code: str,
    disagreement: str | None,
) -> Step:
    if disagreement is not None:
        verdict, reason = Verdict.VIOLATED, disagreement
    return Step(
        name=name,
        claim=claim,
        method=StepMethod.SMT,
        verdict=verdict,
        scope="every number of terms",
        text=text,
        control=control,
        seconds=time.perf_counter() - started,
        code=code,
        reason=reason,
    )
