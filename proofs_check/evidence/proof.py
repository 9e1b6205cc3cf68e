"""Proofs of statements: named steps, each with its own verdict and its own false twin that must be refuted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from proofs_check.evidence.evidence import ControlOutcome, Evidence
from proofs_check.evidence.method import Method
from proofs_check.evidence.step import WEAKEST_FIRST, Step, StepControl, StepMethod
from proofs_check.evidence.verdict import Verdict


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
        """The weakest of the steps' verdicts; unknown also if a step's control is not refuted."""
        if self.unrefuted:
            return min((_weakest(self.steps), Verdict.UNKNOWN), key=WEAKEST_FIRST.index)
        return _weakest(self.steps)

    @property
    def reason(self) -> str | None:
        """Why the verdict is not `PROVED`: the first step that says so."""
        for step in self.steps:
            if step.verdict is not Verdict.PROVED:
                return f"{step.name}: {step.reason or step.verdict.message}"
            if step.unrefuted is not None:
                return f"{step.name}: its control was not refuted ({step.unrefuted.description})"
        return None

    @property
    def controls(self) -> list[StepControl]:
        """The controls of its steps; written ones have none."""
        return [step.control for step in self.steps if step.control is not None]

    @property
    def unrefuted(self) -> list[StepControl]:
        """Those of the controls that are not refuted, as each has to be."""
        return [step.unrefuted for step in self.steps if step.unrefuted is not None]

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The written steps it rests on, those of the proofs it cites included, each once."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.rests_on))

    @property
    def method(self) -> Method:
        """`SYMBOLIC` or `SMT` where every step is of that kind, otherwise `PROOF`."""
        methods = {step.method for step in self.steps}
        if methods == {StepMethod.SYMBOLIC}:
            return Method.SYMBOLIC
        return Method.SMT if methods == {StepMethod.SMT} else Method.PROOF


def _weakest(steps: Iterable[Step]) -> Verdict:
    return min((step.verdict for step in steps), key=WEAKEST_FIRST.index)


def cited(proof: Proof) -> Step:
    """A proof used as one step of another, worth what it is worth and with as many written steps."""
    unrefuted = [control.description for control in proof.unrefuted]
    all_of_them = f"the controls of its {len(proof.controls)} machine-checked steps"
    return Step(
        name=f"cites {proof.statement}",
        claim=f"the statement {proof.statement}",
        method=StepMethod.CITED,
        verdict=proof.verdict,
        scope="as there",
        text=f"See the proof of {proof.statement}: {', '.join(step.name for step in proof.steps)}.",
        control=StepControl(unrefuted[0] if unrefuted else all_of_them, not unrefuted),
        # Named with their proof, so that one that is reached on two ways counts once.
        rests_on=tuple(name if ": " in name else f"{proof.statement}: {name}" for name in proof.rests_on),
        reason=proof.reason,
    )


def to_evidence(proof: Proof) -> Evidence:
    """What a proof says about its statement.

    **Returns** evidence whose control is the conjunction of the steps' controls: refuted only if each of them is. Its
    scope says how many steps were checked by machine, how many are citations, and on which written ones all of it
    rests, those of the cited proofs included. Of formal steps there are none until `with_formal_steps` has counted.
    """
    refuted = [control for control in proof.controls if control.refuted]
    unrefuted = "; ".join(control.description for control in proof.unrefuted)
    witnesses = [control.witness for control in refuted if control.witness is not None]
    machine = sum(step.method not in (StepMethod.WRITTEN, StepMethod.CITED) for step in proof.steps)
    return Evidence(
        statement=proof.statement,
        method=proof.method,
        verdict=proof.verdict,
        control=ControlOutcome(
            description=unrefuted or "; ".join(control.description for control in proof.controls),
            # A proof of written steps alone has no twin to refute, and must not claim to have refuted one.
            refuted=bool(proof.controls) and not unrefuted,
            ratio=None,
            violations=len(refuted),
            instance=witnesses[0] if witnesses else None,
        ),
        scope={
            "sizes": "every size" if proof.verdict is Verdict.PROVED else "",
            "machine_checked_steps": machine,
            "formal_steps": 0,
            "cited_proofs": sum(step.method is StepMethod.CITED for step in proof.steps),
            "written_steps": list(proof.rests_on),
        },
        seconds=proof.seconds,
        reason=proof.reason,
        steps=proof.steps,
    )


def with_formal_steps(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Evidence in which every proof counts the formal theorem of its statement, if Coq has checked one.

    Such a theorem covers all steps of the proof: the written ones are still named, and no longer needed.
    """
    formal = {item.statement for item in evidence if item.verdict is Verdict.FORMAL}
    return [
        replace(item, scope={**item.scope, "formal_steps": 1}) if item.steps and item.statement in formal else item
        for item in evidence
    ]
