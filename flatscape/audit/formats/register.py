"""The register of formats, and which of them a table is of."""

from __future__ import annotations

from flatscape.audit.files.account import Account
from flatscape.audit.files.tables import Table
from flatscape.audit.formats import best_of_n, open_instruct, pairs, preference_sets, trainers, verifiers
from flatscape.audit.formats.format import Format
from theory.errors import InvalidInputError, did_you_mean

FLAT = Format("flat", "a flat table", lambda head, path: True)
"""One row a completion (or a list a prompt), of which the names of the columns tell the roles."""

FORMATS: tuple[Format, ...] = (
    *verifiers.FORMATS,
    *preference_sets.FORMATS,
    *best_of_n.FORMATS,
    *pairs.FORMATS,
    *open_instruct.FORMATS,
    *trainers.FORMATS,
    FLAT,
)
"""In the order in which they are tried: the first that recognises a table is its format."""


def find_format(name: str) -> Format:
    """The format of a name. **Raises** `InvalidInputError`, with the names nearest to it, if there is none."""
    known = {format.name: format for format in FORMATS}
    if name not in known:
        meant = did_you_mean(name, known, most=3, likeness=0.4)
        raise InvalidInputError("format", repr(name), f"{meant}There are {', '.join(known)}.")
    return known[name]


def detected(tables: list[Table], account: Account) -> Format:
    """The one format of all tables. **Raises** `InvalidInputError` if they are of several, or if one has no records."""
    found: dict[str, tuple[Format, Table]] = {}
    for table in tables:
        head = table.head()
        if not head:
            raise InvalidInputError(account.argument, f"{table.name}, which has no rows", "Give scored completions.")
        format = next(f for f in FORMATS if f.recognises(head, table.path))
        found.setdefault(format.name, (format, table))
    if len(found) > 1:
        listed = " and ".join(f"{table.name} ({format.title})" for format, table in found.values())
        raise InvalidInputError(
            account.argument, f"files of different formats: {listed}", "Read files of one format at a time."
        )
    return next(iter(found.values()))[0]
