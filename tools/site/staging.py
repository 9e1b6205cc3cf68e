"""The sources of the site, brought together: pages of docs/, generated ones, and the files that they link to.

A page of docs/ links to other files of the checkout by relative paths, which also work where the checkout is read as it
is. In the copy those files lie below `_files`, and the links are written for it. A page that a table of contents lists
with a question mark may be missing.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from sims.files import replace_together

FILES = "_files"
_LINK = re.compile(r"(?P<before>!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\()(?P<target>[^()\s#]+)(?P<anchor>#[^()\s]*)?\)")
_INCLUDED = re.compile(r"(?P<before>\{literalinclude\}\s+)(?P<target>\S+)(?P<anchor>)")
_FENCE = re.compile(r"^\s*(?P<ticks>`{3,}|~{3,})(?P<info>.*)$")


class BrokenLinkError(ValueError):
    """A page links to a file that is not there."""


def stage(root: Path, generated: Mapping[str, str], folder: Path) -> None:
    """Fills the folder with everything that Sphinx reads; what was in it is removed.

    **Arguments**

    - `root`: of the checkout; `generated`: pages by their paths below docs/, which may link as those of docs/ do.

    **Raises** `BrokenLinkError` for a link to a file that is missing, and is not one that a command makes in `out/`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    docs = root / "docs"
    shutil.copytree(docs, folder, ignore=shutil.ignore_patterns("__pycache__"))
    pages = {str(p.relative_to(docs)): p.read_text(encoding="utf-8") for p in sorted(docs.rglob("*.md"))}
    twice = sorted(pages.keys() & generated.keys())
    if twice:
        raise ValueError(f"pages: {', '.join(twice)}. They are generated and must not be in docs/ as well.")
    for name, text in (pages | dict(generated)).items():
        written = staged_page(text, name, root, folder, known=pages.keys() | generated.keys())
        replace_together((folder / name).parent, {Path(name).name: written.encode()})


def _maker(path: Path) -> str:
    return "`make notebooks docs`" if "notebooks" in path.parts else "`make paper docs`"


def staged_page(text: str, name: str, root: Path, folder: Path, *, known: set[str]) -> str:
    """A page with its links to files outside docs/ written for the copy, which those files are put into."""
    place = Path(name).parent

    def rewritten(match: re.Match[str]) -> str:
        target, anchor, end = match["target"], match["anchor"] or "", match[0][-1] if match[0][-1] == ")" else ""
        if re.match(r"[a-z]+:", target) or target.startswith("/"):
            return match[0]
        path = Path(os.path.normpath(root / "docs" / place / target))
        inside = path.is_relative_to(root / "docs")
        if inside and (str(path.relative_to(root / "docs")) in known or path.exists()):
            return match[0]
        if not inside and path.is_file():
            copy = Path(FILES) / (path.relative_to(root) if path.is_relative_to(root) else Path("made", path.name))
            (folder / copy).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / copy)
            return f"{match['before']}{os.path.relpath(copy, place)}{anchor}{end}"
        if path.is_relative_to(root / "out"):
            # A page says what a picture or an export would be, and what makes it.
            return re.sub(r"^!?\[(.*)\]\($", rf"*\1* ({_maker(path)} makes it)", match["before"], flags=re.DOTALL)
        raise BrokenLinkError(f"{name}: a link to {target}, which is not there.")

    lines: list[str] = []
    open_fences: list[str] = []
    code = toctree = False
    for line in text.splitlines(keepends=True):
        marks = _FENCE.match(line)
        if open_fences and line.strip() == open_fences[-1]:
            open_fences.pop()
            code = toctree = False
        elif marks and not code:
            open_fences.append(marks["ticks"])
            # What stands in a directive of the Python domain is Markdown.
            code = not marks["info"].startswith("{py:")
            toctree = marks["info"].startswith("{toctree}")
            # Drawing a diagram takes a program in the reader's browser: the site shows what it says.
            line = _INCLUDED.sub(rewritten, line).replace("```mermaid", "```text")
        elif toctree and line.rstrip().endswith("?"):
            # A page that not every checkout has.
            page = line.strip().removesuffix("?")
            line = f"{page}\n" if os.path.normpath(f"{place / page}.md") in known else ""
        elif not code:
            line = _LINK.sub(rewritten, line)
        lines.append(line)
    return "".join(lines)
