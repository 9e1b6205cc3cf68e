"""The grammar of Coq's terms as `Set Printing All` prints them, and a reader of what `Check` and `Print` say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lark import Lark, Transformer
from lark.exceptions import LarkError

from proofs_check.coq.terms import Apply, Branch, Fix, Forall, Fun, Let, Match, Name, Term, last

GRAMMAR = r"""
?term: "forall" binders "," term -> forall
     | "fun" binders "=>" term -> fun
     | "let" NAME ":" term ":=" term "in" term -> let
     | "fix" NAME binders ["{" "struct" NAME "}"] ":" term ":=" term -> fix
     | application
?application: atom+
?atom: NAME -> name
     | "@" NAME -> name
     | "(" term ")"
     | "match" term ["as" NAME] ["in" term] ["return" term] "with" branch* "end" -> match
branch: "|" NAME NAME* "=>" term
binders: group+ | NAME+ ":" term -> single
group: "(" NAME+ ":" term ")"
NAME: /[A-Za-z_][\w']*(\.[A-Za-z_][\w']*)*/
%ignore /\s+/
"""

OURS = frozenset({"Statements", "FiniteSum"})
"""The files whose constants keep the file's name."""


class UnreadableTerm(ValueError):
    """What Coq printed is not in the grammar of this module."""


def _short(name: str) -> str:
    file, _, rest = name.rpartition(".")
    return f"{last(file)}.{rest}" if last(file) in OURS else rest


class _Terms(Transformer[Any, Any]):
    """What the parser finds, as terms."""

    def name(self, items: list[Any]) -> Term:
        return Name(_short(str(items[0])))

    def application(self, items: list[Any]) -> Term:
        function, *arguments = items
        return Apply(function, tuple(arguments))

    def group(self, items: list[Any]) -> list[tuple[str, Term]]:
        *names, type = items
        return [(str(name), type) for name in names]

    def single(self, items: list[Any]) -> list[tuple[str, Term]]:
        return self.group(items)

    def binders(self, items: list[Any]) -> list[tuple[str, Term]]:
        return [pair for group in items for pair in group]

    def forall(self, items: list[Any]) -> Term:
        term = items[1]
        for name, type in reversed(items[0]):
            term = Forall(name, type, term)
        return term

    def fun(self, items: list[Any]) -> Term:
        term = items[1]
        for name, type in reversed(items[0]):
            term = Fun(name, type, term)
        return term

    def let(self, items: list[Any]) -> Term:
        return Let(str(items[0]), *items[1:])

    def fix(self, items: list[Any]) -> Term:
        name, binders, *_, body = items
        return Fix(str(name), tuple(parameter for parameter, _ in binders), body)

    def branch(self, items: list[Any]) -> Branch:
        *names, body = items
        constructor, *arguments = (str(name) for name in names)
        return Branch(last(constructor), tuple(arguments), body)

    def match(self, items: list[Any]) -> Term:
        return Match(items[0], tuple(item for item in items if isinstance(item, Branch)))


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, start="term", parser="lalr", maybe_placeholders=False)


def parse_term(text: str) -> Term:
    """The term in a printed text. **Raises** `UnreadableTerm` for anything else."""
    try:
        term: Term = _Terms().transform(_parser().parse(text))
    except LarkError as error:
        raise UnreadableTerm(f"Coq's term cannot be read: {' '.join(str(error).split())[:200]}") from None
    return term


_HEAD = re.compile(r"^(?:\w+\.)*(\w+\.\w+)(?: = |\s*$)", re.MULTILINE)


def parse_printed(text: str) -> Mapping[str, Term]:
    """The terms in what `Check` and `Print` have printed, by name: the type of a theorem, the body of a definition.

    **Raises** `UnreadableTerm`.
    """
    heads = list(_HEAD.finditer(text))
    found = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        part = text[head.end() : following.start() if following else len(text)]
        if head[0].rstrip().endswith("="):
            part = re.split(r"^ +: ", part, maxsplit=1, flags=re.MULTILINE)[0]
        else:
            part = part.strip().removeprefix(":")
        found[head[1]] = parse_term(part)
    return found
