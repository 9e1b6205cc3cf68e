"""The dependency graph of the theorems: which cite which, and which files each rests on, read off the sources."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofs_check.coq.build import SOURCE, dependencies, sources, theorems
from proofs_check.formal.printed import STATEMENTS
from proofs_check.markdown import table

_COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
_PIECE = re.compile(r"^(?=Theorem|Lemma|Remark|Definition|Section|Ltac)", re.MULTILINE)
_PROVED = re.compile(r"(?:Theorem|Lemma|Remark) (\w+)")
_CITED_FILE = re.compile(r"\b([A-Z]\w*)\.\w+")


@dataclass(frozen=True)
class Citations:
    """What the proof of a theorem cites. **Fields**: other `theorems`; `files`, whose lemmas it uses."""

    theorems: tuple[str, ...]
    files: tuple[str, ...]


def citations() -> dict[str, Citations]:
    """For each theorem of Statements.v, in order; what it cites by way of a lemma of that file counts as its own."""
    code = _COMMENT.sub("", STATEMENTS.read_text(encoding="utf-8"))
    bodies = {m[1]: piece[m.end() :] for piece in _PIECE.split(code) if (m := _PROVED.match(piece))}
    known, files = theorems(code), set(sources()) - {"Statements", "Audit"}

    def reached(name: str) -> tuple[set[str], set[str]]:
        cited_theorems: set[str] = set()
        cited_files, waiting, seen = set[str](), [name], {name}
        while waiting:
            proof = bodies[waiting.pop()].partition("Proof")[2]
            cited_files |= set(_CITED_FILE.findall(proof)) & files
            for other in set(re.findall(r"(?<![.\w])\w+", proof)) & set(bodies) - seen:
                seen.add(other)
                if other in known:
                    cited_theorems.add(other)
                else:
                    waiting.append(other)
        return cited_theorems, cited_files

    found = {}
    for name in known:
        cited, used = reached(name)
        found[name] = Citations(tuple(n for n in known if n in cited), tuple(sorted(used)))
    return found


def theorem_table() -> str:
    """The citations as a table in Markdown."""
    rows = [
        [f"`{name}`", ", ".join(f"`{n}`" for n in cited.theorems) or "–", ", ".join(cited.files) or "–"]
        for name, cited in citations().items()
    ]
    return table(("theorem", "follows from the theorems", "and from lemmas of the files"), rows)


def file_graph() -> str:
    """The files as a Mermaid graph by folder; an arrow points to what is built on a file, and none repeats a path."""
    required = {name: set(of) for name, of in dependencies().items() if name not in ("Statements", "Audit")}
    lines = ["```mermaid", "graph LR"]
    for folder in ("ground", "tabular", "parametric"):
        inside = sorted(path.stem for path in (SOURCE / folder).glob("*.v"))
        lines += [f"  subgraph {folder}", *(f"    {name}" for name in inside), "  end"]
    for name in sorted(required):
        direct = {of for of in required[name] if not any(of in _all(other, required) for other in required[name])}
        lines += [f"  {of} --> {name}" for of in sorted(direct)]
    return "\n".join([*lines, "```"])


def _all(name: str, required: dict[str, set[str]]) -> set[str]:
    """What a file requires, directly or not."""
    return required[name].union(*(_all(of, required) for of in required[name]))


def formal_graph() -> str:
    """Both, for `docs/formal.md`."""
    return f"{file_graph()}\n\n{theorem_table()}"
