"""Theorems as they stand in Statements.v."""

from __future__ import annotations

from proofs_check.coq.build import theorems
from proofs_check.formal.printed import STATEMENTS
from proofs_check.formal.source import theorem_sources


def test_every_theorem_has_its_text_and_its_line():
    lines = STATEMENTS.read_text(encoding="utf-8").splitlines()
    found = theorem_sources()
    assert list(found) == theorems("\n".join(lines))
    for name, source in found.items():
        assert lines[source.line - 1].startswith(f"Theorem {name}")
        assert source.text.endswith(".")
        assert "Proof" not in source.text
    assert "4 * INR prompts" in found["s3"].text
    assert found["s3"].place.startswith("proofs_check/formal/Statements.v:")
