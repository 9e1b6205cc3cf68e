"""What the write-up names exists, and is called what the register says it is."""

from __future__ import annotations

import re

import pytest

from tests.tools.paper.small_artefacts import TEXT
from theory.origins import find_origin
from theory.statement import Status
from theory.statements.register import find_statement
from tools.paper.source import CONJECTURE, Environment, cited_papers, cited_statements, environments, quoted_claims


@pytest.mark.parametrize("environment", environments(TEXT), ids=lambda environment: environment.label)
def test_theorems_are_proved_and_conjectures_are_not(environment: Environment) -> None:
    status = Status.CONJECTURE if environment.kind == CONJECTURE else Status.THEOREM
    assert {find_statement(id).status for id in environment.statements} <= {status}
    # Only lemmas may stand outside the register, and the text says which do.
    assert environment.statements or environment.kind == "lemma"


def test_no_proof_refers_to_a_conjecture() -> None:
    conjectured = [environment.label for environment in environments(TEXT) if environment.kind == CONJECTURE]
    proofs = re.findall(r"\\begin{proof}(.*?)\\end{proof}", TEXT, re.DOTALL)
    proved = [environment for environment in environments(TEXT) if environment.kind != CONJECTURE]
    assert len(proofs) >= len(proved) - 1
    assert not [proof for proof in proofs if any(label in proof for label in conjectured)]


def test_every_claim_is_taken_from_the_register() -> None:
    assert len(cited_statements(TEXT)) >= 20
    for id in quoted_claims(TEXT):
        find_statement(id)
    for environment in environments(TEXT):
        assert environment.label in (*environment.statements, "two")


def test_every_paper_is_an_origin() -> None:
    assert [find_origin(paper).arxiv for paper in cited_papers(TEXT)] == list(cited_papers(TEXT))


def test_every_reference_has_its_label() -> None:
    # Those of tables that are generated have their labels there.
    labels = set(re.findall(r"\\label{([^}]*)}", TEXT)) | {"tab:envelope", "tab:model", "tab:evidence"}
    assert set(re.findall(r"\\(?:eq)?ref{([^}]*)}", TEXT)) <= labels


def test_an_environment_without_a_label_is_refused() -> None:
    with pytest.raises(ValueError, match="without a label"):
        environments(r"\begin{theorem}[\statement{s3}] It is so. \end{theorem}")
