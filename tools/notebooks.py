"""The notebooks: checked, run, and exported, each as one page and in Jupyter's format.

Run as `make notebooks` does; needs the extra `notebooks`, and no network. Exports go to `--out`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from flatscape.commands.notebook import title
from sims.files import replace_together

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
MISSING = "The notebooks need marimo: pip install '.[notebooks]' in {folder}, or make install."


def notebooks() -> list[Path]:
    """The files of all notebooks, by name."""
    return sorted(FOLDER.glob("*.py"))


def quiet_environment() -> dict[str, str]:
    """The environment of a process that runs notebooks: it imports this tree, and asks nobody for newer versions."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "MARIMO_SKIP_UPDATE_CHECK": "1"}


def run_marimo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of marimo, with what it prints."""
    command = [sys.executable, "-m", "marimo", *arguments]
    return subprocess.run(command, env=quiet_environment(), cwd=FOLDER, capture_output=True, text=True, check=False)


def check(paths: Sequence[Path]) -> str:
    """What `marimo check` objects to; empty if nothing."""
    found = run_marimo("check", "--strict", *map(str, paths))
    return found.stdout + found.stderr if found.returncode else ""


def run(path: Path) -> tuple[dict, str]:
    """Runs a notebook from beginning to end.

    **Returns** it in Jupyter's format, its outputs included, and what went wrong, empty if nothing did.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{path.stem}.ipynb"
        # Cells in the order in which they are read, not that in which they depend on each other.
        done = run_marimo(
            "export", "ipynb", str(path), "--include-outputs", "--sort", "top-down", "--output", str(target)
        )
        if not target.exists():
            return {"cells": []}, done.stdout + done.stderr
        notebook = json.loads(target.read_text(encoding="utf-8"))
    stopped = _drop_stopped(notebook)
    errors = [
        f"{output.get('ename')}: {output.get('evalue')}"
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if output["output_type"] == "error"
    ]
    if done.returncode and not errors and not stopped:
        errors = [done.stdout + done.stderr]
    return notebook, "\n".join(errors)


STOPPED = "ancestor-stopped"
"""What marimo calls the error of a cell that did not run because one before it has said why it cannot go on."""


def _drop_stopped(notebook: dict) -> bool:
    """Leaves out what cells say that were stopped on purpose. **Returns** whether there were any."""
    found = False
    for cell in notebook["cells"]:
        kept = [output for output in cell.get("outputs", ()) if output.get("ename") != STOPPED]
        if len(kept) < len(cell.get("outputs", ())):
            found, cell["outputs"] = True, kept
    return found


def export(path: Path, out: Path) -> str:
    """Runs a notebook and writes its page and its Jupyter form, both or none.

    **Returns** what went wrong; empty if nothing did.
    """
    from tools.notebook_page import notebook_page

    notebook, wrong = run(path)
    if wrong:
        return wrong
    style = (FOLDER / "notebook.css").read_text(encoding="utf-8")
    page = notebook_page(notebook, title(path), style)
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    replace_together(out, {f"{path.stem}.html": page.encode(), f"{path.stem}.ipynb": text.encode()})
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks and exports. **Returns** an exit code: 1 if a notebook fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="of notebooks, without .py (default: all)")
    parser.add_argument("--out", type=Path, default=Path("out/notebooks"))
    given = parser.parse_args(arguments)
    try:
        import marimo  # noqa: F401
    except ModuleNotFoundError:
        print(MISSING.format(folder=ROOT), file=sys.stderr)
        return 2
    known = {path.stem: path for path in notebooks()}
    unknown = [name for name in given.names if name not in known]
    if unknown:
        print(f"names: got {', '.join(unknown)}. Choose from {', '.join(known)}.", file=sys.stderr)
        return 2
    chosen = [known[name] for name in given.names or known]
    objections = check(chosen)
    if objections:
        print(objections, file=sys.stderr)
        return 1
    failed = False
    for path in chosen:
        wrong = export(path, given.out)
        failed |= bool(wrong)
        print(f"{path.stem}: {wrong or given.out / (path.stem + '.html')}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
