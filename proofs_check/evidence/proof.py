"""A proof of a statement: named steps, each with its own verdict and its own false twin that must be refuted."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from proofs_check.evidence.evidence import ControlOutcome, Evidence, Verdict

WEAKEST_FIRST = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.DECIDED, Verdict.PROVED)
"""The verdicts a step may have: a proof is worth as much as the weakest of its steps."""


class Method(enum.Enum):
    """How a step is known."""

    SYMBOLIC = "symbolic"
    SMT = "smt"
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
    method: Method
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
        if self.method is Method.WRITTEN and (self.control is not None or self.rests_on != (self.name,)):
            raise ValueError("a written step is checked by no machine: it has no control, and rests on itself")
        if self.method is not Method.WRITTEN and self.control is None:
            raise ValueError(f"control: got None. The {self.method.value} step '{self.name}' needs a false twin.")

    def to_record(self) -> dict[str, Any]:
        """The step as JSON-ready data."""
        return asdict(self) | {"method": self.method.value, "verdict": self.verdict.value}


def written(name: str, claim: str, argument: str) -> Step:
    """An argument in prose. Its ingredients are other steps or elementary; it counts as proved and says it is
    written."""
    return Step(name, claim, Method.WRITTEN, Verdict.PROVED, "every size", argument, rests_on=(name,))


def gap(name: str, claim: str, missing: str) -> Step:
    """A step that is missing, shown as such: its verdict is unknown, and with it the proof's."""
    return Step(name, claim, Method.WRITTEN, Verdict.UNKNOWN, "", missing, rests_on=(name,), reason=f"gap: {missing}")


@dataclass(frozen=True)
class Proof:
    """The steps from which a statement follows.

    **Fields**: `statement` (its id), `steps` (at least one).
    """

    statement: str
    steps: tuple[Step, ...]
    seconds: float = field(default=0.0, compare=False)

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError(f"steps: got none. A proof of {self.statement} needs at least one.")

    @property
    def verdict(self) -> Verdict:
        """The weakest of the steps' verdicts; unknown also if a step's control was left standing."""
        if any(s.control is not None and not s.control.refuted for s in self.steps):
            return min((_weakest(self.steps), Verdict.UNKNOWN), key=WEAKEST_FIRST.index)
        return _weakest(self.steps)

    @property
    def reason(self) -> str | None:
        """Why the verdict is not `PROVED`: the first step that says so."""
        for step in self.steps:
            if step.verdict is not Verdict.PROVED:
                return f"{step.name}: {step.reason or step.verdict.message}"
            if step.control is not None and not step.control.refuted:
                return f"{step.name}: its control was not refuted ({step.control.description})"
        return None

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The written steps it rests on, those of the proofs it cites included, each once."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.rests_on))

    @property
    def method(self) -> str:
        """`"symbolic"` or `"smt"` where every step is of that kind, otherwise `"proof"`."""
        methods = {step.method for step in self.steps}
        return methods.pop().value if methods in ({Method.SYMBOLIC}, {Method.SMT}) else "proof"


def _weakest(steps: Iterable[Step]) -> Verdict:
    return min((step.verdict for step in steps), key=WEAKEST_FIRST.index)


def cited(proof: Proof) -> Step:
    """A proof used as one step of another, worth what it is worth and with as many written steps."""
    controls = [step.control for step in proof.steps if step.control is not None]
    standing = [control.description for control in controls if not control.refuted]
    return Step(
        name=f"cites {proof.statement}",
        claim=f"the statement {proof.statement}",
        method=Method.CITED,
        verdict=proof.verdict,
        scope="as there",
        text=f"See the proof of {proof.statement}: {', '.join(step.name for step in proof.steps)}.",
        control=StepControl(
            f"the controls of its {len(controls)} machine-checked steps" if not standing else standing[0], not standing
        ),
        # Named with their proof, so that one that is reached on two ways counts once.
        rests_on=tuple(name if ": " in name else f"{proof.statement}: {name}" for name in proof.rests_on),
        reason=proof.reason,
    )


def to_evidence(proof: Proof) -> Evidence:
    """What a proof says about its statement.

    **Returns** evidence whose control is the conjunction of the steps' controls: refuted only if each of them is. Its
    scope says how many steps were checked by machine, how many are citations, and on which written ones all of it
    rests, those of the cited proofs included.
    """
    controls = [step.control for step in proof.steps if step.control is not None]
    refuted = [control for control in controls if control.refuted]
    standing = [control.description for control in controls if not control.refuted]
    witnesses = [control.witness for control in refuted if control.witness is not None]
    machine = sum(step.method in (Method.SYMBOLIC, Method.SMT) for step in proof.steps)
    return Evidence(
        statement=proof.statement,
        method=proof.method,
        verdict=proof.verdict,
        control=ControlOutcome(
            description="; ".join(standing) or "; ".join(control.description for control in controls),
            # A proof of written steps alone has no twin to refute, and must not claim to have refuted one.
            refuted=bool(controls) and not standing,
            ratio=None,
            violations=len(refuted),
            instance=witnesses[0] if witnesses else None,
        ),
        scope={
            "sizes": "every size" if proof.verdict is Verdict.PROVED else "",
            "machine_checked_steps": machine,
            "cited_proofs": sum(step.method is Method.CITED for step in proof.steps),
            "written_steps": list(proof.rests_on),
        },
        seconds=proof.seconds,
        reason=proof.reason,
        steps=tuple(step.to_record() for step in proof.steps),
    )
