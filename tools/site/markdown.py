"""Pieces of MyST Markdown: escaped text, formulas, fenced blocks and folded parts, so that no text breaks its page."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$~&])")


def escaped(text: str) -> str:
    """Plain text in one line, in which no character means anything to Markdown; bars are left to `table`."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def inline_formula(latex: str) -> str:
    """A formula within a line or a cell."""
    return f"{{math}}`{' '.join(latex.split())}`"


def formula_blocks(latex: str) -> str:
    """A claim as blocks, one for each of its parts, which a wide space separates."""
    return "\n\n".join(fenced(part, "{math}") for part in re.split(r"\\quad\s*", latex) if part.strip())


def fenced(text: str, language: str = "", *, options: Iterable[str] = ()) -> str:
    """A block in a fence that is longer than any within it."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return "\n".join([f"{ticks}{language}", *options, text.strip("\n"), ticks])


def folded(summary: str, body: str) -> str:
    """A part that opens when its summary is clicked; both in Markdown."""
    return f"<details><summary>\n\n{summary}\n\n</summary>\n\n{body}\n\n</details>"


def toctree(pages: Iterable[str], *, caption: str = "", hidden: bool = True) -> str:
    """Pages in the navigation, by their names beside this one."""
    options = [":hidden:"] * hidden + [":maxdepth: 1"] + ([f":caption: {caption}"] if caption else [])
    return fenced("\n".join(["", *pages]), "{toctree}", options=options)


def joined(parts: Iterable[str]) -> str:
    """Paragraphs as a page; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
