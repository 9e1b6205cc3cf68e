"""The recipes of docs/contribute as steps that can be carried out: files written, lines put in, commands run.

A page says what to write in a sentence before a block of code, `In the new file X:` or `In X, after the line Y:` (or
`before`), with X and Y set as code; a block of shell commands is run, and a block of plain text that follows it is what
the commands print, among other things.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_WRITE = (
    r"In (?:the new file `(?P<new>[^`]+)`|`(?P<file>[^`]+)`,\s+(?P<side>after|before)\s+the\s+line\s+`(?P<line>[^`]+)`)"
    r":\n\n```python\n(?P<text>.*?)^```$"
)
_RUN = r"^```sh\n(?P<commands>.*?)^```$(?:\n\n[^\n`]*:\n\n```text\n(?P<printed>.*?)^```$)?"
_STEP = re.compile(f"{_WRITE}|{_RUN}", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Write:
    """A text for a file. **Fields**: `file`; `text`; `line` beside which it goes, and on which `side`; both are empty
    for a new file."""

    file: str
    text: str
    side: str = ""
    line: str = ""


@dataclass(frozen=True)
class Run:
    """Commands, one a line, and what they print among other things, line by line."""

    commands: tuple[str, ...]
    printed: tuple[str, ...]


def steps(page: str) -> list[Write | Run]:
    """The steps of a page, in its order. **Raises** `ValueError` for a block of Python that belongs to no step."""
    found: list[Write | Run] = []
    for match in _STEP.finditer(page):
        if match["new"] or match["file"]:
            text = match["text"]
            found.append(Write(match["new"] or match["file"], text, match["side"] or "", match["line"] or ""))
        else:
            found.append(Run(_lines(match["commands"]), _lines(match["printed"] or "")))
    written = sum(isinstance(step, Write) for step in found)
    if written != len(re.findall(r"^```python$", page, re.MULTILINE)):
        raise ValueError("page: a block of Python follows no sentence that says where it goes.")
    return found


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip() not in ("", "..."))


def write(step: Write, folder: Path) -> None:
    """Carries out what a step says in a copy of the checkout.

    **Raises** `ValueError` for a new file that exists, and for a line that is not in its file exactly once.
    """
    path = folder / step.file
    if not step.line:
        if path.exists():
            raise ValueError(f"{step.file}: it exists already.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if line.strip() == step.line]
    if len(places) != 1:
        raise ValueError(f"{step.file}: the line {step.line!r} is there {len(places)} times.")
    lines.insert(places[0] + (step.side == "after"), step.text)
    path.write_text("".join(lines), encoding="utf-8")
