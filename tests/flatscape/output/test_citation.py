"""BibTeX entries: what the citation file says, and those of the papers that statements come from."""

from __future__ import annotations

import pytest

from flatscape.output.citation import bibtex
from theory.origins import ORIGINS


def test_bibtex_has_what_the_citation_file_says():
    paper, software = bibtex().split("\n\n")
    assert paper.startswith("@inproceedings{razin2025makes,")
    assert (
        "Razin, Noam and Wang, Zixuan and Strauss, Hubert and Wei, Stanley and Lee, Jason D. and Arora, Sanjeev"
        in paper
    )
    assert "eprint = {2503.15477}" in paper
    assert software.startswith("@software{flatscape,")
    for entry in (paper, software):
        assert entry.count("{") == entry.count("}")


@pytest.mark.parametrize("key", [key for key in ORIGINS if key not in ("paper", "ours")])
def test_other_papers_stand_between_the_two(key: str):
    paper, other, software = bibtex([key, "ours", "paper", key]).split("\n\n")
    assert [paper, software] == bibtex().split("\n\n") == bibtex(["ours"]).split("\n\n")
    origin = ORIGINS[key]
    assert other.startswith(f"@misc{{arxiv{origin.arxiv},")
    assert other.count("{") == other.count("}")
    assert f"title = {{{{{origin.title}}}}}" in other
    assert f"year = {{{origin.citation[-4:]}}}" in other
    assert "et al." not in other


def test_authors_are_written_as_bibtex_reads_them():
    assert "author = {Chen and others}" in bibtex(["2107.03374"])
    assert "author = {Suk and Duan}" in bibtex(["2510.08539"])
