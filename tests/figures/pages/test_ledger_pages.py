"""The page of the ledger and its tables in Markdown: all from one set of rows, complete, escaped, and told right."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from figures.pages.gallery import render_ledger
from figures.pages.ledger_markdown import ledger_document, readme_table
from figures.pages.ledger_rows import columns, ledger_rows
from proofs_check.markdown import table, tables
from tests.ledger_example import ledger
from theory.statements.register import find_statement

VOID = {"meta", "br"}
HOSTILE = '</pre></details><script>alert("x")</script>&amp;'


class _Outline(HTMLParser):
    """Checks that every element is closed, in order, and collects references, ids and headings."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.references: list[str] = []
        self.ids: list[str] = []
        self.headers_without_scope = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.references += [str(given[name]) for name in ("href", "src") if given.get(name)]
        self.headers_without_scope += tag == "th" and not given.get("scope")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> _Outline:
    found = _Outline()
    found.feed(page)
    found.close()
    assert found.open == []
    return found


def row(id: str, record: dict[str, Any] | None = None) -> Any:
    return next(r for r in ledger_rows(record or ledger()) if r.id == id)


def change(id: str, method: str, /, **fields: Any) -> dict[str, Any]:
    record = ledger()
    (item,) = (e for e in record["evidence"] if (e["statement"], e["method"]) == (id, method))
    item |= fields
    return record


def test_rows_count_what_they_say() -> None:
    theorem = row("thm5-slow")
    assert theorem.verdicts == ("proved", "certified", "survived")
    assert theorem.instances == 123_456 + 71
    assert theorem.tightness == "4.00010"
    assert theorem.language_model == "51.86 (60)"
    assert theorem.refuted
    assert [step.name for step in theorem.steps] == ["cites lem1", "narrow", "first time"]
    assert theorem.written == ("lem1: monotone", "first time")
    assert theorem.cell("proof").steps == "1 smt, 1 written, 1 cited"
    assert theorem.cell("boxes") is None
    assert [h[0] for h in theorem.hypotheses] == [h.name for h in find_statement("thm5-slow").hypotheses]


def test_boxes_are_no_instances() -> None:
    lemma = row("lem10")
    assert lemma.instances == 0
    assert lemma.cell("boxes").instances == "16 boxes"
    assert lemma.tightness == ""


def test_the_extreme_of_an_identity_is_its_largest_error() -> None:
    assert row("def2").tightness == "error 9e-16"


def test_a_method_that_nobody_foresaw_has_a_column() -> None:
    record = change("s6", "sampling", method="revelation")
    assert columns(ledger_rows(record)) == ["proof", "boxes", "certified", "sampling", "language model", "revelation"]
    assert "revelation" in render_ledger(record)
    assert "revelation" in ledger_document(record)


def test_the_page_is_well_formed_complete_and_needs_nothing_else() -> None:
    page = render_ledger(ledger())
    found = outline(page)
    assert found.tags.count("details") == len(ledger_rows(ledger()))
    assert "script" not in found.tags
    assert "link" not in found.tags
    assert found.headers_without_scope == 0
    assert len(set(found.ids)) == len(found.ids)
    for reference in found.references:
        assert reference.startswith("#") or re.fullmatch(r"[\w.-]+", reference), reference
    assert {r[1:] for r in found.references if r.startswith("#")} <= set(found.ids)
    for part in (
        "<math ",
        "123,456",
        "4.00010",
        "1 smt, 1 written, 1 cited",
        "first time",
        "Continuity.",
        "narrow-rewards",
        "the constant 2 raised to 8.04",
        "&#34;gamma&#34;: 0.001",
        "Level quick, seed 5, 61 seconds",
    ):
        assert part in page, part


