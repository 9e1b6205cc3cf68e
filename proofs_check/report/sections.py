"""Sections of an explanation: headings and paragraphs, every character of them printable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proofs_check.report import wording


@dataclass(frozen=True)
class Line:
    """One paragraph. **Fields**: `text`; `indent` in levels; `verbatim`: its line breaks are kept."""

    text: str
    indent: int = 1
    verbatim: bool = False


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, every character printable. **Fields**: `top`: it begins a statement."""

    heading: str
    lines: tuple[Line, ...]
    top: bool = False


def make_section(heading: str, lines: Iterable[Line], *, top: bool = False) -> Section:
    """A section whose texts are made printable."""
    cleaned = (Line(wording.printable(line.text), line.indent, line.verbatim) for line in lines)
    return Section(wording.printable(heading), tuple(cleaned), top)
