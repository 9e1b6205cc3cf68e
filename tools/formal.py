"""The formal proofs: compiled by Coq, every theorem listed with its axioms, all checked again by coqchk.

Run as `make formal` does; needs Coq, no Python package. Compiled files go to `--out`, beside no source.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "proofs_check" / "formal"
ALLOWED = frozenset({"classic", "functional_extensionality_dep", "sig_forall_dec", "sig_not_dec"})
"""The axioms of the standard library's real numbers and of classical logic."""

INSTALL = """make formal needs Coq (8.16 or newer) with Coquelicot:
  Debian, Ubuntu:  apt-get install coq libcoq-coquelicot
  opam:            opam repo add coq-released https://coq.inria.fr/opam/released && opam install coq coq-coquelicot"""
_THEOREM = re.compile(r"^Theorem (\w+)", re.MULTILINE)
_PRINTED = re.compile(r"^Print Assumptions Statements\.(\w+)\.$", re.MULTILINE)
_AXIOM = re.compile(r"^(?:\w+\.)*(\w+)(?: :|$)", re.MULTILINE)


def theorems(statements: str) -> list[str]:
    """The names of the theorems in the text of Statements.v, in order."""
    return _THEOREM.findall(statements)


def printed(audit: str) -> list[str]:
    """The names of the theorems whose assumptions the text of Audit.v prints, in order."""
    return _PRINTED.findall(audit)


def axioms(output: str) -> list[set[str]]:
    """For each theorem in what Coq prints for Audit.v: the axioms that it rests on, without their modules."""
    blocks = re.split(r"^(Axioms:|Closed under the global context)\n?", output, flags=re.MULTILINE)[1:]
    return [
        set(_AXIOM.findall(text)) if head == "Axioms:" else set()
        for head, text in zip(*[iter(blocks)] * 2, strict=True)
    ]


def run(command: list[str], folder: Path) -> str:
    """What a command prints; its errors are shown, and end the program."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(command)} ended with status {done.returncode}")
    return done.stdout


def copy_sources(out: Path) -> None:
    """Copies what has changed, so that Coq's Makefile compiles no file twice; removes what is no longer there."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = {path.relative_to(SOURCE) for path in [*SOURCE.rglob("*.v"), SOURCE / "_CoqProject"]}
    for path in out.rglob("*.v"):
        if path.relative_to(out) not in wanted:
            path.unlink()
    for path in wanted:
        target = out / path
        if not target.exists() or target.read_bytes() != (SOURCE / path).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE / path, target)


AUDIT = ["coqc", "-w", "-ambiguous-paths", "-Q", ".", "Flat", "Audit.v"]
RECHECK = ["coqchk", "-silent", "-o", "-Q", ".", "Flat", "Flat.Statements"]


def check(out: Path, jobs: int) -> None:
    """Compiles every file, lists every theorem with its axioms and has coqchk check all; ends at a fault.

    The last two are independent of one another and take as long as the first: with two jobs they run side by side.
    """
    copy_sources(out)
    run(["coq_makefile", "-f", "_CoqProject", "-o", "Makefile"], out)
    run(["make", "--silent", f"-j{jobs}"], out)
    names = printed((out / "Audit.v").read_text(encoding="utf-8"))
    with ThreadPoolExecutor(max_workers=min(jobs, 2)) as pool:
        audited, rechecked = [pool.submit(run, command, out) for command in (AUDIT, RECHECK)]
    found = axioms(audited.result())
    for name, used in zip(names, found, strict=True):
        print(f"{name}: {', '.join(sorted(used)) or 'no axiom'}")
    foreign = set().union(*found) - ALLOWED
    if foreign:
        sys.exit(f"axioms beyond those of the standard library's real numbers: {', '.join(sorted(foreign))}")
    print(rechecked.result().strip())
    print(f"{len(names)} theorems proved")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out") / "formal", help="where compiled files go")
    parser.add_argument("--jobs", type=int, default=2, help="files compiled at a time")
    arguments = parser.parse_args()
    if not all(shutil.which(program) for program in ("coqc", "coq_makefile", "coqchk")):
        sys.exit(INSTALL)
    check(arguments.out.resolve(), arguments.jobs)


if __name__ == "__main__":
    main()
