"""A page of docs/contribute, carried out in a copy of the packages: what it says is written, and its commands run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tools.site.recipes import Run, Write, steps, write

ROOT = Path(__file__).parents[1]
PACKAGES = ("theory", "sims", "proofs_check", "figures", "flatscape")


def copied(folder: Path, *more: str) -> Path:
    """A copy of the packages, and of what else is named, in the folder."""
    for name in (*PACKAGES, *more):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CITATION.cff", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def recipe(name: str) -> tuple[list[Write], list[Run]]:
    """What a page says is to be written, and what is to be run then."""
    found = steps((ROOT / "docs" / "contribute" / f"{name}.md").read_text(encoding="utf-8"))
    return [s for s in found if isinstance(s, Write)], [s for s in found if isinstance(s, Run)]


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command of a recipe, by this interpreter and with the packages of the copy."""
    program, *arguments = shlex.split(command)
    assert program in ("flatscape", "python"), command
    module = ["-P", "-m", "flatscape"] if program == "flatscape" else []
    return subprocess.run(
        [sys.executable, *module, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def follow(name: str, folder: Path) -> str:
    """Carries out a page in a copy and gives what its commands print; each has to end well and print what is said."""
    writes, runs = recipe(name)
    assert writes, f"{name}: a recipe that writes nothing"
    assert runs, f"{name}: a recipe that checks nothing"
    for step in writes:
        write(step, folder)
    everything = ""
    for wanted in runs:
        output = ""
        for command in wanted.commands:
            done = run(folder, command)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            output += done.stdout
        missing = [line for line in wanted.printed if line not in output]
        assert not missing, f"{missing}\n{output}"
        everything += output
    return everything
