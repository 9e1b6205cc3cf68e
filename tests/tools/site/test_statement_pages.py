"""Pages of statements: each, with and without a ledger, says what is known and where the rest is."""

from __future__ import annotations

import pytest

from proofs_check.markdown import tables
from tests.ledger_example import ledger
from theory.statements.register import REGISTER
from tools.site.statement_pages import GROUPS, statement_pages

SECTIONS = [
    "## Claim",
    "## Hypotheses",
    "## Proof",
    "## Evidence",
    "## Formal statement",
    "## Tightness",
    "## Control",
    "## Check it yourself",
    "## How to cite",
]


@pytest.fixture(scope="module", params=[False, True], ids=["without a ledger", "with a ledger"])
def pages(request):
    return statement_pages(ledger() if request.param else None)


def test_every_statement_has_a_page_with_every_part(pages):
    assert set(pages) == {"statements/index.md"} | {f"statements/{s.id}.md" for s in REGISTER}
    for statement in REGISTER:
        page = pages[f"statements/{statement.id}.md"]
        places = [page.index(f"\n{section}\n") for section in SECTIONS]
        assert places == sorted(places), statement.id
        assert f"`{statement.id}`" in page
        for hypothesis in statement.hypotheses:
            assert f"`{hypothesis.name}`" in page
            assert "".join(hypothesis.latex.split()) in "".join(page.replace("\\|", "|").split())


def test_the_index_has_every_statement_once(pages):
    rows = [row for table in tables(pages["statements/index.md"]) for row in table[2:]]
    assert sorted(row[0] for row in rows) == sorted(f"[`{s.id}`]({s.id}.md)" for s in REGISTER)
    assert {subject for subjects in GROUPS.values() for subject in subjects} == {s.subject for s in REGISTER}


def test_without_a_ledger_a_page_says_what_makes_it():
    page = statement_pages(None)["statements/prop3.md"]
    assert page.count("`make paper docs`") == 2
    assert "flatscape explain prop3" in page


def test_with_a_ledger_a_page_says_what_is_known():
    pages = statement_pages(ledger())
    page = pages["statements/thm5-slow.md"]
    for said in (
        "**1. cites [`lem1`](lem1.md)** (cited: proved",
        "**2. narrow** (smt: proved, every number of outputs)",
        "first time",
        "123,456",
        "1,234 at its edge; 56 fail it alone",
        "It is refuted.",
        "4.00010",
        "51.86 (60)",
        '"initial_logits"',
        "Theorem thm5_slow",
    ):
        assert said in page, said
    assert "There is no run" not in page
    assert "There is no run" in pages["statements/prop3.md"], "of this one the ledger says nothing"
