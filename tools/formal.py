"""The formal proofs: compiled by Coq, every theorem listed with its axioms, all checked again by coqchk.

Run as `make formal` does; needs Coq, no Python package. Compiled files go to `--out`, beside no source; where
`flatscape verify` finds them there, it compiles nothing again.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

RECHECK = ["coqchk", "-silent", "-o", "-Q", ".", "Flat", "Flat.Statements"]


def load_build() -> ModuleType:
    """The runner of Coq, by its path: importing its package would need what is not installed yet."""
    path = Path(__file__).resolve().parents[1] / "proofs_check" / "coq" / "build.py"
    spec = importlib.util.spec_from_file_location("flatscape_coq_build", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recheck(out: Path) -> str:
    """What coqchk says of the compiled files, libraries included; ends the program if it objects."""
    done = subprocess.run(RECHECK, cwd=out, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(RECHECK)} ended with status {done.returncode}")
    return done.stdout.strip()


def check(out: Path, jobs: int) -> None:
    """Compiles every file, lists every theorem with its axioms and has coqchk check all; ends at a fault.

    The last two are independent of one another and take as long as the first: with two jobs they run side by side.
    """
    coq = load_build()
    try:
        build = coq.Build(out)
        build.compile(jobs)
        with ThreadPoolExecutor(max_workers=min(jobs, 2)) as pool:
            used = pool.submit(coq.assumptions, build, coq.audited(build.audit))
            rechecked = pool.submit(recheck, out)
        found = used.result()
    except (coq.CoqMissing, coq.CoqRefuses) as error:
        sys.exit(str(error))
    for name, names in found.items():
        print(f"{name}: {', '.join(sorted(names)) or 'no axiom'}")
    foreign = set().union(*found.values()) - coq.ALLOWED
    if foreign:
        sys.exit(f"axioms beyond those of the standard library's real numbers: {', '.join(sorted(foreign))}")
    print(rechecked.result())
    print(f"{len(found)} theorems proved")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out") / "formal", help="where compiled files go")
    parser.add_argument("--jobs", type=int, default=2, help="files compiled at a time")
    arguments = parser.parse_args()
    if not all(shutil.which(program) for program in ("coqc", "coqchk")):
        sys.exit(load_build().INSTALL)
    check(arguments.out.resolve(), arguments.jobs)


if __name__ == "__main__":
    main()
