"""Summaries of statements: what a ledger's file says of each, so that it can be read without the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from theory.statement import Direction, Relation, Status
from theory.statements.register import REGISTER, find_statement

_REGISTERED = {statement.id: statement for statement in REGISTER}


@dataclass(frozen=True)
class StatementSummary:
    """A statement as it was when evidence on it was found.

    **Fields**: `number`, `title`, `origin` (a key of `theory.origins.ORIGINS`), `section`; `latex`, its claim;
    `relation` and `direction` of its sides, `status`: as in `theory.statement.Statement`.
    """

    number: str
    title: str
    origin: str
    section: str
    latex: str
    relation: Relation
    direction: Direction
    status: Status = Status.THEOREM

    def to_record(self) -> dict[str, Any]:
        """The summary as JSON-ready data."""
        names = {"relation": self.relation.value, "direction": self.direction.value, "status": self.status.value}
        return asdict(self) | names

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> StatementSummary:
        """The summary that `to_record` wrote; other entries are passed over.

        **Raises** `KeyError` or `ValueError` if the record is none.
        """
        texts = {name: record[name] for name in ("number", "title", "origin", "section", "latex")}
        return cls(
            **texts,
            relation=Relation(record["relation"]),
            direction=Direction(record["direction"]),
            # The first ledgers had theorems only, and did not say so.
            status=Status(record.get("status", Status.THEOREM.value)),
        )

    def is_current(self, id: str) -> bool:
        """Whether the statement of that id still makes the same claim; False if there is none any more."""
        return id in _REGISTERED and _REGISTERED[id].latex == self.latex


def summary_of(id: str) -> StatementSummary:
    """The summary of a statement of the register.

    **Raises** `InvalidInputError` for an id that is not in the register.
    """
    statement = find_statement(id)
    return StatementSummary(
        statement.number,
        statement.title,
        statement.origin,
        statement.section,
        statement.latex,
        statement.relation,
        statement.direction,
        statement.status,
    )
