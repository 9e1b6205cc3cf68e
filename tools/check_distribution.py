"""The wheel and the sdist, installed and tried on several Pythons: with the pinned versions, and with the newest.

Run as `make dist-check` does. The wheel is made from the sdist, so that what is tried is what an sdist has. Each
environment is made in a temporary folder and removed afterwards; ten minutes for six of them are usual.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from proofs_check.markdown import table

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
SHOWN = ("jax", "numpy", "scipy", "sympy", "polars")
"""Packages whose versions the table names."""

PROBLEM = {"initial_probabilities": [0.5, 0.5], "proxy_reward": [1, -1], "ground_truth_reward": [1, -1], "gamma": 0.1}

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("flatscape", "--version"),
    ("flatscape", "simulate", "problem.json"),
    ("flatscape", "verify", "prop3", "s3", "--no-language-model", "--workers", "1"),
    ("flatscape", "explain", "thm5-slow"),
    ("flatscape", "figures", "published-correlations", "lm-landscape", "--out", "drawn", "--workers", "1"),
    ("flatscape", "audit", "scores.csv"),
    ("flatscape", "lm", "train", "--quick", "--out", "trained"),
)
"""What is tried: every part that reads templates or kept data, or compiles."""


@dataclass(frozen=True)
class Tried:
    """**Fields**: the `python` and the `versions` ("pinned" or "newest"); `installed`, versions by package; `failed`,
    the first command that failed with the last lines of what it said, empty if none did."""

    python: str
    versions: str
    installed: dict[str, str]
    failed: str


def run(command: Sequence[str], folder: Path) -> str:
    """What a command prints. **Raises** `RuntimeError` with its last lines if it fails."""
    # Neither the source tree nor anybody's cache stands in for what was installed.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"FLATSCAPE_CACHE": str(folder / "cache"), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = " / ".join((done.stdout + done.stderr).strip().splitlines()[-3:])
        raise RuntimeError(f"{' '.join([Path(command[0]).name, *command[1:]])}: {last}")
    return done.stdout


def build(folder: Path) -> Path:
    """The sdist, and the wheel made from it. **Returns** the wheel."""
    run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], folder)
    (wheel,) = folder.glob("flatscape-*.whl")
    return wheel


def try_wheel(wheel: Path, python: str, *, pinned: bool) -> Tried:
    """Installs the wheel in a new environment and runs every command of `COMMANDS`."""
    kind = "pinned" if pinned else "newest"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            version = run([python, "-c", "import platform; print(platform.python_version())"], folder).strip()
        except (OSError, RuntimeError) as error:
            return Tried(python, kind, {}, str(error))
        (folder / "problem.json").write_text(json.dumps(PROBLEM), encoding="utf-8")
        shutil.copyfile(ROOT / "examples/better_proxy.csv", folder / "scores.csv")
        installed: dict[str, str] = {}
        try:
            run([python, "-m", "venv", "environment"], folder)
            scripts = folder / "environment" / ("Scripts" if os.name == "nt" else "bin")
            constraint = ["--constraint", str(CONSTRAINTS)] if pinned else []
            run([str(scripts / "python"), "-m", "pip", "install", "--quiet", *constraint, str(wheel)], folder)
            listed = json.loads(run([str(scripts / "python"), "-m", "pip", "list", "--format", "json"], folder))
            installed = {one["name"].lower(): one["version"] for one in listed}
            for program, *arguments in COMMANDS:
                run([str(scripts / program), *arguments], folder)
        except RuntimeError as error:
            return Tried(version, kind, installed, str(error))
        return Tried(version, kind, installed, "")


def report(found: Iterable[Tried]) -> str:
    """Markdown: a row for each environment."""
    rows = [
        [one.python, one.versions, *(one.installed.get(name, "") for name in SHOWN), one.failed or "works"]
        for one in found
    ]
    return table(["Python", "versions", *SHOWN, "outcome"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Ends with 1 if anything fails anywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", nargs="+", help="programs, such as python3.11 python3.12 python3.13")
    parser.add_argument("--only", choices=("pinned", "newest"), help="leave out the other half")
    given = parser.parse_args(arguments)
    kinds = [kind for kind in ("pinned", "newest") if given.only in (None, kind)]
    with tempfile.TemporaryDirectory() as name:
        wheel = build(Path(name))
        found = []
        for python in given.pythons:
            for kind in kinds:
                found.append(try_wheel(wheel, python, pinned=kind == "pinned"))
                print(f"{found[-1].python}, {kind}: {found[-1].failed or 'works'}", flush=True)
    print(report(found))
    if any(one.failed for one in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
