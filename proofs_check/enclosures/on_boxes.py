"""Steps of proofs in ball arithmetic: inequalities in a few variables that hold on boxes, decided by cutting these."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from proofs_check.enclosures.balls import working_precision
from proofs_check.enclosures.branch_and_bound import Decision, SidesOnBox, decide
from proofs_check.evidence.step import Step, StepControl, StepMethod
from proofs_check.evidence.verdict import Verdict

BITS = 64


@dataclass(frozen=True)
class Part:
    """`smaller <= larger` on one box. **Fields**: `sides`; `ranges`, lower and upper end of each variable."""

    sides: SidesOnBox
    ranges: Sequence[tuple[arb, arb]]


@dataclass(frozen=True)
class OnBoxes:
    """Inequalities that hold on boxes, and one that does not.

    **Fields**: `parts`; `text`, the inequalities as a person reads them; `wrong`: a false twin of one of the parts,
    with `wrong_description`.
    """

    name: str
    claim: str
    parts: Sequence[Part]
    text: str
    wrong: Part
    wrong_description: str
    scope: str


def on_boxes_step(claim: OnBoxes, *, code: str = "", disagreement: str | None = None) -> Step:
    """Decides the inequalities, and finds a point at which the false twin fails.

    **Arguments** as in `proofs_check.symbolic.identity.identity_step`.

    **Returns** a step that is violated where a point of a box violates its inequality, and unknown where too many boxes
    are left.
    """
    started = time.perf_counter()
    with working_precision(BITS):
        results = [decide(part.sides, list(part.ranges)) for part in claim.parts]
        twin = decide(claim.wrong.sides, list(claim.wrong.ranges))
    decisions = [result.decision for result in results]
    verdict, reason = Verdict.PROVED, None
    if Decision.REFUTED in decisions:
        point = results[decisions.index(Decision.REFUTED)].point
        verdict, reason = Verdict.VIOLATED, f"it is false at {_readable(point)}"
    elif set(decisions) != {Decision.HOLDS}:
        verdict, reason = Verdict.UNKNOWN, "too many boxes are left"
    if disagreement is not None:
        verdict, reason = Verdict.VIOLATED, disagreement
    boxes = sum(result.boxes for result in results)
    return Step(
        name=claim.name,
        claim=claim.claim,
        method=StepMethod.BALLS,
        verdict=verdict,
        scope=claim.scope,
        text=f"{claim.text}\nOn {boxes} boxes, in Arb's ball arithmetic of {BITS} bits.",
        control=StepControl(
            claim.wrong_description,
            refuted=twin.decision is Decision.REFUTED,
            witness=None if twin.point is None else {"where": _readable(twin.point)},
        ),
        seconds=time.perf_counter() - started,
        code=code,
        reason=reason,
    )


def _readable(point: tuple[arb, ...] | None) -> str:
    return ", ".join(f"{float(number):.6g}" for number in point or ())
