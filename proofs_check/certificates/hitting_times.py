"""Evidence by certificate: bounds on `t_gamma` compared with rigorous enclosures of it, controls refuted likewise.

An instance counts only if all hypotheses are certain in ball arithmetic, and the bound holds only if the enclosure lies
on its right side with certainty. The instances are float64 numbers taken as exact, so each is a theorem about one
problem.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import numpy as np
from flint import arb

from proofs_check.certificates.claim import BallClaim, agrees
from proofs_check.certificates.paper_bounds import CLAIMS
from proofs_check.certificates.tally import FACTOR_ERROR, CertifiedTally, compare
from proofs_check.enclosures.balls import working_precision
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.enclosures.problem import Enclosure, Outcome, ball_problem
from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.merging import merge_evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.instances import tabular_families as families
from proofs_check.instances.good_set_families import good_set_problems
from proofs_check.instances.tabular_families import Family
from proofs_check.instances.witnesses import at_home
from proofs_check.sampling.evaluation import instance_record
from theory.compilation import compiled_for_one_run
from theory.instances.tabular import HittingTimeInstance
from theory.statement import Direction, Hypothesis, Sides, Statement
from theory.tabular.problem import Problem, stack_problems

BITS = 256
"""Precision of hypotheses and bounds, in which nothing is iterated."""


@dataclass(frozen=True)
class CertifiedSettings:
    """How much to certify.

    **Fields**: `sizes`: numbers of outputs; `problems`: per size and family; `most_steps`: of each enclosure.
    """

    sizes: tuple[int, ...]
    problems: int
    most_steps: int


CERTIFIED_LEVELS = {
    "quick": CertifiedSettings((2, 3, 5, 8, 10), problems=3, most_steps=60),
    "full": CertifiedSettings((2, 3, 4, 5, 6, 7, 8, 9, 10), problems=20, most_steps=200),
}
"""Settings of `flatscape verify`'s two levels."""


def certified_families(rng: np.random.Generator, problems: int, outputs: int) -> Iterator[Family]:
    """The families whose instances are certified: each statement's own, without and with a KL coefficient."""
    makers: list[Callable[..., Family]] = [
        families.arbitrary_problems,
        families.nearly_extremal_problems,
        partial(families.theorem_5_problems, fast=False),
        partial(families.theorem_5_problems, fast=True),
        families.theorem_6_problems,
        families.proposition_4_problems,
        partial(families.arbitrary_problems, regularized=True),
        partial(families.theorem_5_problems, fast=True, regularized=True),
        partial(families.theorem_6_problems, regularized=True),
        partial(families.proposition_4_problems, regularized=True),
        partial(good_set_problems, regularized=True),
        partial(good_set_problems, sharpened=True, regularized=True),
    ]
    for make in makers:
        # Theorem 6 speaks of two good outputs and at least one other.
        of_theorem_6 = getattr(make, "func", make) is families.theorem_6_problems
        if outputs >= 3 or not of_theorem_6:
            yield make(rng, problems, outputs)


def certify(
    statements: Sequence[Statement],
    *,
    settings: CertifiedSettings,
    seed: int,
    progress: Callable[[str, float], None] | None = None,
) -> list[Evidence]:
    """Certifies statements about `t_gamma` on instances, and the refutation of their controls.

    **Arguments**

    - `statements`: from the register; those without a formula in `proofs_check.certificates.paper_bounds` are passed
      over.
    - `settings`: one of `CERTIFIED_LEVELS`, or one's own. `seed`: the same seed gives the same instances.
    - `progress`: called with what is going on.

    **Returns** one `Evidence` per statement about `t_gamma`, in their order.

    **Raises** `Disagreement` where a bound in balls is not the one of `theory.bounds`.
    """
    report = progress or (lambda what, done: None)
    parts = []
    for place, outputs in enumerate(settings.sizes):
        report(f"certified: {outputs} outputs", place / len(settings.sizes))
        parts += certify_part(statements, settings, seed, outputs)
    return merge_evidence(parts)


