"""The register of statements: declared once, read by tests, ledger, figures, notebooks, command line and docs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from theory.best_of_n_statements import BEST_OF_N_STATEMENTS
from theory.errors import InvalidInputError
from theory.function_statements import FUNCTION_STATEMENTS
from theory.general_path_statements import GENERAL_PATH_STATEMENTS
from theory.general_policy_statements import GENERAL_POLICY_STATEMENTS
from theory.general_time_statements import GENERAL_TIME_STATEMENTS
from theory.hitting_time_statements import HITTING_TIME_STATEMENTS
from theory.path_statements import PATH_STATEMENTS
from theory.policy_statements import POLICY_STATEMENTS
from theory.statement import Statement

STATEMENTS: tuple[Statement[Any], ...] = (
    *POLICY_STATEMENTS,
    *PATH_STATEMENTS,
    *BEST_OF_N_STATEMENTS,
    *HITTING_TIME_STATEMENTS,
    *GENERAL_POLICY_STATEMENTS,
    *GENERAL_PATH_STATEMENTS,
    *GENERAL_TIME_STATEMENTS,
)
"""Every statement that has instances, in the order of the ledger."""

REGISTER: tuple[Statement[Any], ...] = (*STATEMENTS, *FUNCTION_STATEMENTS)
"""Every statement; those about functions of time have proofs only."""

ABRIDGED = {"thm1": "thm4", "thm2": "thm5", "thm3": "thm6"}
"""Theorems that the paper states as abridged forms of others: checking the full form checks them."""

IN_PARTS = ("thm5", "thm6")
"""Theorems that are two statements each, one about a slow teacher and one about a fast one."""

_BY_ID = {statement.id: statement for statement in REGISTER}


def find_statement(id: str) -> Statement[Any]:
    """The statement of that id. **Raises** `InvalidInputError` listing the known ids."""
    if id not in _BY_ID:
        raise InvalidInputError("statement", repr(id), f"Known statements: {', '.join(_BY_ID)}.")
    return _BY_ID[id]


def select_statements(ids: Iterable[str] = ()) -> tuple[Statement[Any], ...]:
    """The statements named by `ids`, in register order; all of them if none are named.

    An id stands for its own statement, or for the parts of a theorem (`thm5` for `thm5-slow` and `thm5-fast`);
    abridged theorems stand for their full forms.

    **Raises** `InvalidInputError` listing the known ids.
    """
    wanted: set[str] = set()
    for id in ids:
        full = ABRIDGED.get(id.lower(), id.lower())
        parts = {s.id for s in REGISTER if s.id.startswith(f"{full}-")} if full in IN_PARTS else set()
        wanted |= parts or {find_statement(full).id}
    return tuple(s for s in REGISTER if not wanted or s.id in wanted)
