"""What a way of knowing says about a statement, in one shape for all of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from proofs_check.evidence.exercise import Exercise, exercise_from_record


class Verdict(enum.Enum):
    """How much is known. There is no bare "pass": each verdict says what kind of knowledge it is."""

    PROVED = "proved"
    DECIDED = "decided"
    CERTIFIED = "certified"
    SURVIVED = "survived"
    VIOLATED = "violated"
    VACUOUS = "vacuous"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"

    @property
    def message(self) -> str:
        """One sentence that says what the verdict claims."""
        return _MESSAGES[self]


_MESSAGES = {
    Verdict.PROVED: "Holds for every size.",
    Verdict.DECIDED: "Holds for the sizes stated.",
    Verdict.CERTIFIED: "Holds on the instances stated, by rigorous enclosure.",
    Verdict.SURVIVED: "No violation among the instances tried.",
    Verdict.VIOLATED: "An instance violates it.",
    Verdict.VACUOUS: "The hypotheses hold, but the bound says nothing: it is below a millionth of the truth.",
    Verdict.NOT_APPLICABLE: "No instance tried meets the hypotheses.",
    Verdict.UNKNOWN: "The method came to no result.",
}

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
    - `steps`: for a proof, one JSON-ready record per step; None for any other way of knowing.
    """

    statement: str
    method: str
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
    steps: tuple[dict[str, Any], ...] | None = None
    exercised: Exercise | None = None

    @property
    def sound(self) -> bool:
        """Neither is the statement violated nor its control left standing."""
        return self.verdict is not Verdict.VIOLATED and self.control.refuted

    def to_record(self) -> dict[str, Any]:
        """The evidence as JSON-ready data."""
        return asdict(self) | {"verdict": self.verdict.value}


def evidence_from_record(record: Mapping[str, Any]) -> Evidence:
    """The evidence that `Evidence.to_record` wrote; entries that are none of its fields are passed over.

    **Raises** `KeyError`, `TypeError` or `ValueError` if the record is none.
    """
    known = {f.name for f in fields(Evidence)}
    values = {name: value for name, value in record.items() if name in known}
    values["verdict"] = Verdict(record["verdict"])
    values["control"] = ControlOutcome(**record["control"])
    values["exercised"] = exercise_from_record(record.get("exercised"))
    if values.get("steps") is not None:
        values["steps"] = tuple(values["steps"])
    return Evidence(**values)
