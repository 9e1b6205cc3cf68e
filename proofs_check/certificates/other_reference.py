"""Bounds on `t_gamma` with another reference compared with rigorous enclosures of it, controls refuted likewise."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from flint import arb

from proofs_check.certificates.claim import BallClaim, agrees
from proofs_check.certificates.growth_control import deviation, rise_of_artanh, scaled_time
from proofs_check.certificates.hitting_times import BITS, CertifiedSettings, Disagreement
from proofs_check.certificates.tally import FACTOR_ERROR, CertifiedTally, compare
from proofs_check.enclosures.balls import exact, working_precision
from proofs_check.enclosures.hitting_time import enclose_hitting_time
from proofs_check.enclosures.problem import BallProblem, Enclosure, Outcome, ball_problem, towards
from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.instances.references import nearly_extremal_references, with_references
from proofs_check.instances.tabular_families import arbitrary_problems
from proofs_check.instances.witnesses import at_home
from proofs_check.sampling.evaluation import instance_record
from theory.instances.tabular import ReferenceInstance
from theory.statement import Statement


def _any_reference(problem: BallProblem, log_reference: np.ndarray) -> tuple[arb, dict[str, bool]]:
    driven = towards(problem, log_reference)
    varies = any(bool(r != driven.proxy[0]) for r in driven.proxy)
    return deviation(driven), {"reward-varies": varies}


def _entropy(problem: BallProblem, log_reference: np.ndarray) -> tuple[arb, dict[str, bool]]:
    _, hypotheses = _any_reference(problem, log_reference)
    surprised = [r - problem.coefficient * p.log() for r, p in zip(problem.proxy, problem.policy, strict=True)]
    uniform = all(float(x) == float(log_reference[0]) for x in log_reference)
    return deviation(problem._replace(proxy=surprised)), hypotheses | {"uniform-reference": uniform}


REFERENCE_CLAIMS: dict[str, Callable[[BallProblem, np.ndarray], tuple[arb, dict[str, bool]]]] = {
    "s3-other-reference": _any_reference,
    "s3-entropy": _entropy,
}
"""The deviation at the start, and which hypotheses are certain, by statement id."""


def ball_claim(statement: Statement[Any], instance: ReferenceInstance) -> BallClaim:
    """The bound and the hypotheses of a statement on one instance, in balls."""
    log_reference = np.asarray(instance.reference)
    with working_precision(BITS):
        posed = ball_problem(instance.problem, float(np.asarray(instance.increase)))
        spread, hypotheses = REFERENCE_CLAIMS[statement.id](posed, log_reference)
        bound = posed.prompts * scaled_time(rise_of_artanh(posed)) / spread
    sides = statement.sides(_batch(instance, np.inf))
    return BallClaim(bound, float(np.asarray(sides.smaller)[0]), hypotheses)


def _batch(instance: ReferenceInstance, hitting_time: float) -> ReferenceInstance:
    rows = jax.tree.map(lambda leaf: np.asarray(leaf)[None], instance)
    return ReferenceInstance(
        problem=rows.problem, reference=rows.reference, increase=rows.increase, hitting_time=np.array([hitting_time])
    )


def _row(batch: ReferenceInstance, place: int) -> ReferenceInstance:
    return ReferenceInstance(
        problem=batch.problem[place],
        reference=np.asarray(batch.reference)[place],
        increase=np.asarray(batch.increase)[place],
    )


def _enclosed(instance: ReferenceInstance, most_steps: int) -> tuple[Enclosure, ReferenceInstance]:
    found = enclose_hitting_time(
        instance.problem,
        float(np.asarray(instance.increase)),
        most_steps=most_steps,
        log_reference=np.asarray(instance.reference),
    )
    middle = float(found.time.mid()) if found.outcome is Outcome.REACHED else found.lower_float
    return found, _batch(instance, middle)


def certify_references_part(
    statements: Sequence[Statement[Any]], settings: CertifiedSettings, seed: int, outputs: int
) -> list[Evidence]:
    """Certifies the statements about other references on instances of one number of outputs.

    A control is refuted in the part of its witness's number of outputs, or in the first one if none has that number.

    **Raises** `Disagreement` where a bound in balls is not the register's.
    """
    chosen = [s for s in statements if s.id in REFERENCE_CLAIMS]
    if not chosen:
        return []
    started = time.perf_counter()
    counts, controls = {s.id: CertifiedTally(s) for s in chosen}, {}

    def add(instance: ReferenceInstance) -> Enclosure:
        enclosure, batch = _enclosed(instance, settings.most_steps)
        for statement in chosen:
            claim = ball_claim(statement, instance)
            if all(claim.hypotheses[h.name] for h in statement.hypotheses) and claim.bound.is_finite():
                if not agrees(claim.bound, claim.float_bound):
                    raise Disagreement(statement.id, f"{claim.bound} in balls, {claim.float_bound!r} in float64.")
                counts[statement.id].add(claim, enclosure, batch)
        return enclosure

    with jax.enable_x64(True):
        belongs = at_home(outputs, settings.sizes)
        for statement in chosen:
            witness = statement.control.witness()
            if belongs(witness.problem.outputs):
                controls[statement.id] = _refuted(statement, witness, add(witness))
        rng = np.random.default_rng([seed, 14, outputs])
        for batch in (
            with_references(rng, arbitrary_problems(rng, 2 * settings.problems, outputs)),
            nearly_extremal_references(rng, 2 * settings.problems, outputs),
        ):
            for place in range(2 * settings.problems):
                add(_row(batch, place))
    seconds = (time.perf_counter() - started) / len(chosen)
    scope = {"outputs": [outputs], "enclosure steps": settings.most_steps}
    nothing = {s.id: ControlOutcome(s.control.description, False, None, 0, None) for s in chosen}
    return [counts[s.id].evidence(controls.get(s.id, nothing[s.id]), scope, seed, seconds) for s in chosen]


def _refuted(statement: Statement[Any], witness: ReferenceInstance, enclosure: Enclosure) -> ControlOutcome:
    """Whether the control, whose bound is taken from the register's sides in float64, is violated with certainty."""
    batch = _batch(witness, float(enclosure.time.mid()) if enclosure.outcome is Outcome.REACHED else np.inf)
    bound = exact(np.asarray(statement.control.sides(batch).smaller)[0]) * (1 - FACTOR_ERROR)
    ratio, holds = compare(bound, enclosure, statement.direction)
    refuted = holds is False
    return ControlOutcome(
        description=statement.control.description,
        refuted=refuted,
        ratio=abs(ratio) if refuted else None,
        violations=int(refuted),
        instance=instance_record(batch, 0) if refuted else None,
    )
