"""Evidence: what one way of knowing says about a statement, in one shape for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from proofs_check.evidence.exercise import Exercise, exercise_from_record
from proofs_check.evidence.method import Method
from proofs_check.evidence.step import Step, known_fields
from proofs_check.evidence.verdict import Verdict

VACUOUS_RATIO = 1e6
"""A bound further than this from the truth says nothing."""


@dataclass(frozen=True)
class ControlOutcome:
    """Whether the statement's false twin was refuted, as it has to be.

    **Fields**: `description` (of the twin), `refuted`, `instance` (a record of the refuting instance), `ratio`
    (larger over smaller side there, below one when refuted), `violations` (how many instances refuted it).
    """

    description: str
    refuted: bool
    ratio: float | None
    violations: int
    instance: dict[str, Any] | None


@dataclass(frozen=True)
class Evidence:
    """Statement x method -> verdict.

    **Fields**

    - `statement`, `method`: the statement's id and the way of knowing.
    - `instances`: how many met the hypotheses; `violations`: how many of them violated it; `undecided`: how many could
      not be judged (a censored time on the far side of the bound); `vacuous`: how many bounds said nothing.
    - `tightness`: the smallest ratio of the larger to the smaller side (truth/bound for a lower bound); at least one
      unless violated. For an identity: the largest error in units of the terms' size.
    - `tightest`: a record of the instance where it was attained.
    - `scope`: sizes and parameters for which the verdict holds; `seed`, `seconds`: to run it again.
    - `reason`: why the verdict is unknown or not applicable.
    - `exercised`: how many instances are at the edge of each hypothesis; None where that was not counted.
    - `steps`: of a proof; None for any other way of knowing.
    """

    statement: str
    method: Method
    verdict: Verdict
    control: ControlOutcome
    instances: int = 0
    violations: int = 0
    undecided: int = 0
    vacuous: int = 0
    tightness: float | None = None
    tightest: dict[str, Any] | None = None
    scope: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    seconds: float = 0.0
    reason: str | None = None
    steps: tuple[Step, ...] | None = None
    exercised: Exercise | None = None

    @property
    def sound(self) -> bool:
        """The statement is not violated, no proof of it refused, and its control is refuted."""
        return not self.verdict.against and self.control.refuted

    def to_record(self) -> dict[str, Any]:
        """The evidence as JSON-ready data."""
        steps = None if self.steps is None else [step.to_record() for step in self.steps]
        return asdict(self) | {"method": self.method.value, "verdict": self.verdict.value, "steps": steps}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Evidence:
        """The evidence that `to_record` wrote; entries that are none of its fields are passed over.

        **Raises** `KeyError`, `TypeError` or `ValueError` if the record is none.
        """
        steps = record.get("steps")
        more = {
            "method": Method(record["method"]),
            "verdict": Verdict(record["verdict"]),
            "control": ControlOutcome(**known_fields(ControlOutcome, record["control"])),
            "exercised": exercise_from_record(record.get("exercised")),
            "steps": None if steps is None else tuple(Step.from_record(step) for step in steps),
        }
        return cls(**(known_fields(cls, record) | more))
