"""The steps of proofs: what each claims, how it is known, and its false twin that must be refuted."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from proofs_check.evidence.verdict import Verdict

WEAKEST_FIRST = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.DECIDED, Verdict.PROVED)
"""The verdicts a step may have: a proof is worth as much as the weakest of its steps."""


class StepMethod(enum.Enum):
    """How a step is known."""

    SYMBOLIC = "symbolic"
    SMT = "smt"
    BALLS = "balls"
    WRITTEN = "written"
    CITED = "cited"


@dataclass(frozen=True)
class StepControl:
    """A false twin of a step, and what the machinery that passed the step made of it.

    **Fields**: `description` (how the claim is strengthened or corrupted); `refuted`; `text` (the twin as it was
    asked); `witness` (numbers at which the twin is false, JSON-ready, None if there are none to give).
    """

    description: str
    refuted: bool
    text: str = ""
    witness: dict[str, Any] | None = None


@dataclass(frozen=True)
class Step:
    """One step of a proof.

    **Fields**

    - `name`, `claim`: a short handle, and what is claimed (readable text or LaTeX).
    - `method`, `verdict`: how it is known, and how much is.
    - `scope`: the sizes and parameters that it covers.
    - `text`: the query or the identity that was checked; for a written step, the argument.
    - `control`: the false twin. None for a written step, which no machine checks.
    - `rests_on`: the names of the written steps it rests on, itself included.
    - `code`: which function of `theory` was compared with the claim, and how; empty if none was.
    - `reason`: why the verdict is not `PROVED`.
    """

    name: str
    claim: str
    method: StepMethod
    verdict: Verdict
    scope: str
    text: str
    control: StepControl | None = None
    seconds: float = 0.0
    rests_on: tuple[str, ...] = ()
    code: str = ""
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.verdict not in WEAKEST_FIRST:
            raise ValueError(f"verdict: got {self.verdict}. A step is one of {[v.value for v in WEAKEST_FIRST]}.")
        if self.method is StepMethod.WRITTEN and (self.control is not None or self.rests_on != (self.name,)):
            raise ValueError("a written step is checked by no machine: it has no control, and rests on itself")
        if self.method is not StepMethod.WRITTEN and self.control is None:
            raise ValueError(f"control: got None. The {self.method.value} step '{self.name}' needs a false twin.")

    @property
    def unrefuted(self) -> StepControl | None:
        """Its control where that is not refuted, as it has to be; None where it is, or where there is none."""
        return None if self.control is None or self.control.refuted else self.control

    def to_record(self) -> dict[str, Any]:
        """The step as JSON-ready data."""
        names = {"method": self.method.value, "verdict": self.verdict.value}
        return asdict(self) | names | {"rests_on": list(self.rests_on)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Step:
        """The step that `to_record` wrote; entries that are none of its fields are passed over.

        **Raises** `KeyError`, `TypeError` or `ValueError` if the record is none.
        """
        control = record["control"]
        more = {
            "method": StepMethod(record["method"]),
            "verdict": Verdict(record["verdict"]),
            "control": None if control is None else StepControl(**known_fields(StepControl, control)),
            "rests_on": tuple(record["rests_on"]),
        }
        return cls(**(known_fields(cls, record) | more))


def known_fields(made: type, record: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a record that are fields of a dataclass: later versions may write more."""
    return {field.name: record[field.name] for field in fields(made) if field.name in record}


def written(name: str, claim: str, argument: str) -> Step:
    """An argument in prose. Its ingredients are other steps or elementary; it counts as proved and says it is
    written."""
    return Step(name, claim, StepMethod.WRITTEN, Verdict.PROVED, "every size", argument, rests_on=(name,))


def gap(name: str, claim: str, missing: str) -> Step:
    """A step that is missing, shown as such: its verdict is unknown, and with it the proof's."""
    return Step(
        name, claim, StepMethod.WRITTEN, Verdict.UNKNOWN, "", missing, rests_on=(name,), reason=f"gap: {missing}"
    )
