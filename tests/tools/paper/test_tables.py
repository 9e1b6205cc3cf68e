"""Tables of the write-up."""

from __future__ import annotations

from pathlib import Path

from tests.tools.paper.small_artefacts import TEXT, fill
from tools.paper.facts import sound_ledger
from tools.paper.source import cited_papers, cited_statements
from tools.paper.tables import envelope_table, evidence_table, references


def test_evidence_has_a_row_for_each_statement(tmp_path: Path) -> None:
    fill(tmp_path)
    labels = cited_statements(TEXT)
    table = evidence_table(sound_ledger(tmp_path, labels), labels)
    rows = [line for line in table.splitlines() if r"\texttt" in line]
    assert len(rows) == len(labels)
    assert rows[3] == r"\ref{s3} & \texttt{s3} & \checkmark &  &  & 863{,}503 & 1.00025 & approached \\"
    (law,) = (row for row in rows if "linear-law" in row)
    assert law.endswith(r"1.00025 & approached \\")


def test_the_envelope_is_never_below_a_bound() -> None:
    rows = [line for line in envelope_table().splitlines() if line.startswith("over ")]
    ratios = [float(cell) for row in rows for cell in row.removesuffix(r" \\").split(" & ")[1:]]
    assert len(ratios) == 30
    assert min(ratios) >= 1


def test_references_are_those_of_the_register() -> None:
    listed = references(cited_papers(TEXT))
    assert listed.count(r"\bibitem") == len(cited_papers(TEXT))
    assert r"\bibitem[Suk and Duan(2025)]{2510.08539}" in listed
