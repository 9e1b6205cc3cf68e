"""The theorems and definitions as Coq prints them, with all notations off: the text, and the terms that it holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from proofs_check.coq.build import SOURCE, theorems
from proofs_check.coq.grammar import parse_printed
from proofs_check.coq.terms import Term

STATEMENTS = SOURCE / "Statements.v"
KEPT = SOURCE / "printed.txt"
"""What Coq has printed, kept so that the comparisons can be tried where Coq is not installed."""

_COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
_DEFINITION = re.compile(r"^Definition (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Printed:
    """**Fields**: `theorems`, their types, and `definitions`, their bodies, by name; those of definitions have the
    file's name before them."""

    theorems: Mapping[str, Term]
    definitions: Mapping[str, Term]


def script(statements: str) -> str:
    """What Coq is asked: the type of every theorem of Statements.v and the body of every definition."""
    code = _COMMENT.sub("", statements)
    return "\n".join(
        [
            "From Flat Require Statements.",
            *("Set Printing All.", "Set Printing Width 1000000.", "Set Printing Depth 1000000."),
            *(f"Check Statements.{name}." for name in theorems(code)),
            *(f"Print Statements.{name}." for name in _DEFINITION.findall(code)),
            "",
        ]
    )


@lru_cache(maxsize=4)
def read_printed(text: str) -> Printed:
    """The terms in what Coq has printed for `script`. **Raises** `UnreadableTerm`."""
    terms = parse_printed(text)
    known = set(theorems(_COMMENT.sub("", STATEMENTS.read_text(encoding="utf-8"))))
    of_theorems = {n.partition(".")[2]: t for n, t in terms.items() if n.removeprefix("Statements.") in known}
    return Printed(of_theorems, {name: t for name, t in terms.items() if name.partition(".")[2] not in of_theorems})


def kept_text(printed: str, statements: str) -> str:
    """What is kept of a printed text: which Statements.v it belongs to, and the text without what nobody reads."""
    lines = [re.sub(r" {2,}", " ", line) for line in printed.splitlines()]
    kept = [line for line in lines if line.strip() and not line.startswith("Arguments ")]
    return "\n".join([f"sha256 of Statements.v: {_digest(statements)}", *kept, ""])


def kept_printed() -> Printed | None:
    """The terms of the kept text; None if it belongs to another Statements.v."""
    head, _, text = KEPT.read_text(encoding="utf-8").partition("\n")
    if not head.endswith(_digest(STATEMENTS.read_text(encoding="utf-8"))):
        return None
    return read_printed(text)


def write_kept(printed: str, path: Path = KEPT) -> None:
    """Keeps a printed text."""
    path.write_text(kept_text(printed, STATEMENTS.read_text(encoding="utf-8")), encoding="utf-8")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