class Disagreement(ArithmeticError):
    """A bound in balls is not the one of the register. **Fields**: `statement` (its id)."""

    def __init__(self, statement: str, what: str) -> None:
        self.statement, self.what = statement, what
        super().__init__(f"{statement}: {what}")


def certify_each(
    statements: Sequence[Statement], settings: CertifiedSettings, seed: int, outputs: int
) -> list[Evidence]:
    """`certify_part`; a statement whose code says something else than its formula in balls is violated."""
    try:
        return certify_part(statements, settings, seed, outputs)
    except Disagreement as found:
        other = next(s for s in statements if s.id == found.statement)
        violated = Evidence(
            other.id,
            Method.CERTIFIED,
            Verdict.VIOLATED,
            _untried(other),
            instances=1,
            violations=1,
            scope={
                "outputs": [outputs],
                "enclosure steps": settings.most_steps,
                "certified": 0,
                "with a KL coefficient": 0,
            },
            seed=seed,
            reason=str(found),
        )
        return [violated, *certify_each([s for s in statements if s is not other], settings, seed, outputs)]


def certify_part(
    statements: Sequence[Statement], settings: CertifiedSettings, seed: int, outputs: int
) -> list[Evidence]:
    """The part of `certify` that is about one number of outputs; its instances are the same on its own.

    A control is refuted in the part of its witness's number of outputs, or in the first one if none has that number.
    """
    chosen = [s for s in statements if s.id in CLAIMS]
    if not chosen:
        return []
    started = time.perf_counter()
    counts = {s.id: CertifiedTally(s) for s in chosen}

    with jax.enable_x64(True):
        # A control's witness is where its statement is tightest: it is an instance like any other.
        witnesses = {s.id: s.control.witness() for s in chosen}
        belongs = at_home(outputs, settings.sizes)
        here = {id: witness for id, witness in witnesses.items() if belongs(witness.problem.outputs)}
        enclosures = {
            id: _certify_instance(counts, chosen, w.problem, _increase(w), settings.most_steps)
            for id, w in here.items()
        }
        controls = _refute([s for s in chosen if s.id in here], here, enclosures)
        for family in certified_families(np.random.default_rng([seed, 8, outputs]), settings.problems, outputs):
            for k, (problem, increase) in enumerate(zip(family.problem, family.increase, strict=True)):
                good_set = None if family.good_set is None else family.good_set[k]
                _certify_instance(counts, chosen, problem, float(increase), settings.most_steps, good_set)
    seconds = (time.perf_counter() - started) / len(chosen)
    scope = {"outputs": [outputs], "enclosure steps": settings.most_steps}
    return [counts[s.id].evidence(controls.get(s.id, _untried(s)), scope, seed, seconds) for s in chosen]


def _untried(statement: Statement) -> ControlOutcome:
    return ControlOutcome(statement.control.description, False, None, 0, None)


def _increase(instance: HittingTimeInstance) -> float:
    return float(np.asarray(instance.increase))


def _certify_instance(
    counts: dict[str, CertifiedTally],
    statements: Sequence[Statement],
    problem: Problem,
    increase: float,
    most_steps: int,
    good_set: np.ndarray | None = None,
) -> Enclosure:
    enclosure = enclose_hitting_time(problem, increase, most_steps=most_steps)
    instance = _with_time(problem, increase, enclosure)
    if good_set is not None:
        instance = replace(instance, good_set=good_set[None])
    for statement in statements:
        claim = ball_claim(statement.id, problem, increase, good_set)
        if all_hold(claim, statement.hypotheses):
            if not agrees(claim.bound, claim.float_bound):
                raise Disagreement(statement.id, f"{claim.bound} in balls, {claim.float_bound!r} in float64.")
            counts[statement.id].add(claim, enclosure, instance)
    return enclosure


