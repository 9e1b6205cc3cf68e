"""The page of the ledger and its tables in Markdown: all from one set of rows, complete, escaped, and told right."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from figures.pages.gallery import render_ledger
from figures.pages.ledger_markdown import ledger_document, readme_table
from figures.pages.ledger_rows import columns, ledger_rows
from proofs_check.evidence.exercise import Exercise, HypothesisExercise
from proofs_check.evidence.method import Method
from proofs_check.evidence.verdict import Verdict
from proofs_check.ledger.ledger import Ledger, make_ledger
from proofs_check.markdown import table, tables
from tests import ledger_example
from tests.ledger_example import UNREFUTED, ledger
from theory.statement import Status
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


def row(id: str, found: Ledger | None = None) -> Any:
    return next(r for r in ledger_rows(found or ledger()) if r.id == id)


def change(id: str, method: Method, /, **fields: Any) -> Ledger:
    """The example with one piece of evidence changed."""
    found = ledger()
    changed = [replace(e, **fields) if (e.statement, e.method) == (id, method) else e for e in found.evidence]
    assert changed != list(found.evidence)
    return replace(found, evidence=tuple(changed))


def test_rows_count_what_they_say() -> None:
    theorem = row("thm5-slow")
    assert theorem.verdicts == ("proved", "certified", "survived")
    assert theorem.instances == 123_456 + 71
    assert theorem.tightness == "4.00010"
    assert theorem.language_model == "51.86 (60)"
    assert theorem.refuted
    assert [step.name for step in theorem.steps] == ["cites lem1", "narrow", "first time"]
    assert theorem.written == ("lem1: monotone", "first time")
    assert theorem.cell(Method.PROOF).steps == "1 smt, 1 written, 1 cited"
    assert theorem.cell(Method.BOXES) is None
    assert [h[0] for h in theorem.hypotheses] == [h.name for h in find_statement("thm5-slow").hypotheses]


def test_boxes_are_no_instances() -> None:
    lemma = row("lem10")
    assert lemma.instances == 0
    assert lemma.cell(Method.BOXES).instances == "16 boxes"
    assert lemma.tightness == ""


def test_the_extreme_of_an_identity_is_its_largest_error() -> None:
    assert row("def2").tightness == "error 9e-16"


def test_every_method_has_a_column_in_their_order_and_all_proofs_share_one() -> None:
    found = ["proof", "boxes", "certified", "sampling", "language model"]
    assert columns(ledger_rows(ledger())) == found
    assert columns(ledger_rows(change("s6", Method.SAMPLING, method=Method.SMT))) == found
    searched = change("s6", Method.SAMPLING, method=Method.SEARCH)
    assert columns(ledger_rows(searched)) == [*found[:4], "search", *found[4:]]


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
    record = ledger_example.record()
    for item in record["evidence"]:
        for name in ("title", "number", "latex", "section", "reason", "statement"):
            item[name] = HOSTILE
        item |= {"origin": "paper", "relation": "<=", "direction": "none"}
        item["control"]["description"] = item["scope"]["sizes"] = HOSTILE
        item["tightest"] = {HOSTILE: HOSTILE}
        for step in item["steps"] or ():
            step |= {"name": HOSTILE, "claim": HOSTILE, "text": HOSTILE, "scope": HOSTILE, "code": HOSTILE}
        for step in item["steps"] or ():
            step["rests_on"] = [HOSTILE]
    hostile = Ledger.from_record(record)
    page = render_ledger(hostile)
    assert "<script" not in page
    assert "script" not in outline(page).tags
    assert "\n|" not in ledger_document(hostile).split("| id |")[0]


def test_violations_and_controls_that_are_not_refuted_are_seen() -> None:
    violated = change("thm5-slow", Method.SAMPLING, verdict=Verdict.VIOLATED, violations=2, tightness=0.5)
    page = render_ledger(violated)
    assert "Not sound" in page
    assert 'class="bad">violated' in page
    assert "Violating instance" in page
    assert "**Violated: thm5-slow**" in readme_table(violated)
    assert "**violated**, proved" in readme_table(violated)
    unrefuted = change("s6", Method.SAMPLING, control=UNREFUTED)
    assert "controls not refuted: s6" in readme_table(unrefuted)
    assert "control not refuted" in render_ledger(unrefuted)
    assert "Not sound" in render_ledger(unrefuted)


def test_the_tables_in_markdown() -> None:
    short, whole = readme_table(ledger()), ledger_document(ledger())
    assert short.startswith(
        "4 statements, 3 of the paper, 0 of other papers and 1 of ours, and no conjectures: 0 formal, 1 proved, "
        "1 certified, 123,543 checks on "
    )
    assert "(level quick, seed 5, 61 seconds). No statement is violated; every control is refuted." in short
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
    assert "Not sound: a statement went unchecked" in readme_table(
        change("s6", Method.SAMPLING, verdict=Verdict.UNKNOWN)
    )


def test_cells_cannot_break_a_table() -> None:
    assert table(["a"], [["x | y\nz"]]) == "| a |\n|---|\n| x \\| y z |"


@pytest.mark.parametrize("name", ["readme_table", "ledger_document"])
def test_an_empty_ledger_is_a_table_without_rows(name: str) -> None:
    made = {"readme_table": readme_table, "ledger_document": ledger_document}[name](replace(ledger(), evidence=()))
    assert "| id | statement |" in made


def test_how_often_hypotheses_are_exercised() -> None:
    found = row("thm5-slow")
    assert found.exercise == {"narrow-rewards": "1,234 at its edge; 56 fail it alone"}
    assert (found.least_exercised, found.never, found.features) == ("1,234 (narrow-rewards)", (), "0 with a KL term")
    assert "| 1,234 (narrow-rewards) | refuted |" in ledger_document(ledger())
    assert "1,234 at its edge; 56 fail it alone" in render_ledger(ledger())


def test_a_hypothesis_that_is_never_exercised_is_seen() -> None:
    found = change("thm5-slow", Method.SAMPLING, exercised=Exercise({"narrow-rewards": HypothesisExercise(0, 9)}))
    assert row("thm5-slow", found).never == ("narrow-rewards",)
    assert "| **0 (narrow-rewards)** | refuted |" in ledger_document(found)
    assert '<td class="bad">0 (narrow-rewards)</td>' in render_ledger(found)
    assert '<span class="bad">0 at its edge (NEVER EXERCISED); 9 fail it alone</span>' in render_ledger(found)


def test_ledgers_that_did_not_count_are_shown_without() -> None:
    found = change("thm5-slow", Method.SAMPLING, exercised=None)
    assert row("thm5-slow", found).least_exercised == ""
    assert "How often each hypothesis" not in ledger_document(found)
    outline(render_ledger(found))


def test_of_a_statement_that_has_changed_since_no_hypotheses_are_shown() -> None:
    found = ledger()
    statements = found.statements | {"thm5-slow": replace(found.statements["thm5-slow"], latex="x")}
    old = replace(found, statements=statements)
    assert row("thm5-slow").current
    assert (row("thm5-slow", old).current, row("thm5-slow", old).hypotheses) == (False, ())
    assert "has changed since" in render_ledger(old)
    assert "has changed since" not in render_ledger(found)


def test_conjectures_are_shown_apart() -> None:
    whole = ledger()
    sampled = next(e for e in whole.evidence if e.method is Method.SAMPLING and e.steps is None)
    guessed = replace(sampled, statement="linear-law", exercised=None)
    made = make_ledger([*whole.evidence, guessed], level="quick", seed=5, seconds=1.0)
    unproved = replace(made.statements["linear-law"], status=Status.CONJECTURE)
    made = replace(made, statements=made.statements | {"linear-law": unproved})
    proved, conjectured = ledger_document(made).split("Conjectured: ")
    assert "`linear-law`" not in proved.split("How often")[0]
    assert "`linear-law`" in conjectured
    assert "Conjectured: " not in ledger_document(whole)
    assert "`linear-law`" not in readme_table(made)
    assert "4 statements, 3 of the paper, 0 of other papers and 1 of ours, and one conjecture" in readme_table(made)
    assert "conjecture, not proved" in render_ledger(made)
    assert "conjecture, not proved" not in render_ledger(whole)
