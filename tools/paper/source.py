"""The text of the write-up, read: its environments, and what of the register, of papers and of numbers it names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parents[2] / "paper" / "sharp-lower-bounds.tex"

THEOREMS = ("theorem", "lemma", "corollary")
"""Environments that hold what is proved."""

CONJECTURE = "conjecture"


class Environment(NamedTuple):
    """A numbered claim. **Fields**: its `kind`; its `label`; the `statements` of the register that it names, by id."""

    kind: str
    label: str
    statements: tuple[str, ...]


def environments(text: str) -> list[Environment]:
    r"""The theorems, lemmas, corollaries and conjectures of a text in LaTeX, in its order.

    **Raises** `ValueError` for one without a label: nothing could refer to it.
    """
    kinds = "|".join((*THEOREMS, CONJECTURE))
    found = []
    for match in re.finditer(rf"\\begin{{({kinds})}}(.*?)\\end{{\1}}", text, re.DOTALL):
        label = re.search(r"\\label{([^}]*)}", match[2])
        if label is None:
            raise ValueError(f"{match[1]}: got one without a label, which begins {match[2].strip()[:40]!r}.")
        found.append(Environment(match[1], label[1], _named("statement", match[2])))
    return found


def cited_statements(text: str) -> dict[str, str]:
    """The ids of the statements that environments name, each with the label of the first environment that does."""
    found: dict[str, str] = {}
    for environment in environments(text):
        for id in environment.statements:
            found.setdefault(id, environment.label)
    return found


def quoted_claims(text: str) -> tuple[str, ...]:
    """The ids of the statements whose claim or name is typeset anywhere."""
    return tuple(dict.fromkeys(_named("claim", text) + _named("statement", text)))


def cited_papers(text: str) -> tuple[str, ...]:
    """The numbers on arXiv of the papers that are cited, in order of appearance."""
    return _named("citet", text)


def named_facts(text: str) -> tuple[str, ...]:
    """The names of the numbers that the text asks for."""
    return _named("fact", text)


def _named(command: str, text: str) -> tuple[str, ...]:
    # Definitions of the commands have arguments that begin with a hash.
    return tuple(dict.fromkeys(re.findall(rf"\\{command}(?:\[\d+\])?{{([^}}#]+)}}", text)))