def ball_claim(id: str, problem: Problem, increase: float, good_set: np.ndarray | None = None) -> BallClaim:
    """The bound and the hypotheses of the statement of that id on one problem, in balls.

    **Arguments**: `good_set`: its `Y+`, boolean, shape `(outputs,)`; None or no member where the statement chooses.
    """
    members = () if good_set is None else tuple(int(k) for k in np.flatnonzero(good_set))
    with working_precision(BITS):
        return CLAIMS[id](ball_problem(problem, increase)._replace(good_set=members))


def all_hold(claim: BallClaim, hypotheses: Sequence[Hypothesis]) -> bool:
    """Whether the hypotheses are certain to hold, and the bound is a number."""
    return all(claim.hypotheses[h.name] for h in hypotheses) and bool(claim.bound.is_finite())


def _with_time(problem: Problem, increase: float, enclosure: Enclosure) -> HittingTimeInstance:
    """A batch of one, with the middle of the enclosure as its hitting time (its lower end where there is no other)."""
    reached = enclosure.outcome is Outcome.REACHED
    time = float(enclosure.time.mid()) if reached else enclosure.lower_float
    return HittingTimeInstance(
        problem=stack_problems([problem]), increase=np.array([increase]), hitting_time=np.array([time])
    )


def _both_sides(statements: tuple[Statement, ...]) -> Callable[[Any], list[tuple[Sides, Sides]]]:
    """The sides of each statement and of its control, compiled."""

    @compiled_for_one_run()
    def sides(instance: Any) -> list[tuple[Sides, Sides]]:
        return [(s.sides(instance), s.control.sides(instance)) for s in statements]

    return sides


def _refute(
    statements: Sequence[Statement], witnesses: dict[str, HittingTimeInstance], enclosures: dict[str, Enclosure]
) -> dict[str, ControlOutcome]:
    """Whether each control is violated with certainty at its witness.

    The factor by which a control differs from its statement is read off the register's own sides in float64. This is
    also where the register's evaluation of a bound on an instance is compared with the one in balls.
    """
    outcomes = {}
    for outputs in sorted({w.problem.outputs for w in witnesses.values()}):
        group = [s for s in statements if witnesses[s.id].problem.outputs == outputs]
        instances = [_with_time(witnesses[s.id].problem, _increase(witnesses[s.id]), enclosures[s.id]) for s in group]
        batch = jax.tree.map(lambda *leaves: np.concatenate(leaves), *instances)
        values = _both_sides(tuple(group))(batch)
        for place, (statement, (sides, control_sides)) in enumerate(zip(group, values, strict=True)):
            bound, strengthened = (
                float(np.asarray(x.smaller if statement.direction is Direction.LOWER else x.larger)[place])
                for x in (sides, control_sides)
            )
            claim = ball_claim(statement.id, witnesses[statement.id].problem, _increase(witnesses[statement.id]))
            if not agrees(claim.bound, bound):
                raise Disagreement(statement.id, f"{claim.bound} in balls, {bound!r} in the register.")
            outcomes[statement.id] = _outcome(
                statement, claim, strengthened / bound, enclosures[statement.id], instances[place]
            )
    return outcomes


def _outcome(
    statement: Statement, claim: BallClaim, factor: float, enclosure: Enclosure, instance: HittingTimeInstance
) -> ControlOutcome:
    # Rounding of the factor is taken to be in the control's favour.
    caution = 1 - FACTOR_ERROR if statement.direction is Direction.LOWER else 1 + FACTOR_ERROR
    ratio, holds = compare(claim.bound * arb(factor) * caution, enclosure, statement.direction)
    refuted = all_hold(claim, statement.control.hypotheses) and holds is False
    return ControlOutcome(
        description=statement.control.description,
        refuted=refuted,
        ratio=abs(ratio) if refuted else None,
        violations=int(refuted),
        instance=instance_record(instance, 0) if refuted else None,
    )
