"""The dependency graph of the theorems, and that docs/formal.md has it."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

from proofs_check.coq.build import theorems
from proofs_check.formal.graph import citations, file_graph, formal_graph
from proofs_check.formal.printed import STATEMENTS

DOCUMENT = Path(__file__).parents[3] / "docs" / "formal.md"


def test_theorems_follow_from_others():
    found = citations()
    assert list(found) == theorems(STATEMENTS.read_text(encoding="utf-8"))
    assert found["prop3"].theorems == ("s3",)
    assert set(found["thm5"].theorems) == {"thm5_slow", "thm5_fast"}
    assert "S3" in found["s3"].files
    assert list(TopologicalSorter({name: cited.theorems for name, cited in found.items()}).static_order())


def test_the_files_are_drawn_without_repeated_paths():
    drawn = file_graph()
    assert "  FiniteSum --> Moments" in drawn
    assert "  FiniteSum --> UpperBounds" not in drawn


def test_the_document_has_the_graph_of_these_sources():
    assert formal_graph() in DOCUMENT.read_text(encoding="utf-8")
