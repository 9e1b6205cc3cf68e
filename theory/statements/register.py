"""The register of statements: declared once, read by tests, ledger, figures, notebooks, command line and docs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from theory.arguments.checking import checked_input
from theory.arguments.object_rules import of_kind
from theory.arguments.rules import Described
from theory.errors import InvalidInputError, did_you_mean
from theory.origins import find_origin
from theory.statement import Statement
from theory.statements.best_of_n import BEST_OF_N_STATEMENTS
from theory.statements.flow_facts import FUNCTION_STATEMENTS
from theory.statements.parametric_hitting_times import PARAMETRIC_TIME_STATEMENTS
from theory.statements.parametric_paths import PARAMETRIC_PATH_STATEMENTS
from theory.statements.parametric_policies import PARAMETRIC_POLICY_STATEMENTS
from theory.statements.pathwise import PATHWISE_STATEMENTS
from theory.statements.runs import GROUP_STATEMENTS, RUN_STATEMENTS
from theory.statements.sampled_groups import SAMPLED_GROUP_STATEMENTS
from theory.statements.tabular.hitting_times import HITTING_TIME_STATEMENTS
from theory.statements.tabular.other_reference import REFERENCE_STATEMENTS
from theory.statements.tabular.paths import PATH_STATEMENTS
from theory.statements.tabular.policies import POLICY_STATEMENTS

STATEMENTS: tuple[Statement[Any], ...] = (
    *POLICY_STATEMENTS,
    *PATHWISE_STATEMENTS,
    *PATH_STATEMENTS,
    *BEST_OF_N_STATEMENTS,
    *RUN_STATEMENTS,
    *GROUP_STATEMENTS,
    *HITTING_TIME_STATEMENTS,
    *REFERENCE_STATEMENTS,
    *PARAMETRIC_POLICY_STATEMENTS,
    *PARAMETRIC_PATH_STATEMENTS,
    *PARAMETRIC_TIME_STATEMENTS,
)
"""Every statement about policies that has instances, in the order of the ledger, conjectures among them
(`Statement.status`)."""

REGISTER: tuple[Statement[Any], ...] = (*STATEMENTS, *SAMPLED_GROUP_STATEMENTS, *FUNCTION_STATEMENTS)
"""Every statement; those about functions of time have proofs only."""

ABRIDGED = {"thm1": "thm4", "thm2": "thm5", "thm3": "thm6"}
"""Theorems that the paper states as abridged forms of others: checking the full form checks them."""

JOINED = {
    "thm5": "Theorem 5 holds both at once. For an initial policy, a good output y_γ and T ≥ 1 there are two reward "
    "models, of any accuracies that are attainable: under the first t_γ is at least the bound of thm5-slow, however "
    "accurate it is; under the second at most that of thm5-fast, however inaccurate. What makes them slow and fast are "
    "the hypotheses below, each checked on its own part; theory.constructions.theorem5 constructs pairs "
    "of the accuracies asked for.",
    "thm6": "Theorem 6 holds both at once. Of two reward models, each of which rewards a single good output, one is "
    "fast (thm6-fast) and the other slow (thm6-slow) for every policy that likes the first output and hardly makes the "
    "other; for policies of the opposite taste it is the other way round. theory.constructions.theorem6 constructs "
    "such policies.",
}
"""How the parts of a theorem that is several statements belong together."""

_LONGEST_SHOWN = 40
_BY_ID = {statement.id: statement for statement in REGISTER}


@checked_input(id=of_kind(str, "Give an id, such as 'prop3'."))
def find_statement(id: str) -> Statement[Any]:
    """The statement of that id. **Raises** `InvalidInputError` listing the known ids, the nearest first.

    **Example**

    >>> import theory
    >>> statement = theory.find_statement("prop3")
    >>> statement.number, statement.direction.value, [h.name for h in statement.hypotheses]
    ('Proposition 3', 'lower', ['reward-varies'])
    """
    if id not in _BY_ID:
        raise unknown_statement(id, _BY_ID)
    return _BY_ID[id]


def unknown_statement(id: str, known: Iterable[str]) -> InvalidInputError:
    """The error for an id that is not among those known."""
    known = list(known)
    guess = did_you_mean(id.lower(), [*known, *ABRIDGED, *JOINED])
    shown = repr(id) if len(id) <= _LONGEST_SHOWN else f"{id[:_LONGEST_SHOWN]!r}..."
    return InvalidInputError("statement", shown, f"{guess}Known statements: {', '.join(known)}.")


def _are_ids(argument: str, value: Any, given: Mapping[str, Any]) -> None:
    example = "Give a list of ids, such as ['prop3']."
    if isinstance(value, str) or not isinstance(value, Collection):
        raise InvalidInputError(argument, f"{value!r:.40}", example)
    for id in value:
        if not isinstance(id, str):
            raise InvalidInputError(argument, f"{id!r:.40} among them", example)


def full_form(id: str) -> str:
    """The id as the register writes it, that of the full form for a theorem that the paper abridges."""
    lower = id.strip().lower()
    return ABRIDGED.get(lower, lower)


@checked_input(ids=Described(_are_ids))
def select_statements(ids: Iterable[str] = ()) -> tuple[Statement[Any], ...]:
    """The statements named by `ids`, in register order; all of them if none are named.

    An id stands for its own statement; one that is no statement's, for those whose ids it begins (`thm5` for
    `thm5-slow` and `thm5-fast`). Abridged theorems stand for their full forms.

    **Raises** `InvalidInputError` listing the known ids, the nearest first.

    **Example**

    >>> import theory
    >>> [statement.id for statement in theory.select_statements(["thm5", "prop3"])]
    ['prop3', 'thm5-slow', 'thm5-fast']
    """
    wanted: set[str] = set()
    for id in ids:
        full = full_form(id)
        parts = set() if full in _BY_ID else {known for known in _BY_ID if known.startswith(f"{full}-")}
        wanted |= parts or {find_statement(full).id}
    return tuple(s for s in REGISTER if not wanted or s.id in wanted)


@checked_input(paper=of_kind(str, "Give a paper's number on arXiv, such as '2504.13818'."))
def statements_of_paper(paper: str) -> tuple[Statement[Any], ...]:
    """The statements that come from a paper, or are about a method of it, in register order.

    **Arguments**: `paper`: its number on arXiv; `ours` for those that come from none.

    **Raises** `InvalidInputError` listing the papers, for one that no statement comes from.

    **Example**

    >>> import theory
    >>> [statement.id for statement in theory.statements_of_paper("2504.13818")]
    ['largest-variance']
    """
    origin = find_origin(paper)
    return tuple(s for s in REGISTER if s.origin == origin.key)
