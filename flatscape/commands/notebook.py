"""`flatscape notebook`: a notebook with sliders, served on this machine and opened in the browser."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from theory.errors import InvalidInputError, did_you_mean

PACKAGE = Path(__file__).parents[1]
PLACES = (PACKAGE / "notebooks", PACKAGE.parent / "notebooks")
"""Where notebooks may be: in an installed package, and in a checkout."""


def notebook(
    name: Annotated[str | None, typer.Argument(help="Such as flat_landscape; without it, all are listed.")] = None,
    edit: Annotated[bool, typer.Option("--edit", help="With its code, to be changed.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Only print the address.")] = False,
) -> None:
    """Open a notebook with sliders in the browser. Needs the extra notebooks, and no network; Ctrl-C ends it."""
    known = find_notebooks()
    if name is None:
        for stem, path in known.items():
            typer.echo(f"{stem}\t{title(path)}".expandtabs(32))
        return
    stem = name.removesuffix(".py").replace("-", "_")
    if stem not in known:
        raise InvalidInputError("notebook", repr(name), f"{did_you_mean(stem, known)}Choose one of {', '.join(known)}.")
    if importlib.util.find_spec("marimo") is None:
        raise InvalidInputError(
            "notebook", f"{stem}, which needs marimo", "Install the extra: pip install 'flatscape[notebooks]'."
        )
    command = [sys.executable, "-m", "marimo", "edit" if edit else "run", str(known[stem])]
    # Nobody is asked for newer versions.
    done = subprocess.run(
        [*command, *(["--headless"] if headless else [])],
        env=os.environ | {"MARIMO_SKIP_UPDATE_CHECK": "1"},
        check=False,
    )
    raise typer.Exit(done.returncode)


def find_notebooks() -> dict[str, Path]:
    """The notebooks by name. **Raises** `InvalidInputError` if they are not installed."""
    for folder in PLACES:
        found = {path.stem: path for path in sorted(folder.glob("*.py"))}
        if found:
            return found
    raise InvalidInputError("notebook", "none here", "Install flatscape anew, or start it in a checkout.")


def title(path: Path) -> str:
    """The title that a notebook gives its page; its name if it gives none."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "app_title":
            return str(ast.literal_eval(node.value))
    return path.stem
