"""The theorems of proofs_check/formal/Statements.v as texts, each with the statement of the register that it proves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATEMENTS = ROOT / "proofs_check" / "formal" / "Statements.v"
_THEOREM = re.compile(r"^Theorem (\w+).*?(?=^Proof)", re.MULTILINE | re.DOTALL)


@cache
def formal_theorems() -> Mapping[str, str]:
    """Every theorem by its name, without its proof."""
    text = STATEMENTS.read_text(encoding="utf-8")
    return {match[1]: match[0].strip() for match in _THEOREM.finditer(text)}


def theorems_of(id: str, ids: Iterable[str]) -> dict[str, str]:
    """The theorems about a statement: that of its own name, and those whose names go on from it (`s5_root`) or from
    the family it belongs to (`thm5` for `thm5-slow`) and are no other statement's.

    **Arguments**: `ids`: of all statements.
    """
    name, others = id.replace("-", "_"), {other.replace("-", "_") for other in ids if other != id}
    family = id.partition("-")[0]
    found = {}
    for theorem, text in formal_theorems().items():
        goes_on = theorem.startswith(f"{name}_") and theorem not in others
        # Of several statements whose names it goes on from, it belongs to the longest.
        goes_on &= not any(theorem.startswith(f"{other}_") and len(other) > len(name) for other in others)
        whole = theorem == family != "s" and theorem not in others
        if theorem == name or goes_on or whole:
            found[theorem] = text
    return found
