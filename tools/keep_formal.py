"""Keeps what Coq prints of the theorems (`proofs_check/formal/printed.txt`), after Statements.v has changed.

Run as `python -m tools.keep_formal`; needs Coq, and compiles what is not compiled yet.
"""

from __future__ import annotations

from proofs_check.coq.build import Build
from proofs_check.formal.evidence import build_folder
from proofs_check.formal.printed import STATEMENTS, script, write_kept


def main() -> None:
    """Compiles, asks and writes."""
    build = Build(build_folder())
    build.compile(report=print)
    write_kept(build.printed(script(STATEMENTS.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
