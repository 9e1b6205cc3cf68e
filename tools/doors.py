"""README's doors as Markdown: their commands and what they print, run anew by `make readme`."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = "..."

Run = Callable[[Sequence[str]], str]

THEORIST = "flatscape verify thm4 s8 --no-language-model"
ENGINEER = "flatscape audit examples/smollm2_rewards.parquet"


def run(command: Sequence[str]) -> str:
    """What a command prints. **Raises** `CalledProcessError` if it fails."""
    program, *arguments = command
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def doors(run: Run = run) -> dict[str, str]:
    """What stands between the markers of README, by their names."""
    parts = {"theorist": (THEORIST, first_table), "engineer": (ENGINEER, verdict)}
    return {name: block(command, shown(run(shlex.split(command)))) for name, (command, shown) in parts.items()}


def first_table(printed: str) -> list[str]:
    """The first table of several, and the last line."""
    lines = printed.rstrip().splitlines()
    end = next((number for number, line in enumerate(lines) if line.startswith("└")), len(lines) - 1)
    return [*lines[: end + 1], *([LEFT_OUT] if end + 2 < len(lines) else []), *lines[max(end + 1, len(lines) - 1) :]]


def verdict(printed: str, most: int = 5) -> list[str]:
    """The verdict of an audit, up to so many lines of whole sentences."""
    lines = printed.split("Verdict\n", 1)[-1].splitlines()
    whole = list(takewhile(str.strip, lines))
    kept = whole[:most]
    while len(kept) < len(whole) and not whole[len(kept)].startswith("- "):
        kept.pop()
    return [LEFT_OUT, "Verdict", *kept, LEFT_OUT]


def block(command: str, lines: Sequence[str]) -> str:
    """A code block: the command, and the lines that it printed."""
    return "\n".join(["```", f"$ {command}", *(line.rstrip() for line in lines), "```"])
