"""Verdicts: how much is known of a statement, or of one step of a proof."""

from __future__ import annotations

import enum


class Verdict(enum.Enum):
    """How much is known. There is no bare "pass": each verdict says what kind of knowledge it is."""

    FORMAL = "formal"
    PROVED = "proved"
    DECIDED = "decided"
    CERTIFIED = "certified"
    SURVIVED = "survived"
    VIOLATED = "violated"
    REFUSED = "refused"
    VACUOUS = "vacuous"
    NOT_RUN = "not run here"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"

    @property
    def message(self) -> str:
        """One sentence that says what the verdict claims."""
        return _MESSAGES[self]

    @property
    def place(self) -> int:
        """Its place among all verdicts: a violation outweighs everything, then the strongest come first."""
        return _WEIGHTIEST_FIRST.index(self)

    @property
    def favourable(self) -> bool:
        """Whether it speaks for the statement."""
        return self in (Verdict.FORMAL, Verdict.PROVED, Verdict.DECIDED, Verdict.CERTIFIED, Verdict.SURVIVED)

    @property
    def against(self) -> bool:
        """Whether it speaks against the statement, or against what is claimed to prove it."""
        return self in (Verdict.VIOLATED, Verdict.REFUSED)

    @property
    def informative(self) -> bool:
        """Whether it says anything of the statement."""
        return self not in (Verdict.UNKNOWN, Verdict.NOT_RUN, Verdict.NOT_APPLICABLE)


_MESSAGES = {
    Verdict.FORMAL: "Holds for every size, as Coq checks down to the axioms of the real numbers.",
    Verdict.PROVED: "Holds for every size.",
    Verdict.DECIDED: "Holds for the sizes stated.",
    Verdict.CERTIFIED: "Holds on the instances stated, by rigorous enclosure.",
    Verdict.SURVIVED: "No violation among the instances tried.",
    Verdict.VIOLATED: "An instance violates it.",
    Verdict.REFUSED: "Coq refuses the proof, or what it proves is not this statement.",
    Verdict.VACUOUS: "The hypotheses hold, but the bound says nothing: it is below a millionth of the truth.",
    Verdict.NOT_RUN: "What it takes is not installed here, so that nothing was checked.",
    Verdict.NOT_APPLICABLE: "No instance tried meets the hypotheses.",
    Verdict.UNKNOWN: "The method came to no result.",
}

_WEIGHTIEST_FIRST = (
    Verdict.VIOLATED,
    Verdict.REFUSED,
    Verdict.FORMAL,
    Verdict.PROVED,
    Verdict.DECIDED,
    Verdict.CERTIFIED,
    Verdict.SURVIVED,
    Verdict.VACUOUS,
    Verdict.UNKNOWN,
    Verdict.NOT_RUN,
    Verdict.NOT_APPLICABLE,
)
