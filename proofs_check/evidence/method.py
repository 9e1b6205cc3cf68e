"""The ways of knowing: the methods by which evidence on a statement comes about."""

from __future__ import annotations

import enum


class Method(enum.StrEnum):
    """A way of knowing, in the order in which tables show them; the value is its name in a ledger's file."""

    FORMAL = "formal"
    PROOF = "proof"
    SYMBOLIC = "symbolic"
    SMT = "smt"
    BOXES = "boxes"
    CERTIFIED = "certified"
    SAMPLING = "sampling"
    SEARCH = "search"
    LANGUAGE_MODEL = "language model"

    @property
    def label(self) -> str:
        """The method for a reader who does not know the ledger's short names."""
        return _LABELS.get(self, self.value)

    @property
    def is_proof(self) -> bool:
        """Whether it is a proof in steps, which speaks of all instances: by steps of any kind, or of one kind only."""
        return self in (Method.PROOF, Method.SYMBOLIC, Method.SMT)

    @property
    def column(self) -> Method:
        """The column of the table statement x method in which it stands: all proofs share one."""
        return Method.PROOF if self.is_proof else self

    @property
    def place(self) -> int:
        """Its place in the order."""
        return list(Method).index(self)

    @property
    def adds_instances(self) -> bool:
        """Whether it only adds instances to those of another method, which refutes the control for both."""
        return self in (Method.LANGUAGE_MODEL, Method.SEARCH)


_LABELS = {
    Method.FORMAL: "theorem of Coq",
    Method.BOXES: "boxes in ball arithmetic",
    Method.CERTIFIED: "rigorous enclosures",
    Method.SAMPLING: "random and constructed instances",
    Method.SEARCH: "adversarial search",
    Method.LANGUAGE_MODEL: "problems from a language model",
}
