"""Theorems as they stand in Statements.v: the text that a person reads, and where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from proofs_check.formal.printed import STATEMENTS

FILE = "proofs_check/formal/Statements.v"


@dataclass(frozen=True)
class Source:
    """**Fields**: `theorem`, its name; `text`, what it says in Coq, without its proof; `line`, where it begins."""

    theorem: str
    text: str
    line: int

    @property
    def place(self) -> str:
        """The file and the line."""
        return f"{FILE}:{self.line}"


@lru_cache(maxsize=1)
def theorem_sources() -> dict[str, Source]:
    """Every theorem of Statements.v by name, in order."""
    code = STATEMENTS.read_text(encoding="utf-8")
    found = re.finditer(r"^Theorem (\w+).*?(?=^\s*Proof\b)", code, flags=re.MULTILINE | re.DOTALL)
    return {m[1]: Source(m[1], m[0].strip(), code.count("\n", 0, m.start()) + 1) for m in found}
