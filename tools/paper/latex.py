"""pdfLaTeX: whether it is there, how it is run, and what its log complains of."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

INSTALL = """the write-up needs pdfLaTeX:
  Debian, Ubuntu:  apt-get install --no-install-recommends texlive-latex-recommended lmodern"""

WIDEST = 5.0
"""By how many points a line may stick out of its column."""

MOST_RUNS = 4
"""References settle after two; a table of contents or a long list would take a third."""

_COMMAND = ("pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error")


class LatexMissing(RuntimeError):
    """pdfLaTeX is not installed."""


class LatexRefuses(RuntimeError):
    """pdfLaTeX ended with an error, or would print something that a reader must not see."""


def compile_in(folder: Path, name: str) -> bytes:
    """The PDF of `name`.tex in a folder, run until its references have settled.

    **Raises** `LatexMissing`; `LatexRefuses`, with what the log says, for an error, a reference or a number that is
    unknown, or a line that is too wide.
    """
    if shutil.which(_COMMAND[0]) is None:
        raise LatexMissing(INSTALL)
    # The same text gives the same file: no date of today in it.
    environment = os.environ | {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "max_print_line": "1000"}
    log = ""
    for _ in range(MOST_RUNS):
        done = subprocess.run([*_COMMAND, f"{name}.tex"], cwd=folder, env=environment, capture_output=True, check=False)
        log = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        if done.returncode:
            raise LatexRefuses(error_in(log))
        if "Rerun to get" not in log and "Rerun LaTeX" not in log:
            break
    wrong = objections(log)
    if wrong:
        raise LatexRefuses("\n".join(wrong))
    return (folder / f"{name}.pdf").read_bytes()


def error_in(log: str) -> str:
    """The first error of a log, with the line of the source that it is in."""
    lines = log.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("!"):
            where = next((later for later in lines[place:] if later.startswith("l.")), "")
            return f"{line.removeprefix('!').strip()} {where}".strip()
    return "pdflatex ended with an error that its log does not name."


def objections(log: str) -> list[str]:
    """What is wrong with a compiled text: unknown references and citations, labels given twice, lines too wide."""
    wrong = re.findall(
        r"LaTeX Warning: ((?:Reference|Citation) `[^']*' [^.\n]*undefined|Label `[^']*' multiply defined)", log
    )
    wrong += re.findall(r"Package natbib Warning: (Citation `[^']*' [^.\n]*undefined)", log)
    for width, where in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\) ([^\n]*)", log):
        if float(width) > WIDEST:
            wrong.append(f"A line is {width} points too wide {where}.")
    return list(dict.fromkeys(wrong))