def test_hostile_texts_are_escaped() -> None:
    record = ledger()
    for item in record["evidence"]:
        for name in ("title", "number", "latex", "section", "reason", "method", "statement"):
            item[name] = HOSTILE
        item["control"]["description"] = item["scope"]["sizes"] = HOSTILE
        item["tightest"] = {HOSTILE: HOSTILE}
        for step in item["steps"] or ():
            step |= {"name": HOSTILE, "claim": HOSTILE, "text": HOSTILE, "scope": HOSTILE, "code": HOSTILE}
    page = render_ledger(record)
    assert "<script" not in page
    assert "script" not in outline(page).tags
    assert "\n|" not in ledger_document(record).split("| id |")[0]


def test_violations_and_standing_controls_are_seen() -> None:
    record = change("thm5-slow", "sampling", verdict="violated", violations=2, tightness=0.5)
    record["sound"] = False
    page = render_ledger(record)
    assert "Not sound" in page
    assert 'class="bad">violated' in page
    assert "Violating instance" in page
    assert "**Violated: thm5-slow**" in readme_table(record)
    assert "**violated**, proved" in readme_table(record)
    standing = ledger()
    for item in standing["evidence"]:
        item["control"]["refuted"] = item["control"]["refuted"] and item["statement"] != "s6"
    assert "controls left standing: s6" in readme_table(standing)
    assert "control not refuted" in render_ledger(standing)


def test_the_tables_in_markdown() -> None:
    short, whole = readme_table(ledger()), ledger_document(ledger())
    assert short.startswith("Level quick, seed 5, 61 seconds. No statement is violated; every control is refuted.")
    assert (
        "| `thm5-slow` | Theorem 5: An accurate model of narrow range is slow (abridged: Theorem 2) | proved" in short
    )
    assert "proved: 1 smt, 1 written, 1 cited" in whole
    assert "survived, 123,456 (4.00010)" in whole
    assert "make paper readme" in whole.split("\n\n")[1]
    for text in (short, whole):
        shown = tables(text)
        assert len(shown) == (1 if text is short else 3)
        assert all(len({len(row) for row in rows}) == 1 for rows in shown)


def test_a_statement_that_went_unchecked_is_said() -> None:
    assert "Not sound: a statement went unchecked" in readme_table(ledger() | {"sound": False})


def test_cells_cannot_break_a_table() -> None:
    assert table(["a"], [["x | y\nz"]]) == "| a |\n|---|\n| x \\| y z |"


@pytest.mark.parametrize("name", ["readme_table", "ledger_document"])
def test_an_empty_ledger_is_a_table_without_rows(name: str) -> None:
    made = {"readme_table": readme_table, "ledger_document": ledger_document}[name](ledger() | {"evidence": []})
    assert "| id | statement |" in made


def test_how_often_hypotheses_are_exercised() -> None:
    found = row("thm5-slow")
    assert found.exercise == {"narrow-rewards": "1,234 at its edge; 56 fail it alone"}
    assert (found.least_exercised, found.never, found.features) == ("1,234 (narrow-rewards)", (), "0 with a KL term")
    assert "| 1,234 (narrow-rewards) | refuted |" in ledger_document(ledger())
    assert "1,234 at its edge; 56 fail it alone" in render_ledger(ledger())


def test_a_hypothesis_that_is_never_exercised_is_seen() -> None:
    exercised = {"hypotheses": {"narrow-rewards": {"edge": 0, "alone": 9}}, "features": {}}
    record = change("thm5-slow", "sampling", exercised=exercised)
    assert row("thm5-slow", record).never == ("narrow-rewards",)
    assert "| **0 (narrow-rewards)** | refuted |" in ledger_document(record)
    assert '<td class="bad">0 (narrow-rewards)</td>' in render_ledger(record)
    assert '<span class="bad">0 at its edge (NEVER EXERCISED); 9 fail it alone</span>' in render_ledger(record)


def test_ledgers_that_did_not_count_are_shown_without() -> None:
    record = ledger()
    for item in record["evidence"]:
        del item["exercised"]
    assert row("thm5-slow", record).least_exercised == ""
    assert "How often each hypothesis" not in ledger_document(record)
    outline(render_ledger(record))
