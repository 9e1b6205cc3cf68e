"""The formal proofs, as far as they can be checked without Coq; that they compile is left to `make formal`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import theory
from proofs_check.coq import build
from theory.statements.register import JOINED
from tools import formal

FILES = sorted(build.SOURCE.rglob("*.v"))
NAMES = [str(path.relative_to(build.SOURCE)) for path in FILES]
STATEMENTS = (build.SOURCE / "Statements.v").read_text(encoding="utf-8")
COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
NOT_IN_THE_REGISTER = {"flow_exists", "model_flow_exists", "s5_root", "s_lem11_set", "s4_contrast"}
"""Theorems of Statements.v beside those of the register: that the hypotheses can be met, and more general forms."""


def code(path: Path) -> str:
    """A file without its comments (none of them is nested)."""
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def test_every_theorem_is_audited() -> None:
    audit = (build.SOURCE / "Audit.v").read_text(encoding="utf-8")
    assert build.audited(audit) == build.theorems(STATEMENTS)
    assert len(set(build.theorems(STATEMENTS))) == len(build.theorems(STATEMENTS))


def test_theorems_bear_the_ids_of_the_register() -> None:
    for name in set(build.theorems(STATEMENTS)) - NOT_IN_THE_REGISTER - set(JOINED):
        assert theory.find_statement(name.replace("_", "-")).id == name.replace("_", "-")


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_nothing_is_admitted_or_assumed(path: Path) -> None:
    assert not re.search(r"\b(Admitted|Axioms?|Parameters?|Conjecture|admit|Abort|give_up)\b", code(path))
    assert not re.search(r"Unset (Guard|Positivity|Universe) Checking|type.in.type|bypass_check", code(path))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_hypotheses_stand_in_sections(path: Path) -> None:
    depth = 0
    for line in code(path).splitlines():
        depth += bool(re.match(r"Section \w+\.", line)) - bool(re.match(r"End \w+\.", line))
        if re.match(r"(Variables?|Hypothes[ie]s|Context|Let)\b", line):
            assert depth > 0, line
    assert depth == 0


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_file_says_what_it_holds(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("(** ")


def test_every_file_is_compiled() -> None:
    project = (build.SOURCE / "_CoqProject").read_text(encoding="utf-8")
    assert sorted(line for line in project.splitlines() if line.endswith(".v")) == sorted(set(NAMES) - {"Audit.v"})


def test_make_formal_needs_no_package() -> None:
    loaded = formal.load_build()
    assert loaded.theorems(STATEMENTS) == build.theorems(STATEMENTS)
    assert loaded.SOURCE == build.SOURCE
